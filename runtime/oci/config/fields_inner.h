/* SPDX-License-Identifier: MIT */
/* fields_inner: what fields.c and field_values.c share. Returns as there. */
#ifndef CLOISTER_OCI_CONFIG_FIELDS_INNER_H
#define CLOISTER_OCI_CONFIG_FIELDS_INNER_H

#include "runtime/oci/config/fields.h"
#include "runtime/oci/config/reader.h"

/* The way from the root to the value being read; lives on the stack. */
struct fields_place {
	const struct fields_place *up;
	const char *key; /* NULL: item `index` of a list */
	size_t index;
};

struct fields_reader {
	struct reader reader;
	struct arena *arena;
	const struct fields_place *place;
	struct err *e;
};

/* fields_refuse() with the place where the reader stands. */
int fields_refuse_here(struct fields_reader *r, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The refusals of memory that is not there, and of text that is no JSON. */
int fields_no_memory(struct fields_reader *r);
int fields_bad_json(struct fields_reader *r);

/* Refuses what comes next unless it is of `kind`. */
int fields_expect(struct fields_reader *r, enum reader_kind kind);

/* The two's complement of a number in the range of `f`. */
int fields_read_number(struct fields_reader *r, const struct field *f,
		       uint64_t *out);

/* Refuses a NUL, too many bytes and what `check` (may be NULL) refuses. */
int fields_check_text(struct fields_reader *r, const struct reader_text *text,
		      const char *(*check)(const char *));

int fields_read_text(struct fields_reader *r,
		     const char *(*check)(const char *), const char **out);

int fields_read_word(struct fields_reader *r, const struct field *f,
		     uint64_t *value);

#endif
