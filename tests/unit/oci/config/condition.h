/* SPDX-License-Identifier: MIT */
/* condition: what a condition of a seccomp rule means, without a program. */
#ifndef CLOISTER_TESTS_OCI_CONFIG_CONDITION_H
#define CLOISTER_TESTS_OCI_CONFIG_CONDITION_H

#include <stdbool.h>

#include "runtime/oci/config/filter.h"

/* For an argument `a` of which the call sees the bits of `mask`. */
static inline bool condition_holds(const struct filter_condition *c, uint64_t a,
				   uint64_t mask)
{
	uint64_t value = c->value & mask;

	a &= mask;
	switch (c->op) {
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
		return (a & value) == (c->value_two & value);
	}
	return false;
}

#endif
