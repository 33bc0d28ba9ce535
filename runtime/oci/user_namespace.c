// SPDX-License-Identifier: MIT
#include "runtime/oci/user_namespace.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"

#define LINE_MAX_BYTES 36
#define STRICT (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)

/* A map is taken whole or not at all: one write. */
static int write_map(int proc, pid_t pid, const char *file,
		     const struct oci_id_map *maps, size_t count, struct err *e)
{
	AUTO_FREE char *text = malloc(count * LINE_MAX_BYTES + 1);
	AUTO_CLOSE int fd = -1;
	char path[64];
	size_t len = 0;

	if (!text)
		return err_set(e, ENOMEM, "malloc(%s)", file);
	for (size_t i = 0; i < count; i++)
		len += (size_t)snprintf(text + len, LINE_MAX_BYTES,
					"%u %u %u\n", maps[i].container,
					maps[i].host, maps[i].size);
	snprintf(path, sizeof(path), "%d/%s", pid, file);
	fd = sys_openat2(proc, path, O_WRONLY, 0, STRICT);
	if (fd < 0)
		return err_set(e, -fd, "open(%s)", file);
	if (write(fd, text, len) != (ssize_t)len)
		return err_set(e, errno, "write(%s)", file);
	return 0;
}

int user_namespace_map(int proc, pid_t pid, const struct oci_id_maps *maps,
		       struct err *e)
{
	int r = write_map(proc, pid, "uid_map", maps->uids, maps->uid_count, e);

	if (r == 0)
		r = write_map(proc, pid, "gid_map", maps->gids, maps->gid_count,
			      e);
	return r;
}

int namespace_open(int proc, pid_t pid, const char *name, int *fd,
		   struct err *e)
{
	AUTO_CLOSE int dir = -1;
	char path[32];

	snprintf(path, sizeof(path), "%d/ns", pid);
	dir = sys_openat2(proc, path, O_PATH | O_DIRECTORY, 0, STRICT);
	if (dir < 0)
		return err_set(e, -dir, "open(namespaces)");
	/* The one link of procfs that is meant to be followed. */
	*fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "open(%s namespace)", name) : 0;
}

/* Holds the namespace until it is killed, by us or with us. */
static void hold(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (;;)
		pause();
}

int user_namespace_new(int proc, const struct oci_id_maps *maps, int *fd,
		       struct err *e)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD,
	};
	siginfo_t info;
	long pid = syscall(SYS_clone3, &args, sizeof(args));
	int r;

	if (pid == 0)
		hold();
	if (pid < 0)
		return err_set(e, errno, "clone3(user namespace)");
	r = user_namespace_map(proc, (pid_t)pid, maps, e);
	if (r == 0)
		r = namespace_open(proc, (pid_t)pid, "user", fd, e);
	kill((pid_t)pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &info, WEXITED);
	return r;
}

/*
 * We begin as the host's root without a name in the new namespace. What only
 * the host's root may open is opened before that ends.
 */
int child_user_namespace(struct child *c)
{
	int r;

	if (!c->is_mapped)
		return 0;
	if (c->spec->process.selinux_label) {
		c->attr_fd = child_open_proc(c, "self/attr/exec", O_RDWR);
		if (c->attr_fd < 0)
			return c->attr_fd;
	}
	r = sys_result(syscall(SYS_setresgid, 0, 0, 0));
	if (r == 0)
		r = sys_result(syscall(SYS_setgroups, 0, NULL));
	return r < 0 ? r : sys_result(syscall(SYS_setresuid, 0, 0, 0));
}
