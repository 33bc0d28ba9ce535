// SPDX-License-Identifier: MIT
/*
 * The parent's look at a process's label. With SELinux the label of this very
 * process is taken for a right one; without it reading one is EINVAL.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/oci/labels.h"

#include "kselftest_harness.h"

#define MS_REC_PRIVATE (16384UL | (1UL << 18))

FIXTURE(label)
{
	pid_t pid;
	int pidfd;
	int proc;
	char own[256];
};

FIXTURE_SETUP(label)
{
	int fd = open("/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, self->own, sizeof(self->own) - 1);

	close(fd);
	self->own[n > 0 ? n : 0] = '\0';
	self->own[strcspn(self->own, "\n")] = '\0';
	self->pid = fork();
	if (self->pid == 0) {
		pause();
		_exit(0);
	}
	self->pidfd = (int)syscall(SYS_pidfd_open, self->pid, 0);
	ASSERT_LE(0, self->pidfd);
	self->proc = fd_open_proc(NULL);
	ASSERT_LE(0, self->proc);
}

FIXTURE_TEARDOWN(label)
{
	kill(self->pid, SIGKILL);
	waitpid(self->pid, NULL, 0);
	close(self->pidfd);
	close(self->proc);
}

TEST_F(label, another_label_is_found_out)
{
	struct err e = ERR_NONE;
	int r = label_verify(self->proc, self->pid, self->pidfd,
			     "u:r:t:s0:c1,c2", &e);

	ASSERT_EQ(self->own[0] ? -EPERM : -EINVAL, r);
}

TEST_F(label, the_right_label_passes)
{
	struct err e = ERR_NONE;

	if (!self->own[0])
		SKIP(return, "no SELinux here");
	ASSERT_EQ(0, label_verify(self->proc, self->pid, self->pidfd, self->own,
				  &e));
}

/* A longer or shorter one is another one. */
TEST_F(label, a_prefix_of_the_label_does_not_pass)
{
	struct err e = ERR_NONE;

	if (!self->own[0])
		SKIP(return, "no SELinux here");
	self->own[strlen(self->own) - 1] = '\0';
	ASSERT_EQ(-EPERM, label_verify(self->proc, self->pid, self->pidfd,
				       self->own, &e));
}

TEST_F(label, a_process_that_is_gone_passes)
{
	struct err e = ERR_NONE;

	kill(self->pid, SIGKILL);
	ASSERT_EQ(self->pid, waitpid(self->pid, NULL, 0));
	ASSERT_EQ(0, label_verify(self->proc, self->pid, self->pidfd,
				  "u:r:t:s0", &e));
}

/* CVE-2019-16884, CVE-2025-52881: a /proc that says what one wants to hear. */
TEST_F(label, procfs_that_is_none_is_eperm)
{
	struct err e = ERR_NONE;
	char path[64];
	int fd;

	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, syscall(SYS_mount, "none", "/", NULL, MS_REC_PRIVATE, 0));
	ASSERT_EQ(0, syscall(SYS_mount, "none", "/proc", "tmpfs", 0, 0));
	snprintf(path, sizeof(path), "/proc/%d", self->pid);
	ASSERT_EQ(0, mkdir(path, 0755));
	strcat(path, "/attr");
	ASSERT_EQ(0, mkdir(path, 0755));
	strcat(path, "/current");
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	ASSERT_EQ(8, write(fd, "u:r:t:s0", 8));
	close(fd);
	ASSERT_EQ(-EPERM, fd_open_proc(&e));
	ASSERT_STREQ("/proc is not procfs", e.message);
}

/* A bind over the one file: nothing of another mount is read. */
TEST_F(label, attribute_under_a_mount_is_exdev)
{
	struct err e = ERR_NONE;
	char path[64];

	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, syscall(SYS_mount, "none", "/", NULL, MS_REC_PRIVATE, 0));
	snprintf(path, sizeof(path), "/proc/%d/attr/current", self->pid);
	ASSERT_EQ(0, syscall(SYS_mount, "/dev/null", path, NULL, 4096UL, 0));
	close(self->proc);
	self->proc = fd_open_proc(&e);
	ASSERT_EQ(-EXDEV, label_verify(self->proc, self->pid, self->pidfd,
				       "u:r:t:s0", &e));
}

TEST_HARNESS_MAIN
