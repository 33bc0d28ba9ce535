/* SPDX-License-Identifier: MIT */
/*
 * fields: JSON objects into structs, along tables.
 *
 * One table per object of the specification, one row per property: its key,
 * the JSON it has to be, its range, where it goes. Unknown properties are
 * skipped, as the specification demands; null is the same as absent. A
 * property that this runtime knows and cannot honour has a row of its own
 * that says why: an error, unless the value asks for nothing (false, 0, "",
 * [], {}).
 *
 * The first fault ends the reading with its place in the document:
 * "process.rlimits[2].type: "RLIMIT_FOO" is not one of ...".
 */
#ifndef CLOISTER_OCI_CONFIG_FIELDS_H
#define CLOISTER_OCI_CONFIG_FIELDS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/oci/config/arena.h"

#define FIELDS_TEXT_MAX 131072	/* bytes of a string: MAX_ARG_STRLEN of Linux */
#define FIELDS_ITEMS_MAX 16384	/* of one list or map */

enum field_kind {		/* what the property is; what it is read into */
	FIELD_BOOLEAN,		/* bool */
	FIELD_UNSIGNED,		/* integer; struct field_unsigned */
	FIELD_SIGNED,		/* integer; struct field_signed */
	FIELD_WORD,		/* string of a fixed set; struct field_unsigned */
	FIELD_WORDS,		/* list of such strings; uint64_t, their values or-ed */
	FIELD_TEXT,		/* string; const char *, NULL when absent */
	FIELD_TEXTS,		/* list of strings; struct field_texts */
	FIELD_NUMBERS,		/* list of integers; struct field_numbers */
	FIELD_OBJECT,		/* object; pointer to a struct, NULL when absent */
	FIELD_OBJECTS,		/* list of objects; struct field_objects */
	FIELD_TEXT_MAP,		/* object of strings; struct field_pairs */
	FIELD_OBJECT_MAP,	/* object of objects; struct field_objects, each item
				   begins with its key, a const char * */
	FIELD_UNSUPPORTED,	/* anything that asks for something is refused */
};

struct field_unsigned {
	bool is_set;
	uint64_t value;
};

struct field_signed {
	bool is_set;
	int64_t value;
};

struct field_texts {
	size_t count;
	const char **items;	/* NULL-terminated; NULL when absent */
};

struct field_numbers {
	size_t count;
	uint32_t *items;
};

struct field_objects {
	size_t count;
	void *items;
};

struct field_pair {
	const char *key;
	const char *value;
};

struct field_pairs {
	size_t count;
	struct field_pair *items;
};

struct field_word {		/* ends at word NULL */
	const char *word;
	uint64_t value;
	const char *why;	/* not NULL: known and refused, for this reason */
};

struct field_table;

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
	bool is_required;
	int64_t min;			/* SIGNED, UNSIGNED, NUMBERS */
	uint64_t max;
	const struct field_word *words;	/* WORD, WORDS */
	const struct field_table *table;	/* OBJECT, OBJECTS, OBJECT_MAP */
	/*
	 * TEXT, each of TEXTS, each key of a map: NULL if it is well-formed,
	 * else what it has to be: "is no absolute path".
	 */
	const char *(*check)(const char *text);
	const char *why;		/* UNSUPPORTED */
};

struct field_table {
	const char *name;	/* of the specification's section, for people */
	size_t size;		/* of the struct */
	const struct field *fields;
	size_t count;
};

/*
 * Reads `text` (`length` bytes and a NUL behind them; the texts of the result
 * point into it) as one object of `table` into the zeroed struct `base`.
 * Returns 0, -EBADMSG (no JSON), -EINVAL (against the specification),
 * -EOPNOTSUPP (not to be had here) or -ENOMEM.
 */
int fields_read(char *text, size_t length, const struct field_table *table,
		struct arena *arena, void *base, struct err *e);

/* The row of a key, or NULL. */
const struct field *fields_find(const struct field_table *t, const char *key,
				size_t length);

/* Adds a text to a list of the arena. False: no memory. */
bool fields_add(struct arena *a, struct field_texts *list, const char *text);

/*
 * Sets `e` like err_set(), with bytes that no terminal should see shown as
 * '?': the words come from the document. Returns -code.
 */
int fields_refuse(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
