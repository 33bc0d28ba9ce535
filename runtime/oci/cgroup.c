// SPDX-License-Identifier: MIT
#include "runtime/oci/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/limits.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define VALUE_MAX 64
#define EVENTS_MAX 1024

static int open_root(struct err *e)
{
	AUTO_CLOSE int root =
		sys_openat2(AT_FDCWD, CGROUP_ROOT, O_PATH | O_DIRECTORY, 0, 0);
	struct statfs fs;

	if (root < 0)
		return err_set(e, -root, "open(%s)", CGROUP_ROOT);
	if (fstatfs(root, &fs) < 0)
		return err_set(e, errno, "fstatfs(%s)", CGROUP_ROOT);
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return err_set(e, EPERM, "%s is not cgroup2", CGROUP_ROOT);
	return take_fd(&root);
}

/* Opens a file or directory of the tree. */
static int open_in(const char *path, const char *file, int flags, struct err *e)
{
	AUTO_CLOSE int root = open_root(e);
	char full[PATH_MAX];
	int n, fd;

	if (root < 0)
		return root;
	n = snprintf(full, sizeof(full), "%s%s%s", path, *file ? "/" : "",
		     file);
	if (n < 0 || (size_t)n >= sizeof(full))
		return err_set(e, ENAMETOOLONG, "cgroup %.64s", path);
	fd = sys_openat2(root, full, (uint64_t)flags, 0,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
				 RESOLVE_NO_XDEV);
	return fd < 0 ? err_set(e, -fd, "open(cgroup %s)", full) : fd;
}

/* Opens the directory that holds `path`; `*last` is the name in it. */
static int open_parent(const char *path, const char **last, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	*last = slash ? slash + 1 : path;
	if (len >= sizeof(parent) || !**last || **last == '.')
		return err_set(e, EINVAL, "cgroup path \"%.64s\"", path);
	memcpy(parent, path, len);
	parent[len] = '\0';
	return open_in(len ? parent : ".", "", O_RDONLY | O_DIRECTORY, e);
}

int cgroup_create(const char *path, const struct oci_resources *limits, int *fd,
		  struct err *e)
{
	const char *last;
	AUTO_CLOSE int parent = open_parent(path, &last, e);
	AUTO_CLOSE int dir = -1;
	int r;

	if (parent < 0)
		return parent;
	if (mkdirat(parent, last, 0755) < 0)
		return err_set(e, errno, "mkdir(cgroup %s)", path);
	dir = sys_openat2(parent, last, O_RDONLY | O_DIRECTORY, 0,
			  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
				  RESOLVE_NO_XDEV);
	r = dir < 0 ? err_set(e, -dir, "open()") : limits_apply(dir, limits, e);
	if (r < 0) {
		unlinkat(parent, last, AT_REMOVEDIR);
		return err_wrap(e, "cgroup %s", path);
	}
	*fd = take_fd(&dir);
	return 0;
}

/* Passes every controller that is here on to the children. */
static int enable_controllers(int dir, struct err *e)
{
	char words[EVENTS_MAX];
	char *rest = NULL;
	char text[VALUE_MAX];
	ssize_t n = fd_read_file(dir, "cgroup.controllers", words,
				 sizeof(words), e);
	int r = n < 0 ? (int)n : 0;

	if (r < 0)
		return r;
	for (char *w = strtok_r(words, " ", &rest); r == 0 && w;
	     w = strtok_r(NULL, " ", &rest)) {
		snprintf(text, sizeof(text), "+%.*s", VALUE_MAX - 2, w);
		r = fd_write_file(dir, "cgroup.subtree_control", text, e);
	}
	return r;
}

int oci_cgroup_parent(const char *cgroup, const struct oci_resources *limits,
		      struct err *e)
{
	AUTO_CLOSE int dir = -1;
	int r = cgroup_create(cgroup, limits, &dir, e);

	if (r < 0)
		return r;
	r = enable_controllers(dir, e);
	if (r < 0)
		oci_clean(cgroup, NULL);
	return r;
}

int oci_kill_all(const char *cgroup, struct err *e)
{
	AUTO_CLOSE int fd = open_in(cgroup, "cgroup.kill", O_WRONLY, e);

	if (fd < 0)
		return fd;
	if (write(fd, "1", 1) < 0)
		return err_set(e, errno, "write(cgroup.kill of %s)", cgroup);
	return 0;
}

void cgroup_kill(const char *path)
{
	struct pollfd events = { .events = POLLPRI };

	if (oci_events_fd(path, &events.fd, NULL) < 0)
		return;
	if (oci_kill_all(path, NULL) == 0)
		while (oci_is_empty(path, NULL) == 0)
			poll(&events, 1, -1);
	close(events.fd);
}

