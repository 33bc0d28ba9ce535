/*
 * json: writes JSON text into a buffer of the caller's, commas included.
 *
 * A full buffer is remembered (is_full) and nothing more is written; the
 * writer is a plain struct, so `saved = *j; ...; *j = saved;` takes back what
 * was written since. Nesting is the caller's duty.
 */
#ifndef CLOISTER_BASE_JSON_H
#define CLOISTER_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json {
	char *text;
	size_t cap;
	size_t len;
	bool is_full;
	bool needs_comma;
};

/* Starts an empty text in `text` of `cap` bytes; not NUL-terminated. */
void json_start(struct json *j, char *text, size_t cap);

/* Opens or closes an object or array: '{' '}' '[' ']'. */
void json_open(struct json *j, char bracket);
void json_close(struct json *j, char bracket);

/* A member's key; `key` is a constant of ours and is not escaped. */
void json_key(struct json *j, const char *key);

/* A member's key from any text, escaped as json_text() does. */
void json_name(struct json *j, const char *name);

/*
 * A string value from any bytes. Control characters are escaped; each byte
 * that is not part of valid UTF-8 becomes U+FFFD. Source: RFC 8259 section 7.
 */
void json_bytes(struct json *j, const void *data, size_t len);
void json_text(struct json *j, const char *text);

/* A string value: `data` in base64 with padding. Source: RFC 4648 section 4. */
void json_base64(struct json *j, const void *data, size_t len);

/* Numbers: bare, and as the strings that OTLP/JSON wants for 64 bits. */
void json_int(struct json *j, int64_t n);
void json_uint(struct json *j, uint64_t n);
void json_int_text(struct json *j, int64_t n);
void json_uint_text(struct json *j, uint64_t n);
void json_double(struct json *j, double d);
void json_bool(struct json *j, bool b);
void json_nothing(struct json *j);

#endif
