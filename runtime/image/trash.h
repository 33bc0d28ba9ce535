/* SPDX-License-Identifier: MIT */
/*
 * trash: trees that tasks wrote and nobody needs, removed in the background:
 * however large they are, nobody waits.
 */
#ifndef CLOISTER_IMAGE_TRASH_H
#define CLOISTER_IMAGE_TRASH_H

#include "runtime/base/err.h"

/*
 * Moves `name` of the directory `parent` to HOST_TRASH and sees to it that a
 * child of the caller's parent empties that; one at a time. Returns 0, also if
 * `name` is not there, or -errno.
 */
int trash_put(int parent, const char *name, struct err *e);

/* What an earlier process left there goes too. As trash_put(). */
int trash_empty(struct err *e);

#endif
