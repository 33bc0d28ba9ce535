// SPDX-License-Identifier: MIT
#include "tests/unit/image/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "outside of every layer"
#define SECRET_MODE 0640

static int open_dir(int at, const char *name)
{
	if (mkdirat(at, name, 0755) < 0)
		return -errno;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int write_secret(int dir)
{
	int fd = openat(dir, "secret", O_WRONLY | O_CREAT | O_CLOEXEC,
			SECRET_MODE);
	ssize_t n = fd < 0 ? -1 : write(fd, SECRET, strlen(SECRET));

	close(fd);
	return n < 0 ? -errno : 0;
}

int place_make(struct place *p, const char *options)
{
	int outside;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("place", "/mnt", "tmpfs", 0, options) < 0)
		return -errno;
	umask(022);
	p->top = open("/mnt", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p->target = open_dir(p->top, "target");
	p->base = open_dir(p->top, "base");
	outside = open_dir(p->top, "outside");
	if (p->target < 0 || p->base < 0 || outside < 0)
		return -errno;
	return write_secret(outside);
}

static DIR *list(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

int place_count(int dir)
{
	DIR *d = list(dir);
	int n = -2; /* "." and ".." */

	if (!d)
		return -errno;
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

bool place_has_other(int dir, const char *prefix)
{
	DIR *d = list(dir);
	const struct dirent *entry;
	bool has = false;

	while (d && (entry = readdir(d)) != NULL)
		has |= entry->d_name[0] != '.' &&
		       strncmp(entry->d_name, prefix, strlen(prefix)) != 0;
	if (d)
		closedir(d);
	return has || !d;
}

bool place_has_text(int dir, const char *path, const char *text)
{
	char got[4096];
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got));

	close(fd);
	return n == (ssize_t)strlen(text) &&
	       memcmp(got, text, strlen(text)) == 0;
}

bool place_is_untouched(const struct place *p)
{
	struct stat st;

	return place_count(p->top) == 3 && place_count(p->base) == 0 &&
	       fstatat(p->top, "outside/secret", &st, 0) == 0 &&
	       st.st_nlink == 1 && (st.st_mode & 07777) == SECRET_MODE &&
	       st.st_uid == 0 &&
	       place_has_text(p->top, "outside/secret", SECRET);
}
