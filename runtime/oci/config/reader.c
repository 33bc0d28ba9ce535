// SPDX-License-Identifier: MIT
#include "runtime/oci/config/reader.h"

#include <string.h>

#include "runtime/base/utf8.h"

static bool fail(struct reader *j, const char *why)
{
	if (!j->fault)
		j->fault = why;
	return false;
}

void reader_start(struct reader *j, char *text, size_t length)
{
	*j = (struct reader){ .start = text,
			      .at = text,
			      .end = text + length,
			      .line = 1,
			      .line_start = text };
}

size_t reader_column(const struct reader *j)
{
	return (size_t)(j->at - j->line_start) + 1;
}

static char skip_space(struct reader *j)
{
	for (; j->at < j->end; j->at++) {
		if (*j->at == '\n') {
			j->line++;
			j->line_start = j->at + 1;
		} else if (*j->at != ' ' && *j->at != '\t' && *j->at != '\r') {
			return j->fault ? '\0' : *j->at;
		}
	}
	return '\0';
}

/*
 * The next byte that is no white space; a NUL at the end of the text, or
 * after a fault. Asked for several times a value: mostly the answer is there.
 */
static inline char peek(struct reader *j)
{
	char c = *j->at;

	return c > ' ' && !j->fault ? c : skip_space(j);
}

enum reader_kind reader_next(struct reader *j)
{
	char c = peek(j);

