/* SPDX-License-Identifier: MIT */
#include "runtime/image/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/image.h"

#define PAGE 4096u     /* or more: a file takes whole ones */
#define SPARE_PAGES 16 /* for the directory and its names */

static uint64_t bytes_of(const struct image_files *f)
{
	uint64_t pages = SPARE_PAGES;

	for (size_t i = 0; i < f->count; i++)
		pages += strlen(f->items[i].text) / PAGE + 1;
	return pages * PAGE;
}

static int write_file(const struct image_files *f, size_t index, int dir,
		      struct err *e)
{
	const struct image_file *file = &f->items[index];
	AUTO_CLOSE int fd =
		openat(dir, file->name,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return err_set(e, errno, "open(file %zu)", index);
	r = fd_write_all(fd, file->text, strlen(file->text));
	if (r < 0)
		return err_set(e, -r, "write(file %zu)", index);
	/* The mode first: the owner alone may change it. */
	if (fchmod(fd, 0400) < 0 || fchown(fd, f->uid, f->gid) < 0)
		return err_set(e, errno, "chown(file %zu)", index);
	return 0;
}

int image_files(const struct image_files *f, int *mount_fd, struct err *e)
{
	AUTO_CLOSE int mount = -1;
	const struct image_volume own = {
		.label = f->label,
		.bytes = bytes_of(f),
		.mode = "0700",
	};
	int r = image_tmpfs(&own, &mount, e);

	for (size_t i = 0; r == 0 && i < f->count; i++)
		r = write_file(f, i, mount, e);
	if (r < 0)
		return r;
	if (fchmodat(mount, ".", 0500, 0) < 0 ||
	    fchownat(mount, "", f->uid, f->gid, AT_EMPTY_PATH) < 0)
		return err_set(e, errno, "chown(directory of files)");
	*mount_fd = take_fd(&mount);
	return 0;
}
