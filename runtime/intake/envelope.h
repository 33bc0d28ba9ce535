// SPDX-License-Identifier: MIT
/*
 * envelope: nothing of a document is believed before its signature holds.
 *
 * A signed document is minisign's signature file with the document's exact
 * bytes behind it:
 *   untrusted comment: anything
 *   base64 of "ED", the key's id, the Ed25519 signature of BLAKE2b-512
 *   trusted comment: cloister/1 serial=N expires=DATE audience=WHO[,WHO...]
 *   base64 of the Ed25519 signature over signature and trusted comment
 *   the document
 * The trusted comment says what the signer means: a number that grows with
 * every document, until when it may be used (2026-12-31T23:59:59Z), and by
 * which machines: an instance id, group:NAME, or * for every one.
 * Source: minisign(1), "Signature format"; RFC 8032.
 */
#ifndef CLOISTER_INTAKE_ENVELOPE_H
#define CLOISTER_INTAKE_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/intake/refusal.h"
#include "runtime/intake/trust.h"

#define ENVELOPE_HEAD_MAX 2048 /* bytes before the document */

struct envelope {
	const char *document;	/* inside the bytes that were opened */
	size_t len;
	const char *key;	/* name in the trust file; lives as long as it */
	int64_t serial;		/* 1 or more */
	int64_t expires_s;	/* Unix time */
};

/*
 * Opens the envelope of `len` bytes for a machine of `t` at Unix time `now_s`.
 * Returns 0 and fills `out`, or -EINVAL with "signature" or "signature.NAME"
 * as the path in `why`; then `out` is untouched.
 */
int envelope_open(const char *bytes, size_t len, const struct trust *t,
		  int64_t now_s, struct envelope *out, struct refusal *why);

#endif
