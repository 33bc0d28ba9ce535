/*
 * sha256: FIPS 180-4 SHA-256 in its plainest form, for the evidence record.
 * Nothing is decided by it; it names the policy that the kernel holds. A
 * crypto library would be most of this program's size.
 */
#ifndef CLOISTER_INIT_SHA256_H
#define CLOISTER_INIT_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64
#define SHA256_HEX (64 + 1)

struct sha256 {
	uint32_t state[8];
	uint64_t bytes;
	unsigned char block[SHA256_BLOCK];
};

/* A digest of nothing yet. */
struct sha256 sha256_start(void);

/* Adds `len` bytes. */
void sha256_add(struct sha256 *h, const void *data, size_t len);

/* Finishes and writes 64 lower-case hexadecimal digits with a NUL. */
void sha256_end_hex(struct sha256 *h, char hex[SHA256_HEX]);

#endif
