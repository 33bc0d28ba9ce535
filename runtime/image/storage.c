// SPDX-License-Identifier: MIT
#include "runtime/image/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/image/host.h"
#include "runtime/image/mountfs.h"
#include "runtime/image/quota.h"
#include "runtime/image/trash.h"

#define EXT4_MAGIC 0xEF53

static bool is_on_disk;

/* --------------------------------------------------------------- in memory */

int image_tmpfs(const struct image_volume *v, int *mount, struct err *e)
{
	AUTO_CLOSE int fs = sys_fsopen("tmpfs");
	int r;

	if (fs < 0)
		return err_set(e, -fs, "fsopen(tmpfs)");
	r = mountfs_set_number(fs, "size", v->bytes, e);
	if (r == 0)
		r = mountfs_set_number(fs, "uid", v->uid, e);
	if (r == 0)
		r = mountfs_set_number(fs, "gid", v->gid, e);
	if (r == 0)
		r = mountfs_set(fs, "mode", v->mode, e);
	if (r == 0)
		r = mountfs_set_label(fs, v->label, e);
	if (r < 0)
		return r;
	return mountfs_finish(fs, "tmpfs", MOUNT_ATTR_NODEV, mount, e);
}

/* --------------------------------------------------------------- on a disk */

static int open_places(struct err *e)
{
	int fd = open(HOST_PLACES, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(e, errno, "open(%s)", HOST_PLACES) : fd;
}

static int mount_place(int fd, int *mount, struct err *e)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NODEV };
	AUTO_CLOSE int tree = sys_clone_mount(fd, 0);
	int r;

	if (tree < 0)
		return err_set(e, -tree, "open_tree(place)");
	r = sys_mount_setattr(tree, 0, &attr);
	if (r < 0)
		return err_set(e, -r, "mount_setattr(place)");
	*mount = take_fd(&tree);
	return 0;
}

static int make_on_disk(const struct image_volume *v, int *mount, struct err *e)
{
	AUTO_CLOSE int places = open_places(e);
	AUTO_CLOSE int fd = -1;
	int r = places < 0 ? places : trash_put(places, v->name, e);

	if (r < 0)
		return r;
	if (mkdirat(places, v->name, 0700) < 0)
		return err_set(e, errno, "mkdir(place)");
	fd = sys_openat2(places, v->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	r = fd < 0 ? err_set(e, -fd, "open(place)") :
		     quota_set(fd, v->bytes, e);
	if (r == 0)
		r = mount_place(fd, mount, e);
	if (r < 0)
		unlinkat(places, v->name, AT_REMOVEDIR);
	return r;
}

/* -------------------------------------------------------------------- both */

static int make_own(const char *path, struct err *e)
{
	return mkdir(path, 0700) < 0 && errno != EEXIST ?
		       err_set(e, errno, "mkdir(%s)", path) :
		       0;
}

/* Layers are the unpacker's, which has no privilege: they get a project. */
static int set_quotas(struct err *e)
{
	AUTO_CLOSE int layers =
		open(HOST_LAYERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (layers < 0)
		return err_set(e, errno, "open(%s)", HOST_LAYERS);
	r = quota_set(layers, 0, e);
	return r < 0 ? r : quota_close_rest(layers, e);
}

int storage_setup(struct err *e)
{
	struct statfs fs;
	int r;

	if (statfs("/data", &fs) < 0)
		return err_set(e, errno, "statfs(/data)");
	is_on_disk = fs.f_type == EXT4_MAGIC;
	if (!is_on_disk)
		return 0;
	r = make_own(HOST_PLACES, e);
	if (r == 0)
		r = make_own(HOST_EMPTY, e);
	if (r == 0)
		r = make_own(HOST_TRASH, e);
	if (r == 0)
		r = set_quotas(e);
	return r == 0 ? trash_empty(e) : r;
}

bool storage_has_label(void)
{
	return !is_on_disk;
}

int storage_make(const struct image_volume *v, int *mount, struct err *e)
{
	return is_on_disk ? make_on_disk(v, mount, e) :
			    image_tmpfs(v, mount, e);
}

void storage_drop(const char *name)
{
	struct err e = ERR_NONE;
	AUTO_CLOSE int places = is_on_disk ? open_places(&e) : -1;

	if (places >= 0)
		trash_put(places, name, &e);
	if (e.code)
		err_print(2, "runtime", &e);
}
