// SPDX-License-Identifier: MIT
#include "runtime/oci/config/fields.h"

#include <errno.h>
#include <string.h>

#include "runtime/oci/config/fields_inner.h"

/* ------------------------------------------------------------ lists, maps */

static int read_object(struct fields_reader *r, const struct field_table *t,
		       void *base);

static int read_one_word(struct fields_reader *r, const struct field *f,
			 uint64_t *words)
{
	uint64_t value = 0;
	int err = fields_read_word(r, f, &value);

	*words |= value;
	return err;
}

static int read_one_text(struct fields_reader *r, const struct field *f,
			 struct field_texts *texts)
{
	const char *text;
	int err = fields_read_text(r, f->check, &text);

	if (err < 0)
		return err;
	return fields_add(r->arena, texts, text) ? 0 : fields_no_memory(r);
}

static int read_one_number(struct fields_reader *r, const struct field *f,
			   struct field_numbers *numbers)
{
	uint32_t *item = arena_item(r->arena, &numbers->items, numbers->count,
				    sizeof(*item));
	uint64_t value = 0;
	int err;

	if (!item)
		return fields_no_memory(r);
	err = fields_read_number(r, f, &value);
	*item = (uint32_t)value;
	numbers->count++;
	return err;
}

static int read_one_object(struct fields_reader *r, const struct field *f,
			   struct field_objects *objects)
{
	void *item = arena_item(r->arena, &objects->items, objects->count,
				f->table->size);

	if (!item)
		return fields_no_memory(r);
	objects->count++;
	return read_object(r, f->table, item);
}

static int read_item(struct fields_reader *r, const struct field *f, void *list)
{
	if (f->kind == FIELD_WORDS)
		return read_one_word(r, f, list);
	if (f->kind == FIELD_TEXTS)
		return read_one_text(r, f, list);
	if (f->kind == FIELD_NUMBERS)
		return read_one_number(r, f, list);
	return read_one_object(r, f, list);
}

/* A list that is there and empty is not the same as none. */
static int note_presence(struct fields_reader *r, const struct field *f,
			 void *list)
{
	struct field_texts *texts = list;

	if (f->kind != FIELD_TEXTS)
		return 0;
	texts->items = arena_take(r->arena, sizeof(*texts->items));
	return texts->items ? 0 : fields_no_memory(r);
}

static int read_list(struct fields_reader *r, const struct field *f, void *list)
{
	struct fields_place place = { .up = r->place };
	int err = fields_expect(r, READER_LIST_START);

	if (err == 0)
		err = note_presence(r, f, list);
	if (err < 0)
		return err;
	reader_enter(&r->reader);
	r->place = &place;
	for (; err == 0 && reader_item(&r->reader); place.index++) {
		if (place.index == FIELDS_ITEMS_MAX)
			err = fields_refuse_here(r, EINVAL, "is one too many");
		else
			err = read_item(r, f, list);
	}
	if (err == 0 && r->reader.fault)
		err = fields_bad_json(r);
	r->place = place.up;
	return err;
}

static bool has_key(const struct field *f, const void *map, const char *key)
{
	const struct field_objects *m = map;
	size_t size = f->kind == FIELD_TEXT_MAP ? sizeof(struct field_pair) :
						  f->table->size;

	/* Both kinds of items begin with their key; the last is the new one. */
	for (size_t i = 0; i + 1 < m->count; i++)
		if (strcmp(*(const char *const *)((const char *)m->items +
						  i * size),
			   key) == 0)
			return true;
	return false;
}

static int read_member(struct fields_reader *r, const struct field *f,
		       const char *key, void *map)
{
	struct field_objects *m = map;
	bool is_text = f->kind == FIELD_TEXT_MAP;
	size_t size = is_text ? sizeof(struct field_pair) : f->table->size;
	void *item = arena_item(r->arena, &m->items, m->count, size);

	if (!item)
		return fields_no_memory(r);
	*(const char **)item = key;
	m->count++;
	if (has_key(f, map, key))
		return fields_refuse_here(r, EINVAL, "is given twice");
	if (is_text)
		return fields_read_text(r, NULL,
					&((struct field_pair *)item)->value);
	return read_object(r, f->table, item);
}

#define MAP_MAX 2048

static int read_map(struct fields_reader *r, const struct field *f, void *map)
{
	struct fields_place place = { .up = r->place };
	struct field_objects *m = map;
	struct reader_text key;
	int err = fields_expect(r, READER_OBJECT_START);

	if (err < 0)
		return err;
	reader_enter(&r->reader);
	r->place = &place;
	while (err == 0 && reader_key(&r->reader, &key)) {
		place.key = key.bytes;
		if (m->count == MAP_MAX)
			err = fields_refuse_here(r, EINVAL, "is one too many");
		if (err == 0)
			err = fields_check_text(r, &key, f->check);
		if (err == 0 && key.length == 0)
			err = fields_refuse_here(r, EINVAL, "is an empty key");
		if (err == 0)
			err = read_member(r, f, key.bytes, map);
	}
	r->place = place.up;
	return err == 0 && r->reader.fault ? fields_bad_json(r) : err;
}

/* ----------------------------------------------------------------- members */

/* An object's or list's first member asks for something; so does a value that
 * is not its kind's nothing. */
