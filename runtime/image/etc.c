/* SPDX-License-Identifier: MIT */
#include "runtime/image/etc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

static int open_directory(int root_fd)
{
	return sys_openat2(root_fd, "etc", O_RDONLY | O_DIRECTORY, 0,
			   RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
				   RESOLVE_NO_XDEV);
}

static int make_directory(int root_fd)
{
	int fd = open_directory(root_fd);

	if (fd != -ENOENT)
		return fd;
	if (mkdirat(root_fd, "etc", 0755) < 0)
		return -errno;
	return open_directory(root_fd);
}

/* A file of ours, or none. */
static int replace(int dir, const char *name, const char *text)
{
	AUTO_CLOSE int fd = -1;

	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	/* The umask is not known here. */
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return -errno;
	return fd_write_all(fd, text, strlen(text));
}

int etc_write(int root_fd, const char *name, const char *text, struct err *e)
{
	AUTO_CLOSE int dir = make_directory(root_fd);
	int r;

	if (dir < 0)
		return err_set(e, -dir, "open(/etc of the image)");
	r = replace(dir, name, text);
	return r < 0 ? err_set(e, -r, "write(/etc/%s)", name) : 0;
}
