#include "init/partition.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"

#define BLOCK_DIRECTORY "/sys/class/block"
#define NAME_DIGITS 16
#define POLL_MS 20

/* The value of `key` ("KEY=") in lines of text, its length in `len`. */
static const char *value_of(const char *text, const char *key, size_t *len)
{
	size_t key_len = strlen(key);

	while (*text) {
		size_t line = strcspn(text, "\n");

		if (line >= key_len && strncmp(text, key, key_len) == 0) {
			*len = line - key_len;
			return text + key_len;
		}
		text += line + (text[line] == '\n');
	}
	return NULL;
}

bool partition_match(const char *uevent, const char *name,
		     char path[PARTITION_PATH_MAX])
{
	size_t part_len = 0, dev_len = 0;
	const char *part = value_of(uevent, "PARTNAME=", &part_len);
	const char *dev = value_of(uevent, "DEVNAME=", &dev_len);

	if (!part || part_len != strlen(name) ||
	    memcmp(part, name, part_len) != 0)
		return false;
	if (!dev || dev_len == 0 || dev_len + 6 > PARTITION_PATH_MAX ||
	    memchr(dev, '/', dev_len) || dev[0] == '.')
		return false;
	snprintf(path, PARTITION_PATH_MAX, "/dev/%.*s", (int)dev_len, dev);
	return true;
}

static int look_at(int blocks, const char *device, const char *name,
		   char path[PARTITION_PATH_MAX], struct err *e)
{
	char file[PARTITION_PATH_MAX + 8], text[1024];
	char found[PARTITION_PATH_MAX];
	int n = snprintf(file, sizeof(file), "%s/uevent", device);

	/* A device may go between readdir and open: then it is not ours. */
	if (n < 0 || (size_t)n >= sizeof(file) ||
	    fd_read_file(blocks, file, text, sizeof(text), NULL) < 0 ||
	    !partition_match(text, name, found))
		return 0;
	if (path[0])
		return err_set(e, ENOTUNIQ, "partition %s: %s, %s", name, path,
			       found);
	memcpy(path, found, sizeof(found));
	return 0;
}

static int look_through(const char *name, char path[PARTITION_PATH_MAX],
			struct err *e)
{
	DIR *d = opendir(BLOCK_DIRECTORY);
	struct dirent *entry;
	int r = 0;

	path[0] = '\0';
	if (!d)
		return err_set(e, errno, "opendir(%s)", BLOCK_DIRECTORY);
	while (r == 0 && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			r = look_at(dirfd(d), entry->d_name, name, path, e);
	closedir(d);
	return r;
}

static int wait_for(const char *name, int64_t until_ms,
		    char path[PARTITION_PATH_MAX], struct err *e)
{
	static const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };

	for (;;) {
		int r = look_through(name, path, e);

		if (r < 0 || path[0])
			return r;
		if (clock_ms() >= until_ms)
			return err_set(e, ENODEV, "partition %s", name);
		nanosleep(&pause, NULL);
	}
}

int partition_find(const char *root_hash, struct partition_pair *p,
		   struct err *e)
{
	int64_t until_ms = clock_ms() + PARTITION_WAIT_MS;
	char root[PARTITION_NAME_MAX], verity[PARTITION_NAME_MAX];
	int r;

	snprintf(root, sizeof(root), "cloister-root-%.*s", NAME_DIGITS,
		 root_hash);
	snprintf(verity, sizeof(verity), "cloister-verity-%.*s", NAME_DIGITS,
		 root_hash + CMDLINE_HASH_DIGITS - NAME_DIGITS);
	r = wait_for(root, until_ms, p->root, e);
	if (r < 0)
		return r;
	return wait_for(verity, until_ms, p->verity, e);
}
