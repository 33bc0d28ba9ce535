/* SPDX-License-Identifier: MIT */
/*
 * granted: the containers that run with privilege now, as runtime notes them
 * before they start and after they have ended. For the evidence alone: init
 * decides nothing by it.
 */
#ifndef CLOISTER_INIT_GRANTED_H
#define CLOISTER_INIT_GRANTED_H

#include <stddef.h>

#include "init/canon.h"
#include "runtime/base/err.h"
#include "runtime/base/grant_note.h"

#define GRANTED_MAX 64		/* more are counted, not listed */

/*
 * Takes a note: a new one, a newer one of the same container, or the end of
 * one. `meta` are `len` bytes from runtime. Returns 0, or -EBADMSG for bytes
 * that are not a note: another size, a text without NUL or that is no word.
 */
int granted_take(const void *meta, size_t len, struct err *e);

/* Writes the array "grants" and the number "grants_more". */
void granted_write(struct canon *c);

/* Forgets all notes. */
void granted_clear(void);

#endif
