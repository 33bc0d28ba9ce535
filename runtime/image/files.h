/* SPDX-License-Identifier: MIT */
/*
 * files: a small file system that holds nothing but files of the engine's, for
 * one container to read.
 */
#ifndef CLOISTER_IMAGE_FILES_H
#define CLOISTER_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

struct image_file {
	const char *name; /* holds no '/' */
	const char *text;
};

struct image_files {
	const char *label; /* as in image_root_options */
	uint32_t uid;	   /* who may read them, and nobody else */
	uint32_t gid;
	const struct image_file *items;
	size_t count;
};

/*
 * Makes a tmpfs with these files: mode 0400 in a directory of mode 0500. It
 * lies in memory alone and is gone with its last mount. `*mount_fd` is a
 * detached mount that the caller owns; who mounts it makes it read-only.
 * Needs CAP_SYS_ADMIN and CAP_CHOWN. Returns 0 or -errno; -EEXIST a name twice.
 * Source: fsmount(2).
 */
int image_files(const struct image_files *f, int *mount_fd, struct err *e);

#endif
