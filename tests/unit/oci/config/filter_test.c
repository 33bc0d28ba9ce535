// SPDX-License-Identifier: MIT
/*
 * The seccomp compiler: its programs are run by an interpreter and compared
 * with what the rules say and with what libseccomp makes of the same rules;
 * the kernel takes them.
 */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "runtime/oci/config/filter.h"
#include "tests/unit/oci/config/bpf.h"

#define ALLOW SECCOMP_RET_ALLOW
#define FAIL(n) (SECCOMP_RET_ERRNO | (n))
#define X32 0x40000000
#define ALL_X86                                                   \
	(1ULL << SECCOMP_ARCH_X86 | 1ULL << SECCOMP_ARCH_X86_64 | \
	 1ULL << SECCOMP_ARCH_X32)

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct compiled {
	struct arena arena;
	struct sock_fprog program;
	int error;
};

static struct compiled compile(uint32_t action, uint64_t architectures,
			       const struct filter_rule *rules, size_t count)
{
	const struct filter_rules all = {
		.action = action,
		.architectures = architectures,
		.rules = rules,
		.count = count,
	};
	struct compiled c = { .error = 0 };

	c.error = filter_compile(&all, &c.arena, &c.program, NULL);
	return c;
}

static uint32_t ask(const struct compiled *c, uint32_t arch, int nr,
		    uint64_t first, uint64_t second)
{
	struct seccomp_data data = {
		.nr = nr,
		.arch = arch,
		.args = { first, second },
	};

	return bpf_run(&c->program, &data);
}

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

/* What `a op value` is, said once more. */
static bool holds(enum seccomp_op op, uint64_t a, uint64_t value, uint64_t two)
{
	switch (op) {
	case SECCOMP_OP_NE:
		return a != value;
	case SECCOMP_OP_LT:
		return a < value;
	case SECCOMP_OP_LE:
		return a <= value;
	case SECCOMP_OP_EQ:
		return a == value;
	case SECCOMP_OP_GE:
		return a >= value;
	case SECCOMP_OP_GT:
		return a > value;
	case SECCOMP_OP_MASKED_EQ:
		return (a & value) == (two & value);
	}
	return false;
}

/* Around the border between the halves, where 32-bit comparisons err. */
static const uint64_t edges[] = {
	0,	    1,		 0x7fffffff,	 0x80000000,
	0xffffffff, 0x100000000, 0x100000001,	 0x1ffffffff,
	UINT64_MAX, 1ULL << 63,	 UINT64_MAX - 1, 0xffffffff00000000,
};

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
				bool is = holds(when.op, edges[a], when.value,
						when.value_two);

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

/* ------------------------------------------------------- against libseccomp */

#define CALLS 360
#define RULES 48

struct profile {
	struct filter_rule rules[RULES];
	struct filter_condition conditions[RULES][3];
	char names[RULES][32];
	const char *lists[RULES][2];
	size_t count;
};

/* A rule each for different calls; none that i386 bundles, where libseccomp
 * forgets conditions. */
static void random_profile(struct profile *p)
{
	p->count = 0;
	while (p->count < RULES) {
		size_t n = p->count;
		char *name = seccomp_syscall_resolve_num_arch(
			SCMP_ARCH_X86_64, (int)(n * 7 + (size_t)rand() % 7));
		struct filter_rule *r = &p->rules[n];

		if (!name || seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86,
							       name) < 0) {
			free(name);
			name = strdup("getpid");
		}
		snprintf(p->names[n], sizeof(p->names[n]), "%s", name);
		free(name);
		p->lists[n][0] = p->names[n];
		p->lists[n][1] = NULL;
		*r = (struct filter_rule){
			.names = p->lists[n],
			.action = rand() % 3 ? ALLOW : FAIL(EACCES),
			.conditions = p->conditions[n],
			.condition_count = (size_t)rand() % 3,
		};
		for (size_t i = 0; i < r->condition_count; i++)
			p->conditions[n][i] = (struct filter_condition){
				.argument = (unsigned int)i,
				.op = (enum seccomp_op)(rand() % 7),
				.value = edges[(size_t)rand() %
					       ARRAY_SIZE(edges)],
				.value_two = edges[(size_t)rand() %
						   ARRAY_SIZE(edges)],
			};
		p->count++;
	}
}

