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
	ALLOW(close),
	ALLOW_IF(lseek, ALLOW_EQUAL(1, 7)),
	ALLOW_FOR_IF("a second row", lseek, ALLOW_EQUAL(1, 8)),
	ALLOW_IF(fsync, ALLOW_CLEAR(0, 0x100)),
	ALLOW_IF(fcntl, ALLOW_BOTH(500, 0xf, F_GETFD)),
};

static const struct allow_list deadly = { "deadly", ALLOW_OR_DIE, rows,
					  ARRAY_SIZE(rows) };

/* Without allow_life: memory for libseccomp's own end, and the exit. */
static const struct allow_row gentle_rows[] = {
	ALLOW(brk),	   ALLOW(mmap),	 ALLOW(munmap), ALLOW(madvise),
	ALLOW(exit_group), ALLOW(close), ALLOW(prctl),	ALLOW(seccomp),
};

static const struct allow_list gentle = { "gentle", ALLOW_OR_FAIL, gentle_rows,
					  ARRAY_SIZE(gentle_rows) };

/* How a process ends that asks for one call: errno, or minus the signal. */
static int ask_of(const struct allow_list *first,
		  const struct allow_list *second, long call, long a, long b)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (allow_only(first, NULL) < 0 ||
		    (second && allow_only(second, NULL) < 0))
			syscall(SYS_exit_group, 255);
		/* Not _exit: before that AddressSanitizer asks for more. */
		syscall(SYS_exit_group,
			syscall(call, a, b, 0L) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int ask(long call, long a, long b)
{
	return ask_of(&deadly, NULL, call, a, b);
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

TEST(a_list_that_fails_refuses_with_eperm_and_life_goes_on)
{
	EXPECT_EQ(EBADF, ask_of(&gentle, NULL, SYS_close, 500, 0));
	EXPECT_EQ(EPERM, ask_of(&gentle, NULL, SYS_dup, 500, 0));
	EXPECT_EQ(EPERM, ask_of(&gentle, NULL, SYS_uselib, 0, 0));
}

TEST(below_a_list_that_fails_another_is_still_deadly)
{
	EXPECT_EQ(EBADF, ask_of(&gentle, &deadly, SYS_close, 500, 0));
	EXPECT_EQ(-SIGSYS, ask_of(&gentle, &deadly, SYS_dup, 500, 0));
	/* Allowed below, refused above. */
	EXPECT_EQ(EPERM, ask_of(&gentle, &deadly, SYS_lseek, 500, 7));
}

TEST(memory_of_a_deadly_list_never_becomes_code)
{
	EXPECT_EQ(0, ask_of(&deadly, NULL, SYS_brk, 0, 0));
	EXPECT_EQ(EINVAL, ask_of(&deadly, NULL, SYS_mprotect, 1, 1));
	EXPECT_EQ(-SIGSYS, ask_of(&deadly, NULL, SYS_memfd_create, 0, 0));
	for (size_t i = 0; i < allow_life.count; i++)
		EXPECT_NE(NULL, allow_life.rows[i].why);
}

TEST(row_with_a_seventh_argument_is_einval)
{
	static const struct allow_row bad_rows[] = {
		ALLOW(close),
		ALLOW_IF(read, ALLOW_EQUAL(6, 0)),
	};
	static const struct allow_list bad = { "bad", ALLOW_OR_DIE, bad_rows,
					       ARRAY_SIZE(bad_rows) };
	struct err e = ERR_NONE;

	EXPECT_EQ(-EINVAL, allow_only(&bad, &e));
	EXPECT_STREQ("seccomp_rule_add(bad, row 1)", e.message);
	EXPECT_EQ(EBADF, syscall(SYS_dup, 500) < 0 ? errno : 0);
}

TEST_HARNESS_MAIN