	switch (c) {
	case '{':
		return READER_OBJECT_START;
	case '[':
		return READER_LIST_START;
	case '"':
		return READER_TEXT;
	case 't':
	case 'f':
		return READER_BOOLEAN;
	case 'n':
		return READER_NOTHING_GIVEN;
	default:
		break;
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return READER_NUMBER;
	fail(j, "no value");
	return READER_NOTHING;
}

/* ------------------------------------------------------------------ levels */

bool reader_enter(struct reader *j)
{
	char c = peek(j);

	if (c != '{' && c != '[')
		return fail(j, "no object or list");
	if (j->depth == READER_LEVELS_MAX)
		return fail(j, "too many levels");
	j->open[j->depth++] = c;
	j->is_first = true;
	j->at++;
	return true;
}

/* Takes the separator before a member: false at the end, which is taken. */
static bool more(struct reader *j, char open, char close)
{
	char c = peek(j);

	if (j->fault || j->depth == 0 || j->open[j->depth - 1] != open)
		return fail(j, "no such level");
	if (c == close) {
		j->at++;
		j->depth--;
		j->is_first = false;
		return false;
	}
	if (!j->is_first && c != ',')
		return fail(j, "no comma");
	if (!j->is_first)
		j->at++;
	j->is_first = false;
	return true;
}

bool reader_item(struct reader *j)
{
	return more(j, '[', ']');
}

bool reader_key(struct reader *j, struct reader_text *key)
{
	if (!more(j, '{', '}'))
		return false;
	if (peek(j) != '"')
		return fail(j, "no key");
	if (!reader_take_text(j, key))
		return false;
	if (peek(j) != ':')
		return fail(j, "no colon");
	j->at++;
	return true;
}

/* ----------------------------------------------------------------- strings */

static bool take_hex(struct reader *j, unsigned int *out)
{
	*out = 0;
	for (int i = 0; i < 4; i++) {
		char c = j->at < j->end ? *j->at++ : '\0';

		if (c >= '0' && c <= '9')
			*out = *out * 16 + (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*out = *out * 16 + (unsigned int)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			*out = *out * 16 + (unsigned int)(c - 'A' + 10);
		else
			return fail(j, "bad \\u");
	}
	return true;
}

static char *put_utf8(char *to, unsigned int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* After "\u". A pair of surrogates is one character; one alone is none. */
static bool take_unicode(struct reader *j, char **to, bool *has_nul)
{
	unsigned int c, low;

	if (!take_hex(j, &c))
		return false;
	if (c >= 0xdc00 && c <= 0xdfff)
		return fail(j, "half a surrogate pair");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (j->end - j->at < 2 || j->at[0] != '\\' || j->at[1] != 'u')
			return fail(j, "half a surrogate pair");
		j->at += 2;
		if (!take_hex(j, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(j, "half a surrogate pair");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	if (c == 0)
		*has_nul = true;
	*to = put_utf8(*to, c);
	return true;
}

/* After a backslash. What it stands for is never longer than itself. */
static bool take_escape(struct reader *j, char **to, bool *has_nul)
{
	static const char from[] = "\"\\/bfnrt";
	static const char into[] = "\"\\/\b\f\n\r\t";
	char c = j->at < j->end ? *j->at++ : '\0';
	const char *found = c ? strchr(from, c) : NULL;

	if (c == 'u')
		return take_unicode(j, to, has_nul);
	if (!found)
		return fail(j, "bad escape");
	*(*to)++ = into[found - from];
	return true;
}

/* True where a string ends, or goes on with something else than a byte that
 * stands for itself: controls, quote, backslash, bytes of UTF-8. */
static bool is_special(unsigned char c)
{
	return (unsigned char)(c - 0x20) >= 0x60 || c == '"' || c == '\\';
}

#define EACH_BYTE(b) (UINT64_MAX / 0xff * (b))

/*
 * The first special byte of eight, or 8. A byte that is not below what is
 * taken from it borrows nothing, so up to the first that is special each has
 * its highest bit right. Little-endian, as filter_code.c is.
 */
static size_t find_special(const char *at)
{
	uint64_t word, found;

	memcpy(&word, at, sizeof(word));
	found = word | (word - EACH_BYTE(0x20)) |
		((word ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
		((word ^ EACH_BYTE('\\')) - EACH_BYTE(1));
	found &= EACH_BYTE(0x80);
	return found ? (size_t)__builtin_ctzll(found) / 8 : sizeof(word);
}

/* Behind the bytes that stand for themselves: all of most strings. The NUL
 * behind the text is none. */
static char *skip_plain(char *at, const char *end)
{
	size_t length = sizeof(uint64_t);

	while (length == sizeof(uint64_t) && end - at >= (ptrdiff_t)length) {
		length = find_special(at);
		at += length;
	}
	while (!is_special((unsigned char)*at))
		at++;
	return at;
}

static void take_plain(struct reader *j, char **to)
{
	char *start = j->at;
	size_t length;

	j->at = skip_plain(start, j->end);
	length = (size_t)(j->at - start);
	memmove(*to, start, length);
	*to += length;
}

static bool take_character(struct reader *j, char **to)
{
	size_t length = utf8_length(j->at, (size_t)(j->end - j->at));

	if ((unsigned char)*j->at < 0x20)
		return fail(j, "a control character in a string");
	if (length == 0)
		return fail(j, "not UTF-8");
	memmove(*to, j->at, length);
	*to += length;
	j->at += length;
	return true;
}

/* What ends a run of plain bytes, unless it is the end of the string. */
static bool take_special(struct reader *j, char **to, bool *has_nul)
{
	if (*j->at != '\\')
		return take_character(j, to);
	j->at++;
	return take_escape(j, to, has_nul);
}

/* The rest of a string, after the plain bytes that it begins with. */
static bool take_rest(struct reader *j, struct reader_text *out)
{
	char *to = j->at;

	while (j->at < j->end && *j->at != '"') {
		if (!take_special(j, &to, &out->has_nul))
			return false;
		take_plain(j, &to);
	}
	if (j->at == j->end)
		return fail(j, "a string without end");
	j->at++;
	*to = '\0';
	out->length = (size_t)(to - out->bytes);
	return true;
}

bool reader_take_text(struct reader *j, struct reader_text *out)
{
	char *start, *at;

	if (peek(j) != '"')
		return fail(j, "no string");
	start = j->at + 1;
	at = skip_plain(start, j->end);
	*out = (struct reader_text){ .bytes = start };
	j->at = at;
	if (*at != '"')
		return take_rest(j, out);
	j->at++;
	*at = '\0';
	out->length = (size_t)(at - start);
	return true;
}

/* ----------------------------------------------------------------- scalars */

static bool is_digit(const struct reader *j)
{
	return j->at < j->end && *j->at >= '0' && *j->at <= '9';
}

static bool take_digits(struct reader *j, struct reader_integer *out)
{
	if (!is_digit(j))
		return fail(j, "bad number");
	while (is_digit(j)) {
		uint64_t digit = (uint64_t)(*j->at++ - '0');

		if (out->magnitude > (UINT64_MAX - digit) / 10)
			out->is_integer = false;
		else
			out->magnitude = out->magnitude * 10 + digit;
	}
	return true;
}

bool reader_take_integer(struct reader *j, struct reader_integer *out)
{
	struct reader_integer rest = { 0 };
	const char *digits;

	*out = (struct reader_integer){ .is_integer = true };
	if (peek(j) == '-') {
		out->is_negative = true;
		j->at++;
	}
	digits = j->at;
	if (j->fault || !take_digits(j, out))
		return fail(j, "no number");
	if (*digits == '0' && j->at - digits > 1)
		return fail(j, "a number that starts with 0");
	if (j->at < j->end && *j->at == '.') {
		j->at++;
		out->is_integer = false;
		if (!take_digits(j, &rest))
			return false;
	}
	if (j->at < j->end && (*j->at == 'e' || *j->at == 'E')) {
		j->at++;
		out->is_integer = false;
		if (j->at < j->end && (*j->at == '+' || *j->at == '-'))
			j->at++;
		if (!take_digits(j, &rest))
			return false;
	}
	return true;
}

static bool take_word(struct reader *j, const char *word)
{
	size_t length = strlen(word);

	peek(j);
	if (j->fault || (size_t)(j->end - j->at) < length ||
	    memcmp(j->at, word, length) != 0)
		return fail(j, "no value");
	j->at += length;
	return true;
}

bool reader_take_boolean(struct reader *j, bool *out)
{
	*out = peek(j) == 't';
	return take_word(j, *out ? "true" : "false");
}

bool reader_take_null(struct reader *j)
{
	return take_word(j, "null");
}

/* -------------------------------------------------------------------- skip */

static bool skip_scalar(struct reader *j, enum reader_kind kind)
{
	struct reader_text text;
	struct reader_integer number;
	bool flag;

	switch (kind) {
	case READER_TEXT:
		return reader_take_text(j, &text);
	case READER_NUMBER:
		return reader_take_integer(j, &number);
	case READER_BOOLEAN:
		return reader_take_boolean(j, &flag);
	case READER_NOTHING_GIVEN:
		return reader_take_null(j);
	case READER_OBJECT_START:
	case READER_LIST_START:
	case READER_NOTHING:
		break;
	}
	return false;
}

static bool skip_one(struct reader *j)
{
	enum reader_kind kind = reader_next(j);

	if (kind == READER_OBJECT_START || kind == READER_LIST_START)
		return reader_enter(j);
	return skip_scalar(j, kind);
}

bool reader_skip(struct reader *j)
{
	unsigned int outside = j->depth;
	struct reader_text key;

	if (!skip_one(j))
		return false;
	while (!j->fault && j->depth > outside) {
		bool is_object = j->open[j->depth - 1] == '{';

		if (is_object ? reader_key(j, &key) : reader_item(j))
			skip_one(j);
	}
	return !j->fault;
}

bool reader_is_done(struct reader *j)
{
	peek(j);
	if (!j->fault && (j->at != j->end || j->depth > 0))
		fail(j, "bytes after the end");
	return !j->fault;
}
