/*
 * partition: which two block devices hold the root and its hash tree.
 *
 * Their GPT names carry the first and the last 64 bits of the root hash, so
 * that a disk of another build is never taken by mistake. Nothing here is
 * proof: dm-verity alone decides whether the contents are the right ones.
 */
#ifndef CLOISTER_INIT_PARTITION_H
#define CLOISTER_INIT_PARTITION_H

#include <stdbool.h>
#include <stddef.h>

#include "init/cmdline.h"
#include "runtime/base/err.h"

#define PARTITION_NAME_MAX 64
#define PARTITION_PATH_MAX 64
#define PARTITION_WAIT_MS 15000

struct partition_pair {
	char root[PARTITION_PATH_MAX];		/* "/dev/..." */
	char verity[PARTITION_PATH_MAX];
};

/*
 * Looks at the text of one /sys/class/block/X/uevent (lines KEY=value). True
 * if its PARTNAME is `name`; `path` then is "/dev/" and its DEVNAME. A DEVNAME
 * with '/' or ".." or that is too long does not match.
 */
bool partition_match(const char *uevent, const char *name,
		     char path[PARTITION_PATH_MAX]);

/*
 * Finds both partitions of the root `root_hash` (64 digits). Disks may appear
 * late (NVMe probes in the background): waits up to PARTITION_WAIT_MS.
 * Needs /sys and /dev. Returns 0, -ENODEV for none in time, -ENOTUNIQ where
 * two partitions have the same name.
 */
int partition_find(const char *root_hash, struct partition_pair *p,
		   struct err *e);

#endif
