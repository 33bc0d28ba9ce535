// SPDX-License-Identifier: MIT
/*
 * trust: whose documents this image obeys, and who this machine is.
 *
 * The trust file lies on the verified root. Its lines are
 *   group NAME          the group of machines that the image is for, at most one
 *   key NAME BASE64     a public key as minisign writes it, one to TRUST_KEYS_MAX
 *   # remark
 * It is the image's own: a mistake in it refuses every document.
 */
#ifndef CLOISTER_INTAKE_TRUST_H
#define CLOISTER_INTAKE_TRUST_H

#include <stddef.h>

#include "runtime/intake/refusal.h"

#define TRUST_KEYS_MAX 8
#define TRUST_NAME_MAX 63 /* bytes of a key's or group's name */
#define TRUST_FILE_MAX 4096
#define TRUST_IDENTITY_MAX 127
#define TRUST_KEY_ID_BYTES 8
#define TRUST_KEY_BYTES 32 /* Ed25519 */

struct trust_key {
	char name[TRUST_NAME_MAX + 1];
	unsigned char id[TRUST_KEY_ID_BYTES];
	unsigned char key[TRUST_KEY_BYTES];
};

struct trust {
	size_t key_count;
	struct trust_key keys[TRUST_KEYS_MAX];
	char group[TRUST_NAME_MAX + 1];		/* "": none */
	char identity[TRUST_IDENTITY_MAX + 1];	/* "": the machine has none */
};

/*
 * Reads the trust file's `len` bytes into `t`; t->identity is left as it is.
 * Returns 0 or -EINVAL with the line in `why`.
 * Source: minisign(1), "Public key format".
 */
int trust_parse(const char *text, size_t len, struct trust *t,
		struct refusal *why);

/*
 * Takes the machine's own name from what its firmware says, `len` bytes of
 * it: one word, blanks around it do not count. What is no word of record
 * characters, or too long, is no name.
 * Source: SMBIOS 3.6, 7.3 "Asset Tag" of the baseboard, where EC2 puts the
 * instance id.
 */
void trust_identify(struct trust *t, const char *text, size_t len);

#endif
