// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/path.h"

#define OPTION_MAX 128
#define MS_PRIVATE_FLAG (1ULL << 18) /* MS_PRIVATE, mount_setattr(2) */

#define NO_SUID_DEV_EXEC \
	(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

struct default_mount {
	const char *where;
	const char *type;
	const char *options;
	uint64_t attributes;
	mode_t mode;		       /* of the mount point if it is missing */
	bool is_labelled;	       /* takes spec->mount_label */
	int *(*keep)(struct child *c); /* where its fd stays, or NULL */
};

static int *keep_proc(struct child *c)
{
	return &c->proc_fd;
}

static int *keep_dev(struct child *c)
{
	return &c->dev_fd;
}

/* clang-format off */
/* In this order: the first three hold the mount points of the others. */
static const struct default_mount default_mounts[] = {
	{ .where = "/proc", .type = "proc", .mode = 0555, .keep = keep_proc,
	  .attributes = NO_SUID_DEV_EXEC },
	{ .where = "/dev", .type = "tmpfs", .mode = 0755, .keep = keep_dev,
	  .options = "mode=0755,size=65536k", .is_labelled = true,
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	{ .where = "/sys", .type = "sysfs", .mode = 0555,
	  .attributes = NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY },
	{ .where = "/dev/pts", .type = "devpts", .mode = 0755,
	  .options = "newinstance,mode=0620,ptmxmode=0666,gid=5",
	  .is_labelled = true,
	  .attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC },
	{ .where = "/dev/shm", .type = "tmpfs", .mode = 01777,
	  .options = "mode=1777,size=65536k", .is_labelled = true,
	  .attributes = NO_SUID_DEV_EXEC },
	/* Takes no context=: the policy names what is in it. */
	{ .where = "/dev/mqueue", .type = "mqueue", .mode = 01777,
	  .attributes = NO_SUID_DEV_EXEC },
	/* Needs the cgroup namespace: shows the container's own subtree. */
	{ .where = "/sys/fs/cgroup", .type = "cgroup2", .mode = 0755,
	  .attributes = NO_SUID_DEV_EXEC | MOUNT_ATTR_RDONLY },
};
/* clang-format on */

const char *rootfs_default_mount(uint32_t index)
{
	if (index >= ARRAY_SIZE(default_mounts))
		return NULL;
	return default_mounts[index].where;
}

/*
 * The new root is put over "/" of the namespace and becomes it; the old one
 * lands on top and is taken away. No path but "/" is used, and from here on
 * no path leads outside. Source: pivot_root(2), "pivot_root(".", ".")".
 */
int child_root(struct child *c)
{
	struct mount_attr private = { .propagation = MS_PRIVATE_FLAG };
	AUTO_CLOSE int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root = c->spec->root_fd;
	int r;

	if (old < 0)
		return -errno;
	r = sys_mount_setattr(old, AT_RECURSIVE, &private);
	if (r == 0)
		r = sys_attach_mount(root, old);
	if (r == 0)
		r = sys_mount_setattr(root, AT_RECURSIVE, &private);
	if (r == 0)
		r = sys_result(fchdir(root));
	if (r == 0)
		r = sys_result(syscall(SYS_pivot_root, ".", "."));
	if (r == 0)
		r = sys_detach_mount(".");
	return r < 0 ? r : sys_result(chdir("/"));
}

/* Sets "key=value,flag,..."; an option longer than OPTION_MAX is -EINVAL. */
static int set_options(int fs, const char *options)
{
	char option[OPTION_MAX];

	while (options && *options) {
		size_t len = strcspn(options, ",");
		char *value;
		int r;

		if (len >= sizeof(option))
			return -EINVAL;
		memcpy(option, options, len);
		option[len] = '\0';
		value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		r = len ? sys_fsconfig_set(fs, option, value) : 0;
		if (r < 0)
			return r;
		options += len + (options[len] == ',');
	}
	return 0;
}

/* A detached mount of a new file system. */
static int make_mount(const char *type, const char *options, const char *label,
		      uint64_t attributes)
{
	AUTO_CLOSE int fs = sys_fsopen(type);
	int r = fs < 0 ? fs : 0;

	if (r == 0)
		r = sys_fsconfig_set(fs, "source", type);
	if (r == 0)
		r = set_options(fs, options);
	if (r == 0 && label)
		r = sys_fsconfig_set(fs, "context", label);
	if (r == 0)
		r = sys_fsconfig_create(fs);
	return r < 0 ? r : sys_fsmount(fs, (unsigned int)attributes);
}

static int default_mount(struct child *c, const struct default_mount *row)
{
	const char *label = row->is_labelled ? c->spec->mount_label : NULL;
	AUTO_CLOSE int where =
		path_make_strict(c->spec->root_fd, row->where, row->mode);
	AUTO_CLOSE int mount = -1;
	int r;

	if (where < 0)
		return where;
	mount = make_mount(row->type, row->options, label, row->attributes);
	if (mount < 0)
		return mount;
	r = sys_attach_mount(mount, where);
	if (r == 0 && row->keep)
		*row->keep(c) = take_fd(&mount);
	return r;
}

int child_default_mounts(struct child *c)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(default_mounts); i++) {
		int r;

		c->index = i;
		r = default_mount(c, &default_mounts[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int is_directory(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode);
}

/* -EPERM in /proc: a mount there could fake what is read and written by it. */
static int refuse_proc(int where)
{
	struct statfs fs;

	if (fstatfs(where, &fs) < 0)
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC ? -EPERM : 0;
}

static int set_attributes(int fd, const struct oci_mount *m)
{
	struct mount_attr attr = {
		.attr_set = m->attributes,
		.propagation = MS_PRIVATE_FLAG,
	};

	/* The access time modes are one field: to set it, clear it. */
	if (m->attributes & MOUNT_ATTR__ATIME)
		attr.attr_clr = MOUNT_ATTR__ATIME;
	return sys_mount_setattr(
		fd, m->is_recursive_attributes ? AT_RECURSIVE : 0, &attr);
}

static int spec_mount(struct child *c, const struct oci_mount *m, int bind)
{
	AUTO_CLOSE int made = -1;
	AUTO_CLOSE int where = -1;
	int source = bind;
	int is_dir = 1;
	int r;

	if (source < 0) {
		made = make_mount(m->type, m->options, m->label, m->attributes);
		source = made;
	} else {
		is_dir = is_directory(source);
		r = set_attributes(source, m);
		if (r < 0)
			return r;
	}
	if (source < 0 || is_dir < 0)
		return source < 0 ? source : is_dir;
	where = path_make_inside(c->spec->root_fd, m->destination, is_dir);
	if (where < 0)
		return where;
	if (is_directory(where) != is_dir)
		return is_dir ? -ENOTDIR : -EISDIR;
	r = refuse_proc(where);
	return r < 0 ? r : sys_attach_mount(source, where);
}

int child_mounts(struct child *c)
{
	for (uint32_t i = 0; i < c->spec->mount_count; i++) {
		int r;

		c->index = i;
		r = spec_mount(c, &c->spec->mounts[i], c->bind_fds[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int child_root_read_only(struct child *c)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (!c->spec->is_root_read_only)
		return 0;
	return sys_mount_setattr(c->spec->root_fd, 0, &attr);
}

/* The kernel answers "(unreachable)/..." for a directory outside the root. */
static int check_cwd(void)
{
	char path[PATH_MAX];
	long n = syscall(SYS_getcwd, path, sizeof(path));

	if (n < 0)
		return -errno;
	return path[0] == '/' ? 0 : -EXDEV;
}

int child_cwd(struct child *c)
{
	AUTO_CLOSE int dir =
		path_make_inside(c->spec->root_fd, c->spec->process.cwd, true);

	if (dir < 0)
		return dir;
	if (fchdir(dir) < 0)
		return -errno;
	return check_cwd();
}
