/* SPDX-License-Identifier: MIT */
/*
 * allow: what a process may ask of the kernel from now on, as one table.
 *
 * A program lists its system calls, some only with certain arguments, and
 * enters the filter once. What is not in the table is refused, in one of two
 * ways, and the kernel logs it. Two rows of one call: either is enough.
 *
 *	static const struct allow_row rows[] = {
 *		ALLOW(read),
 *		ALLOW_IF(fcntl, ALLOW_EQUAL(1, F_GET_SEALS)),
 *		ALLOW_FOR("an answer that does not fit: uplink_test", mremap),
 *	};
 *
 * A row says why it is there unless the booted machine is seen to need it: a
 * guest test finds rows that nothing needs. The tables: policy/calls.h.
 */
#ifndef CLOISTER_BASE_ALLOW_H
#define CLOISTER_BASE_ALLOW_H

#include <seccomp.h>
#include <stddef.h>

#include "runtime/base/err.h"

struct allow_row {
	int call;
	unsigned int conditions;	/* how many of the two hold together */
	struct scmp_arg_cmp condition[2];
	const char *why;		/* NULL: the guest tests see it */
};

enum allow_refusal {
	/* The process dies by SIGSYS: for those that do their work alone. */
	ALLOW_OR_DIE,
	/* EPERM, and the process goes on: for those whose children inherit
	   the filter; a filter of theirs decides first what error it is. */
	ALLOW_OR_FAIL,
};

struct allow_list {
	const char *program;
	enum allow_refusal refusal;
	const struct allow_row *rows;
	size_t count;
};

/* clang-format off */
/* Whatever the arguments are. */
#define ALLOW_ANY 0, { { 0 } }
/* Only if argument `arg` is `value`. */
#define ALLOW_EQUAL(arg, value) 1, { SCMP_CMP(arg, SCMP_CMP_EQ, value, 0) }
/* Only if none of `bits` is set in argument `arg`. */
#define ALLOW_CLEAR(arg, bits) 1, { SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, 0) }
/* Only if argument 0 is `value` and, of argument 1, `bits` are `other`. */
#define ALLOW_BOTH(value, bits, other) \
	2, { SCMP_A0(SCMP_CMP_EQ, value, 0), \
	     SCMP_A1(SCMP_CMP_MASKED_EQ, bits, other) }

#define ALLOW(name) { SCMP_SYS(name), ALLOW_ANY, NULL }
#define ALLOW_IF(name, ...) { SCMP_SYS(name), __VA_ARGS__, NULL }
#define ALLOW_FOR(why, name) { SCMP_SYS(name), ALLOW_ANY, why }
#define ALLOW_FOR_IF(why, name, ...) { SCMP_SYS(name), __VA_ARGS__, why }
/* clang-format on */

/*
 * What every list has besides its rows: memory, never executable, and the
 * end. Only for ALLOW_OR_DIE; the others have more than that.
 */
extern const struct allow_list allow_life;

/*
 * Sets no_new_privs and loads the filter. Irrevocable; needs no privilege.
 * Call it single-threaded: other threads stay free.
 * Returns 0 or -errno: then the caller must end. Source: seccomp(2),
 * seccomp_rule_add(3).
 */
int allow_only(const struct allow_list *list, struct err *e);

/*
 * The same in steps, for lists that are put together: an empty filter (none
 * after an error), rows into it, and the end, which frees it whatever happened
 * before: `r` is that, passed on if negative.
 */
int allow_begin(enum allow_refusal refusal, scmp_filter_ctx *filter,
		struct err *e);
int allow_add(scmp_filter_ctx filter, const struct allow_list *list,
	      struct err *e);
int allow_end(scmp_filter_ctx filter, int r, struct err *e);

#endif
