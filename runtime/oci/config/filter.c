// SPDX-License-Identifier: MIT
#include "runtime/oci/config/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>

#include "policy/seccomp.h"
#include "runtime/base/fd.h"
#include "runtime/oci/config/filter_code.h"

/* As everywhere in the kernel's answers: what is not ours kills the thread. */
#define FOREIGN SECCOMP_RET_KILL_THREAD
#define X32_BIT 0x40000000U
#define NO_CALL UINT32_MAX

/* ----------------------------------------------------------- architectures */

/* Those that machines run which this is built for. */
static const struct arch_row {
	enum seccomp_arch arch;
	uint32_t token;	 /* libseccomp's */
	uint32_t audit;	 /* seccomp_data.arch */
	uint32_t native; /* token of the machines that run it */
	uint32_t bit;	 /* set in the numbers of its calls */
	bool is_wide;
} arch_rows[] = {
	{ SECCOMP_ARCH_X86_64, SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64,
	  SCMP_ARCH_X86_64, 0, true },
	{ SECCOMP_ARCH_X32, SCMP_ARCH_X32, AUDIT_ARCH_X86_64, SCMP_ARCH_X86_64,
	  X32_BIT, false },
	{ SECCOMP_ARCH_X86, SCMP_ARCH_X86, AUDIT_ARCH_I386, SCMP_ARCH_X86_64, 0,
	  false },
	{ SECCOMP_ARCH_AARCH64, SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64,
	  SCMP_ARCH_AARCH64, 0, true },
	{ SECCOMP_ARCH_ARM, SCMP_ARCH_ARM, AUDIT_ARCH_ARM, SCMP_ARCH_AARCH64, 0,
	  false },
};

uint64_t filter_architectures(void)
{
	uint64_t set = 0;

	for (size_t i = 0; i < ARRAY_SIZE(arch_rows); i++)
		if (arch_rows[i].native == seccomp_arch_native())
			set |= (uint64_t)1 << arch_rows[i].arch;
	return set;
}

static bool is_asked_for(const struct filter_rules *rules,
			 const struct arch_row *a)
{
	uint32_t native = seccomp_arch_native();

	return a->native == native &&
	       (a->token == native ||
		rules->architectures & (uint64_t)1 << a->arch);
}

/* ------------------------------------------------------------ system calls */

/*
 * socketcall() and ipc() of 32-bit x86. libseccomp gives their calls numbers
 * below zero; most also have one of their own.
 * Source: kernel include/uapi/linux/net.h, ipc.h, arch/x86/entry/syscalls.
 */
#define SOCKETCALL 102
#define IPC 117

static const struct bundled {
	int pseudo;
	int by; /* the call that bundles it */
	int first_argument;
	int direct; /* 0: none */
} bundled_calls[] = {
	{ -101, SOCKETCALL, 1, 359 },  { -102, SOCKETCALL, 2, 361 },
	{ -103, SOCKETCALL, 3, 362 },  { -104, SOCKETCALL, 4, 363 },
	{ -105, SOCKETCALL, 5, 0 },    { -106, SOCKETCALL, 6, 367 },
	{ -107, SOCKETCALL, 7, 368 },  { -108, SOCKETCALL, 8, 360 },
	{ -109, SOCKETCALL, 9, 0 },    { -110, SOCKETCALL, 10, 0 },
	{ -111, SOCKETCALL, 11, 369 }, { -112, SOCKETCALL, 12, 371 },
	{ -113, SOCKETCALL, 13, 373 }, { -114, SOCKETCALL, 14, 366 },
	{ -115, SOCKETCALL, 15, 365 }, { -116, SOCKETCALL, 16, 370 },
	{ -117, SOCKETCALL, 17, 372 }, { -118, SOCKETCALL, 18, 364 },
	{ -119, SOCKETCALL, 19, 337 }, { -120, SOCKETCALL, 20, 345 },
	{ -201, IPC, 1, 0 },	       { -202, IPC, 2, 393 },
	{ -203, IPC, 3, 394 },	       { -204, IPC, 4, 0 },
	{ -211, IPC, 11, 400 },	       { -212, IPC, 12, 401 },
	{ -213, IPC, 13, 399 },	       { -214, IPC, 14, 402 },
	{ -221, IPC, 21, 397 },	       { -222, IPC, 22, 398 },
	{ -223, IPC, 23, 395 },	       { -224, IPC, 24, 396 },
};

static const struct bundled *find_bundled(int pseudo)
{
	for (size_t i = 0; i < ARRAY_SIZE(bundled_calls); i++)
		if (bundled_calls[i].pseudo == pseudo)
			return &bundled_calls[i];
	return NULL;
}

static int number_on(const struct arch_row *a, const char *name)
{
	int nr = seccomp_syscall_resolve_name_arch(a->token, name);

	if (nr != __NR_SCMP_ERROR)
		return nr;
	for (const struct seccomp_number *n = seccomp_numbers; n->name; n++)
		if (strcmp(n->name, name) == 0)
			return n->number | (int)a->bit;
	return __NR_SCMP_ERROR;
}

