/*
 * verity: the verified block device of the root, by device-mapper ioctls.
 *
 * The target is read-only and panics at the first block that does not belong
 * to the root hash: a machine whose root was changed must not go on.
 * Source: Documentation/admin-guide/device-mapper/verity.rst,
 * linux/dm-ioctl.h.
 */
#ifndef CLOISTER_INIT_VERITY_H
#define CLOISTER_INIT_VERITY_H

#include <stddef.h>

#include "init/cmdline.h"
#include "init/dm.h"
#include "init/partition.h"
#include "runtime/base/err.h"

#define VERITY_NAME "root"
#define VERITY_PARAMETERS_MAX 512

/*
 * The target's parameters as the kernel takes them: version 1, blocks of
 * 4096 bytes, sha256, panic_on_corruption. Returns 0 or -ENAMETOOLONG.
 */
int verity_parameters(const struct cmdline *c, const struct partition_pair *p,
		      char *out, size_t cap, struct err *e);

/*
 * Takes the root hash out of a verity target's table line as the kernel shows
 * it. Returns 0; -EBADMSG if the line is not one of version 1 with sha256 and
 * panic_on_corruption.
 */
int verity_hash_of(const char *parameters,
		   char hash[CMDLINE_HASH_DIGITS + 1], struct err *e);

/*
 * Makes the device VERITY_NAME over the two partitions and activates it.
 * `device` becomes its path "/dev/dm-<minor>". Needs CAP_SYS_ADMIN and
 * /dev/mapper/control.
 */
int verity_open(const struct cmdline *c, const struct partition_pair *p,
		char device[DM_DEVICE_MAX], struct err *e);

/*
 * Reads back from the kernel which root hash VERITY_NAME verifies now, and
 * that it is read-only (else -EROFS).
 */
int verity_read_back(char hash[CMDLINE_HASH_DIGITS + 1], struct err *e);

#endif
