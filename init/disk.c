// SPDX-License-Identifier: MIT
#include "init/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "init/devices.h"
#include "init/partition.h"
#include "init/services.h"
#include "runtime/base/fd.h"

#define NAME "data"
#define NAME_STRIPED "data-striped"
#define CIPHER "aes-xts-plain64"
#define CHUNK_SECTORS 512 /* 256 KiB on one disk, then the next */
#define BLOCK_SECTORS 8	  /* the file system's blocks, encrypted as one */
#define FORMAT_MS 60000
#define ENTRY_MAX 48 /* the 47 of the formats, and the end */

/* Starts once, so it is not in the table of services. */
static const struct services_row format_row = {
	.id = BUS_INIT,
	.word = "format",
	.path = "/usr/lib/cloister/format",
	.domain = "format_t",
	.cgroup = "host/init",
	.uid = 0,
	.capabilities = 0,
	.is_one_shot = true,
};

static bool has_key;

/* ----------------------------------------------------------------- finding */

static bool reads(int blocks, const char *name, const char *attribute,
		  const char *begin)
{
	char path[ENTRY_MAX + 32], text[128];

	snprintf(path, sizeof(path), "%.47s/%s", name, attribute);
	return fd_read_file(blocks, path, text, sizeof(text), NULL) > 0 &&
	       strncmp(text, begin, strlen(begin)) == 0;
}

static bool is_data_partition(int blocks, const char *name)
{
	char path[ENTRY_MAX + 32], text[1024], device[PARTITION_PATH_MAX];

	snprintf(path, sizeof(path), "%.47s/uevent", name);
	return fd_read_file(blocks, path, text, sizeof(text), NULL) > 0 &&
	       partition_match(text, DISK_PARTITION, device);
}

static bool is_data(int blocks, const char *name)
{
	return reads(blocks, name, "serial", DISK_SERIAL) ||
	       reads(blocks, name, "device/model", DISK_MODEL) ||
	       is_data_partition(blocks, name);
}

static int read_sectors(int blocks, const char *name, uint64_t *sectors,
			struct err *e)
{
	char path[ENTRY_MAX + 32], text[32], *end;
	ssize_t n;

	snprintf(path, sizeof(path), "%.47s/size", name);
	n = fd_read_file(blocks, path, text, sizeof(text), e);
	if (n < 0)
		return (int)n;
	*sectors = strtoull(text, &end, 10);
	return end == text || *end ? err_set(e, EBADMSG, "%s", path) : 0;
}

static int add(int blocks, const char *name, struct disk_list *l, struct err *e)
{
	struct disk *d = &l->disks[l->count];

	if (l->count == DISK_MAX)
		return err_set(e, E2BIG, "more than %d data disks", DISK_MAX);
	l->count++;
	snprintf(d->path, sizeof(d->path), "/dev/%.47s", name);
	return read_sectors(blocks, name, &d->sectors, e);
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct disk *)a)->path,
		      ((const struct disk *)b)->path);
}

int disk_find(const char *directory, struct disk_list *l, struct err *e)
{
	DIR *d = opendir(directory);
	struct dirent *entry;
	int r = 0;

	*l = (struct disk_list){ .count = 0 };
	if (!d)
		return err_set(e, errno, "opendir(%s)", directory);
	while (r == 0 && (entry = readdir(d)))
		if (entry->d_name[0] != '.' &&
		    strlen(entry->d_name) < ENTRY_MAX &&
		    is_data(dirfd(d), entry->d_name))
			r = add(dirfd(d), entry->d_name, l, e);
	closedir(d);
	qsort(l->disks, l->count, sizeof(l->disks[0]), by_path);
	return r < 0 ? r : (int)l->count;
}

/* ------------------------------------------------------------------ tables */

int disk_stripe(const struct disk_list *l, struct dm_table *t, struct err *e)
{
	uint64_t each = UINT64_MAX;
	int n;

	*t = (struct dm_table){ .target = "striped" };
	n = snprintf(t->parameters, sizeof(t->parameters), "%zu %d", l->count,
		     CHUNK_SECTORS);
	for (size_t i = 0; i < l->count; i++) {
		const struct disk *d = &l->disks[i];

		each = d->sectors < each ? d->sectors : each;
		n += snprintf(t->parameters + n,
			      sizeof(t->parameters) - (size_t)n, " %s 0",
			      d->path);
	}
	each -= each % CHUNK_SECTORS;
	if (l->count < 2 || each == 0)
		return err_set(e, ERANGE, "stripes of %zu data disks",
			       l->count);
	t->sectors = each * l->count;
	return 0;
}

int disk_crypt(const char *path, uint64_t sectors,
	       const unsigned char key[DISK_KEY_BYTES], struct dm_table *t,
	       struct err *e)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * DISK_KEY_BYTES + 1] = "";

	if (sectors < DISK_BYTES_MIN / DM_SECTOR_BYTES)
		return err_set(e, ERANGE, "data disk %s of %" PRIu64 " sectors",
			       path, sectors);
	for (size_t i = 0; i < DISK_KEY_BYTES; i++) {
		text[2 * i] = digits[key[i] >> 4];
		text[2 * i + 1] = digits[key[i] & 15];
	}
	*t = (struct dm_table){
		.target = "crypt",
		.sectors = sectors - sectors % BLOCK_SECTORS,
		.is_secret = true,
	};
	/* cipher key iv-offset device offset #options options */
	snprintf(t->parameters, sizeof(t->parameters),
		 CIPHER " %s 0 %s 0 1 sector_size:%d", text, path,
		 BLOCK_SECTORS * DM_SECTOR_BYTES);
	explicit_bzero(text, sizeof(text));
	return 0;
}

/* -------------------------------------------------------------- setting up */

static int join(const struct disk_list *l, struct disk *whole, struct err *e)
{
	struct dm_table t;
	int r;

	if (l->count == 1) {
		*whole = l->disks[0];
		return 0;
	}
	r = disk_stripe(l, &t, e);
	if (r < 0)
		return r;
	whole->sectors = t.sectors;
	return dm_create(NAME_STRIPED, &t, whole->path, e);
}

static int cover(const struct disk *whole, char device[DM_DEVICE_MAX],
		 struct err *e)
{
	unsigned char key[DISK_KEY_BYTES];
	struct dm_table t = { .sectors = 0 };
	int r = 0;

	/* Waits until the generator is seeded; never short up to 256 bytes. */
	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		r = err_set(e, errno, "getrandom");
	if (r == 0)
		r = disk_crypt(whole->path, whole->sectors, key, &t, e);
	if (r == 0)
		r = dm_create(NAME, &t, device, e);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(&t, sizeof(t));
	has_key = r == 0;
	return r;
}

static int format(const char *device, struct err *e)
{
	AUTO_CLOSE int fd = devices_open_data(device, e);

	return fd < 0 ? fd : services_run(&format_row, fd, FORMAT_MS, e);
}

int disk_set_up(const struct disk_list *l, char device[DM_DEVICE_MAX],
		struct err *e)
{
	struct disk whole;
	int r = join(l, &whole, e);

	if (r == 0)
		r = cover(&whole, device, e);
	return r == 0 ? format(device, e) : r;
}

void disk_forget(void)
{
	struct err e = ERR_NONE;

	if (!has_key)
		return;
	if (dm_forget_key(NAME, &e) < 0)
		err_print(2, "init", &e);
	else
		say(2, "init", "data disk: key forgotten");
}