int filter_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(arch_rows); i++)
		if (arch_rows[i].token == seccomp_arch_native())
			return number_on(&arch_rows[i], name);
	return __NR_SCMP_ERROR;
}

/* ------------------------------------------------------------------ entries */

/* One system call that one rule speaks of. */
struct entry {
	uint32_t number;
	const struct filter_way *way;
};

/* A section of the program: all architectures with one audit number. */
struct section {
	const struct filter_rules *rules;
	uint32_t audit;
	bool has_x32;
	struct arena *arena;
	struct entry *entries;
	size_t count;
};

static bool add_entry(struct section *s, uint32_t number,
		      const struct filter_way *way)
{
	struct entry *new =
		arena_item(s->arena, &s->entries, s->count, sizeof(*new));

	if (!new)
		return false;
	*new = (struct entry){ number, way };
	s->count++;
	return true;
}

static struct filter_way *new_way(struct section *s,
				  const struct filter_way *way)
{
	struct filter_way *new = arena_take(s->arena, sizeof(*new));

	if (new)
		*new = *way;
	return new;
}

/* Actions are ordered by how strict they are, as signed numbers. */
static bool is_stricter(uint32_t action, uint32_t than)
{
	return (int32_t)action < (int32_t)than;
}

static bool add_bundled(struct section *s, const struct bundled *b,
			const struct filter_way *way)
{
	const struct filter_way *through;

	if (b->direct && !add_entry(s, (uint32_t)b->direct, way))
		return false;
	if (way->condition_count > 0 &&
	    !is_stricter(way->action, s->rules->action))
		return true;
	through = new_way(s, &(struct filter_way){
				     .action = way->action,
				     .first_argument = b->first_argument,
			     });
	return through && add_entry(s, (uint32_t)b->by, through);
}

static bool add_name(struct section *s, const struct arch_row *a,
		     const char *name, const struct filter_way *way)
{
	int nr = number_on(a, name);
	const struct bundled *b =
		a->arch == SECCOMP_ARCH_X86 ? find_bundled(nr) : NULL;

	if (b)
		return add_bundled(s, b, way);
	return nr < 0 || add_entry(s, (uint32_t)nr, way);
}

static bool add_rule(struct section *s, const struct arch_row *a,
		     const struct filter_rule *rule)
{
	const struct filter_way *way;
	bool ok = true;

	if (rule->action == s->rules->action)
		return true;
	way = new_way(s, &(struct filter_way){
				 .action = rule->action,
				 .first_argument = -1,
				 .conditions = rule->conditions,
				 .condition_count = rule->condition_count,
			 });
	for (const char *const *name = rule->names; ok && way && *name; name++)
		ok = add_name(s, a, *name, way);
	return ok && way;
}

#define BYTE_VALUES 256

/* By one byte of their numbers; those that have the same one keep their
 * order. */
static void sort_by_byte(const struct entry *from, size_t count,
			 unsigned int shift, struct entry *to)
{
	uint32_t places[BYTE_VALUES] = { 0 };
	uint32_t before = 0;

	for (size_t i = 0; i < count; i++)
		places[from[i].number >> shift & (BYTE_VALUES - 1)]++;
	for (size_t i = 0; i < BYTE_VALUES; i++) {
		uint32_t those = places[i];

		places[i] = before;
		before += those;
	}
	for (size_t i = 0; i < count; i++)
		to[places[from[i].number >> shift & (BYTE_VALUES - 1)]++] =
			from[i];
}

/*
 * By number; those of one call stay in the order of the document. Byte by
 * byte, from the last: a byte that all numbers have in common costs nothing.
 */
static bool sort_entries(struct section *s)
{
	struct entry *to = arena_take(s->arena, s->count * sizeof(*to));
	uint32_t differing = 0;

	for (size_t i = 1; i < s->count; i++)
		differing |= s->entries[i].number ^ s->entries[0].number;
	for (unsigned int shift = 0; to && shift < 32; shift += 8) {
		struct entry *from = s->entries;

		if (!(differing >> shift & (BYTE_VALUES - 1)))
			continue;
		sort_by_byte(from, s->count, shift, to);
		s->entries = to;
		to = from;
	}
	return to;
}

static bool fill_section(struct section *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(arch_rows); i++) {
		const struct arch_row *a = &arch_rows[i];

		if (a->audit != s->audit || !is_asked_for(s->rules, a))
			continue;
		s->has_x32 |= a->arch == SECCOMP_ARCH_X32;
		for (size_t n = 0; n < s->rules->count; n++)
			if (!add_rule(s, a, &s->rules->rules[n]))
				return false;
	}
	return sort_entries(s);
}

/* ------------------------------------------------------------------- leaves */

struct leaves {
	struct arena *arena;
	struct filter_leaf *items;
	size_t count;
	bool is_lost; /* no memory */
};

/*
 * Neighbours with the same plain answer become one. A leaf at the place of the
 * last takes its place: that was the default up to a call that follows at
 * once.
 */
