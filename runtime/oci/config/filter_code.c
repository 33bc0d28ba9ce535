// SPDX-License-Identifier: MIT
#include "runtime/oci/config/filter_code.h"

#include <linux/seccomp.h>
#include <string.h>

/* Where a condition that does not hold goes, until that place is known. A way
 * has at most 49 instructions, so no true distance is as long. */
#define MISS 0xff

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define MASK (BPF_ALU | BPF_AND | BPF_K)
#define EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define ABOVE (BPF_JMP | BPF_JGT | BPF_K)
#define AT_LEAST (BPF_JMP | BPF_JGE | BPF_K)
#define GO (BPF_JMP | BPF_JA)
#define ANSWER (BPF_RET | BPF_K)

static bool is_broken(const struct filter_code *c)
{
	return c->is_full || c->is_lost;
}

void code_add(struct filter_code *c, uint16_t op, uint32_t k, uint8_t jt,
	      uint8_t jf)
{
	struct sock_filter *new;

	c->is_full |= c->count == BPF_MAXINSNS;
	if (is_broken(c))
		return;
	new = arena_item(c->arena, &c->instructions, c->count, sizeof(*new));
	if (!new) {
		c->is_lost = true;
		return;
	}
	*new = (struct sock_filter){ .code = op, .k = k, .jt = jt, .jf = jf };
	c->count++;
}

/* -------------------------------------------------------------- conditions */

static uint32_t low(uint64_t v)
{
	return (uint32_t)v;
}

static uint32_t high(uint64_t v)
{
	return (uint32_t)(v >> 32);
}

/* Little-endian machines only: so are all that the engine is built for. */
static void load_low(struct filter_code *c, unsigned int argument)
{
	code_add(c, LOAD,
		 (uint32_t)(offsetof(struct seccomp_data, args) + 8 * argument),
		 0, 0);
}

static void load_high(struct filter_code *c, unsigned int argument)
{
	code_add(c, LOAD,
		 (uint32_t)(offsetof(struct seccomp_data, args) + 8 * argument +
			    4),
		 0, 0);
}

/* The last comparison of each operator, of the lower 32 bits. */
static const struct last {
	uint16_t op;
	uint8_t jt, jf;
} lasts[] = {
	[SECCOMP_OP_NE] = { EQUAL, MISS, 0 },
	[SECCOMP_OP_LT] = { AT_LEAST, MISS, 0 },
	[SECCOMP_OP_LE] = { ABOVE, MISS, 0 },
	[SECCOMP_OP_EQ] = { EQUAL, 0, MISS },
	[SECCOMP_OP_GE] = { AT_LEAST, 0, MISS },
	[SECCOMP_OP_GT] = { ABOVE, 0, MISS },
	[SECCOMP_OP_MASKED_EQ] = { EQUAL, 0, MISS },
};

static void compare_low(struct filter_code *c, const struct filter_condition *w)
{
	const struct last *l = &lasts[w->op];

	load_low(c, w->argument);
	code_add(c, l->op, low(w->value), l->jt, l->jf);
}

/* Loading and comparing the lower half; what is jumped over when the upper one
 * has decided. */
#define LOWER_HALF 2

static void compare_high(struct filter_code *c,
			 const struct filter_condition *w)
{
	uint32_t value = high(w->value);

	load_high(c, w->argument);
	switch (w->op) {
	case SECCOMP_OP_NE:
		code_add(c, EQUAL, value, 0, LOWER_HALF);
		break;
	case SECCOMP_OP_LT:
	case SECCOMP_OP_LE:
		code_add(c, ABOVE, value, MISS, 0);
		code_add(c, EQUAL, value, 0, LOWER_HALF);
		break;
	case SECCOMP_OP_GE:
	case SECCOMP_OP_GT:
		code_add(c, ABOVE, value, LOWER_HALF + 1, 0);
		code_add(c, EQUAL, value, 0, MISS);
		break;
	case SECCOMP_OP_EQ:
	case SECCOMP_OP_MASKED_EQ:
		code_add(c, EQUAL, value, 0, MISS);
		break;
	}
}

static void compare_masked(struct filter_code *c,
			   const struct filter_condition *w, bool is_wide)
{
	uint64_t left = w->value & w->value_two;

	if (is_wide && high(w->value)) {
		load_high(c, w->argument);
		code_add(c, MASK, high(w->value), 0, 0);
		code_add(c, EQUAL, high(left), 0, MISS);
	}
	load_low(c, w->argument);
	code_add(c, MASK, low(w->value), 0, 0);
	code_add(c, EQUAL, low(left), 0, MISS);
}

static void add_condition(struct filter_code *c,
			  const struct filter_condition *w, bool is_wide)
{
	if (w->op == SECCOMP_OP_MASKED_EQ) {
		compare_masked(c, w, is_wide);
		return;
	}
	if (is_wide)
		compare_high(c, w);
	compare_low(c, w);
}

static void aim_misses(struct filter_code *c, size_t start)
{
	for (size_t i = start; i < c->count; i++) {
		struct sock_filter *f = &c->instructions[i];
		uint8_t distance = (uint8_t)(c->count - i - 1);

		if (f->jt == MISS)
			f->jt = distance;
		if (f->jf == MISS)
			f->jf = distance;
	}
}

static void add_way(struct filter_code *c, const struct filter_way *w,
		    bool is_wide)
{
	size_t start = c->count;

	if (w->first_argument >= 0) {
		load_low(c, 0);
		code_add(c, EQUAL, (uint32_t)w->first_argument, 0, MISS);
	}
	for (size_t i = 0; i < w->condition_count; i++)
		add_condition(c, &w->conditions[i], is_wide);
	code_add(c, ANSWER, w->action, 0, 0);
	aim_misses(c, start);
}

void code_add_leaf(struct filter_code *c, const struct filter_leaf *leaf)
{
	for (size_t i = 0; i < leaf->way_count; i++)
		add_way(c, &leaf->ways[i], leaf->is_wide);
	code_add(c, ANSWER, leaf->action, 0, 0);
}

/* -------------------------------------------------------------------- tree */

/* Distances of conditional jumps have 8 bits: a longer one goes by a second
 * instruction, put in behind the first. */
static void aim_far(struct filter_code *c, size_t branch, size_t distance)
{
	struct sock_filter *f;

	if (distance < UINT8_MAX) {
		c->instructions[branch].jt = (uint8_t)distance;
		return;
	}
	code_add(c, GO, 0, 0, 0);
	if (is_broken(c))
		return;
	f = &c->instructions[branch];
	memmove(f + 2, f + 1, distance * sizeof(*f));
	f->jf = 1;
	f[1] = (struct sock_filter){ .code = GO, .k = (uint32_t)distance };
}

void code_add_tree(struct filter_code *c, const struct filter_leaf *leaves,
		   size_t count)
{
	size_t half = count / 2;
	size_t branch = c->count;

	if (count == 1) {
		code_add_leaf(c, leaves);
		return;
	}
	code_add(c, AT_LEAST, leaves[half].first, 0, 0);
	code_add_tree(c, leaves, half);
	if (is_broken(c))
		return;
	aim_far(c, branch, c->count - branch - 1);
	if (!is_broken(c))
		code_add_tree(c, leaves + half, count - half);
}
