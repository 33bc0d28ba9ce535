// SPDX-License-Identifier: MIT
#include "runtime/intake/json_fields.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/plan_syntax.h"

#define KEY_SHOWN_MAX 64

/* Room for any member that is checked and dropped, but objects. */
union scratch {
	int64_t number;
	bool flag;
	uint32_t word;
	char *text;
	struct field_list list;
};

/* -------------------------------------------------------------------- path */

void json_reader_init(struct json_reader *r, struct plan *plan,
		      struct refusal *why, struct unused *unused)
{
	*r = (struct json_reader){ .plan = plan, .why = why, .unused = unused };
	memcpy(r->path, "$", 2);
	r->path_len = 1;
}

static void leave(struct json_reader *r, size_t len)
{
	r->path_len = len;
	r->path[len] = '\0';
}

static void enter(struct json_reader *r, const char *part)
{
	size_t room = sizeof(r->path) - r->path_len;
	size_t len = strlen(part);

	if (len >= room)
		len = room - 1;
	memcpy(r->path + r->path_len, part, len);
	leave(r, r->path_len + len);
}

/* Keys are the document's: what is not plain ASCII is shown as '?'. */
static size_t enter_key(struct json_reader *r, const char *key)
{
	char part[KEY_SHOWN_MAX + 2];
	size_t before = r->path_len;

	snprintf(part, sizeof(part), ".%s", key);
	for (char *c = part; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	enter(r, part);
	return before;
}

static size_t enter_index(struct json_reader *r, size_t index)
{
	char part[24];
	size_t before = r->path_len;

	snprintf(part, sizeof(part), "[%zu]", index);
	enter(r, part);
	return before;
}

/* refuse() at the place where the reader stands. */
#define REFUSE(r, ...)                                \
	(refusal_set_path((r)->why, "%s", (r)->path), \
	 refuse((r)->why, __VA_ARGS__))

/* ------------------------------------------------------------------- types */

static const struct kind_row {
	json_type type;
	const char *expected;
} kind_rows[FIELD_KIND_COUNT] = {
	/* JSON_FALSE stands for both booleans. */
	[FIELD_BOOL] = { JSON_FALSE, "true or false" },
	[FIELD_INT] = { JSON_INTEGER, "an integer" },
	[FIELD_CPU] = { JSON_STRING, "a string" },
	[FIELD_MEMORY] = { JSON_STRING, "a string" },
	[FIELD_WORD] = { JSON_STRING, "a string" },
	[FIELD_STRING] = { JSON_STRING, "a string" },
	[FIELD_STRINGS] = { JSON_ARRAY, "a list of strings" },
	[FIELD_INTS] = { JSON_ARRAY, "a list of integers" },
	[FIELD_OBJECT] = { JSON_OBJECT, "an object" },
	[FIELD_LIST] = { JSON_ARRAY, "a list of objects" },
	[FIELD_MAP] = { JSON_OBJECT, "an object of strings" },
};

static const char *type_words(const json_t *json)
{
	switch (json_typeof(json)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number with a fraction or an exponent";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		break;
	}
	return "null";
}

static int check_type(struct json_reader *r, const json_t *json,
		      enum field_kind kind)
{
	json_type type = json_is_true(json) ? JSON_FALSE : json_typeof(json);

	if (type == kind_rows[kind].type)
		return 0;
	return REFUSE(r, "is %s, expected is %s", type_words(json),
		      kind_rows[kind].expected);
}

static int check_count(struct json_reader *r, const struct field *f, size_t n)
{
	if ((int64_t)n >= f->min && (int64_t)n <= f->max)
		return 0;
	return REFUSE(r, "has %zu items, allowed are %lld to %lld", n,
		      (long long)f->min, (long long)f->max);
}

static int out_of_memory(struct json_reader *r)
{
	REFUSE(r, "no memory to read it");
	return -ENOMEM;
}

/* ----------------------------------------------------------------- scalars */

static int read_number(struct json_reader *r, const struct field *f, int64_t v,
		       int64_t *at)
{
	if (v < f->min || v > f->max)
		return REFUSE(r, "is %lld, allowed is %lld to %lld",
			      (long long)v, (long long)f->min,
			      (long long)f->max);
	*at = v;
	return 0;
}

static int read_size(struct json_reader *r, const json_t *json,
		     const struct field *f, int64_t *at)
{
	const char *text = json_string_value(json);
	bool is_cpu = f->kind == FIELD_CPU;
	int64_t v;

	if (strlen(text) != json_string_length(json) ||
	    !(is_cpu ? syntax_parse_cpu(text, &v) :
		       syntax_parse_memory(text, &v)))
		return REFUSE(r, "is not a number of %s",
			      is_cpu ? "CPU units like 512 or 0.5 vCPU" :
				       "MiB like 512 or 0.5 GB");
	return read_number(r, f, v, at);
}

static int read_word(struct json_reader *r, const json_t *json,
		     const struct field *f, uint32_t *at)
{
	char known[96] = "";
	size_t len = 0;

	for (const struct field_word *w = f->words; w->word; w++) {
		if (strcmp(w->word, json_string_value(json)) == 0) {
			if (w->why)
				return REFUSE(r, "%s %s", w->word, w->why);
			*at = w->value;
			return 0;
		}
		if (!w->why && len < sizeof(known))
			len += (size_t)snprintf(known + len,
						sizeof(known) - len, "%s%s",
						len ? ", " : "", w->word);
	}
	return REFUSE(r, "is not one of %s", known);
}

/* Text of min..max bytes that `check` (may be NULL) lets through. */
static int read_text(struct json_reader *r, const json_t *json, int64_t min,
		     int64_t max, const char *(*check)(const char *), char **at)
{
	const char *text = json_string_value(json);
	size_t len = json_string_length(json);
	const char *fault;

	if ((int64_t)len < min || (int64_t)len > max)
		return REFUSE(r, "has %zu bytes, allowed are %lld to %lld", len,
			      (long long)min, (long long)max);
	fault = check ? check(text) : NULL;
	if (fault)
		return REFUSE(r, "%s", fault);
	*at = plan_alloc(r->plan, len + 1);
	if (!*at)
		return out_of_memory(r);
	memcpy(*at, text, len + 1);
	return 0;
}

/* ------------------------------------------------------------------- lists */

static int read_int(struct json_reader *r, json_t *json, int64_t max,
		    int64_t *out)
{
	*out = json_integer_value(json);
	if (*out < 0 || *out > max)
		return REFUSE(r, "is %lld, allowed is 0 to %lld",
			      (long long)*out, (long long)max);
	return 0;
}

static enum field_kind item_kind(const struct field *f)
{
	if (f->kind == FIELD_INTS)
		return FIELD_INT;
	return f->kind == FIELD_LIST ? FIELD_OBJECT : FIELD_STRING;
}

static int read_item(struct json_reader *r, json_t *json, const struct field *f,
		     void *item)
{
	int err = check_type(r, json, item_kind(f));

	if (err < 0)
		return err;
	if (f->kind == FIELD_INTS)
		return read_int(r, json, f->item_max, item);
	if (f->kind != FIELD_LIST)
		return read_text(r, json, 0, f->item_max, f->check, item);
	field_set_defaults(f->table, item);
	return json_read_object(r, json, f->table, item);
}

/* Zeroed items for `n` members; NULL for none. */
static int new_list(struct json_reader *r, const struct field *f, size_t n,
		    struct field_list *l)
{
	int err = check_count(r, f, n);

	*l = (struct field_list){ .count = (uint32_t)n };
	if (err < 0 || n == 0)
		return err;
	l->items = plan_alloc(r->plan, n * field_item_size(f));
	return l->items ? 0 : out_of_memory(r);
}

static int read_list(struct json_reader *r, json_t *json, const struct field *f,
		     void *at)
{
	struct field_list l;
	int err = new_list(r, f, json_array_size(json), &l);

	for (size_t i = 0; err == 0 && i < l.count; i++) {
		size_t before = enter_index(r, i);

		err = read_item(r, json_array_get(json, i), f,
				l.items + i * field_item_size(f));
		leave(r, before);
	}
	if (err == 0)
		field_set_list(at, l);
	return err;
}

static int read_pair(struct json_reader *r, const char *key, json_t *value,
		     const struct field *f, struct plan_pair *pair)
{
	const char *fault = f->check_key ? f->check_key(key) : NULL;
	size_t len = strlen(key);

	if (len == 0 || len > (size_t)f->item_max)
		return REFUSE(r,
			      "has a key of %zu bytes, allowed are 1 to %lld",
			      len, (long long)f->item_max);
	if (fault)
		return REFUSE(r, "has a key that %s", fault);
	pair->name = plan_alloc(r->plan, len + 1);
	if (!pair->name)
		return out_of_memory(r);
	memcpy(pair->name, key, len + 1);
	return read_item(r, value, f, &pair->value);
}

static int read_map(struct json_reader *r, json_t *json, const struct field *f,
		    void *at)
{
	struct field_list l;
	int err = new_list(r, f, json_object_size(json), &l);
	void *it = json_object_iter(json);

	for (size_t i = 0; err == 0 && i < l.count; i++) {
		const char *key = json_object_iter_key(it);
		size_t before = enter_key(r, key);

		err = read_pair(r, key, json_object_iter_value(it), f,
				(struct plan_pair *)(void *)l.items + i);
		leave(r, before);
		it = json_object_iter_next(json, it);
	}
	if (err == 0)
		field_set_list(at, l);
	return err;
}

/* ----------------------------------------------------------------- members */

/* A refused member that is empty or false asks for nothing. */
static bool asks_for_nothing(const json_t *json, const struct field *f)
{
	return (f->kind == FIELD_BOOL && json_is_false(json)) ||
	       (f->kind == FIELD_LIST && json_is_array(json) &&
		json_array_size(json) == 0);
}

static int read_value(struct json_reader *r, json_t *json,
		      const struct field *f, void *at)
{
	bool is_true = json_is_true(json);

	switch (f->kind) {
	case FIELD_BOOL:
		memcpy(at, &is_true, sizeof(is_true));
		return 0;
	case FIELD_INT:
		return read_number(r, f, json_integer_value(json), at);
	case FIELD_CPU:
	case FIELD_MEMORY:
		return read_size(r, json, f, at);
	case FIELD_WORD:
		return read_word(r, json, f, at);
	case FIELD_STRING:
		return read_text(r, json, f->min, f->max, f->check, at);
	case FIELD_STRINGS:
	case FIELD_INTS:
	case FIELD_LIST:
		return read_list(r, json, f, at);
	case FIELD_MAP:
		return read_map(r, json, f, at);
	case FIELD_OBJECT:
		return json_read_object(r, json, f->table, at);
	case FIELD_KIND_COUNT:
		break;
	}
	return REFUSE(r, "is of no known kind");
}

/* Checks a member that has no effect, in memory of its own. */
static int read_unused(struct json_reader *r, json_t *json,
		       const struct field *f)
{
	size_t size = f->kind == FIELD_OBJECT ? f->table->size :
						sizeof(union scratch);
	void *at = plan_alloc(r->plan, size);

	if (r->unused)
		unused_note(r->unused, f, r->path);
	return at ? read_value(r, json, f, at) : out_of_memory(r);
}

static int read_present(struct json_reader *r, json_t *json,
			const struct field *f, void *base)
{
	int err;

	if (f->fate == FIELD_REFUSED)
		return asks_for_nothing(json, f) ? 0 : REFUSE(r, "%s", f->why);
	err = check_type(r, json, f->kind);
	if (err < 0)
		return err;
	if (f->fate == FIELD_NO_EFFECT)
		return read_unused(r, json, f);
	return read_value(r, json, f, (char *)base + f->offset);
}

int json_read_member(struct json_reader *r, json_t *json, const struct field *f,
		     void *base)
{
	size_t before = enter_key(r, f->key);
	int err = 0;

	if (json)
		err = read_present(r, json, f, base);
	else if (f->is_required)
		err = REFUSE(r, "is missing");
	leave(r, before);
	return err;
}

static int read_keys(struct json_reader *r, json_t *json,
		     const struct field_table *t, void *base)
{
	void *it = json_object_iter(json);
	int err = 0;

	for (; err == 0 && it; it = json_object_iter_next(json, it)) {
		const char *key = json_object_iter_key(it);
		const struct field *f = field_find(t, key, strlen(key));

		if (!f) {
			enter_key(r, key);
			return REFUSE(r, "is not a known field");
		}
		if (f != r->done)
			err = json_read_member(r, json_object_iter_value(it), f,
					       base);
	}
	return err;
}

int json_read_object(struct json_reader *r, json_t *json,
		     const struct field_table *t, void *base)
{
	int err = read_keys(r, json, t, base);

	for (size_t i = 0; err == 0 && i < t->count; i++)
		if (!json_object_get(json, t->fields[i].key))
			err = json_read_member(r, NULL, &t->fields[i], base);
	return err;
}
