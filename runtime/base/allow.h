/* SPDX-License-Identifier: MIT */
/*
 * allow: what a process may ask of the kernel from now on, as one table.
 *
 * A program lists its system calls, some only with certain arguments, and
 * enters the filter once. Whatever is not in the table kills the process, and
 * the kernel logs it. Two rows of one call: either is enough.
 *
 *	static const struct allow_row rows[] = {
 *		{ SCMP_SYS(read), ALLOW_ANY },
 *		{ SCMP_SYS(mmap), ALLOW_CLEAR(2, PROT_EXEC) },
 *	};
 */
#ifndef CLOISTER_BASE_ALLOW_H
#define CLOISTER_BASE_ALLOW_H

#include <seccomp.h>
#include <stddef.h>

#include "runtime/base/err.h"

struct allow_row {
	int call;
	unsigned int conditions; /* how many of the two hold together */
	struct scmp_arg_cmp condition[2];
};

/* clang-format off */
/* Whatever the arguments are. */
#define ALLOW_ANY 0, { { 0 } }
/* Only if argument `arg` is `value`. */
#define ALLOW_EQUAL(arg, value) 1, { SCMP_CMP(arg, SCMP_CMP_EQ, value, 0) }
/* Only if none of `bits` is set in argument `arg`. */
#define ALLOW_CLEAR(arg, bits) 1, { SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, 0) }
/* clang-format on */

/*
 * Sets no_new_privs and loads the filter. Irrevocable; needs no privilege.
 * Call it single-threaded: other threads stay free.
 * Returns 0 or -errno: then the caller must end. Source: seccomp(2),
 * seccomp_rule_add(3).
 */
int allow_only(const struct allow_row *rows, size_t count, struct err *e);

#endif
