// SPDX-License-Identifier: MIT
#include "runtime/image/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "runtime/base/fd.h"

#define DIR_MODE 0755
#define INSIDE (RESOLVE_IN_ROOT | RESOLVE_NO_XDEV)

int tree_open_dir(int root, const char *path)
{
	return fd_open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0, INSIDE);
}

bool tree_is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}

/* Makes one directory; the parent is there. */
static int make_one(int root, char *path)
{
	AUTO_CLOSE int parent = -1;
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	if (slash)
		*slash = '\0';
	parent = tree_open_dir(root, slash ? path : ".");
	if (slash)
		*slash = '/';
	if (parent < 0)
		return parent;
	return mkdirat(parent, name, DIR_MODE) < 0 ? -errno : 0;
}

int tree_make_dirs(int root, const char *path)
{
	char prefix[PATH_MAX];
	int fd = tree_open_dir(root, path);

	if (fd != -ENOENT)
		return fd;
	for (size_t len = 0; path[len];) {
		int r;

		len += strcspn(path + len + 1, "/") + 1;
		memcpy(prefix, path, len);
		prefix[len] = '\0';
		r = make_one(root, prefix);
		/* A dangling link also "exists"; opening tells. */
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return tree_open_dir(root, path);
}

/* Where directories wait for their turn, as many as there are. */
struct trash {
	int base;
	unsigned int made;
	unsigned int done;
};

static void trash_name(char name[NAME_MAX + 1], unsigned int number)
{
	snprintf(name, NAME_MAX + 1, TREE_TEMPORARY "trash-%ld-%u",
		 (long)getpid(), number);
}

static int discard_entry(struct trash *t, int dir, const char *name)
{
	char to[NAME_MAX + 1];

	if (unlinkat(dir, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY)
		return -errno;
	trash_name(to, t->made++);
	return renameat(dir, name, t->base, to) < 0 ? -errno : 0;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int empty_dir(struct trash *t, int parent, const char *name)
{
	int fd = fd_open_beneath(parent, name,
				 O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
				 RESOLVE_BENEATH);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir) {
		r = fd < 0 ? fd : -errno;
		fd_close(&fd);
		return r;
	}
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (!is_dots(entry->d_name))
			r = discard_entry(t, fd, entry->d_name);
	closedir(dir);
	return r;
}

/* readdir(3) may miss names while others go: again until it is empty. */
static int remove_dir(struct trash *t, int parent, const char *name)
{
	for (;;) {
		int r = empty_dir(t, parent, name);

		if (r < 0)
			return r;
		if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
			return 0;
		if (errno != ENOTEMPTY)
			return -errno;
	}
}

int tree_remove(int base, int parent, const char *name)
{
	struct trash t = { .base = base };
	char next[NAME_MAX + 1];
	int r;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	r = remove_dir(&t, parent, name);
	while (r == 0 && t.done < t.made) {
		trash_name(next, t.done++);
		r = remove_dir(&t, base, next);
	}
	return r;
}
