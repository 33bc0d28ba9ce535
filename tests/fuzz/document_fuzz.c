// SPDX-License-Identifier: MIT
/*
 * Any bytes as a document. Whatever comes of it: a refusal has a path and a
 * reason that a record can carry, a plan survives the way to runtime.
 */
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/intake/intake.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static void check_refusal(const struct refusal *why)
{
	if (!why->path[0] || !why->reason[0] || !record_is_word(why->reason))
		abort();
	for (const char *c = why->path; *c; c++)
		if (*c < ' ' || *c > '~')
			abort();
}

static void check_plan(const struct plan *p)
{
	AUTO_FREE void *data = NULL;
	AUTO_FREE void *again = NULL;
	struct plan *q = NULL;
	size_t len, again_len;

	if (plan_pack(p, &data, &len, NULL) < 0 ||
	    plan_unpack(data, len, &q, NULL) < 0 ||
	    plan_pack(q, &again, &again_len, NULL) < 0)
		abort();
	if (len != again_len || memcmp(data, again, len) != 0)
		abort();
	plan_free(q);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	struct refusal why;
	struct plan *p;
	enum intake_verdict v =
		intake_judge((const char *)bytes, len, &p, &why);

	if (v == INTAKE_FAILED)
		abort();
	if (v != INTAKE_ACCEPTED)
		check_refusal(&why);
	if ((p != NULL) != (v != INTAKE_REFUSED))
		abort();
	if (p)
		check_plan(p);
	plan_free(p);
	return 0;
}
