// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/image/host.h"
#include "runtime/image/image.h"
#include "runtime/image/limits.h"
#include "runtime/image/mountfs.h"
#include "runtime/image/reply.h"
#include "runtime/image/storage.h"
#include "runtime/image/tree.h"

/* statx(2); linux/stat.h does not go with musl's sys/stat.h. */
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

#define PATH_BYTES 256
#define UPPER HOST_STAGING "/upper"
#define WORK HOST_STAGING "/work"

/* clang-format off */
static const struct {
	const char *path;
	uid_t owner;
} directories[] = {
	/* The unpacker's root user; nobody else looks in. */
	{ HOST_LAYERS, UNPACKER_HOST_ID },
	{ HOST_MAPPED, 0 },
	{ HOST_STAGING, 0 },
	{ HOST_VOLUMES, 0 },
};
/* clang-format on */

/* --------------------------------------------------------------- set-up */

static int make_directory(const char *path, uid_t owner, struct err *e)
{
	if (mkdir(path, 0700) < 0)
		return errno == EEXIST ? 0 :
					 err_set(e, errno, "mkdir(%s)", path);
	if (chown(path, owner, owner) < 0)
		return err_set(e, errno, "chown(%s)", path);
	return 0;
}

static bool is_mount_point(const char *path)
{
	struct statx st;

	return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &st) == 0 &&
	       st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/*
 * Owners as a container sees them, for overlayfs, which takes its layers by
 * path and from mounts of its caller's namespace only.
 * Source: kernel fs/namespace.c clone_private_mount().
 */
static int map_layers(struct err *e)
{
	AUTO_CLOSE int layers = -1;
	AUTO_CLOSE int tree = -1;
	AUTO_CLOSE int mapped = -1;
	AUTO_CLOSE int ids = -1;
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP |
					       MOUNT_ATTR_RDONLY |
					       MOUNT_ATTR_NODEV };
	int r = host_idmap(UNPACKER_HOST_ID, LAYER_OWNER_MAX + 1, &ids, e);

	if (r < 0)
		return r;
	layers = open(HOST_LAYERS, O_PATH | O_DIRECTORY | O_CLOEXEC);
	mapped = open(HOST_MAPPED, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (layers < 0 || mapped < 0)
		return err_set(e, errno, "open(%s)", HOST_MAPPED);
	tree = sys_clone_mount(layers, 0);
	if (tree < 0)
		return err_set(e, -tree, "open_tree(%s)", HOST_LAYERS);
	attr.userns_fd = (uint32_t)ids;
	r = sys_mount_setattr(tree, 0, &attr);
	if (r < 0)
		return err_set(e, -r, "mount_setattr(idmap)");
	r = sys_attach_mount(tree, mapped);
	return r < 0 ? err_set(e, -r, "move_mount(%s)", HOST_MAPPED) : 0;
}

int image_setup(struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(directories); i++)
		r = make_directory(directories[i].path, directories[i].owner,
				   e);
	if (r == 0)
		r = storage_setup(e);
	if (r < 0)
		return r;
	/* A runtime that died while it put a root together. */
	while (is_mount_point(HOST_STAGING))
		if (sys_detach_mount(HOST_STAGING) < 0)
			return err_set(e, errno, "umount(%s)", HOST_STAGING);
	return is_mount_point(HOST_MAPPED) ? 0 : map_layers(e);
}

static int attach(int mount, const char *path, struct err *e)
{
	AUTO_CLOSE int at =
		open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r;

	if (at < 0)
		return err_set(e, errno, "open(%s)", path);
	r = sys_attach_mount(mount, at);
	return r < 0 ? err_set(e, -r, "move_mount(%s)", path) : 0;
}

/* -------------------------------------------------------------------- roots */

/*
 * A layer by an open file, as a path for who takes paths alone. The directory
 * of layers is the unpacker's: a link in it could lead to another task's files.
 */
