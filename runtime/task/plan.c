// SPDX-License-Identifier: MIT
#include "runtime/task/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/wipe.h"
#include "runtime/task/plan_fields.h"

#define PLAN_MAGIC UINT64_C(0x6e616c702e6f6c63) /* "clo.plan" */

/* In front of the members, which follow packed in the order of the tables. */
struct plan_header {
	uint64_t magic;
	uint64_t layout; /* layout_hash(): of these very tables */
	uint32_t size;	 /* of the whole block */
	uint32_t is_refused;
};

/* ------------------------------------------------------------------- arena */

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

void *plan_alloc(struct plan *p, size_t size)
{
	struct arena_block *b;

	if (size > SIZE_MAX - sizeof(*b))
		return NULL;
	b = calloc(1, sizeof(*b) + size);
	if (!b)
		return NULL;
	b->next = p->arena;
	p->arena = b;
	return b->data;
}

struct plan *plan_new(void)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p)
		field_set_defaults(&field_document, p);
	return p;
}

void plan_free(struct plan *p)
{
	struct arena_block *b = p ? p->arena : NULL;

	while (b) {
		struct arena_block *next = b->next;

		wipe_free(b);
		b = next;
	}
	free(p);
}

/* ------------------------------------------------------------------ layout */

static uint64_t hash_bytes(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++) /* FNV-1a */
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/* Whoever unpacks must have the tables that the packer had. */
static uint64_t layout_hash(const struct field_table *t, uint64_t h)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];

		if (!field_is_planned(f))
			continue;
		h = hash_bytes(h, f->key, strlen(f->key) + 1);
		h = hash_bytes(h, &f->kind, sizeof(f->kind));
		if (f->table)
			h = layout_hash(f->table, h);
	}
	return h;
}

static uint64_t own_layout(void)
{
	return layout_hash(&field_document, UINT64_C(0xcbf29ce484222325));
}

/* -------------------------------------------------------------------- pack */

struct packer {
	char *data;
	size_t len; /* stays at the first byte that did not fit */
	bool is_full;
};

static void put(struct packer *p, const void *bytes, size_t len)
{
	if (p->is_full || len > PLAN_BYTES_MAX - p->len) {
		p->is_full = true;
		return;
	}
	if (len)
		memcpy(p->data + p->len, bytes, len);
	p->len += len;
}

static void put_string(struct packer *p, const char *const *at)
{
	uint32_t len = (uint32_t)strlen(*at);

	put(p, &len, sizeof(len));
	put(p, *at, len);
}

static void put_table(struct packer *p, const struct field_table *t,
		      const char *base);

static void put_list(struct packer *p, const struct field *f, const void *at)
{
	struct field_list l = field_get_list(at);
	size_t size = field_item_size(f);

	put(p, &l.count, sizeof(l.count));
	for (uint32_t i = 0; i < l.count; i++) {
		const char *item = l.items + i * size;

		if (f->kind == FIELD_LIST)
			put_table(p, f->table, item);
		else if (f->kind == FIELD_INTS)
			put(p, item, size);
		else
			put_string(p, (const char *const *)(const void *)item);
		if (f->kind == FIELD_MAP)
			put_string(p,
				   (const char *const
					    *)(const void *)(item +
							     sizeof(char *)));
	}
}

static void put_field(struct packer *p, const struct field *f, const char *at)
{
	switch (f->kind) {
	case FIELD_BOOL:
		put(p, at, sizeof(bool));
		break;
	case FIELD_INT:
	case FIELD_CPU:
	case FIELD_MEMORY:
		put(p, at, sizeof(int64_t));
		break;
	case FIELD_WORD:
		put(p, at, sizeof(uint32_t));
		break;
	case FIELD_STRING:
		put_string(p, (const char *const *)(const void *)at);
		break;
	case FIELD_STRINGS:
	case FIELD_INTS:
	case FIELD_LIST:
	case FIELD_MAP:
		put_list(p, f, at);
		break;
	case FIELD_OBJECT:
		put_table(p, f->table, at);
		break;
	case FIELD_KIND_COUNT:
		break;
	}
}

static void put_table(struct packer *p, const struct field_table *t,
		      const char *base)
{
	for (size_t i = 0; i < t->count; i++)
		if (field_is_planned(&t->fields[i]))
			put_field(p, &t->fields[i], base + t->fields[i].offset);
}

