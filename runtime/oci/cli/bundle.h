/* SPDX-License-Identifier: MIT */
/*
 * bundle: a directory with a config.json and a root file system.
 */
#ifndef CLOISTER_OCI_CLI_BUNDLE_H
#define CLOISTER_OCI_CLI_BUNDLE_H

#include <limits.h>

#include "runtime/oci/config/config.h"

struct bundle {
	char path[PATH_MAX];	/* absolute, without links */
	char rootfs[PATH_MAX];	/* absolute, as config.json says */
	int dir;
	int rootfs_dir;		/* O_PATH */
	int root;		/* detached copy of the mount at rootfs; both -1
				   where the mounts of others are joined */
	struct config *config;
};

/*
 * Opens the bundle at `path` (NULL: the working directory), reads its
 * config.json and copies the mounts of its root file system. Says the
 * warnings of the configuration. bundle_close() afterwards, also when it
 * fails.
 */
int bundle_open(struct bundle *b, const char *path, struct err *e);

void bundle_close(struct bundle *b);

/* Copies the bundle's config.json to the directory `to`, as `name`. */
int bundle_copy_config(const struct bundle *b, int to, const char *name,
		       struct err *e);

#endif
