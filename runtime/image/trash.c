// SPDX-License-Identifier: MIT
#include "runtime/image/trash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/host.h"
#include "runtime/image/tree.h"

#define NAME_BYTES 32
#define FIRST_FD 3

static int sweeper = -1; /* its pidfd */

/* ------------------------------------------------------------- in the child */

/* True if something went; what cannot go is left to the end of the machine. */
static bool sweep_once(void)
{
	DIR *d = opendir(HOST_TRASH);
	const struct dirent *entry;
	bool has_gone = false;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			has_gone |= tree_remove(dirfd(d), dirfd(d),
						entry->d_name) == 0;
	if (d)
		closedir(d);
	return has_gone;
}

static void sweep(void) __attribute__((noreturn));

static void sweep(void)
{
	/* Whoever waits for the end of a pipe must not wait for this. */
	syscall(SYS_close_range, FIRST_FD, ~0U, 0);
	while (sweep_once())
		;
	_exit(0);
}

/* ------------------------------------------------------------ in the caller */

static bool is_sweeping(void)
{
	struct pollfd p = { .fd = sweeper, .events = POLLIN };

	if (sweeper < 0)
		return false;
	if (poll(&p, 1, 0) == 0)
		return true;
	fd_close(&sweeper);
	return false;
}

int trash_empty(struct err *e)
{
	/* With CLONE_PARENT the exit signal is that of this process. */
	struct clone_args args = {
		.flags = CLONE_PARENT | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&sweeper,
	};
	pid_t pid;

	if (is_sweeping())
		return 0;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		sweep();
	return pid < 0 ? err_set(e, errno, "clone3(sweeper)") : 0;
}

int trash_put(int parent, const char *name, struct err *e)
{
	AUTO_CLOSE int trash =
		open(HOST_TRASH, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char to[NAME_BYTES];
	struct stat st;

	if (trash < 0)
		return err_set(e, errno, "open(%s)", HOST_TRASH);
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : err_set(e, errno, "stat(place)");
	/* No two of them at once have the number of one inode. */
	snprintf(to, sizeof(to), "%llu", (unsigned long long)st.st_ino);
	if (renameat(parent, name, trash, to) < 0)
		return err_set(e, errno, "rename(%s)", HOST_TRASH);
	return trash_empty(e);
}
