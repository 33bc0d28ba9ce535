#include "runtime/base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void json_start(struct json *j, char *text, size_t cap)
{
	*j = (struct json){ .text = text, .cap = cap };
}

static void put(struct json *j, const void *data, size_t len)
{
	if (j->is_full || len > j->cap - j->len) {
		j->is_full = true;
		return;
	}
	memcpy(j->text + j->len, data, len);
	j->len += len;
}

static void put_comma(struct json *j)
{
	if (j->needs_comma)
		put(j, ",", 1);
	j->needs_comma = true;
}

void json_open(struct json *j, char bracket)
{
	put_comma(j);
	put(j, &bracket, 1);
	j->needs_comma = false;
}

void json_close(struct json *j, char bracket)
{
	put(j, &bracket, 1);
	j->needs_comma = true;
}

void json_key(struct json *j, const char *key)
{
	put_comma(j);
	put(j, "\"", 1);
	put(j, key, strlen(key));
	put(j, "\":", 2);
	j->needs_comma = false;
}

static void put_escape(struct json *j, unsigned char c)
{
	char escape[8];
	int n = snprintf(escape, sizeof(escape), "\\u%04x", c);

	switch (c) {
	case '"':
		put(j, "\\\"", 2);
		return;
	case '\\':
		put(j, "\\\\", 2);
		return;
	case '\n':
		put(j, "\\n", 2);
		return;
	case '\t':
		put(j, "\\t", 2);
		return;
	default:
		put(j, escape, (size_t)n);
	}
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Writes one character from the front of `p`; returns the bytes taken. */
static size_t put_character(struct json *j, const unsigned char *p, size_t len)
{
	size_t n = utf8_length(p, len);

	if (n == 0) {
		put(j, REPLACEMENT, strlen(REPLACEMENT));
		return 1;
	}
	if (n == 1 && !is_plain(*p))
		put_escape(j, *p);
	else
		put(j, p, n);
	return n;
}

void json_bytes(struct json *j, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t at = 0;

	put_comma(j);
	put(j, "\"", 1);
	while (at < len && !j->is_full) {
		size_t run = 0;

		while (at + run < len && is_plain(p[at + run]))
			run++;
		put(j, p + at, run);
		at += run;
		if (at < len)
			at += put_character(j, p + at, len - at);
	}
	put(j, "\"", 1);
}

void json_text(struct json *j, const char *text)
{
	json_bytes(j, text, strlen(text));
}

void json_name(struct json *j, const char *name)
{
	json_text(j, name);
	put(j, ":", 1);
	j->needs_comma = false;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void json_base64(struct json *j, const void *data, size_t len)
{
	const unsigned char *p = data;

	put_comma(j);
	put(j, "\"", 1);
	for (size_t at = 0; at < len; at += 3) {
		size_t n = len - at < 3 ? len - at : 3;
		uint32_t bits = (uint32_t)p[at] << 16;
		char digits[4];

		if (n > 1)
			bits |= (uint32_t)p[at + 1] << 8;
		if (n > 2)
			bits |= p[at + 2];
		for (unsigned int i = 0; i < 4; i++)
			digits[i] = base64_digits[bits >> (18 - 6 * i) & 63];
		if (n < 3)
			memset(digits + n + 1, '=', 3 - n);
		put(j, digits, sizeof(digits));
	}
	put(j, "\"", 1);
}

static void put_number(struct json *j, const char *text, bool is_quoted)
{
	put_comma(j);
	if (is_quoted)
		put(j, "\"", 1);
	put(j, text, strlen(text));
	if (is_quoted)
		put(j, "\"", 1);
}

static void put_int(struct json *j, int64_t n, bool is_quoted)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, n);
	put_number(j, text, is_quoted);
}

void json_int(struct json *j, int64_t n)
{
	put_int(j, n, false);
}

void json_int_text(struct json *j, int64_t n)
{
	put_int(j, n, true);
}

static void put_uint(struct json *j, uint64_t n, bool is_quoted)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	put_number(j, text, is_quoted);
}

void json_uint(struct json *j, uint64_t n)
{
	put_uint(j, n, false);
}

void json_uint_text(struct json *j, uint64_t n)
{
	put_uint(j, n, true);
}

void json_double(struct json *j, double d)
{
	char text[40];

	snprintf(text, sizeof(text), "%.9g", d);
	put_number(j, text, false);
}

void json_bool(struct json *j, bool b)
{
	put_number(j, b ? "true" : "false", false);
}

void json_nothing(struct json *j)
{
	put_number(j, "null", false);
}
