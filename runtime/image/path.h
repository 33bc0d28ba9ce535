/* SPDX-License-Identifier: MIT */
/*
 * path: a name from a layer's tar, taken apart into what openat2(2) may be
 * asked. Nothing here touches the file system.
 */
#ifndef CLOISTER_IMAGE_PATH_H
#define CLOISTER_IMAGE_PATH_H

#include <limits.h>

struct layer_path {
	char parent[PATH_MAX];	/* "." for the layer's root; no "." or ".." */
	char name[NAME_MAX + 1];	/* "" when the path is the root itself */
};

/*
 * Takes a path apart. As with every other tool a leading '/' means the root of
 * the layer, and "." and doubled slashes mean nothing; a newline is a
 * character like others.
 * Returns 0; -EPERM for a ".." anywhere; -ENAMETOOLONG for a path of PATH_MAX,
 * a component over NAME_MAX or more than LAYER_DEPTH_MAX of them; -EBADMSG for
 * an empty path.
 */
int layer_path_parse(const char *text, struct layer_path *p);

#endif
