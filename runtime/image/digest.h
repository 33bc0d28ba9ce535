/* SPDX-License-Identifier: MIT */
/*
 * digest: content addresses of the OCI image specification, "sha256:" and 64
 * lower-case hexadecimal digits. No other algorithm is taken.
 */
#ifndef CLOISTER_IMAGE_DIGEST_H
#define CLOISTER_IMAGE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX (2 * DIGEST_BYTES)

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

/*
 * Reads 64 lower-case hexadecimal digits, and not one character more.
 * Returns 0 or -EINVAL.
 */
int digest_parse_hex(const char *hex, struct digest *d);

/*
 * Reads "sha256:<64 digits>". Returns 0 or -EINVAL.
 * Source: OCI image-spec, descriptor.md "Digests".
 */
int digest_parse(const char *text, struct digest *d);

/* Writes the 64 digits and a NUL. */
void digest_format_hex(const struct digest *d, char hex[DIGEST_HEX + 1]);

bool digest_equal(const struct digest *a, const struct digest *b);

/* The digest of a block of memory. */
void digest_of(const void *data, size_t len, struct digest *d);

#endif
