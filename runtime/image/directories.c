// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/image/layer_inner.h"
#include "runtime/image/limits.h"
#include "runtime/image/tree.h"

#define LIST_MIN 256
#define PATHS_MIN 16384

/* A block of at least `need` units, doubled from `cap`; NULL: no memory. */
static void *grow(void *block, size_t *cap, size_t need, size_t least,
		  size_t unit)
{
	size_t more = *cap ? *cap : least;
	void *bigger;

	while (more < need)
		more *= 2;
	bigger = realloc(block, more * unit);
	if (bigger)
		*cap = more;
	return bigger;
}

static int make_room(struct layer_directories *d, size_t len)
{
	void *block;

	if (d->count == d->cap) {
		block = grow(d->list, &d->cap, d->count + 1, LIST_MIN,
			     sizeof(*d->list));
		if (!block)
			return -ENOMEM;
		d->list = block;
	}
	if (len > d->paths_cap - d->paths_len) {
		block = grow(d->paths, &d->paths_cap, d->paths_len + len,
			     PATHS_MIN, 1);
		if (!block)
			return -ENOMEM;
		d->paths = block;
	}
	return 0;
}

int layer_remember(struct layer *l, const char *path, struct timespec time,
		   struct err *e)
{
	struct layer_directories *d = &l->directories;
	size_t len = strlen(path) + 1;

	if (d->count == LAYER_DIRECTORIES_MAX ||
	    len > LAYER_PATHS_MAX - d->paths_len)
		return err_set(e, EFBIG, "more than %u directories",
			       LAYER_DIRECTORIES_MAX);
	if (make_room(d, len) < 0)
		return err_set(e, ENOMEM, "directories");
	memcpy(d->paths + d->paths_len, path, len);
	d->list[d->count].path = d->paths_len;
	d->list[d->count].time = time;
	d->paths_len += len;
	d->count++;
	return 0;
}

/* A path may meanwhile lead to something else, or nowhere: then no matter. */
static int set_time(int root, const char *path, struct timespec time,
		    struct err *e)
{
	const struct timespec times[2] = { time, time };
	AUTO_CLOSE int dir = tree_open_dir(root, path);

	if (dir >= 0 && futimens(dir, times) < 0)
		return err_set(e, errno, "futimens(directory)");
	return 0;
}

int layer_set_times(struct layer *l, struct err *e)
{
	const struct layer_directories *d = &l->directories;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = set_time(l->o.root, d->paths + d->list[i].path,
			     d->list[i].time, e);
	return r;
}

void layer_forget(struct layer *l)
{
	free(l->directories.list);
	free(l->directories.paths);
}
