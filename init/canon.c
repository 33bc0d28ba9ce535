/* SPDX-License-Identifier: MIT */
#include "init/canon.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/record.h"

void canon_start(struct canon *c)
{
	c->len = 0;
	c->is_full = false;
	c->text[0] = '\0';
}

static void put(struct canon *c, const char *text, size_t len)
{
	if (c->is_full || len >= CANON_MAX - c->len) {
		c->is_full = true;
		return;
	}
	memcpy(c->text + c->len, text, len);
	c->len += len;
	c->text[c->len] = '\0';
}

static void put_string(struct canon *c, const char *text)
{
	char quoted[RECORD_WORD_MAX + 2] = "\"";
	size_t n = strnlen(text, RECORD_WORD_MAX);

	for (size_t i = 0; i < n; i++) {
		char one[2] = { text[i], '\0' };

		quoted[1 + i] = record_is_word(one) ? text[i] : '?';
	}
	quoted[1 + n] = '"';
	put(c, quoted, n + 2);
}

/* What goes before a value: a comma after another one, and its key. */
static void put_key(struct canon *c, const char *key)
{
	if (c->len > 0 && !strchr("{[", c->text[c->len - 1]))
		put(c, ",", 1);
	if (!key)
		return;
	put_string(c, key);
	put(c, ":", 1);
}

void canon_open(struct canon *c, const char *key, char bracket)
{
	put_key(c, key);
	put(c, &bracket, 1);
}

void canon_close(struct canon *c, char bracket)
{
	put(c, &bracket, 1);
}

void canon_number(struct canon *c, const char *key, int64_t n)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRId64, n);

	put_key(c, key);
	put(c, text, len > 0 ? (size_t)len : 0);
}

void canon_word(struct canon *c, const char *key, const char *word)
{
	put_key(c, key);
	put_string(c, word);
}

int canon_end(const struct canon *c, struct err *e)
{
	if (c->is_full)
		return err_set(e, EFBIG, "document of %d bytes", CANON_MAX);
	return 0;
}
