// SPDX-License-Identifier: MIT
/*
 * The seccomp compiler: its programs are run by an interpreter and compared
 * with what the rules say; the kernel takes them.
 */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "tests/unit/oci/config/compiled.h"
#include "tests/unit/oci/config/condition.h"

/* Answers on the native architecture. */
static uint32_t answer(const struct compiled *c, int nr, uint64_t first)
{
	return ask(c, AUDIT_ARCH_X86_64, nr, first, 0);
}

/* ----------------------------------------------------------- what rules say */

TEST(a_listed_call_gets_its_action_and_any_other_the_default)
{
	const struct filter_rule rules[] = {
		{ .names = NAMES("read", "write", "close"), .action = ALLOW },
		{ .names = NAMES("kill"), .action = FAIL(EACCES) },
	};
	struct compiled c = compile(FAIL(ENOSYS), 0, rules, 2);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(ALLOW, answer(&c, SYS_read, 0));
	EXPECT_EQ(ALLOW, answer(&c, SYS_write, 0));
	EXPECT_EQ(FAIL(ENOSYS), answer(&c, SYS_open, 0));
	EXPECT_EQ(ALLOW, answer(&c, SYS_close, 0));
	EXPECT_EQ(FAIL(EACCES), answer(&c, SYS_kill, 0));
	EXPECT_EQ(FAIL(ENOSYS), answer(&c, SYS_kill + 1, 0));
	EXPECT_EQ(FAIL(ENOSYS), answer(&c, -1, 0));
	arena_free(&c.arena);
}

TEST(without_rules_the_default_answers_everything)
{
	struct compiled c = compile(SECCOMP_RET_LOG, 0, NULL, 0);

	ASSERT_EQ(0, c.error);
	for (int nr = 0; nr < 512; nr++)
		ASSERT_EQ(SECCOMP_RET_LOG, answer(&c, nr, 0));
	EXPECT_EQ(SECCOMP_RET_KILL_THREAD,
		  ask(&c, AUDIT_ARCH_AARCH64, 0, 0, 0));
	arena_free(&c.arena);
}

TEST(an_unknown_call_is_skipped)
{
	const struct filter_rule rules[] = {
		{ .names = NAMES("no_such_call", "read"), .action = ALLOW },
	};
	struct compiled c = compile(FAIL(EPERM), ALL_X86, rules, 1);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(ALLOW, answer(&c, SYS_read, 0));
	EXPECT_EQ(FAIL(EPERM), answer(&c, SYS_write, 0));
	arena_free(&c.arena);
}

TEST(other_architectures_kill_unless_they_are_named)
{
	const struct filter_rule rules[] = {
		{ .names = NAMES("read"), .action = ALLOW },
	};
	struct compiled one = compile(FAIL(EPERM), 0, rules, 1);
	struct compiled all = compile(FAIL(EPERM), ALL_X86, rules, 1);

	ASSERT_EQ(0, one.error);
	ASSERT_EQ(0, all.error);
	EXPECT_EQ(SECCOMP_RET_KILL_THREAD, ask(&one, AUDIT_ARCH_I386, 3, 0, 0));
	EXPECT_EQ(ALLOW, ask(&all, AUDIT_ARCH_I386, 3, 0, 0));
	EXPECT_EQ(FAIL(EPERM), ask(&all, AUDIT_ARCH_I386, 0, 0, 0));
	EXPECT_EQ(SECCOMP_RET_KILL_THREAD, answer(&one, X32 | SYS_read, 0));
	EXPECT_EQ(ALLOW, answer(&all, X32 | SYS_read, 0));
	EXPECT_EQ(FAIL(EPERM), answer(&all, X32 | SYS_write, 0));
	EXPECT_EQ(SECCOMP_RET_KILL_THREAD, answer(&one, X32, 0));
	EXPECT_EQ(FAIL(EPERM), answer(&one, -1, 0));
	EXPECT_EQ(FAIL(EPERM), answer(&all, -1, 0));
	EXPECT_EQ(SECCOMP_RET_KILL_THREAD,
		  ask(&all, AUDIT_ARCH_AARCH64, 3, 0, 0));
	arena_free(&one.arena);
	arena_free(&all.arena);
}

