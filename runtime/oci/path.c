// SPDX-License-Identifier: MIT
#include "runtime/oci/path.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

#define STRICT (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
#define INSIDE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define TRIES 64 /* another task may rename under a shared volume */

static int resolve(int root, const char *path, int flags, uint64_t how)
{
	int r = -EAGAIN;

	for (int i = 0; i < TRIES && r == -EAGAIN; i++)
		r = sys_openat2(root, path, (uint64_t)(O_PATH | flags), 0, how);
	return r;
}

/* RESOLVE_BENEATH refuses absolute paths, even of its own tree. */
static const char *relative(const char *path)
{
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

int path_open_strict(int root, const char *path, int flags)
{
	return resolve(root, relative(path), flags, STRICT);
}

int path_open_inside(int root, const char *path, int flags)
{
	return resolve(root, path, flags, INSIDE);
}

/* What of an absolute path comes after its first component `name`, or NULL. */
static const char *after(const char *path, const char *name)
{
	size_t len = strlen(name);

	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	if (strncmp(path, name, len) != 0)
		return NULL;
	for (path += len; path[0] == '/'; path++)
		len = 0;
	return *path == '\0' || len == 0 ? path : NULL;
}

bool path_is_ours(const char *path)
{
	return path_is_in(path, "proc") || path_is_in(path, "dev") ||
	       path_is_in(path, "sys");
}

bool path_is_in(const char *path, const char *name)
{
	return after(path, name) != NULL;
}

bool path_is(const char *path, const char *name)
{
	const char *rest = after(path, name);

	return rest && !*rest;
}

typedef int (*open_path)(int root, const char *path, int flags);

/* Splits into "parent\0" in `buffer` and the last component; -EINVAL for a
 * path without one. */
static int split(const char *path, char *buffer, const char **last)
{
	size_t len = strlen(path);
	size_t cut;

	while (len > 0 && path[len - 1] == '/')
		len--;
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(buffer, path, len);
	buffer[len] = '\0';
	for (cut = len; cut > 0 && buffer[cut - 1] != '/'; cut--)
		;
	if (cut == len)
		return -EINVAL;
	*last = buffer + cut;
	if (cut > 0)
		buffer[cut - 1] = '\0';
	if (strcmp(*last, "..") == 0 || strcmp(*last, ".") == 0)
		return -EINVAL;
	return cut > 1; /* 0: nothing before it but perhaps a slash */
}

static int make_file(int dir, const char *name)
{
	int fd = openat(dir, name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Makes `name` in `dir`; an entry that is there but leads nowhere is a loop
 * as far as we are concerned. */
static int make_entry(int dir, const char *name, bool is_directory)
{
	int r = is_directory ? sys_result(mkdirat(dir, name, 0755)) :
			       make_file(dir, name);

	return r == -EEXIST ? -ELOOP : r;
}

/* Makes the last component of `path`, whose directory is there. */
static int make_last(int root, const char *path, bool is_directory,
		     open_path open_way)
{
	AUTO_CLOSE int dir = -1;
	char buffer[PATH_MAX];
	const char *last;
	int r = split(path, buffer, &last);

	if (r < 0)
		return r;
	dir = open_way(root, r ? buffer : "/", O_DIRECTORY);
	if (dir < 0)
		return take_fd(&dir);
	r = make_entry(dir, last, is_directory);
	return r < 0 ? r : path_open_strict(dir, last, 0);
}

/* Opens the first `len` bytes of path, making what is missing at its end. */
static int make_step(int root, char *path, size_t len, bool is_directory,
		     open_path open_way)
{
	char kept = path[len];
	int r;

	path[len] = '\0';
	r = open_way(root, path, is_directory ? O_DIRECTORY : 0);
	if (r == -ENOENT)
		r = make_last(root, path, is_directory, open_way);
	path[len] = kept;
	return r;
}

/* Mostly one component is missing, if any; else they are made in turn. */
static int make(int root, const char *path, bool is_directory,
		open_path open_way)
{
	AUTO_CLOSE int fd =
		open_way(root, path, is_directory ? O_DIRECTORY : 0);
	char copy[PATH_MAX];
	size_t len = strlen(path);

	if (fd == -ENOENT)
		fd = make_last(root, path, is_directory, open_way);
	if (fd != -ENOENT)
		return take_fd(&fd);
	if (len >= sizeof(copy))
		return -ENAMETOOLONG;
	memcpy(copy, path, len + 1);
	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	for (size_t i = 1; i <= len; i++) {
		if (copy[i] != '/' && copy[i] != '\0')
			continue;
		fd_close(&fd);
		fd = make_step(root, copy, i, i < len || is_directory,
			       open_way);
		if (fd < 0)
			return take_fd(&fd);
	}
	return take_fd(&fd);
}

int path_make_inside(int root, const char *path, bool is_directory)
{
	return make(root, path, is_directory, path_open_inside);
}

int path_make_strict(int root, const char *path, bool is_directory)
{
	return make(root, path, is_directory, path_open_strict);
}
