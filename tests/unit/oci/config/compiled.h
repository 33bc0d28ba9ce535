/* SPDX-License-Identifier: MIT */
/* compiled: seccomp rules, compiled and asked by an interpreter. */
#ifndef CLOISTER_TESTS_OCI_CONFIG_COMPILED_H
#define CLOISTER_TESTS_OCI_CONFIG_COMPILED_H

#include "runtime/oci/config/filter.h"
#include "tests/unit/oci/config/bpf.h"

#define ALLOW SECCOMP_RET_ALLOW
#define FAIL(n) (SECCOMP_RET_ERRNO | (n))
#define X32 0x40000000
#define ALL_X86                                                   \
	(1ULL << SECCOMP_ARCH_X86 | 1ULL << SECCOMP_ARCH_X86_64 | \
	 1ULL << SECCOMP_ARCH_X32)

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Around the border between the halves, where 32-bit comparisons err. */
static const uint64_t edges[] = {
	0,	    1,		 0x7fffffff,	 0x80000000,
	0xffffffff, 0x100000000, 0x100000001,	 0x1ffffffff,
	UINT64_MAX, 1ULL << 63,	 UINT64_MAX - 1, 0xffffffff00000000,
};

struct compiled {
	struct arena arena;
	struct sock_fprog program;
	int error;
};

static inline struct compiled compile(uint32_t action, uint64_t architectures,
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

static inline uint32_t ask(const struct compiled *c, uint32_t arch, int nr,
		    uint64_t first, uint64_t second)
{
	struct seccomp_data data = {
		.nr = nr,
		.arch = arch,
		.args = { first, second },
	};

	return bpf_run(&c->program, &data);
}

#endif