TEST(each_operator_compares_all_64_bits)
{
	for (int op = SECCOMP_OP_NE; op <= SECCOMP_OP_MASKED_EQ; op++) {
		for (size_t v = 0; v < ARRAY_SIZE(edges); v++) {
			const struct filter_condition when = {
				.argument = 0,
				.op = (enum seccomp_op)op,
				.value = edges[v],
				.value_two = 0x180000001,
			};
			const struct filter_rule rule = {
				.names = NAMES("read"),
				.action = ALLOW,
				.conditions = &when,
				.condition_count = 1,
			};
			struct compiled c = compile(FAIL(1), ALL_X86, &rule, 1);

			ASSERT_EQ(0, c.error);
			for (size_t a = 0; a < ARRAY_SIZE(edges); a++) {
				bool is = condition_holds(&when, edges[a],
							  UINT64_MAX);

				EXPECT_EQ(is ? ALLOW : FAIL(1),
					  answer(&c, SYS_read, edges[a]));
			}
			arena_free(&c.arena);
		}
	}
}

TEST(thirty_two_bit_calls_compare_32_bits)
{
	const struct filter_condition when = { 0, SECCOMP_OP_EQ, UINT64_MAX,
					       0 };
	const struct filter_rule rule = {
		.names = NAMES("read"),
		.action = ALLOW,
		.conditions = &when,
		.condition_count = 1,
	};
	struct compiled c = compile(FAIL(1), ALL_X86, &rule, 1);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 3, UINT32_MAX, 0));
	EXPECT_EQ(FAIL(1), answer(&c, SYS_read, UINT32_MAX));
	EXPECT_EQ(ALLOW, answer(&c, X32 | SYS_read, UINT32_MAX));
	arena_free(&c.arena);
}

TEST(conditions_of_one_rule_hold_together_and_rules_one_by_one)
{
	const struct filter_condition both[] = {
		{ 0, SECCOMP_OP_EQ, 1, 0 },
		{ 1, SECCOMP_OP_GT, 10, 0 },
	};
	const struct filter_condition other = { 0, SECCOMP_OP_EQ, 2, 0 };
	const struct filter_rule rules[] = {
		{ NAMES("read"), ALLOW, both, 2 },
		{ NAMES("read"), FAIL(EIO), &other, 1 },
	};
	struct compiled c = compile(FAIL(1), 0, rules, 2);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_X86_64, SYS_read, 1, 11));
	EXPECT_EQ(FAIL(1), ask(&c, AUDIT_ARCH_X86_64, SYS_read, 1, 10));
	EXPECT_EQ(FAIL(EIO), ask(&c, AUDIT_ARCH_X86_64, SYS_read, 2, 11));
	EXPECT_EQ(FAIL(1), ask(&c, AUDIT_ARCH_X86_64, SYS_read, 3, 11));
	arena_free(&c.arena);
}

TEST(a_rule_without_conditions_answers_for_all_of_its_call)
{
	const struct filter_condition when = { 0, SECCOMP_OP_EQ, 1, 0 };
	const struct filter_rule rules[] = {
		{ NAMES("read"), FAIL(EIO), &when, 1 },
		{ .names = NAMES("read"), .action = ALLOW },
		{ .names = NAMES("read"), .action = FAIL(EBUSY) },
	};
	struct compiled c = compile(FAIL(1), 0, rules, 3);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(ALLOW, answer(&c, SYS_read, 1));
	EXPECT_EQ(ALLOW, answer(&c, SYS_read, 2));
	arena_free(&c.arena);
}

/* -------------------------------------------------- bundled calls of i386 */

TEST(socketcall_allows_what_is_allowed_without_conditions)
{
	const struct filter_condition when = { 0, SECCOMP_OP_NE, 40, 0 };
	const struct filter_rule rules[] = {
		{ .names = NAMES("connect", "shmat"), .action = ALLOW },
		{ NAMES("socket"), ALLOW, &when, 1 },
	};
	struct compiled c = compile(FAIL(1), ALL_X86, rules, 2);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 362, 0, 0));
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 102, 3, 0));
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 117, 21, 0));
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 397, 0, 0));
	EXPECT_EQ(FAIL(1), ask(&c, AUDIT_ARCH_I386, 117, 22, 0));
	/* Behind the pointer of socketcall() may be family 40. */
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 359, 39, 0));
	EXPECT_EQ(FAIL(1), ask(&c, AUDIT_ARCH_I386, 359, 40, 0));
	EXPECT_EQ(FAIL(1), ask(&c, AUDIT_ARCH_I386, 102, 1, 0));
	arena_free(&c.arena);
}

