// SPDX-License-Identifier: MIT
/*
 * tmpcopyup while somebody changes what is copied: the copying process is
 * stopped where it is about to open a file, and the file becomes another.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/oci/child.h"

#include "kselftest_harness.h"

FIXTURE(copy)
{
	char folder[32];
	int folder_fd;
	int from;
	int to;
};

static int make_directory(int at, const char *name)
{
	if (mkdirat(at, name, 0755) < 0)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

FIXTURE_SETUP(copy)
{
	int file;

	if (geteuid() != 0)
		SKIP(return, "needs root");
	snprintf(self->folder, sizeof(self->folder), "/tmp/copy_up.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	self->folder_fd = open(self->folder, O_RDONLY | O_DIRECTORY);
	self->from = make_directory(self->folder_fd, "from");
	self->to = make_directory(self->folder_fd, "to");
	ASSERT_LE(0, self->from);
	ASSERT_LE(0, self->to);
	file = openat(self->from, "file", O_WRONLY | O_CREAT, 0640);
	ASSERT_EQ(4, write(file, "text", 4));
	close(file);
}

FIXTURE_TEARDOWN(copy)
{
	if (geteuid() != 0)
		return;
	unlinkat(self->from, "file", 0);
	unlinkat(self->from, "file", AT_REMOVEDIR);
	unlinkat(self->to, "file", 0);
	unlinkat(self->folder_fd, "from", AT_REMOVEDIR);
	unlinkat(self->folder_fd, "to", AT_REMOVEDIR);
	rmdir(self->folder);
}

/* As a child that is traced: exits with the errno. */
static pid_t begin(int from, int to)
{
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(-copy_up(from, to, false));
	}
	return pid;
}

/* On the way in the kernel has put -ENOSYS there. x86-64. */
static bool is_opening(pid_t pid)
{
	struct user_regs_struct r = { .orig_rax = 0 };

	ptrace(PTRACE_GETREGS, pid, NULL, &r);
	return r.orig_rax == SYS_openat2 && (long)r.rax == -ENOSYS;
}

/* Copies; before the first file is opened, `change` has its way. */
static int copy_changed(int from, int to, int (*change)(int from))
{
	pid_t pid = begin(from, to);
	bool is_changed = false;
	int status = 0;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (!is_changed && is_opening(pid)) {
			is_changed = true;
			if (change(from) < 0)
				kill(pid, SIGKILL);
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	}
	return WIFEXITED(status) && is_changed ? -WEXITSTATUS(status) : -EIO;
}

static int no_change(int from)
{
	return faccessat(from, "file", F_OK, 0);
}

static int to_fifo(int from)
{
	unlinkat(from, "file", 0);
	return mkfifoat(from, "file", 0600);
}

static int to_directory(int from)
{
	unlinkat(from, "file", 0);
	return mkdirat(from, "file", 0700);
}

static int to_link(int from)
{
	unlinkat(from, "file", 0);
	return symlinkat("/etc/passwd", from, "file");
}

static int to_nothing(int from)
{
	return unlinkat(from, "file", 0);
}

TEST_F(copy, file_that_stays_is_copied)
{
	struct stat st;

	ASSERT_EQ(0, copy_changed(self->from, self->to, no_change));
	ASSERT_EQ(0, fstatat(self->to, "file", &st, 0));
	EXPECT_EQ(4, st.st_size);
	EXPECT_EQ(S_IFREG | 0640, st.st_mode);
}

/* clang-format off */
static const struct {
	int (*change)(int from);
	int verdict;
} changes[] = {
	{ to_fifo, -EBUSY },
	{ to_directory, -EBUSY },
	{ to_link, -ELOOP },
	{ to_nothing, -ENOENT },
};
/* clang-format on */

/* Nothing of what it has become is there, nobody waits for its writer. */
TEST_F(copy, file_that_becomes_something_else_is_refused)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		int file;

		unlinkat(self->from, "file", 0);
		unlinkat(self->from, "file", AT_REMOVEDIR);
		file = openat(self->from, "file", O_WRONLY | O_CREAT, 0640);
		ASSERT_LE(0, file);
		close(file);
		EXPECT_EQ(changes[i].verdict,
			  copy_changed(self->from, self->to, changes[i].change))
		{
			TH_LOG("change %zu", i);
		}
		EXPECT_EQ(-1, fstatat(self->to, "file", &st, 0));
	}
}

TEST_HARNESS_MAIN
