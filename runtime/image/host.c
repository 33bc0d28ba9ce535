// SPDX-License-Identifier: MIT
#include "runtime/image/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

#define TEXT_MAX 64

bool host_has_selinux(void)
{
	struct statfs fs;

	return statfs("/sys/fs/selinux", &fs) == 0 &&
	       (unsigned long)fs.f_type == SELINUX_MAGIC;
}

int host_map_ids(int proc, pid_t pid, unsigned int inside, unsigned int outside,
		 unsigned int count, struct err *e)
{
	static const char *const names[] = { "uid_map", "gid_map" };
	char path[TEXT_MAX];
	char map[TEXT_MAX];

	snprintf(map, sizeof(map), "%u %u %u\n", inside, outside, count);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int r;

		snprintf(path, sizeof(path), "%d/%s", (int)pid, names[i]);
		r = fd_write_file(proc, path, map, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* It is there for its namespace alone and ends with us at the latest. */
static pid_t hold_namespace(int *pidfd)
{
	struct clone_args args = {
		.flags = CLONE_NEWUSER | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	for (;;)
		pause();
}

static void end_holder(int pidfd)
{
	siginfo_t info;

	sys_pidfd_signal(pidfd, SIGKILL);
	while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) < 0 &&
	       errno == EINTR)
		;
}

static int open_namespace(int proc, pid_t pid, int *fd, struct err *e)
{
	char path[TEXT_MAX];

	snprintf(path, sizeof(path), "%d/ns/user", (int)pid);
	*fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "open(%s)", path) : 0;
}

int host_idmap(unsigned int on_disk, unsigned int count, int *fd, struct err *e)
{
	AUTO_CLOSE int proc = fd_open_proc(e);
	AUTO_CLOSE int pidfd = -1;
	pid_t pid;
	int r;

	if (proc < 0)
		return proc;
	pid = hold_namespace(&pidfd);
	if (pid < 0)
		return err_set(e, errno, "clone3(user namespace)");
	r = host_map_ids(proc, pid, on_disk, 0, count, e);
	if (r == 0)
		r = open_namespace(proc, pid, fd, e);
	end_holder(pidfd);
	return r;
}
