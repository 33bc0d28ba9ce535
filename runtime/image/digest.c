// SPDX-License-Identifier: MIT
#include "runtime/image/digest.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define PREFIX "sha256:"

static const char digits[] = "0123456789abcdef";

static int digit_value(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

int digest_parse_hex(const char *hex, struct digest *d)
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = digit_value(hex[2 * i]);
		int low = high < 0 ? -1 : digit_value(hex[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		d->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return hex[DIGEST_HEX] ? -EINVAL : 0;
}

int digest_parse(const char *text, struct digest *d)
{
	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return -EINVAL;
	return digest_parse_hex(text + strlen(PREFIX), d);
}

void digest_format_hex(const struct digest *d, char hex[DIGEST_HEX + 1])
{
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[d->bytes[i] >> 4];
		hex[2 * i + 1] = digits[d->bytes[i] & 15];
	}
	hex[DIGEST_HEX] = '\0';
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

void digest_of(const void *data, size_t len, struct digest *d)
{
	crypto_hash_sha256(d->bytes, data, len);
}
