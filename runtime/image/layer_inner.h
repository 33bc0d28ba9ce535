/* SPDX-License-Identifier: MIT */
/*
 * layer_inner: what layer.c (the tar), entry.c (one entry), whiteout.c and
 * directories.c share.
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

struct layer_directory {
	size_t path;		/* offset in the paths */
	struct timespec time;
};

/* Directories made so far; see directories.c. */
struct layer_directories {
	struct layer_directory *list;
	size_t count;
	size_t cap;
	char *paths;
	size_t paths_len;
	size_t paths_cap;
};

struct layer {
	struct layer_options o;
	struct stream *stream;
	struct archive *archive;
	struct layer_counts counts;
	struct layer_directories directories;
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

/*
 * Times of directories are set last, for filling them changes their times:
 * layer_remember() notes one (-EFBIG over LAYER_DIRECTORIES_MAX or
 * LAYER_PATHS_MAX), layer_set_times() sets them all, layer_forget() frees.
 */
int layer_remember(struct layer *l, const char *path, struct timespec time,
		   struct err *e);
int layer_set_times(struct layer *l, struct err *e);
void layer_forget(struct layer *l);

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
