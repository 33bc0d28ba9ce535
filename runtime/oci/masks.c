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

/* A copy of the mount of `source`, at `where`, which is returned. */
static int attach_copy(int source, int where, uint64_t attributes)
{
	struct mount_attr attr = { .attr_set = attributes };
	AUTO_CLOSE int copy = sys_clone_mount(source, 0);
	int r = copy < 0 ? copy : 0;

	if (r == 0 && attributes)
		r = sys_mount_setattr(copy, 0, &attr);
	if (r == 0)
		r = sys_attach_mount(copy, where);
	return r < 0 ? r : take_fd(&copy);
}

/* What is put over directories and files: of each the first that was attached
 * (copies of it, with its attributes, serve the others), or -1. */
struct covers {
	int directory;
	int file;
};

/* `null` is the container's null device, proven by fd: a mask of another file
 * would show that file (CVE-2025-31133). */
static int cover_file(struct covers *covers, int null, int where)
{
	AUTO_CLOSE int copy =
		covers->file < 0 ?
			attach_copy(null, where,
				    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC) :
			attach_copy(covers->file, where, 0);

	if (copy < 0)
		return take_fd(&copy);
	if (covers->file < 0)
		covers->file = take_fd(&copy);
	return 0;
}

static int cover_directory(struct covers *covers, int where)
{
	AUTO_CLOSE int copy = covers->directory < 0 ?
				      attach_empty(where) :
				      attach_copy(covers->directory, where, 0);

	if (copy < 0)
		return take_fd(&copy);
	if (covers->directory < 0)
		covers->directory = take_fd(&copy);
	return 0;
}

static int mask(const struct child *c, const char *path, struct covers *covers,
		int null)
{
	AUTO_CLOSE int where = path_open_strict(c->root_fd, path, 0);
	struct stat st;

	if (where == -ENOENT)
		return 0;
	if (where < 0)
		return take_fd(&where);
	if (fstat(where, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? cover_directory(covers, where) :
				     cover_file(covers, null, where);
}

int child_mask(struct child *c)
{
	AUTO_CLOSE int null = c->spec->masked_count ? child_open_null(c) : -1;
	struct covers covers = { -1, -1 };
	int r = 0;

	if (null < 0)
		return c->spec->masked_count ? null : 0;
	for (uint32_t i = 0; r == 0 && i < c->spec->masked_count; i++) {
		c->index = i;
		r = mask(c, c->spec->masked[i], &covers, null);
	}
	fd_close(&covers.directory);
	fd_close(&covers.file);
	return r;
}

static int make_read_only(const struct child *c, const char *path)
{
	AUTO_CLOSE int where = path_open_strict(c->root_fd, path, 0);
	AUTO_CLOSE int copy = -1;

	if (where == -ENOENT)
		return 0;
	if (where < 0)
		return take_fd(&where);
	copy = attach_copy(where, where, MOUNT_ATTR_RDONLY);
	return copy < 0 ? take_fd(&copy) : 0;
}

int child_read_only_paths(struct child *c)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < c->spec->read_only_count; i++) {
		c->index = i;
		r = make_read_only(c, c->spec->read_only[i]);
	}
	return r;
}
