// SPDX-License-Identifier: MIT
/* The foreground's side of a terminal. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/oci/cli/console.h"

#include "kselftest_harness.h"

/* One that ends at once with `status`, and is not reaped. */
static int begin(int status, struct oci_started *out)
{
	siginfo_t info;

	out->pid = fork();
	if (out->pid == 0)
		_exit(status);
	out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
	return waitid(P_PID, (id_t)out->pid, &info, WEXITED | WNOWAIT);
}

/* /dev/zero is a terminal that somebody writes to faster than we read. */
TEST(terminal_that_never_runs_dry_does_not_keep_the_end_from_us)
{
	struct err e = ERR_NONE;
	struct oci_started started;
	int master = open("/dev/zero", O_RDWR | O_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int before = dup(STDOUT_FILENO);
	int signals, r;

	ASSERT_LE(0, master);
	ASSERT_EQ(0, console_block_signals(&signals, &e));
	ASSERT_EQ(0, begin(7, &started));
	ASSERT_EQ(STDIN_FILENO, dup2(null, STDIN_FILENO));
	ASSERT_EQ(STDOUT_FILENO, dup2(null, STDOUT_FILENO));
	r = console_wait(&started, signals, master, &e);
	ASSERT_EQ(STDOUT_FILENO, dup2(before, STDOUT_FILENO));
	ASSERT_EQ(7, r);
}

/* What it wrote last is not lost to that. */
TEST(terminal_is_read_to_its_end_after_the_process_has_ended)
{
	struct err e = ERR_NONE;
	struct oci_started started;
	char text[12288], got[sizeof(text)];
	int ends[2], out[2], signals, r;
	int before = dup(STDOUT_FILENO);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	memset(text, 'x', sizeof(text));
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, pipe(out));
	ASSERT_EQ((ssize_t)sizeof(text), write(ends[1], text, sizeof(text)));
	ASSERT_EQ(0, console_block_signals(&signals, &e));
	ASSERT_EQ(0, begin(0, &started));
	ASSERT_EQ(STDIN_FILENO, dup2(null, STDIN_FILENO));
	ASSERT_EQ(STDOUT_FILENO, dup2(out[1], STDOUT_FILENO));
	r = console_wait(&started, signals, ends[0], &e);
	ASSERT_EQ(STDOUT_FILENO, dup2(before, STDOUT_FILENO));
	close(out[1]);
	ASSERT_EQ(0, r);
	ASSERT_EQ((ssize_t)sizeof(got), read(out[0], got, sizeof(got)));
	ASSERT_EQ(0, memcmp(text, got, sizeof(got)));
}

/* Ends when so much has come for it, which it does not read. */
static int begin_deaf(int terminal, struct oci_started *out)
{
	out->pid = fork();
	if (out->pid == 0) {
		int count = 0;

		while (count < 1024 && ioctl(terminal, FIONREAD, &count) == 0)
			poll(NULL, 0, 1);
		_exit(5);
	}
	out->pidfd = (int)syscall(SYS_pidfd_open, out->pid, 0);
	return out->pidfd < 0 ? -errno : 0;
}

/* It is full, and others hold it open: the end is heard of all the same. */
TEST(terminal_that_nobody_reads_does_not_keep_the_end_from_us)
{
	struct err e = ERR_NONE;
	struct oci_started started;
	struct termios raw;
	int before = dup(STDOUT_FILENO);
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int master, slave, signals, r;

	ASSERT_EQ(0, openpty(&master, &slave, NULL, NULL, NULL));
	ASSERT_EQ(0, tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	ASSERT_EQ(0, tcsetattr(slave, TCSANOW, &raw));
	ASSERT_EQ(0, console_block_signals(&signals, &e));
	ASSERT_EQ(0, begin_deaf(slave, &started));
	ASSERT_EQ(STDIN_FILENO, dup2(zero, STDIN_FILENO));
	ASSERT_EQ(STDOUT_FILENO, dup2(null, STDOUT_FILENO));
	r = console_wait(&started, signals, master, &e);
	ASSERT_EQ(STDOUT_FILENO, dup2(before, STDOUT_FILENO));
	ASSERT_EQ(5, r);
}

TEST(terminal_that_is_none_is_ebadf)
{
	struct err e = ERR_NONE;
	struct oci_started started;
	int signals;

	ASSERT_EQ(0, console_block_signals(&signals, &e));
	ASSERT_EQ(0, begin(0, &started));
	ASSERT_EQ(-EBADF, console_wait(&started, signals, 1000, &e));
	ASSERT_STREQ("fcntl(terminal)", e.message);
}

/* A signal that was taken back is not waited for. */
TEST(descriptor_of_signals_does_not_block)
{
	struct err e = ERR_NONE;
	char byte;
	int signals;

	ASSERT_EQ(0, console_block_signals(&signals, &e));
	ASSERT_EQ(-1, read(signals, &byte, 1));
	ASSERT_EQ(EINVAL, errno);
	ASSERT_NE(0, fcntl(signals, F_GETFL) & O_NONBLOCK);
}

TEST_HARNESS_MAIN
