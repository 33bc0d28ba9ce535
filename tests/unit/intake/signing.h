// SPDX-License-Identifier: MIT
/*
 * signing: signed documents for tests, made with libsodium from a fixed seed.
 */
#ifndef CLOISTER_TESTS_INTAKE_SIGNING_H
#define CLOISTER_TESTS_INTAKE_SIGNING_H

#include <stddef.h>

#define SIGNING_FUTURE "expires=2999-12-31T23:59:59Z"
#define SIGNING_COMMENT "cloister/1 serial=7 " SIGNING_FUTURE " audience=*"

/* The trust file of the signer with `seed`: "key NAME ...". Caller frees. */
char *signing_trust(unsigned char seed, const char *name);

/*
 * The envelope of `len` bytes of `document` with this trusted comment, signed
 * by the signer with `seed`; `algorithm` is "ED" as minisign has it. Caller
 * frees; `*out_len` is its length. NULL when memory is short.
 */
char *signing_envelope(unsigned char seed, const char *algorithm,
		       const char *comment, const void *document, size_t len,
		       size_t *out_len);

#endif