/* The number after "key " in a flat-keyed file, or 0 when it is not there. */
static uint64_t keyed_number(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text) {
		if (strncmp(text, key, len) == 0 && text[len] == ' ')
			return strtoull(text + len + 1, NULL, 10);
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return 0;
}

static int read_in(const char *cgroup, const char *file, char *text,
		   struct err *e)
{
	AUTO_CLOSE int fd = open_in(cgroup, file, O_RDONLY, e);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = fd_read_all(fd, text, EVENTS_MAX - 1);
	if (n < 0)
		return err_set(e, (int)-n, "read(%s of %s)", file, cgroup);
	text[n] = '\0';
	return 0;
}

int oci_is_empty(const char *cgroup, struct err *e)
{
	char text[EVENTS_MAX];
	int r = read_in(cgroup, "cgroup.events", text, e);

	/* ENODEV: removed between open and read. */
	if (r == -ENOENT || r == -ENODEV)
		return 1;
	return r < 0 ? r : keyed_number(text, "populated") == 0;
}

int oci_cgroup_open(const char *cgroup, int *fd, struct err *e)
{
	int r = open_in(*cgroup ? cgroup : ".", "", O_RDONLY | O_DIRECTORY, e);

	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

int oci_events_fd(const char *cgroup, int *fd, struct err *e)
{
	int r = open_in(cgroup, "cgroup.events", O_RDONLY, e);

	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

/*
 * A group kill counts every process of the group in oom_kill and itself in
 * oom_group_kill: where there are group kills, they are the count.
 */
int oci_oom_kills(const char *cgroup, uint64_t *kills, struct err *e)
{
	char text[EVENTS_MAX];
	int r = read_in(cgroup, "memory.events.local", text, e);
	uint64_t groups;

	if (r < 0)
		return r;
	groups = keyed_number(text, "oom_group_kill");
	*kills = groups ? groups : keyed_number(text, "oom_kill");
	return 0;
}

/* The name of a cgroup in `dir`: 1, 0 when it has none, or -errno. */
static int first_child(int dir, char name[NAME_MAX + 1])
{
	AUTO_CLOSE int copy =
		openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *d;

	if (!list)
		return -errno;
	take_fd(&copy);
	while ((d = readdir(list)))
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			break;
	if (d)
		memcpy(name, d->d_name, strlen(d->d_name) + 1);
	closedir(list);
	return d != NULL;
}

/* 1: it is gone; 0: it has something in it. */
static int remove_child(int dir, const char *name)
{
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 1;
	return errno == EBUSY ? 0 : -errno;
}

static int turn(int *at, const char *where)
{
	int next = openat(*at, where,
			  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (next < 0)
		return -errno;
	fd_close(at);
	*at = next;
	return 0;
}

/*
 * Removes what is in `top`, deepest first, however deep a container has made
 * it: two descriptors and no stack. A cgroup cannot be moved, so that ".."
 * leads back. -EBUSY: one that has nothing in it but processes.
 */
static int remove_children(int top)
{
	AUTO_CLOSE int at =
		openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];
	bool is_new = false; /* nothing was removed in it so far */
	size_t depth = 0;
	int r = at < 0 ? -errno : 0;

	while (r >= 0) {
		r = first_child(at, name);
		if (r == 0 && (depth == 0 || is_new))
			return depth == 0 ? 0 : -EBUSY;
		if (r == 0) {
			depth--;
			r = turn(&at, "..");
		} else if (r > 0) {
			r = remove_child(at, name);
			is_new = r == 0;
			depth += r == 0;
			if (r == 0)
				r = turn(&at, name);
		}
	}
	return r;
}

int oci_clean(const char *cgroup, struct err *e)
{
	const char *last;
	AUTO_CLOSE int parent = open_parent(cgroup, &last, e);
	AUTO_CLOSE int dir = -1;
	int r;

	if (parent < 0)
		return parent;
	/* Most have no children: only the others are looked through. */
	r = sys_result(unlinkat(parent, last, AT_REMOVEDIR));
	if (r == -EBUSY) {
		dir = open_in(cgroup, "", O_RDONLY | O_DIRECTORY, e);
		r = dir < 0 ? dir : remove_children(dir);
		if (r == 0)
			r = sys_result(unlinkat(parent, last, AT_REMOVEDIR));
	}
	return r < 0 ? err_set(e, -r, "rmdir(cgroup %s)", cgroup) : 0;
}
