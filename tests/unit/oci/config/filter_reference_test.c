// SPDX-License-Identifier: MIT
/* Programs of the seccomp compiler against those that libseccomp makes of the
 * same, random rules. */
#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "tests/unit/oci/config/compiled.h"

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

TEST_HARNESS_MAIN
