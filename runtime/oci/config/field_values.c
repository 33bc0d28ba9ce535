// SPDX-License-Identifier: MIT
#include "runtime/oci/config/fields_inner.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* How much of the document's own words a message shows. */
#define SHOWN 64
#define PLACE_MAX 256

/* ------------------------------------------------------------------ faults */

int fields_refuse(struct err *e, int code, const char *fmt, ...)
{
	char words[ERR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	for (char *c = words; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return err_set(e, code, "%s", words);
}

static size_t show_place(const struct fields_place *p, char *text, size_t room)
{
	size_t used;
	int n;

	if (!p)
		return 0;
	used = show_place(p->up, text, room);
	if (p->key)
		n = snprintf(text + used, room - used, "%s%.*s",
			     p->up ? "." : "", SHOWN, p->key);
	else
		n = snprintf(text + used, room - used, "[%zu]", p->index);
	used += n < 0 ? 0 : (size_t)n;
	return used < room ? used : room - 1;
}

int fields_refuse_here(struct fields_reader *r, int code, const char *fmt, ...)
{
	char place[PLACE_MAX] = "";
	char words[ERR_MESSAGE_MAX];
	va_list ap;

	show_place(r->place, place, sizeof(place));
	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return fields_refuse(r->e, code, "%s%s%s", place, place[0] ? ": " : "",
			     words);
}

int fields_no_memory(struct fields_reader *r)
{
	return fields_refuse_here(r, ENOMEM, "no memory to read it");
}

int fields_bad_json(struct fields_reader *r)
{
	return fields_refuse_here(r, EBADMSG, "line %zu column %zu: %s",
				  r->reader.line, reader_column(&r->reader),
				  r->reader.fault ? r->reader.fault :
						    "no JSON");
}

bool fields_add(struct arena *a, struct field_texts *list, const char *text)
{
	const char **item =
		text ? arena_item(a, &list->items, list->count, sizeof(*item)) :
		       NULL;

	if (!item)
		return false;
	*item = text;
	list->count++;
	return true;
}

/* ----------------------------------------------------------------- scalars */

static const char *kind_words(enum reader_kind kind)
{
	switch (kind) {
	case READER_OBJECT_START:
		return "an object";
	case READER_LIST_START:
		return "a list";
	case READER_TEXT:
		return "a string";
	case READER_NUMBER:
		return "a number";
	case READER_BOOLEAN:
		return "true or false";
	case READER_NOTHING_GIVEN:
		return "null";
	case READER_NOTHING:
		break;
	}
	return "nothing";
}

int fields_expect(struct fields_reader *r, enum reader_kind kind)
{
	enum reader_kind found = reader_next(&r->reader);

	if (found == READER_NOTHING)
		return fields_bad_json(r);
	if (found != kind)
		return fields_refuse_here(r, EINVAL, "is %s, not %s",
					  kind_words(found), kind_words(kind));
	return 0;
}

static bool is_in_range(const struct field *f, const struct reader_integer *n)
{
	uint64_t lowest = f->min < 0 ? 0 - (uint64_t)f->min : (uint64_t)f->min;

	if (!n->is_integer)
		return false;
	if (n->is_negative && n->magnitude > 0)
		return f->min < 0 && n->magnitude <= lowest;
	return n->magnitude <= f->max && (f->min < 0 || n->magnitude >= lowest);
}

/* The two's complement of a number that is in range. */
int fields_read_number(struct fields_reader *r, const struct field *f,
		       uint64_t *out)
{
	struct reader_integer n;
	int err = fields_expect(r, READER_NUMBER);

	if (err < 0)
		return err;
	if (!reader_take_integer(&r->reader, &n))
		return fields_bad_json(r);
	if (!is_in_range(f, &n))
		return fields_refuse_here(r, EINVAL,
					  "is not an integer from %lld to %llu",
					  (long long)f->min,
					  (unsigned long long)f->max);
	*out = n.is_negative ? 0 - n.magnitude : n.magnitude;
	return 0;
}

int fields_check_text(struct fields_reader *r, const struct reader_text *text,
		      const char *(*check)(const char *))
{
	const char *fault = NULL;

	if (text->has_nul)
		return fields_refuse_here(r, EINVAL, "holds a NUL");
	if (text->length > FIELDS_TEXT_MAX)
		return fields_refuse_here(
			r, EINVAL, "has %zu bytes, at most %d are allowed",
			text->length, FIELDS_TEXT_MAX);
	if (check)
		fault = check(text->bytes);
	if (fault)
		return fields_refuse_here(r, EINVAL, "\"%.*s\" %s", SHOWN,
					  text->bytes, fault);
	return 0;
}

int fields_read_text(struct fields_reader *r,
		     const char *(*check)(const char *), const char **out)
{
	struct reader_text text;
	int err = reader_is_at_text(&r->reader) ? 0 :
						  fields_expect(r, READER_TEXT);

	if (err < 0)
		return err;
	if (!reader_take_text(&r->reader, &text))
		return fields_bad_json(r);
	*out = text.bytes;
	return fields_check_text(r, &text, check);
}

static int unknown_word(struct fields_reader *r, const struct field *f,
			const char *text)
{
	char known[192] = "";
	size_t used = 0;

	for (const struct field_word *w = f->words; w->word; w++) {
		if (w->why || used >= sizeof(known))
			continue;
		used += (size_t)snprintf(known + used, sizeof(known) - used,
					 "%s%s", used ? ", " : "", w->word);
	}
	return fields_refuse_here(r, EINVAL, "\"%.*s\" is not one of %s%s",
				  SHOWN, text, known,
				  used >= sizeof(known) ? "..." : "");
}

int fields_read_word(struct fields_reader *r, const struct field *f,
		     uint64_t *value)
{
	const char *text = "";
	int err = fields_read_text(r, NULL, &text);

	if (err < 0)
		return err;
	for (const struct field_word *w = f->words; w->word; w++) {
		if (strcmp(w->word, text) != 0)
			continue;
		if (w->why)
			return fields_refuse_here(r, EOPNOTSUPP, "%s: %s", text,
						  w->why);
		*value = w->value;
		return 0;
	}
	return unknown_word(r, f, text);
}