TEST(socketcall_refuses_what_may_be_refused)
{
	const struct filter_condition when = { 0, SECCOMP_OP_EQ, 40, 0 };
	const struct filter_rule rules[] = {
		{ NAMES("socket"), FAIL(EACCES), &when, 1 },
	};
	struct compiled c = compile(ALLOW, ALL_X86, rules, 1);

	ASSERT_EQ(0, c.error);
	EXPECT_EQ(FAIL(EACCES), ask(&c, AUDIT_ARCH_I386, 102, 1, 0));
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 102, 2, 0));
	EXPECT_EQ(ALLOW, ask(&c, AUDIT_ARCH_I386, 359, 39, 0));
	arena_free(&c.arena);
}

/* ------------------------------------------------------------------- limits */

TEST(a_program_that_is_too_long_is_e2big)
{
	static const struct filter_condition when[6] = {
		{ 0, SECCOMP_OP_GT, 1ULL << 40, 0 },
		{ 1, SECCOMP_OP_GT, 1ULL << 40, 0 },
		{ 2, SECCOMP_OP_GT, 1ULL << 40, 0 },
		{ 3, SECCOMP_OP_GT, 1ULL << 40, 0 },
		{ 4, SECCOMP_OP_GT, 1ULL << 40, 0 },
		{ 5, SECCOMP_OP_GT, 1ULL << 40, 0 },
	};
	static const char *const names[] = { "read", NULL };
	static struct filter_rule rules[BPF_MAXINSNS];
	struct compiled c;

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		rules[i] = (struct filter_rule){ names, ALLOW, when, 6 };
	c = compile(FAIL(1), ALL_X86, rules, 60);
	EXPECT_EQ(0, c.error);
	EXPECT_EQ(FAIL(1), answer(&c, SYS_read, 0));
	EXPECT_EQ(FAIL(1), answer(&c, SYS_write, 0));
	arena_free(&c.arena);
	for (size_t n = 100; n <= ARRAY_SIZE(rules); n += 999) {
		c = compile(FAIL(1), ALL_X86, rules, n);
		EXPECT_EQ(-E2BIG, c.error);
		arena_free(&c.arena);
	}
}

#define NUMBERS 330

/* One rule for each second call: more leaves than short jumps reach. */
TEST(bisection_finds_every_call_across_long_jumps)
{
	static struct filter_rule rules[NUMBERS];
	static const char *lists[NUMBERS][2];
	struct compiled c;
	size_t n = 0;

	for (int nr = 0; nr < NUMBERS; nr += 2) {
		lists[n][0] =
			seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);
		rules[n] = (struct filter_rule){ .names = lists[n],
						 .action = FAIL((uint32_t)nr +
								1) };
		n += lists[n][0] != NULL;
	}
	c = compile(ALLOW, ALL_X86, rules, n);
	ASSERT_EQ(0, c.error);
	for (int nr = 0; nr < NUMBERS; nr++)
		EXPECT_EQ(nr % 2 ? ALLOW : FAIL((uint32_t)nr + 1),
			  answer(&c, nr, 0));
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)lists[i][0]);
	arena_free(&c.arena);
}

TEST(the_kernel_takes_the_program)
{
	const struct filter_condition when = { 0, SECCOMP_OP_EQ, 7, 0 };
	const struct filter_rule rules[] = {
		{ NAMES("getpgid"), FAIL(EXDEV), &when, 1 },
		{ .names = NAMES("getppid"), .action = FAIL(ENOTDIR) },
	};
	struct compiled c = compile(ALLOW, ALL_X86, rules, 2);

	ASSERT_EQ(0, c.error);
	ASSERT_EQ(0, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	ASSERT_EQ(0,
		  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &c.program));
	EXPECT_EQ(-1, syscall(SYS_getppid));
	EXPECT_EQ(ENOTDIR, errno);
	EXPECT_EQ(-1, syscall(SYS_getpgid, 7));
	EXPECT_EQ(EXDEV, errno);
	EXPECT_LT(0, syscall(SYS_getpgid, 0));
	arena_free(&c.arena);
}

TEST_HARNESS_MAIN