static const enum scmp_compare compares[] = {
	[SECCOMP_OP_NE] = SCMP_CMP_NE,
	[SECCOMP_OP_LT] = SCMP_CMP_LT,
	[SECCOMP_OP_LE] = SCMP_CMP_LE,
	[SECCOMP_OP_EQ] = SCMP_CMP_EQ,
	[SECCOMP_OP_GE] = SCMP_CMP_GE,
	[SECCOMP_OP_GT] = SCMP_CMP_GT,
	[SECCOMP_OP_MASKED_EQ] = SCMP_CMP_MASKED_EQ,
};

static void add_to_reference(scmp_filter_ctx f, const struct filter_rule *r)
{
	struct scmp_arg_cmp when[3];
	uint32_t action = r->action == ALLOW ? SCMP_ACT_ALLOW :
					       SCMP_ACT_ERRNO(EACCES);
	int nr = seccomp_syscall_resolve_name(r->names[0]);

	for (size_t i = 0; i < r->condition_count; i++)
		when[i] = (struct scmp_arg_cmp){
			.arg = r->conditions[i].argument,
			.op = compares[r->conditions[i].op],
			.datum_a = r->conditions[i].value,
			.datum_b = r->conditions[i].value_two,
		};
	seccomp_rule_add_array(f, action, nr, (unsigned int)r->condition_count,
			       when);
}

static struct sock_fprog reference(const struct profile *p)
{
	static struct sock_filter code[BPF_MAXINSNS];
	int fd = memfd_create("reference", MFD_CLOEXEC);
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	struct sock_fprog out = { .filter = code };
	ssize_t n;

	seccomp_arch_add(f, SCMP_ARCH_X86);
	seccomp_arch_add(f, SCMP_ARCH_X32);
	for (size_t i = 0; i < p->count; i++)
		add_to_reference(f, &p->rules[i]);
	seccomp_export_bpf(f, fd);
	seccomp_release(f);
	n = pread(fd, code, sizeof(code), 0);
	close(fd);
	out.len = n < 0 ? 0 : (unsigned short)((size_t)n / sizeof(*code));
	return out;
}

static bool is_equal(const struct sock_fprog *a, const struct sock_fprog *b,
		     uint32_t arch, int nr)
{
	for (int i = 0; i < 24; i++) {
		struct seccomp_data data = {
			.nr = nr,
			.arch = arch,
			.args = { edges[(size_t)rand() % ARRAY_SIZE(edges)],
				  edges[(size_t)rand() % ARRAY_SIZE(edges)] },
		};

		/* Registers of 32-bit calls have no upper half. */
		if (arch == AUDIT_ARCH_I386)
			data.args[0] &= UINT32_MAX;
		if (arch == AUDIT_ARCH_I386)
			data.args[1] &= UINT32_MAX;
		if (bpf_run(a, &data) != bpf_run(b, &data))
			return false;
	}
	return true;
}

TEST(programs_answer_as_those_of_libseccomp)
{
	static struct profile p;

	srand(2026);
	for (int round = 0; round < 6; round++) {
		struct sock_fprog theirs;
		struct compiled ours;

		random_profile(&p);
		theirs = reference(&p);
		ours = compile(FAIL(ENOSYS), ALL_X86, p.rules, p.count);
		ASSERT_EQ(0, ours.error);
		ASSERT_LT(0, theirs.len);
		for (int nr = -1; nr < CALLS; nr++) {
			EXPECT_TRUE(is_equal(&ours.program, &theirs,
					     AUDIT_ARCH_X86_64, nr))
			{
				TH_LOG("round %d number %d", round, nr);
			}
			EXPECT_TRUE(is_equal(&ours.program, &theirs,
					     AUDIT_ARCH_X86_64, nr | X32));
			EXPECT_TRUE(is_equal(&ours.program, &theirs,
					     AUDIT_ARCH_I386, nr));
		}
		arena_free(&ours.arena);
	}
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

/* One rule for each second call: more leaves than short jumps reach. */
TEST(bisection_finds_every_call_across_long_jumps)
{
	static struct filter_rule rules[CALLS];
	static const char *lists[CALLS][2];
	struct compiled c;
	size_t n = 0;

	for (int nr = 0; nr < 330; nr += 2) {
		lists[n][0] =
			seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, nr);
		rules[n] = (struct filter_rule){ .names = lists[n],
						 .action = FAIL((uint32_t)nr +
								1) };
		n += lists[n][0] != NULL;
	}
	c = compile(ALLOW, ALL_X86, rules, n);
	ASSERT_EQ(0, c.error);
	for (int nr = 0; nr < 330; nr++)
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