static void add_leaf(struct leaves *l, const struct filter_leaf *leaf)
{
	struct filter_leaf *last, *new;

	if (l->count && l->items[l->count - 1].first == leaf->first)
		l->count--;
	last = l->count ? &l->items[l->count - 1] : NULL;
	if (last && !last->way_count && !leaf->way_count &&
	    last->action == leaf->action)
		return;
	new = arena_item(l->arena, &l->items, l->count, sizeof(*new));
	if (!new) {
		l->is_lost = true;
		return;
	}
	*new = *leaf;
	l->count++;
}

static void add_plain(struct leaves *l, uint32_t first, uint32_t action)
{
	add_leaf(l, &(struct filter_leaf){ .first = first, .action = action });
}

/* The answer for the call of entries[0 .. count - 1]. */
static void add_call(struct leaves *l, const struct section *s,
		     const struct entry *entries, size_t count)
{
	struct filter_leaf leaf = {
		.first = entries[0].number,
		.action = s->rules->action,
		.is_wide = s->audit != AUDIT_ARCH_I386 &&
			   s->audit != AUDIT_ARCH_ARM &&
			   !(s->audit == AUDIT_ARCH_X86_64 &&
			     entries[0].number & X32_BIT),
	};
	struct filter_way *ways;

	for (size_t i = 0; i < count; i++) {
		const struct filter_way *w = entries[i].way;

		if (w->condition_count || w->first_argument >= 0)
			continue;
		leaf.action = w->action;
		add_leaf(l, &leaf);
		return;
	}
	ways = arena_take(l->arena, count * sizeof(*ways));
	if (!ways) {
		l->is_lost = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		ways[i] = *entries[i].way;
	leaf.ways = ways;
	leaf.way_count = count;
	add_leaf(l, &leaf);
}

/* Numbers of x32 where it is not allowed; not -1, which a tracer sets to skip
 * a call. */
static void close_x32(struct leaves *l, const struct section *s)
{
	add_plain(l, X32_BIT, FOREIGN);
	add_plain(l, NO_CALL, s->rules->action);
}

static void fill_leaves(struct leaves *l, const struct section *s)
{
	size_t n;

	add_plain(l, 0, s->rules->action);
	for (size_t i = 0; i < s->count; i += n) {
		uint32_t number = s->entries[i].number;

		for (n = 1; i + n < s->count; n++)
			if (s->entries[i + n].number != number)
				break;
		add_call(l, s, &s->entries[i], n);
		if (i + n == s->count || s->entries[i + n].number > number + 1)
			add_plain(l, number + 1, s->rules->action);
	}
	if (s->audit == AUDIT_ARCH_X86_64 && !s->has_x32)
		close_x32(l, s);
}

/* ------------------------------------------------------------------ program */

static int add_section(struct filter_code *c, struct section *s, struct err *e)
{
	struct leaves l = { .arena = s->arena };
	size_t jump = c->count + 1;

	if (fill_section(s))
		fill_leaves(&l, s);
	if (l.is_lost || l.count == 0)
		return err_set(e, ENOMEM, "seccomp: no memory to compile");
	/* The architecture is in the accumulator. */
	code_add(c, BPF_JMP | BPF_JEQ | BPF_K, s->audit, 1, 0);
	code_add(c, BPF_JMP | BPF_JA, 0, 0, 0);
	code_add(c, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr),
		 0, 0);
	code_add_tree(c, l.items, l.count);
	/* filter_compile() says so at the end. */
	if (!c->is_full && !c->is_lost)
		c->instructions[jump].k = (uint32_t)(c->count - jump - 1);
	return 0;
}

static int add_sections(struct filter_code *c, const struct filter_rules *rules,
			struct err *e)
{
	int err = 0;

	code_add(c, BPF_LD | BPF_W | BPF_ABS,
		 offsetof(struct seccomp_data, arch), 0, 0);
	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(arch_rows); i++) {
		struct section s = {
			.rules = rules,
			.audit = arch_rows[i].audit,
			.arena = c->arena,
		};

		/* Rows of one audit number stand together: its first. */
		if ((i == 0 || arch_rows[i - 1].audit != s.audit) &&
		    is_asked_for(rules, &arch_rows[i]))
			err = add_section(c, &s, e);
	}
	code_add(c, BPF_RET | BPF_K, FOREIGN, 0, 0);
	return err;
}

int filter_compile(const struct filter_rules *rules, struct arena *arena,
		   struct sock_fprog *out, struct err *e)
{
	struct filter_code c = { .arena = arena };
	int err = add_sections(&c, rules, e);

	if (err == 0 && c.is_full)
		err = err_set(e, E2BIG, "seccomp: more than %d instructions",
			      BPF_MAXINSNS);
	if (err == 0 && c.is_lost)
		err = err_set(e, ENOMEM, "seccomp: no memory to compile");
	out->len = (unsigned short)c.count;
	out->filter = c.instructions;
	return err;
}
