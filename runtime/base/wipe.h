/* SPDX-License-Identifier: MIT */
/*
 * wipe: heap blocks that held what tasks keep secret, overwritten before they
 * are given back.
 */
#ifndef CLOISTER_BASE_WIPE_H
#define CLOISTER_BASE_WIPE_H

/*
 * Overwrites all of a block of malloc(3), as far as it reaches, and frees it.
 * NULL is allowed; keeps errno.
 */
void wipe_free(void *block);

/* For AUTO_WIPE alone. */
void wipe_cleanup(void *pointer);

/* Declares a pointer whose block is wiped and freed at the end of its scope. */
#define AUTO_WIPE __attribute__((cleanup(wipe_cleanup)))

#endif