static bool asks_for_something(struct reader *j, bool *ok)
{
	enum reader_kind kind = reader_next(j);
	struct reader_integer number;
	struct reader_text text;
	bool flag;

	switch (kind) {
	case READER_OBJECT_START:
		*ok = reader_enter(j);
		return reader_key(j, &text);
	case READER_LIST_START:
		*ok = reader_enter(j);
		return reader_item(j);
	case READER_TEXT:
		*ok = reader_take_text(j, &text);
		return *ok && text.length > 0;
	case READER_NUMBER:
		*ok = reader_take_integer(j, &number);
		return *ok && (number.magnitude || !number.is_integer);
	case READER_BOOLEAN:
		*ok = reader_take_boolean(j, &flag);
		return *ok && flag;
	case READER_NOTHING_GIVEN:
		*ok = reader_take_null(j);
		return false;
	case READER_NOTHING:
		break;
	}
	*ok = false;
	return false;
}

static int read_unsupported(struct fields_reader *r, const struct field *f)
{
	bool ok = true;

	if (asks_for_something(&r->reader, &ok))
		return fields_refuse_here(r, EOPNOTSUPP, "%s", f->why);
	return ok && !r->reader.fault ? 0 : fields_bad_json(r);
}

static int read_boolean(struct fields_reader *r, bool *out)
{
	int err = fields_expect(r, READER_BOOLEAN);

	if (err < 0)
		return err;
	return reader_take_boolean(&r->reader, out) ? 0 : fields_bad_json(r);
}

static int read_unsigned(struct fields_reader *r, const struct field *f,
			 struct field_unsigned *out)
{
	out->is_set = true;
	return fields_read_number(r, f, &out->value);
}

static int read_signed(struct fields_reader *r, const struct field *f,
		       struct field_signed *out)
{
	uint64_t value;
	int err = fields_read_number(r, f, &value);

	if (err < 0)
		return err;
	out->is_set = true;
	memcpy(&out->value, &value, sizeof(value));
	return 0;
}

static int read_new_object(struct fields_reader *r, const struct field_table *t,
			   void **at)
{
	*at = arena_take(r->arena, t->size);
	return *at ? read_object(r, t, *at) : fields_no_memory(r);
}

static int read_value(struct fields_reader *r, const struct field *f, void *at)
{
	struct field_unsigned *word = at;

	switch (f->kind) {
	case FIELD_BOOLEAN:
		return read_boolean(r, at);
	case FIELD_UNSIGNED:
		return read_unsigned(r, f, at);
	case FIELD_SIGNED:
		return read_signed(r, f, at);
	case FIELD_WORD:
		word->is_set = true;
		return fields_read_word(r, f, &word->value);
	case FIELD_TEXT:
		return fields_read_text(r, f->check, at);
	case FIELD_WORDS:
	case FIELD_TEXTS:
	case FIELD_NUMBERS:
	case FIELD_OBJECTS:
		return read_list(r, f, at);
	case FIELD_TEXT_MAP:
	case FIELD_OBJECT_MAP:
		return read_map(r, f, at);
	case FIELD_OBJECT:
		return read_new_object(r, f->table, at);
	case FIELD_UNSUPPORTED:
		break;
	}
	return read_unsupported(r, f);
}

/* `seen` has a bit for each row: tables have fewer than 64. */
static int read_property(struct fields_reader *r, const struct field_table *t,
			 const struct field *f, uint64_t *seen, void *base)
{
	struct fields_place place = { .up = r->place, .key = f->key };
	uint64_t row = (uint64_t)1 << (f - t->fields);
	int err;

	r->place = &place;
	if (*seen & row) {
		err = fields_refuse_here(r, EINVAL, "is given twice");
	} else if (reader_next(&r->reader) == READER_NOTHING_GIVEN) {
		err = reader_take_null(&r->reader) ? 0 : fields_bad_json(r);
	} else {
		*seen |= row;
		err = read_value(r, f, (char *)base + f->offset);
	}
	r->place = place.up;
	return err;
}

static int check_required(struct fields_reader *r, const struct field_table *t,
			  uint64_t seen)
{
	for (size_t i = 0; i < t->count; i++) {
		struct fields_place place = { r->place, t->fields[i].key, 0 };

		if (!t->fields[i].is_required || seen & (uint64_t)1 << i)
			continue;
		r->place = &place;
		fields_refuse_here(r, EINVAL, "is missing");
		r->place = place.up;
		return -EINVAL;
	}
	return 0;
}

/* The key may hold a NUL, which no row has. */
static bool is_key(const char *row, const char *key, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (row[i] != key[i] || !row[i])
			return false;
	return !row[length];
}

const struct field *fields_find(const struct field_table *t, const char *key,
				size_t length)
{
	for (size_t i = 0; i < t->count; i++)
		if (is_key(t->fields[i].key, key, length))
			return &t->fields[i];
	return NULL;
}

static int read_object(struct fields_reader *r, const struct field_table *t,
		       void *base)
{
	struct reader_text key;
	uint64_t seen = 0;
	int err = fields_expect(r, READER_OBJECT_START);

	if (err < 0)
		return err;
	reader_enter(&r->reader);
	while (err == 0 && reader_key(&r->reader, &key)) {
		const struct field *f = fields_find(t, key.bytes, key.length);

		if (f)
			err = read_property(r, t, f, &seen, base);
		else if (!reader_skip(&r->reader))
			err = fields_bad_json(r);
	}
	if (err == 0 && r->reader.fault)
		err = fields_bad_json(r);
	return err < 0 ? err : check_required(r, t, seen);
}

int fields_read(char *text, size_t length, const struct field_table *table,
		struct arena *arena, void *base, struct err *e)
{
	struct fields_reader r = {
		.arena = arena,
		.e = e,
	};
	int err;

	reader_start(&r.reader, text, length);
	err = read_object(&r, table, base);
	if (err == 0 && !reader_is_done(&r.reader))
		err = fields_bad_json(&r);
	return err;
}
