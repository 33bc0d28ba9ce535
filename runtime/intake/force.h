// SPDX-License-Identifier: MIT
/*
 * force: what one intake leaves to the next one: which document is in force,
 * and which bytes were refused last.
 *
 * intake runs once for each document. init keeps "force" for it between two
 * runs: the plan in force, sealed, with a struct force as its meta data.
 */
#ifndef CLOISTER_INTAKE_FORCE_H
#define CLOISTER_INTAKE_FORCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/bus.h"
#include "runtime/intake/refusal.h"

#define FORCE_NAME "force"
#define FORCE_MARK_BYTES 32

/* BLAKE2b of a document with its signature, as it came. */
struct force_mark {
	unsigned char bytes[FORCE_MARK_BYTES];
};

struct force {
	int64_t serial;			/* of the document in force; 0: none is */
	struct force_mark accepted;	/* of the same */
	struct force_mark refused;	/* all zero: nothing was */
};

/*
 * Reads the meta data of a BUS_GIVE of FORCE_NAME. False, and `f` untouched,
 * if it is none.
 */
bool force_read(const struct bus_message *m, struct force *f);

/*
 * The mark of all that is in `fd`, from its beginning; leaves the position
 * there. Returns 0 or -errno of read(2) or lseek(2).
 */
int force_mark_fd(int fd, struct force_mark *mark);

bool force_is_mark(const struct force_mark *a, const struct force_mark *b);

/*
 * Whether a document with this serial number and mark may follow the one in
 * force. Returns 1: it does; 0: it is that one, and nothing is to be done;
 * -EINVAL with `why` filled: an earlier one, or another one by the same number.
 */
int force_judge(const struct force *f, int64_t serial,
		const struct force_mark *mark, struct refusal *why);

/* Has init keep `plan` with `f`. Returns 0 or -errno. */
int force_keep(int bus, const struct force *f, int plan, struct err *e);

#endif
