/* SPDX-License-Identifier: MIT */
/*
 * reader: a JSON text read from front to back, in place.
 *
 * No tree: the reader asks for what it expects next, and takes it or skips
 * it. Strings are decoded where they stand and stay valid as long as the text,
 * which the caller owns and which reading destroys. Integers keep all 64 bits:
 * the runtime specification has limits up to 2^64 - 1.
 *
 * Strict: UTF-8, no comments, no bytes after the end, at most READER_LEVELS_MAX
 * levels. Nothing is allocated. After a fault every call fails again.
 * Source: RFC 8259.
 */
#ifndef CLOISTER_OCI_CONFIG_READER_H
#define CLOISTER_OCI_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_LEVELS_MAX 64

struct reader {
	char *start;		/* the text; start[length] is a NUL */
	char *at;
	char *end;
	unsigned int depth;
	char open[READER_LEVELS_MAX];	/* '{' or '[' of each level */
	bool is_first;		/* nothing read yet in the innermost level */
	size_t line;		/* where `at` is, from 1 */
	char *line_start;
	const char *fault;	/* why the text is no JSON, or NULL */
};

enum reader_kind {
	READER_NOTHING,		/* a fault, or the end of the text */
	READER_OBJECT_START,
	READER_LIST_START,
	READER_TEXT,
	READER_NUMBER,
	READER_BOOLEAN,
	READER_NOTHING_GIVEN,	/* null */
};

struct reader_text {
	char *bytes;		/* NUL-terminated, in the text of the reader */
	size_t length;
	bool has_nul;		/* holds a NUL of its own */
};

struct reader_integer {
	bool is_negative;
	bool is_integer;	/* false: a fraction, an exponent, too big */
	uint64_t magnitude;
};

/* `text` has `length` bytes and a NUL behind them. */
void reader_start(struct reader *j, char *text, size_t length);

/* What comes next; takes nothing. */
enum reader_kind reader_next(struct reader *j);

/* True if a string comes next and no white space before it: the usual case,
 * asked for without a call. */
static inline bool reader_is_at_text(const struct reader *j)
{
	return *j->at == '"' && !j->fault;
}

/* Takes '{' or '['. */
bool reader_enter(struct reader *j);

/*
 * Takes the next key of the object that was entered and its ':'. False at the
 * end of the object, which is taken, or at a fault.
 */
bool reader_key(struct reader *j, struct reader_text *key);

/* True when the list has one more item, false at its end, which is taken, or
 * at a fault. */
bool reader_item(struct reader *j);

/* Take one value of that kind. False at a fault. */
bool reader_take_text(struct reader *j, struct reader_text *out);
bool reader_take_integer(struct reader *j, struct reader_integer *out);
bool reader_take_boolean(struct reader *j, bool *out);
bool reader_take_null(struct reader *j);

/* Takes one value of any kind, with all that is in it. */
bool reader_skip(struct reader *j);

/* True if nothing but white space is left and there was no fault. */
bool reader_is_done(struct reader *j);

/* The column where the reader stands, from 1, in bytes. */
size_t reader_column(const struct reader *j);

#endif
