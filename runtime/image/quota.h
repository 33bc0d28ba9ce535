/* SPDX-License-Identifier: MIT */
/*
 * quota: directories of an ext4 file system with a bound of their own, by
 * project quotas. A directory's project is its inode's number: unique, and
 * gone with it.
 */
#ifndef CLOISTER_IMAGE_QUOTA_H
#define CLOISTER_IMAGE_QUOTA_H

#include <stdint.h>

#include "runtime/base/err.h"

#define QUOTA_BYTES_PER_INODE 8192	/* as the file system is made */

/*
 * Puts the empty directory `fd`, and all that will be made below it, into a
 * project of its own that holds at most `bytes` and one file per
 * QUOTA_BYTES_PER_INODE; 0: whatever the disk holds. Needs CAP_SYS_ADMIN and a
 * mount with prjquota.
 * Source: ioctl_fs FS_IOC_FSSETXATTR, quotactl(2) Q_SETQUOTA.
 */
int quota_set(int fd, uint64_t bytes, struct err *e);

/*
 * Lets nothing more be made outside of all projects, but with
 * CAP_SYS_RESOURCE: whoever may change a directory may tell it not to hand its
 * project on (FS_PROJINHERIT_FL). `fd` is any file of the file system.
 */
int quota_close_rest(int fd, struct err *e);

#endif
