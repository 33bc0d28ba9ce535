// SPDX-License-Identifier: MIT
/*
 * intake: reads the instance document in a process that can do nothing else.
 *
 * Started by init as uid 901 without capabilities, in intake_t, with the bus
 * as fd 3. Exits with an enum intake_verdict.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/random.h>

#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/err.h"
#include "runtime/base/wipe.h"
#include "runtime/intake/intake.h"

/*
 * A secret for jansson's hash tables, so that keys cannot be chosen to
 * collide. jansson would open /dev/urandom when it makes its first object,
 * which the sandbox kills; 0 would mean "choose one yourself".
 */
static int seed_hashes(struct err *e)
{
	size_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return err_set(e, errno, "getrandom");
	json_object_seed(seed | 1);
	return 0;
}

int main(void)
{
	enum intake_verdict verdict = INTAKE_FAILED;
	struct err e = ERR_NONE;

	/* Of the tree of the document nothing stays behind. */
	json_set_alloc_funcs(malloc, wipe_free);
	if (seed_hashes(&e) == 0 &&
	    /* Before the bus: the document comes over it. */
	    allow_only(&calls_intake, &e) == 0)
		verdict = intake_serve(BUS_FD, &e);
	if (verdict == INTAKE_FAILED)
		err_print(2, "intake", &e);
	return (int)verdict;
}
