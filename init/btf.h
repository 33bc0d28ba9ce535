/* SPDX-License-Identifier: MIT */
/*
 * btf: what the running kernel says about its own functions and structures,
 * for programs that look inside: the number of a function, the place of a
 * member. The layout is this kernel's, asked for at each boot, so nothing
 * here has to be changed for the next one.
 * Source: Documentation/bpf/btf.rst, linux/btf.h.
 */
#ifndef CLOISTER_INIT_BTF_H
#define CLOISTER_INIT_BTF_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define BTF_KERNEL "/sys/kernel/btf/vmlinux"

struct btf_row {
	const char *type;	/* a structure's name; a function's without member */
	const char *member;	/* direct member, in bytes from its start; NULL */
	uint32_t value;		/* out: the function's number, the member's place */
};

/*
 * Fills the value of every row from the type information in `data`. Trusts
 * no length or offset in it. Returns 0; -ENOENT for a row that is not there,
 * named in `e`; -EOPNOTSUPP for a member that does not start at a whole byte;
 * -EBADMSG for data out of shape.
 */
int btf_resolve(const void *data, size_t len, struct btf_row *rows,
		size_t count, struct err *e);

/* The same for the running kernel; also -errno of reading BTF_KERNEL. */
int btf_resolve_kernel(struct btf_row *rows, size_t count, struct err *e);

#endif
