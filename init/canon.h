/* SPDX-License-Identifier: MIT */
/*
 * canon: canonical JSON in a fixed buffer: keys in the order of the calls, no
 * blanks between tokens, whole numbers, and strings that are words of
 * record.h: what is not of their characters becomes '?', so that nothing is
 * ever escaped and the same facts always give the same bytes.
 *
 * A document that does not fit is full: what came later is not in it, and
 * canon_end() says so.
 */
#ifndef CLOISTER_INIT_CANON_H
#define CLOISTER_INIT_CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define CANON_MAX 40960

struct canon {
	size_t len;
	bool is_full;
	char text[CANON_MAX];	/* NUL-terminated */
};

void canon_start(struct canon *c);

/*
 * Every value below takes a key inside an object and NULL inside an array.
 * Opens '{' or '['; canon_close() takes '}' or ']' of the same kind.
 */
void canon_open(struct canon *c, const char *key, char bracket);
void canon_close(struct canon *c, char bracket);
void canon_number(struct canon *c, const char *key, int64_t n);

/* `word` is cut at RECORD_WORD_MAX. */
void canon_word(struct canon *c, const char *key, const char *word);

/* Returns 0 or -EFBIG for a document that did not fit. */
int canon_end(const struct canon *c, struct err *e);

#endif
