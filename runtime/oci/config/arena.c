// SPDX-License-Identifier: MIT
#include "runtime/oci/config/arena.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One mapping holds a usual file and its seccomp rules; pages that nobody
 * writes to cost nothing. */
#define BLOCK_BYTES (256 << 10)
#define BYTES_MAX (64 << 20)
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char bytes[];
};

size_t arena_bytes_max = BYTES_MAX;

static struct arena_block *new_block(struct arena *a, size_t size)
{
	size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
	struct arena_block *b;

	b = calloc(1, sizeof(*b) + room);
	if (!b)
		return NULL;
	b->size = room;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

static size_t aligned(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *arena_take(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	void *taken;

	if (size > arena_bytes_max - a->taken || a->taken > arena_bytes_max)
		return NULL;
	a->taken += size;
	if (!b || b->size - b->used < size)
		b = new_block(a, size);
	if (!b)
		return NULL;
	taken = b->bytes + b->used;
	b->used += aligned(size);
	if (b->used > b->size)
		b->used = b->size;
	return taken;
}

char *arena_text(struct arena *a, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_take(a, size);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}

char *arena_format(struct arena *a, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0)
		text = arena_take(a, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

/* What was taken last can be more without being elsewhere. */
static bool extend(struct arena *a, const char *last, size_t before, size_t now)
{
	struct arena_block *b = a->blocks;
	size_t more = aligned(now) - aligned(before);

	if (last + aligned(before) != b->bytes + b->used ||
	    more > b->size - b->used || now - before > arena_bytes_max ||
	    a->taken > arena_bytes_max - (now - before))
		return false;
	b->used += more;
	a->taken += now - before;
	return true;
}

/* Room for twice as many and the one that ends the list. */
static bool grow(struct arena *a, char **list, size_t count, size_t size)
{
	size_t before = count == 1 ? 2 * size : (count + 2) * size;
	size_t now = (2 * count + 2) * size;
	char *bigger;

	if (count && extend(a, *list, before, now))
		return true;
	bigger = arena_take(a, now);
	if (!bigger)
		return false;
	if (count)
		memcpy(bigger, *list, count * size);
	*list = bigger;
	return true;
}

void *arena_item(struct arena *a, void *items, size_t count, size_t size)
{
	char **list = items;

	if ((count & (count - 1)) == 0 &&
	    (count > SIZE_MAX / 4 / size || !grow(a, list, count, size)))
		return NULL;
	return *list + count * size;
}

void arena_free(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
}
