// SPDX-License-Identifier: MIT
#include "runtime/oci/sysctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"

struct place {
	const char *prefix; /* a directory ends with a slash */
	enum oci_namespace namespace;
	uint64_t flag;
};

/* clang-format off */
/* What a namespace has of its own; everything else is the whole machine's. */
static const struct place places[] = {
	{ "net/", OCI_NAMESPACE_NETWORK, CLONE_NEWNET },
	{ "user/", OCI_NAMESPACE_USER, CLONE_NEWUSER },
	{ "fs/mqueue/", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/auto_msgmni", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/msg_next_id", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/msgmax", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/msgmnb", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/msgmni", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/sem", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/sem_next_id", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/shm_next_id", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/shm_rmid_forced", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/shmall", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/shmmax", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/shmmni", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "kernel/domainname", OCI_NAMESPACE_UTS, CLONE_NEWUTS },
	{ "kernel/hostname", OCI_NAMESPACE_UTS, CLONE_NEWUTS },
};
/* clang-format on */

/* "a.b" and "a/b" are the same; which comes first separates, the other is
 * part of a name ("net.ipv4.conf.eth0/1.mtu"). Source: sysctl.d(5). */
static void swap_separators(char *path)
{
	if (path[strcspn(path, "./")] == '/')
		return;
	for (; *path; path++)
		if (*path == '.')
			*path = '/';
		else if (*path == '/')
			*path = '.';
}

/* No empty component, none that climbs. */
static bool is_clean(const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len <= 2 && strspn(path, ".") >= len))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

static const struct place *find_place(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t len = strlen(places[i].prefix);

		if (places[i].prefix[len - 1] == '/' ?
			    strncmp(path, places[i].prefix, len) == 0 :
			    strcmp(path, places[i].prefix) == 0)
			return &places[i];
	}
	return NULL;
}

/* A namespace that is joined may be the caller's own all the same. */
static bool is_private(const struct oci_namespaces *n, const struct place *p,
		       int proc)
{
	static const char *const names[OCI_NAMESPACE_COUNT] = {
		[OCI_NAMESPACE_NETWORK] = "self/ns/net",
		[OCI_NAMESPACE_USER] = "self/ns/user",
		[OCI_NAMESPACE_IPC] = "self/ns/ipc",
		[OCI_NAMESPACE_UTS] = "self/ns/uts",
	};
	int fd = n->join[p->namespace];
	struct stat joined, own;

	if (n->unshare & p->flag)
		return true;
	return fd >= 0 && fstat(fd, &joined) == 0 &&
	       fstatat(proc, names[p->namespace], &own, 0) == 0 &&
	       (joined.st_dev != own.st_dev || joined.st_ino != own.st_ino);
}

int sysctl_path(const char *name, char path[SYSCTL_PATH_MAX])
{
	int n = snprintf(path, SYSCTL_PATH_MAX, "sys/%s", name);

	if (n < 0 || n >= SYSCTL_PATH_MAX)
		return -EINVAL;
	swap_separators(path + 4);
	return is_clean(path + 4) ? 0 : -EINVAL;
}

int sysctl_check(const struct oci_spec *spec, int proc, struct err *e)
{
	for (size_t i = 0; i < spec->sysctl_count; i++) {
		const char *name = spec->sysctls[i].name;
		char path[SYSCTL_PATH_MAX];
		const struct place *p;

		if (sysctl_path(name, path) < 0)
			return err_set(e, EINVAL, "container: sysctl %.64s",
				       name);
		p = find_place(path + 4);
		if (!p || !is_private(&spec->namespaces, p, proc))
			return err_set(e, EPERM,
				       "container: sysctl %s of no namespace "
				       "of its own",
				       name);
	}
	return 0;
}

int child_sysctls(struct child *c)
{
	const struct oci_spec *spec = c->spec;

	for (uint32_t i = 0; i < spec->sysctl_count; i++) {
		const char *value = spec->sysctls[i].value;
		AUTO_CLOSE int fd = -1;
		char path[SYSCTL_PATH_MAX];

		c->index = i;
		if (sysctl_path(spec->sysctls[i].name, path) < 0)
			return -EINVAL;
		fd = child_open_proc(c, path, O_WRONLY);
		if (fd < 0)
			return take_fd(&fd);
		if (write(fd, value, strlen(value)) < 0)
			return -errno;
	}
	return 0;
}
