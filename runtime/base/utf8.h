/* SPDX-License-Identifier: MIT */
/*
 * utf8: which bytes are characters. No side effects, no state; any bytes of
 * any length are a legal input.
 */
#ifndef CLOISTER_BASE_UTF8_H
#define CLOISTER_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Length of the UTF-8 character at `p` (1..4), or 0 when the bytes there are
 * no whole, shortest-form character or are a surrogate.
 * Source: RFC 3629 section 4.
 */
size_t utf8_length(const void *p, size_t len);

/* True when all `len` bytes at `p` are valid UTF-8; NUL bytes are valid. */
bool utf8_is_valid(const void *p, size_t len);

/* True for a byte that cannot begin a character of more than one byte. */
static inline bool utf8_is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

#endif
