/* SPDX-License-Identifier: MIT */
/*
 * arena: memory that is given back all at once.
 *
 * A configuration is read once and lives as long as its container is being
 * started: everything that belongs to it is allocated here and freed with it.
 */
#ifndef CLOISTER_OCI_CONFIG_ARENA_H
#define CLOISTER_OCI_CONFIG_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {			/* all zero: empty */
	struct arena_block *blocks;
	size_t taken;		/* bytes */
};

/* What one arena gives at most; a variable so that tests can run out of it. */
extern size_t arena_bytes_max;

/* `size` zeroed bytes, aligned for any type, or NULL. */
void *arena_take(struct arena *a, size_t size);

/* A copy of `text`, or NULL. */
char *arena_text(struct arena *a, const char *text);

/* The text of a format, or NULL. */
char *arena_format(struct arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A list that grows: makes room for item `count` (from 0) of `size` bytes in
 * `*items`, doubling it at powers of two. Returns the new, zeroed item, or
 * NULL. There is always one more zeroed item behind it, which ends the list.
 */
void *arena_item(struct arena *a, void *items, size_t count, size_t size);

void arena_free(struct arena *a);

#endif
