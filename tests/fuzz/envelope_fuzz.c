// SPDX-License-Identifier: MIT
/*
 * Any bytes as a signed document, as a trusted comment with a signature that
 * holds, and as a trust file. A refusal says where and why; nobody but the
 * signer is believed.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/intake/envelope.h"
#include "tests/unit/intake/signing.h"

#define NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static void check_refusal(const struct refusal *why)
{
	if (!why->path[0] || !why->reason[0] || !record_is_word(why->reason))
		abort();
}

static void trust_one(struct trust *t)
{
	AUTO_FREE char *line = signing_trust(1, "k");
	struct refusal why;

	memset(t, 0, sizeof(*t));
	trust_identify(t, "i-7", 3);
	if (trust_parse(line, strlen(line), t, &why) < 0)
		abort();
}

static void open_raw(const char *text, size_t len, const struct trust *t)
{
	struct refusal why = { .path = "" };
	struct envelope e;

	if (envelope_open(text, len, t, NOW, &e, &why) == 0)
		abort(); /* nobody signed it */
	check_refusal(&why);
}

static void open_comment(const char *text, size_t len, const struct trust *t)
{
	struct refusal why = { .path = "" };
	AUTO_FREE char *comment = strndup(text, len < 512 ? len : 512);
	AUTO_FREE char *envelope = NULL;
	struct envelope e;
	size_t all;

	envelope = signing_envelope(1, "ED", comment, "{}", 2, &all);
	if (envelope_open(envelope, all, t, NOW, &e, &why) < 0) {
		check_refusal(&why);
		return;
	}
	if (e.serial < 1 || e.expires_s <= NOW || e.len != 2)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct refusal why = { .path = "" };
	struct trust t, other;

	trust_one(&t);
	open_raw(text, len, &t);
	open_comment(text, len, &t);
	memset(&other, 0, sizeof(other));
	if (trust_parse(text, len, &other, &why) < 0)
		check_refusal(&why);
	else if (other.key_count == 0)
		abort();
	return 0;
}
