/* SPDX-License-Identifier: MIT */
/*
 * mountfs: file systems of containers, made step by step between
 * sys_fsopen() and a detached mount. Source: fsopen(2), fsconfig(2), fsmount(2).
 */
#ifndef CLOISTER_IMAGE_MOUNTFS_H
#define CLOISTER_IMAGE_MOUNTFS_H

#include <stdint.h>

#include "runtime/base/err.h"

/* Options of the file system context `fs`. A NULL `value` is a flag. */
int mountfs_set(int fs, const char *key, const char *value, struct err *e);
int mountfs_set_number(int fs, const char *key, uint64_t value, struct err *e);

/* One label for all of a file system; without SELinux, or NULL, there is none. */
int mountfs_set_label(int fs, const char *label, struct err *e);

/*
 * Makes the file system and a detached mount of it with MOUNT_ATTR_ bits,
 * which the caller owns.
 */
int mountfs_finish(int fs, const char *type, unsigned int attributes,
		   int *mount, struct err *e);

#endif
