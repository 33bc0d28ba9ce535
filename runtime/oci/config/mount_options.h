/* SPDX-License-Identifier: MIT */
/*
 * mount_options: the one table of the options of a mount.
 *
 * Every option that the specification documents has a row; what has none is
 * for the file system. A later option overrides an earlier one of the same
 * attribute. Source: config.md, "Linux mount options"; mount_setattr(2).
 */
#ifndef CLOISTER_OCI_CONFIG_MOUNT_OPTIONS_H
#define CLOISTER_OCI_CONFIG_MOUNT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/oci/oci.h"

enum mount_effect {
	MOUNT_NOTHING,		/* the kernel's default, or without meaning to it */
	MOUNT_ATTRIBUTE,	/* of this mount */
	MOUNT_RECURSIVE,	/* of the whole tree */
	MOUNT_PROPAGATION,
	MOUNT_BIND,
	MOUNT_REMOUNT,
	MOUNT_SUPERBLOCK,	/* a flag for a new file system; not of a bind */
	MOUNT_TMPCOPYUP,
	MOUNT_IDMAP,
};

struct mount_option {
	const char *name;	/* NULL ends the table */
	enum mount_effect effect;
	bool is_recursive;	/* PROPAGATION, BIND, IDMAP */
	uint64_t set;		/* MOUNT_ATTR_, or MS_ of PROPAGATION */
	uint64_t clear;		/* MOUNT_ATTR_ */
};

extern const struct mount_option mount_options[];

/* The row of a name, or NULL: an option of the file system. */
const struct mount_option *mount_option_find(const char *name);

/* Puts what the option says into `m`; `is_bind` becomes true for a bind. */
void mount_option_apply(const struct mount_option *o, struct oci_mount *m,
			bool *is_bind);

#endif
