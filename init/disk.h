/* SPDX-License-Identifier: MIT */
/*
 * disk: the data disk, where layers and what tasks write lie, if the machine
 * has one.
 *
 * One device or, of several, a striped one; over it dm-crypt with a key that
 * the kernel's generator made at this boot and that nobody stores: a second
 * boot, or another machine, finds noise. The file system is made anew each
 * time. Source: Documentation/admin-guide/device-mapper/dm-crypt.rst,
 * striped.rst.
 */
#ifndef CLOISTER_INIT_DISK_H
#define CLOISTER_INIT_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "init/dm.h"
#include "runtime/base/err.h"

#define DISK_SERIAL "cloister-data"	/* how the serial number begins */
#define DISK_PARTITION "cloister-data"	/* GPT name of a partition */
#define DISK_MODEL "Amazon EC2 NVMe Instance Storage"
#define DISK_MAX 8
#define DISK_PATH_MAX 64
#define DISK_KEY_BYTES 64		/* AES-256 in XTS mode: two keys */
#define DISK_BYTES_MIN (UINT64_C(64) << 20)

struct disk {
	char path[DISK_PATH_MAX];	/* "/dev/nvme1n1" */
	uint64_t sectors;		/* of 512 bytes */
};

struct disk_list {
	struct disk disks[DISK_MAX];	/* by path */
	size_t count;
};

/*
 * All data disks below `directory` (/sys/class/block): by serial number, by
 * model, or by the name of a partition. Returns their number; -E2BIG for more
 * than DISK_MAX.
 */
int disk_find(const char *directory, struct disk_list *l, struct err *e);

/*
 * The table of a device that strides over all of two disks or more; each
 * counts as much as the smallest. Returns 0, or -ERANGE if that is nothing.
 */
int disk_stripe(const struct disk_list *l, struct dm_table *t, struct err *e);

/*
 * The table of the encrypted device over `path`. Returns 0; -ERANGE below
 * DISK_BYTES_MIN. The table holds the key: the caller wipes it.
 */
int disk_crypt(const char *path, uint64_t sectors,
	       const unsigned char key[DISK_KEY_BYTES], struct dm_table *t,
	       struct err *e);

/*
 * Makes the data device of one disk or more and a file system on it, by
 * init/format.c; `device` becomes its path. Returns 0 or -errno. Needs the
 * policy, /dev, the cgroups and the modules of dm-crypt.
 */
int disk_set_up(const struct disk_list *l, char device[DM_DEVICE_MAX],
		struct err *e);

/* Makes the kernel forget the key, if there is one. For the end of the machine. */
void disk_forget(void);

#endif
