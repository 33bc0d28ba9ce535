/* SPDX-License-Identifier: MIT */
/*
 * storage: places that hold what containers write, each with a bound: a tmpfs
 * with one label for all in it, or where /data is ext4 (the encrypted data
 * disk) a directory with a project quota of its own, which an overlay labels.
 */
#ifndef CLOISTER_IMAGE_STORAGE_H
#define CLOISTER_IMAGE_STORAGE_H

#include <stdbool.h>

#include "runtime/base/err.h"
#include "runtime/image/image.h"

/*
 * Looks what /data is, with HOST_LAYERS in it, and prepares it. Once per start of runtime; harmless
 * when done before.
 */
int storage_setup(struct err *e);

/*
 * Makes an empty place as `v` says and gives a detached mount of it, without
 * device nodes that open; the caller owns `*mount`. What had that name is
 * dropped first. Over its bound writing fails with ENOSPC (tmpfs) or EDQUOT.
 * Returns 0 or -errno; then nothing is left of it.
 * Source: fsopen(2), ext4 FS_IOC_FSSETXATTR, quotactl_fd(2).
 */
int storage_make(const struct image_volume *v, int *mount, struct err *e);

/* False where a place has neither label, owner nor mode of its own yet. */
bool storage_has_label(void);

/*
 * Gives the place `name` up: what still uses it may go on. A tmpfs goes with
 * its last user; a directory is emptied by a child of the caller's parent, in
 * the background. What is not there is success.
 */
void storage_drop(const char *name);

#endif
