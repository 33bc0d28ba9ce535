/* SPDX-License-Identifier: MIT */
/*
 * layer_inner: what layer.c (the tar), entry.c (one entry) and whiteout.c
 * share.
 */
#ifndef CLOISTER_IMAGE_LAYER_INNER_H
#define CLOISTER_IMAGE_LAYER_INNER_H

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "runtime/image/layer.h"
#include "runtime/image/path.h"

/* Times of directories are set last: filling them changes their times. */
struct layer_directory {
	char *path;		/* owned */
	struct timespec time;
};

struct layer {
	struct layer_options o;
	struct stream *stream;
	struct archive *archive;
	struct layer_counts counts;
	struct layer_directory *directories;
	size_t directory_count;
	size_t directory_cap;
};

/* What stood where an entry goes. */
enum layer_was {
	LAYER_WAS_NOTHING,
	LAYER_WAS_DIRECTORY,	/* and still is */
	LAYER_WAS_WHITEOUT,
};

/*
 * Makes room for an entry: removes what is there, but for a directory when
 * `keep_directory` is set. Returns an enum layer_was or -errno.
 */
int layer_clear(struct layer *l, int parent, const char *name,
		bool keep_directory);

/* Makes one entry of the tar. Returns 0 or -errno as layer_unpack(). */
int layer_entry(struct layer *l, struct archive_entry *entry, struct err *e);

/* True for names that start as whiteouts do. */
bool layer_is_whiteout_name(const char *name);

/*
 * Carries a whiteout out: an opaque mark on `parent`, or a removed name in it.
 * Returns 0 or -errno as layer_unpack().
 */
int layer_whiteout(int parent, const char *name, struct err *e);

/* The mark that lower layers do not show through this directory. */
int layer_mark_opaque(int dir, struct err *e);

#endif
