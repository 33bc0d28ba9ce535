// SPDX-License-Identifier: MIT
#include "runtime/base/utf8.h"

#include "runtime/base/fd.h"

/* What may stand first, and what the second byte may then be. */
struct utf8_row {
	unsigned char first_low, first_high;
	unsigned char second_low, second_high;
	size_t length;
};

/* clang-format off */
static const struct utf8_row utf8_rows[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 1 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },	/* no over-long form */
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },	/* no surrogate */
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },	/* no over-long form */
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },	/* up to U+10FFFF */
};
/* clang-format on */

static bool matches(const struct utf8_row *row, const unsigned char *p,
		    size_t len)
{
	if (p[0] < row->first_low || p[0] > row->first_high ||
	    row->length > len)
		return false;
	if (row->length > 1 &&
	    (p[1] < row->second_low || p[1] > row->second_high))
		return false;
	for (size_t i = 2; i < row->length; i++)
		if (!utf8_is_continuation(p[i]))
			return false;
	return true;
}

size_t utf8_length(const void *p, size_t len)
{
	if (len == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(utf8_rows); i++)
		if (matches(&utf8_rows[i], p, len))
			return utf8_rows[i].length;
	return 0;
}

bool utf8_is_valid(const void *p, size_t len)
{
	const unsigned char *at = p;

	while (len > 0) {
		size_t n = utf8_length(at, len);

		if (n == 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}
