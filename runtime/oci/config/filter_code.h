/* SPDX-License-Identifier: MIT */
/*
 * filter_code: the instructions of a seccomp program.
 *
 * Appends to a list in an arena; past BPF_MAXINSNS instructions, or without
 * memory, is_full or is_lost is set and the rest is dropped, so only the end
 * has to be checked.
 * Source: kernel Documentation/networking/filter.rst.
 */
#ifndef CLOISTER_OCI_CONFIG_FILTER_CODE_H
#define CLOISTER_OCI_CONFIG_FILTER_CODE_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/oci/config/filter.h"

struct filter_code {
	struct arena *arena;
	struct sock_filter *instructions;
	size_t count;
	bool is_full;
	bool is_lost;
};

/* Ways through one system call: the first whose conditions hold is taken. */
struct filter_way {
	uint32_t action;
	int first_argument;	/* has to be this number; -1: whatever it is */
	const struct filter_condition *conditions;
	size_t condition_count;
};

/* All calls from number `first` up to the next leaf's. */
struct filter_leaf {
	uint32_t first;
	uint32_t action;	/* where there is no way, or none is taken */
	bool is_wide;		/* arguments have 64 bits, else 32 */
	const struct filter_way *ways;
	size_t way_count;
};

void code_add(struct filter_code *c, uint16_t op, uint32_t k, uint8_t jt,
	      uint8_t jf);

/* The answer of one leaf. Ends the program on every path. */
void code_add_leaf(struct filter_code *c, const struct filter_leaf *leaf);

/* Finds the leaf of the number in the accumulator by bisection. */
void code_add_tree(struct filter_code *c, const struct filter_leaf *leaves,
		   size_t count);

#endif
