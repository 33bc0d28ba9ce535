// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/path.h"

/* An empty file system that takes nothing; attached at `where`. */
static int attach_empty(int where)
{
	AUTO_CLOSE int fs = sys_fsopen("tmpfs");
	AUTO_CLOSE int mount = -1;
	int r = fs < 0 ? fs : 0;

	if (r == 0)
		r = sys_fsconfig_set(fs, "size", "4k");
	if (r == 0)
		r = sys_fsconfig_set(fs, "nr_inodes", "1");
	if (r == 0)
		r = sys_fsconfig_set(fs, "mode", "0555");
	if (r == 0)
		r = sys_fsconfig_create(fs);
	if (r < 0)
		return r;
	mount = sys_fsmount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	r = mount < 0 ? mount : sys_attach_mount(mount, where);
	return r < 0 ? r : take_fd(&mount);
}

/* A copy of the mount of `source`, at `where`. */
static int attach_copy(int source, int where, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };
	AUTO_CLOSE int copy = sys_clone_mount(source, 0);
	int r = copy < 0 ? copy : sys_mount_setattr(copy, 0, &attr);

	return r < 0 ? r : sys_attach_mount(copy, where);
}

/*
 * `empty` is the first empty directory that was attached (copies of it serve
 * the others), `null` the container's null device, proven by fd: a mask of
 * another file would show that file (CVE-2025-31133).
 */
static int mask(const struct child *c, const char *path, int *empty, int null)
{
	AUTO_CLOSE int where = path_open_strict(c->root_fd, path, 0);
	struct stat st;

	if (where == -ENOENT)
		return 0;
	if (where < 0)
		return where;
	if (fstat(where, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return attach_copy(null, where,
				   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (*empty >= 0)
		return attach_copy(*empty, where, 0);
	*empty = attach_empty(where);
	return *empty < 0 ? *empty : 0;
}

int child_mask(struct child *c)
{
	AUTO_CLOSE int null = c->spec->masked_count ? child_open_null(c) : -1;
	AUTO_CLOSE int empty = -1;

	if (null < 0)
		return c->spec->masked_count ? null : 0;
	for (uint32_t i = 0; i < c->spec->masked_count; i++) {
		int r;

		c->index = i;
		r = mask(c, c->spec->masked[i], &empty, null);
		if (r < 0)
			return r;
	}
	return 0;
}

int child_read_only_paths(struct child *c)
{
	for (uint32_t i = 0; i < c->spec->read_only_count; i++) {
		AUTO_CLOSE int where =
			path_open_strict(c->root_fd, c->spec->read_only[i], 0);
		int r;

		c->index = i;
		if (where == -ENOENT)
			continue;
		r = where < 0 ? where :
				attach_copy(where, where, MOUNT_ATTR_RDONLY);
		if (r < 0)
			return r;
	}
	return 0;
}
