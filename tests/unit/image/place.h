/* SPDX-License-Identifier: MIT */
/*
 * place: a small tmpfs of its own for one test, in a mount namespace of its
 * own, with a file and a directory beside the target that must stay as they
 * are.
 */
#ifndef CLOISTER_TESTS_IMAGE_PLACE_H
#define CLOISTER_TESTS_IMAGE_PLACE_H

#include <stdbool.h>

/* A file beside the unpacker's program: it does nothing and waits for its end. */
#define UNPACKER_STALL "/usr/lib/cloister/stall"

struct place {
	int top;	/* of the tmpfs: target/, base/, outside/secret */
	int target;
	int base;
};

/* `options`: of the tmpfs. Returns 0 or -errno; root is needed. */
int place_make(struct place *p, const char *options);

/* True when nothing beside the target changed, came or went. */
bool place_is_untouched(const struct place *p);

/* The number of names in a directory, or -errno. */
int place_count(int dir);

/* True when a name in a directory does not start with `prefix`. */
bool place_has_other(int dir, const char *prefix);

/* True when the file at `path` in `dir` has exactly this text. */
bool place_has_text(int dir, const char *path, const char *text);

#endif
