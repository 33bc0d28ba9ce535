// SPDX-License-Identifier: MIT
/*
 * tmpcopyup: what the image has at the place of a tmpfs is copied into it
 * before it is mounted there. The image is hostile: nothing is followed, and
 * what another mount hides is left out.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"

#define DEPTH_MAX 64
#define LIST_MAX 2048
#define CHUNK (1 << 20)
#define HERE (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

/* Of getdents64(2). */
struct entry {
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

static int copy_directory(int from, int to, int depth);

/* Opened so that what has become something else meanwhile (a FIFO, in a volume
 * that another container has too) does not hold us up. */
static int copy_file(int from, int to, const char *name)
{
	AUTO_CLOSE int in = sys_openat2(
		from, name, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0, HERE);
	AUTO_CLOSE int out = -1;
	struct stat st;
	ssize_t n;

	if (in < 0)
		return take_fd(&in);
	if (fstat(in, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBUSY;
	out = openat(to, name,
		     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		     0600);
	if (out < 0)
		return -errno;
	do
		n = sendfile(out, in, NULL, CHUNK);
	while (n > 0);
	return n < 0 ? -errno : 0;
}

static int copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return sys_result(symlinkat(target, to, name));
}

static int copy_subdirectory(int from, int to, const char *name, int depth)
{
	AUTO_CLOSE int in =
		sys_openat2(from, name, O_RDONLY | O_DIRECTORY, 0, HERE);
	AUTO_CLOSE int out = -1;
	int r = sys_result(mkdirat(to, name, 0700));

	if (r < 0 || in == -EXDEV)
		return r;
	if (in < 0)
		return take_fd(&in);
	out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return out < 0 ? -errno : copy_directory(in, out, depth + 1);
}

/* Owner first: a change of it takes the set-id bits away. */
static int copy_owner(int to, const char *name, const struct stat *st)
{
	int r = sys_result(fchownat(to, name, st->st_uid, st->st_gid,
				    AT_SYMLINK_NOFOLLOW));

	if (r < 0 || S_ISLNK(st->st_mode))
		return r;
	return sys_result(fchmodat(to, name, st->st_mode & 07777, 0));
}

static int copy_entry(int from, int to, const char *name, int depth)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		r = copy_subdirectory(from, to, name, depth);
	else if (S_ISREG(st.st_mode))
		r = copy_file(from, to, name);
	else if (S_ISLNK(st.st_mode))
		r = copy_link(from, to, name);
	else
		r = sys_result(mknodat(to, name, st.st_mode, st.st_rdev));
	return r < 0 ? r : copy_owner(to, name, &st);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static int copy_directory(int from, int to, int depth)
{
	_Alignas(struct entry) char list[LIST_MAX];
	long n;

	if (depth > DEPTH_MAX)
		return -ENAMETOOLONG;
	while ((n = syscall(SYS_getdents64, from, list, sizeof(list))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *d =
				(const struct entry *)(const void *)(list + at);
			int r = is_dots(d->name) ?
					0 :
					copy_entry(from, to, d->name, depth);

			if (r < 0)
				return r;
			at += d->length;
		}
	}
	return n < 0 ? -errno : 0;
}

int copy_up(int place, int mount, bool has_mode)
{
	AUTO_CLOSE int from =
		openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int to =
		openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int r;

	if (from < 0 || to < 0 || fstat(from, &st) < 0)
		return -errno;
	r = copy_directory(from, to, 0);
	if (r < 0 || has_mode)
		return r;
	return copy_owner(to, ".", &st);
}
