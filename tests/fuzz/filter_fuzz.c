// SPDX-License-Identifier: MIT
/*
 * Any seccomp rules, made from the bytes: the program ends, jumps nowhere
 * outside, and answers for any call what the rules say, read one by one.
 */
#include <linux/audit.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/oci/config/filter.h"
#include "tests/unit/oci/config/bpf.h"
#include "tests/unit/oci/config/condition.h"

#define RULES_MAX 24
#define QUESTIONS 32
#define X32 0x40000000U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *at;
	size_t left;
};

static uint64_t take(struct bytes *b, size_t n)
{
	uint64_t value = 0;

	for (; n > 0 && b->left > 0; n--, b->left--)
		value = value << 8 | *b->at++;
	return value;
}

/* Numbers on x86_64 and i386; -1: none, -2: bundled, not asked about. */
static const struct call {
	const char *name;
	int wide, narrow;
} calls[] = {
	{ "read", 0, 3 },	    { "write", 1, 4 },
	{ "open", 2, 5 },	    { "close", 3, 6 },
	{ "kill", 62, 37 },	    { "personality", 135, 136 },
	{ "clone", 56, 120 },	    { "statx", 332, 383 },
	{ "arch_prctl", 158, 384 }, { "nobody_knows", -1, -1 },
	{ "openat2", 437, 437 },    { "close_range", 436, 436 },
};

static const uint32_t actions[] = {
	SECCOMP_RET_ALLOW,	  SECCOMP_RET_ERRNO | 1,
	SECCOMP_RET_ERRNO | 38,	  SECCOMP_RET_LOG,
	SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP,
	SECCOMP_RET_USER_NOTIF,	  SECCOMP_RET_TRACE | 5,
};

static struct filter_rule rules[RULES_MAX];
static struct filter_condition conditions[RULES_MAX][FILTER_ARGUMENTS_MAX];
static const char *names[RULES_MAX][4];

static void make_rule(struct bytes *b, size_t i)
{
	size_t name_count = 1 + take(b, 1) % 3;

	for (size_t n = 0; n < name_count; n++)
		names[i][n] = calls[take(b, 1) % ARRAY_SIZE(calls)].name;
	names[i][name_count] = NULL;
	rules[i] = (struct filter_rule){
		.names = names[i],
		.action = actions[take(b, 1) % ARRAY_SIZE(actions)],
		.conditions = conditions[i],
		.condition_count = take(b, 1) % (FILTER_ARGUMENTS_MAX + 1),
	};
	for (size_t n = 0; n < rules[i].condition_count; n++)
		conditions[i][n] = (struct filter_condition){
			.argument = (unsigned int)(take(b, 1) % 6),
			.op = (enum seccomp_op)(take(b, 1) % 7),
			.value = take(b, 1 + take(b, 1) % 8),
			.value_two = take(b, 1 + take(b, 1) % 8),
		};
}

static bool speaks_of(const struct filter_rule *r, const char *name)
{
	for (const char *const *n = r->names; *n; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

static bool all_hold(const struct filter_rule *r, const struct seccomp_data *d,
		     uint64_t mask)
{
	for (size_t i = 0; i < r->condition_count; i++)
		if (!condition_holds(&r->conditions[i],
				     d->args[r->conditions[i].argument], mask))
			return false;
	return true;
}

/* What the header promises, without any program. */
static uint32_t expected(const struct filter_rules *all, const char *name,
			 const struct seccomp_data *d, uint64_t mask)
{
	for (size_t i = 0; i < all->count; i++)
		if (speaks_of(&all->rules[i], name) &&
		    all->rules[i].action != all->action &&
		    all->rules[i].condition_count == 0)
			return all->rules[i].action;
	for (size_t i = 0; i < all->count; i++)
		if (speaks_of(&all->rules[i], name) &&
		    all->rules[i].action != all->action &&
		    all_hold(&all->rules[i], d, mask))
			return all->rules[i].action;
	return all->action;
}

static void ask(const struct filter_rules *all, const struct sock_fprog *p,
		struct bytes *b)
{
	const struct call *c = &calls[take(b, 1) % ARRAY_SIZE(calls)];
	struct seccomp_data d = { .nr = c->wide, .arch = AUDIT_ARCH_X86_64 };
	uint64_t mask = UINT64_MAX;
	uint32_t wanted;
	bool is_narrow = take(b, 1) % 2;

	for (size_t i = 0; i < 6; i++)
		d.args[i] = take(b, 1 + take(b, 1) % 8);
	if (is_narrow) {
		d.nr = c->narrow;
		d.arch = AUDIT_ARCH_I386;
		mask = UINT32_MAX;
	}
	wanted = d.nr < 0 ? all->action : expected(all, c->name, &d, mask);
	if (is_narrow && !(all->architectures & 1ULL << SECCOMP_ARCH_X86))
		wanted = SECCOMP_RET_KILL_THREAD;
	if (bpf_run(p, &d) != wanted)
		abort();
}

/* Any other call gets an answer too. */
static void ask_anything(const struct sock_fprog *p, struct bytes *b)
{
	struct seccomp_data d = {
		.nr = (int)take(b, 4),
		.arch = take(b, 1) % 2 ? AUDIT_ARCH_X86_64 :
					 (uint32_t)take(b, 4),
	};

	if (bpf_run(p, &d) == BPF_BROKEN)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = { data, size };
	struct arena arena = { .blocks = NULL };
	struct sock_fprog program;
	struct filter_rules all = {
		.action = actions[take(&b, 1) % ARRAY_SIZE(actions)],
		.architectures = take(&b, 1),
		.rules = rules,
		.count = take(&b, 1) % (RULES_MAX + 1),
	};

	for (size_t i = 0; i < all.count; i++)
		make_rule(&b, i);
	if (filter_compile(&all, &arena, &program, NULL) == 0) {
		for (size_t i = 0; i < QUESTIONS; i++)
			ask(&all, &program, &b);
		for (size_t i = 0; i < QUESTIONS; i++)
			ask_anything(&program, &b);
	}
	arena_free(&arena);
	return 0;
}