static int open_layer(const struct image_reply *image, uint32_t index,
		      char path[PATH_BYTES], struct err *e)
{
	AUTO_CLOSE int mapped =
		open(HOST_MAPPED, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[IMAGE_DIGEST_MAX];
	int fd;

	if (mapped < 0)
		return err_set(e, errno, "open(%s)", HOST_MAPPED);
	image_layer_name(image->layers[index], name);
	fd = sys_openat2(mapped, name, O_PATH | O_DIRECTORY, 0,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
				 RESOLVE_NO_XDEV);
	if (fd < 0)
		return err_set(e, -fd, "open(layer %s)", name);
	snprintf(path, PATH_BYTES, "/proc/self/fd/%d", fd);
	return fd;
}

/* Overlayfs refuses a layer twice; the upper of two is the one that shows. */
static bool is_above(const struct image_reply *image, uint32_t index)
{
	for (uint32_t i = index + 1; i < image->layer_count; i++)
		if (strcmp(image->layers[i], image->layers[index]) == 0)
			return true;
	return false;
}

/* Overlayfs does not look for the mark at the root of a layer. */
static bool hides_all_below(const char *path)
{
	return getxattr(path, TREE_OPAQUE, NULL, 0) > 0;
}

/* 1: nothing below this layer shows. */
static int add_layer(int fs, const struct image_reply *image, uint32_t index,
		     struct err *e)
{
	char path[PATH_BYTES];
	AUTO_CLOSE int layer = open_layer(image, index, path, e);
	int r = layer < 0 ? layer : mountfs_set(fs, "lowerdir+", path, e);

	return r < 0 ? r : hides_all_below(path);
}

static int add_layers(int fs, const struct image_reply *image, struct err *e)
{
	int r = 0;

	for (uint32_t i = image->layer_count; r == 0 && i-- > 0;)
		r = is_above(image, i) ? 0 : add_layer(fs, image, i, e);
	return r < 0 ? r : 0;
}

static int make_upper(uid_t uid, gid_t gid, mode_t mode, struct err *e)
{
	if (mkdir(UPPER, 0700) < 0 || mkdir(WORK, 0700) < 0)
		return err_set(e, errno, "mkdir(%s)", UPPER);
	if (chown(UPPER, uid, gid) < 0 || chmod(UPPER, mode) < 0)
		return err_set(e, errno, "chmod(%s)", UPPER);
	return 0;
}

/* The root directory is the upper one's: it gets the topmost layer's looks. */
static int make_upper_of(const struct image_reply *image, struct err *e)
{
	char path[PATH_BYTES];
	AUTO_CLOSE int top = open_layer(image, image->layer_count - 1, path, e);
	struct stat st;

	if (top < 0)
		return top;
	if (fstat(top, &st) < 0)
		return err_set(e, errno, "fstat(layer)");
	return make_upper(st.st_uid, st.st_gid, st.st_mode & 07777, e);
}

/* Without an image there is nothing below. */
static int make_overlay(const char *label, const struct image_reply *image,
			int *root, struct err *e)
{
	AUTO_CLOSE int fs = sys_fsopen("overlay");
	int r;

	if (fs < 0)
		return err_set(e, -fs, "fsopen(overlay)");
	/* The unpacker may not set trusted.overlay.opaque. */
	r = mountfs_set(fs, "userxattr", NULL, e);
	if (r == 0)
		r = mountfs_set_label(fs, label, e);
	if (r == 0)
		r = image ? add_layers(fs, image, e) :
			    mountfs_set(fs, "lowerdir+", HOST_EMPTY, e);
	if (r == 0)
		r = mountfs_set(fs, "upperdir", UPPER, e);
	if (r == 0)
		r = mountfs_set(fs, "workdir", WORK, e);
	if (r < 0)
		return r;
	return mountfs_finish(fs, "overlay", MOUNT_ATTR_NODEV, root, e);
}

/* An overlay that writes to the place `v`, over an image's layers. */
static int stage(const struct image_volume *v, const struct image_reply *image,
		 int *root, struct err *e)
{
	AUTO_CLOSE int writable = -1;
	int r = storage_make(v, &writable, e);

	if (r == 0)
		r = attach(writable, HOST_STAGING, e);
	if (r < 0)
		return r;
	r = image ? make_upper_of(image, e) :
		    make_upper(v->uid, v->gid,
			       (mode_t)strtoul(v->mode, NULL, 8), e);
	if (r == 0)
		r = make_overlay(v->label, image, root, e);
	/* The overlay keeps a private copy of the mount. */
	sys_detach_mount(HOST_STAGING);
	return r;
}

int image_root(const struct image_root_options *o, int *root_fd, struct err *e)
{
	const struct image_volume own = {
		.name = o->name,
		.label = o->label,
		.bytes = o->writable_bytes,
		.mode = "0755",
	};

	return stage(&own, o->image, root_fd, e);
}

void image_root_drop(const char *name)
{
	storage_drop(name);
}

/* ------------------------------------------------------------------ volumes */

static int volume_path(const char *name, char path[PATH_BYTES], struct err *e)
{
	int n = snprintf(path, PATH_BYTES, HOST_VOLUMES "/%s", name);

	if (n < 0 || n >= PATH_BYTES)
		return err_set(e, ENAMETOOLONG, "volume");
	if (!name[0] || name[0] == '.' || strchr(name, '/'))
		return err_set(e, EINVAL, "volume name");
	return 0;
}

int image_volume_make(const struct image_volume *v, struct err *e)
{
	AUTO_CLOSE int mount = -1;
	char path[PATH_BYTES];
	int r = volume_path(v->name, path, e);

	if (r < 0)
		return r;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set(e, errno, "mkdir(%s)", path);
	if (is_mount_point(path))
		return 0;
	r = storage_has_label() ? storage_make(v, &mount, e) :
				  stage(v, NULL, &mount, e);
	return r < 0 ? r : attach(mount, path, e);
}

int image_volume_open(const char *name, int *fd, struct err *e)
{
	char path[PATH_BYTES];
	int r = volume_path(name, path, e);

	if (r < 0)
		return r;
	if (!is_mount_point(path))
		return err_set(e, ENOENT, "volume %s", path);
	*fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "open(%s)", path) : 0;
}

void image_volume_drop(const char *name)
{
	char path[PATH_BYTES];

	if (volume_path(name, path, NULL) < 0 || !is_mount_point(path))
		return;
	sys_detach_mount(path);
	rmdir(path);
	storage_drop(name);
}