int plan_pack(const struct plan *plan, void **data, size_t *len, struct err *e)
{
	AUTO_WIPE char *block = malloc(PLAN_BYTES_MAX);
	struct packer p = { .data = block };
	struct plan_header h = {
		.magic = PLAN_MAGIC,
		.layout = own_layout(),
		.is_refused = plan->is_refused,
	};

	if (!block)
		return err_set(e, ENOMEM, "malloc(plan of %u bytes)",
			       PLAN_BYTES_MAX);
	put(&p, &h, sizeof(h));
	put_table(&p, &field_document, (const char *)plan);
	if (p.is_full)
		return err_set(e, EFBIG, "plan of more than %u bytes",
			       PLAN_BYTES_MAX);
	h.size = (uint32_t)p.len;
	memcpy(block, &h, sizeof(h));
	*data = take_ptr(&block);
	*len = p.len;
	return 0;
}

/* ------------------------------------------------------------------ unpack */

struct unpacker {
	const char *at;
	size_t left;
	struct plan *plan;
	struct err *e;
};

static int bad(struct unpacker *u, const struct field *f, const char *why)
{
	return err_set(u->e, EBADMSG, "plan: %s: %s", f->key, why);
}

static int get(struct unpacker *u, const struct field *f, void *out, size_t len)
{
	if (len > u->left)
		return bad(u, f, "cut short");
	if (len)
		memcpy(out, u->at, len);
	u->at += len;
	u->left -= len;
	return 0;
}

/*
 * One string of min..max bytes; `may_be_empty` where "" means absent. The
 * check sees NUL-terminated text.
 */
static int get_string(struct unpacker *u, const struct field *f, int64_t min,
		      int64_t max, bool may_be_empty, char **out)
{
	uint32_t len = 0;
	int r = get(u, f, &len, sizeof(len));

	if (r < 0)
		return r;
	if (len > u->left)
		return bad(u, f, "cut short");
	if (len > max || (len < min && !(may_be_empty && len == 0)))
		return bad(u, f, "length out of range");
	*out = plan_alloc(u->plan, (size_t)len + 1);
	if (!*out)
		return err_set(u->e, ENOMEM, "plan: %s", f->key);
	r = get(u, f, *out, len);
	if (r == 0 && strlen(*out) != len)
		return bad(u, f, "NUL in text");
	return r;
}

static int get_text(struct unpacker *u, const struct field *f, bool is_optional,
		    char **out)
{
	bool is_list = f->kind != FIELD_STRING;
	int r = get_string(u, f, is_list ? 0 : f->min,
			   is_list ? f->item_max : f->max,
			   is_optional && !is_list, out);
	const char *why;

	if (r < 0 || !f->check || (is_optional && !is_list && !**out))
		return r;
	why = f->check(*out);
	return why ? bad(u, f, why) : 0;
}

static int get_pair(struct unpacker *u, const struct field *f,
		    struct plan_pair *pair)
{
	const char *why;
	int r = get_string(u, f, 1, f->item_max, false, &pair->name);

	if (r < 0)
		return r;
	why = f->check_key ? f->check_key(pair->name) : NULL;
	if (why)
		return bad(u, f, why);
	return get_text(u, f, false, &pair->value);
}

static int get_table(struct unpacker *u, const struct field_table *t,
		     bool is_optional, char *base);

static int get_int_item(struct unpacker *u, const struct field *f,
			int64_t *item)
{
	int r = get(u, f, item, sizeof(*item));

	if (r == 0 && (*item < 0 || *item > f->item_max))
		return bad(u, f, "number out of range");
	return r;
}

static int get_item(struct unpacker *u, const struct field *f, void *item)
{
	if (f->kind == FIELD_INTS)
		return get_int_item(u, f, item);
	if (f->kind == FIELD_STRINGS)
		return get_text(u, f, false, item);
	if (f->kind == FIELD_MAP)
		return get_pair(u, f, item);
	field_set_defaults(f->table, item);
	return get_table(u, f->table, false, item);
}

static int get_list(struct unpacker *u, const struct field *f, void *at)
{
	size_t size = field_item_size(f);
	struct field_list l = { 0 };
	int r = get(u, f, &l.count, sizeof(l.count));

	if (r < 0)
		return r;
	if (l.count > f->max || l.count < f->min)
		return bad(u, f, "count out of range");
	if (l.count > u->left) /* each item takes a byte or more */
		return bad(u, f, "cut short");
	if (l.count) {
		l.items = plan_alloc(u->plan, l.count * size);
		if (!l.items)
			return err_set(u->e, ENOMEM, "plan: %s", f->key);
	}
	for (uint32_t i = 0; r == 0 && i < l.count; i++)
		r = get_item(u, f, l.items + i * size);
	field_set_list(at, l);
	return r;
}

