/* SPDX-License-Identifier: MIT */
/*
 * dm: device-mapper devices of one target, by ioctl.
 *
 * Needs CAP_SYS_ADMIN and /dev/mapper/control. Source: linux/dm-ioctl.h,
 * Documentation/admin-guide/device-mapper/.
 */
#ifndef CLOISTER_INIT_DM_H
#define CLOISTER_INIT_DM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define DM_DEVICE_MAX 32
#define DM_PARAMETERS_MAX 1024
#define DM_TARGET_MAX 16
#define DM_SECTOR_BYTES 512

struct dm_table {
	char target[DM_TARGET_MAX];		/* "verity", "crypt", ... */
	uint64_t sectors;			/* of 512 bytes */
	char parameters[DM_PARAMETERS_MAX];
	bool is_read_only;
	bool is_secret;		/* kernel and dm wipe every copy they make */
};

/*
 * Makes the device `name` with the table and activates it. `device` becomes
 * its path "/dev/dm-<minor>". Returns 0 or -errno of the ioctl that `e` names;
 * then no device is left.
 */
int dm_create(const char *name, const struct dm_table *t,
	      char device[DM_DEVICE_MAX], struct err *e);

/*
 * Reads the table of `name` as it is in force. Returns 0; -ENXIO no such
 * device; -EBADMSG if it has more or less than one target. Keys are not asked
 * for: of a secret table the parameters are its kernel's business.
 */
int dm_read(const char *name, struct dm_table *t, struct err *e);

/*
 * Stops the device without flushing it, and makes its target forget its key:
 * nothing on it can be read again. Source: dm-crypt.rst, "key wipe".
 */
int dm_forget_key(const char *name, struct err *e);

#endif
