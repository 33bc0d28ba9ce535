// SPDX-License-Identifier: MIT
/* A table of system calls, each kind of row with a call that it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/allow.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

/* lseek is the call under test: it fails with EBADF where it is allowed. */
static const struct allow_row rows[] = {
	/* libseccomp frees what it built. */
	{ SCMP_SYS(brk), ALLOW_ANY },
	{ SCMP_SYS(mmap), ALLOW_ANY },
	{ SCMP_SYS(munmap), ALLOW_ANY },
	{ SCMP_SYS(madvise), ALLOW_ANY },
	{ SCMP_SYS(exit_group), ALLOW_ANY },
	{ SCMP_SYS(close), ALLOW_ANY },
	{ SCMP_SYS(lseek), ALLOW_EQUAL(1, 7) },
	{ SCMP_SYS(lseek), ALLOW_EQUAL(1, 8) },
	{ SCMP_SYS(fsync), ALLOW_CLEAR(0, 0x100) },
	{ SCMP_SYS(fcntl),
	  2,
	  { SCMP_A0(SCMP_CMP_EQ, 500, 0), SCMP_A1(SCMP_CMP_EQ, F_GETFD, 0) } },
};

/* How a process ends that asks for one call: errno, or minus the signal. */
static int ask(long call, long a, long b)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (allow_only(rows, ARRAY_SIZE(rows), NULL) < 0)
			_exit(255);
		/* Not _exit: before that AddressSanitizer asks for more. */
		syscall(SYS_exit_group,
			syscall(call, a, b, 0L) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(call_of_the_table_passes)
{
	EXPECT_EQ(EBADF, ask(SYS_close, 500, 0));
}

TEST(call_outside_of_the_table_is_death)
{
	EXPECT_EQ(-SIGSYS, ask(SYS_dup, 500, 0));
}

TEST(argument_has_to_be_equal_to_one_of_its_rows)
{
	EXPECT_EQ(EBADF, ask(SYS_lseek, 500, 7));
	EXPECT_EQ(EBADF, ask(SYS_lseek, 500, 8));
	EXPECT_EQ(-SIGSYS, ask(SYS_lseek, 500, 9));
	EXPECT_EQ(-SIGSYS, ask(SYS_lseek, 500, 7L | 1L << 32));
}

TEST(argument_has_to_be_free_of_the_bits)
{
	EXPECT_EQ(EBADF, ask(SYS_fsync, 0x2ff, 0));
	EXPECT_EQ(-SIGSYS, ask(SYS_fsync, 0x300, 0));
}

TEST(both_conditions_have_to_hold)
{
	EXPECT_EQ(EBADF, ask(SYS_fcntl, 500, F_GETFD));
	EXPECT_EQ(-SIGSYS, ask(SYS_fcntl, 500, F_GETFL));
	EXPECT_EQ(-SIGSYS, ask(SYS_fcntl, 501, F_GETFD));
}

TEST(row_with_a_seventh_argument_is_einval)
{
	static const struct allow_row bad[] = {
		{ SCMP_SYS(read), ALLOW_EQUAL(6, 0) },
	};
	struct err e = ERR_NONE;

	EXPECT_EQ(-EINVAL, allow_only(bad, ARRAY_SIZE(bad), &e));
	EXPECT_STREQ("seccomp_rule_add(row 0)", e.message);
	EXPECT_EQ(EBADF, syscall(SYS_dup, 500) < 0 ? errno : 0);
}

TEST_HARNESS_MAIN