static bool is_word_value(const struct field *f, uint32_t value)
{
	for (const struct field_word *w = f->words; w->word; w++)
		if (!w->why && w->value == value)
			return true;
	return !f->is_required && value == (uint32_t)f->fallback;
}

static int get_bool(struct unpacker *u, const struct field *f, bool *at)
{
	unsigned char byte = 0;
	int r = get(u, f, &byte, sizeof(byte));

	if (r == 0 && byte > 1)
		return bad(u, f, "neither true nor false");
	if (r == 0)
		*at = byte;
	return r;
}

static int get_number(struct unpacker *u, const struct field *f,
		      bool is_optional, int64_t *at)
{
	int r = get(u, f, at, sizeof(*at));

	if (r == 0 && !field_is_in_range(f, *at) &&
	    !(is_optional && *at == f->fallback))
		return bad(u, f, "number out of range");
	return r;
}

static int get_word(struct unpacker *u, const struct field *f, uint32_t *at)
{
	int r = get(u, f, at, sizeof(*at));

	if (r == 0 && !is_word_value(f, *at))
		return bad(u, f, "word out of range");
	return r;
}

static int get_field(struct unpacker *u, const struct field *f,
		     bool is_optional, void *at)
{
	switch (f->kind) {
	case FIELD_BOOL:
		return get_bool(u, f, at);
	case FIELD_INT:
	case FIELD_CPU:
	case FIELD_MEMORY:
		return get_number(u, f, is_optional, at);
	case FIELD_WORD:
		return get_word(u, f, at);
	case FIELD_STRING:
		return get_text(u, f, is_optional || !f->is_required, at);
	case FIELD_STRINGS:
	case FIELD_INTS:
	case FIELD_LIST:
	case FIELD_MAP:
		return get_list(u, f, at);
	case FIELD_OBJECT:
		return get_table(u, f->table, is_optional || !f->is_required,
				 at);
	case FIELD_KIND_COUNT:
		break;
	}
	return bad(u, f, "unknown kind");
}

/* `is_optional`: of an object that may be absent, even its required members. */
static int get_table(struct unpacker *u, const struct field_table *t,
		     bool is_optional, char *base)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < t->count; i++)
		if (field_is_planned(&t->fields[i]))
			r = get_field(u, &t->fields[i], is_optional,
				      base + t->fields[i].offset);
	return r;
}

static int get_header(const void *data, size_t len, struct plan *p,
		      struct err *e)
{
	struct plan_header h;

	if (len < sizeof(h) || len > PLAN_BYTES_MAX)
		return err_set(e, EBADMSG, "plan: %zu bytes", len);
	memcpy(&h, data, sizeof(h));
	if (h.magic != PLAN_MAGIC || h.layout != own_layout())
		return err_set(e, EBADMSG, "plan: not of this version");
	if (h.size != len || h.is_refused > 1)
		return err_set(e, EBADMSG, "plan: header");
	p->is_refused = h.is_refused;
	return 0;
}

static int unpack_into(const void *data, size_t len, struct plan *p,
		       struct err *e)
{
	struct unpacker u = { .plan = p, .e = e };
	int r = get_header(data, len, p, e);

	if (r < 0)
		return r;
	u.at = (const char *)data + sizeof(struct plan_header);
	u.left = len - sizeof(struct plan_header);
	r = get_table(&u, &field_document, false, (char *)p);
	if (r == 0 && u.left)
		return err_set(e, EBADMSG, "plan: %zu bytes too many", u.left);
	if (r == 0 && p->is_refused && p->tasks.count)
		return err_set(e, EBADMSG, "plan: refused, and has tasks");
	return r;
}

int plan_unpack(const void *data, size_t len, struct plan **out, struct err *e)
{
	struct plan *p = plan_new();
	int r;

	if (!p)
		return err_set(e, ENOMEM, "plan_new");
	r = unpack_into(data, len, p, e);
	if (r < 0) {
		plan_free(p);
		return r;
	}
	*out = p;
	return 0;
}
