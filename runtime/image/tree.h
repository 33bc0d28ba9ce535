/* SPDX-License-Identifier: MIT */
/*
 * tree: the few operations on directories that unpacking is made of. Every
 * one names its place by a directory fd and a single component; nothing
 * follows a symbolic link in the last place.
 */
#ifndef CLOISTER_IMAGE_TREE_H
#define CLOISTER_IMAGE_TREE_H

#include <stdbool.h>
#include <sys/stat.h>

/* Names below the layers directory that are not finished layers. */
#define TREE_TEMPORARY "tmp-"
/* How overlayfs is told, mounted with userxattr, that lower layers do not
   show through a directory. Source: kernel overlayfs.rst. */
#define TREE_OPAQUE "user.overlay.opaque"

/*
 * Opens (O_RDONLY) the directory `path` within `root`, as if `root` were the
 * root directory: symbolic links of the layer resolve inside of it, whatever
 * they say. Returns the fd or -errno. Source: openat2(2), RESOLVE_IN_ROOT.
 */
int tree_open_dir(int root, const char *path);

/* The same, but missing directories are made, 0755 and owned by root. */
int tree_make_dirs(int root, const char *path);

/*
 * Removes `name` in `parent` with all below it, however deep: a directory that
 * is not empty is first moved to `base` (on the same file system), so neither
 * stack nor fds grow with depth. What is not there is success.
 */
int tree_remove(int base, int parent, const char *name);

/* True for the character device 0/0 that stands for a removed name. */
bool tree_is_whiteout(const struct stat *st);

#endif
