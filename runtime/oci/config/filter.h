/* SPDX-License-Identifier: MIT */
/*
 * filter: seccomp rules into the program that the kernel runs.
 *
 * A compiler of its own, because the start of a container waits for it:
 * libseccomp takes 15 ms for the profile that the engines ship, this takes a
 * fiftieth of that. libseccomp still knows the names of the system calls.
 *
 * What a program answers: for each architecture that this machine runs and
 * the rules name (the native one always), a system call is looked up by
 * bisection. The first rule without conditions answers whatever the other
 * rules of that call say; otherwise the first rule whose conditions all hold;
 * otherwise the default. A rule that says what the default says is no rule.
 * Calls of other architectures kill the thread. Architectures that this
 * machine does not run are left out.
 *
 * On 32-bit x86 some calls also come through socketcall() and ipc(), where
 * only the number of the call can be seen: there a rule with conditions counts
 * without them if it is stricter than the default, and not at all otherwise.
 * Source: seccomp(2), kernel include/uapi/linux/seccomp.h.
 */
#ifndef CLOISTER_OCI_CONFIG_FILTER_H
#define CLOISTER_OCI_CONFIG_FILTER_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/oci/config/arena.h"
#include "runtime/oci/config/words.h"

#define FILTER_ARGUMENTS_MAX 6

struct filter_condition {
	unsigned int argument;	/* 0..5 */
	enum seccomp_op op;
	uint64_t value;		/* MASKED_EQ: the mask */
	uint64_t value_two;	/* MASKED_EQ: what has to be left of it */
};

struct filter_rule {
	const char *const *names;	/* NULL-terminated; unknown ones are skipped */
	uint32_t action;		/* SECCOMP_RET_ with its data */
	const struct filter_condition *conditions;	/* hold together */
	size_t condition_count;		/* 0..FILTER_ARGUMENTS_MAX */
};

struct filter_rules {
	uint32_t action;		/* the default */
	uint64_t architectures;		/* 1 << enum seccomp_arch; the native one is
					   always meant too */
	const struct filter_rule *rules;
	size_t count;
};

/*
 * Writes the program of `rules` into memory of `arena`, where its notes stay
 * too. Returns 0, -E2BIG (more than BPF_MAXINSNS instructions) or -ENOMEM.
 */
int filter_compile(const struct filter_rules *rules, struct arena *arena,
		   struct sock_fprog *out, struct err *e);

/* The number of a system call on the native architecture; negative if there
 * is none of that name. */
int filter_number(const char *name);

/* The set of architectures that this machine runs, 1 << enum seccomp_arch. */
uint64_t filter_architectures(void);

#endif
