/* SPDX-License-Identifier: MIT */
/*
 * path: the only way from a path in a container to something to act on.
 *
 * A path from a spec or an image is resolved once, by the kernel, inside the
 * root's directory fd, and from then on only the resulting O_PATH descriptor
 * is used. System calls only; safe between clone and exec.
 * Source: openat2(2).
 */
#ifndef CLOISTER_OCI_PATH_H
#define CLOISTER_OCI_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PATH_PRIVATE (1ULL << 18)	/* MS_PRIVATE, mount_setattr(2) */
#define PATH_SLAVE (1ULL << 19)		/* MS_SLAVE */

/* True for /proc, /dev, /sys and what is in them: links there are refused. */
bool path_is_ours(const char *path);

/* True for "/name" and what is in it. */
bool path_is_in(const char *path, const char *name);

/* True for "/name", however many slashes it is written with. */
bool path_is(const char *path, const char *name);

/*
 * Opens `path` (absolute or not, taken from `root`) as O_PATH. No symbolic
 * link anywhere in it: -ELOOP. `flags` adds open flags, e.g. O_DIRECTORY.
 * For paths that we own: /proc, /dev, /sys and what is in them.
 * Returns the fd or -errno.
 */
int path_open_strict(int root, const char *path, int flags);

/*
 * The same for paths that people choose: symbolic links are followed, but as
 * if `root` were "/", also absolute ones and "..". Links of procfs that jump
 * (/proc/self/fd, /proc/self/root) are -ELOOP.
 */
int path_open_inside(int root, const char *path, int flags);

/*
 * path_open_strict() or path_open_inside() of `path`; all missing components
 * are made, directories with 0755 and the last one, unless `is_directory`, an
 * empty file with 0644; -ENOTDIR for a directory that is something else. A
 * link that points to nothing is -ELOOP: what it
 * means is not ours to make.
 */
int path_make_strict(int root, const char *path, bool is_directory);
int path_make_inside(int root, const char *path, bool is_directory);

#endif
