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
#include "runtime/oci/spec.h"

#define OPTION_MAX 4096
#define STRING_MAX 255 /* of fsconfig(2) */

/*
 * Layers of an overlay, of which there may be too many for one string, one by
 * one. "\\:" is part of a name; "::" begins layers of another kind, of which
 * the kernel is told under another name.
 */
static int set_layers(int fs, char *layers)
{
	const char *key = "lowerdir+";
	int r = 0;

	while (r == 0 && *layers) {
		char *end = layers;

		while (*end && *end != ':')
			end += *end == '\\' && end[1] ? 2 : 1;
		if (*end)
			*end++ = '\0';
		if (*layers)
			r = sys_fsconfig_set(fs, key, layers);
		else
			key = "datadir+";
		layers = end;
	}
	return r;
}

static int set_option(int fs, char *option)
{
	char *value = strchr(option, '=');

	if (value)
		*value++ = '\0';
	if (value && strlen(value) > STRING_MAX &&
	    strcmp(option, "lowerdir") == 0)
		return set_layers(fs, value);
	return sys_fsconfig_set(fs, option, value);
}

/* Sets "key=value,flag,..."; an option longer than OPTION_MAX is -EINVAL. */
static int set_options(int fs, const char *options)
{
	char option[OPTION_MAX];

	while (options && *options) {
		size_t len = strcspn(options, ",");
		int r;

		if (len >= sizeof(option))
			return -EINVAL;
		memcpy(option, options, len);
		option[len] = '\0';
		r = len ? set_option(fs, option) : 0;
		if (r < 0)
			return r;
		options += len + (options[len] == ',');
	}
	return 0;
}

/* A tmpfs is filled (mount points, nodes, copies) before it is read-only. */
static bool is_closed_later(const struct oci_mount *m)
{
	return m->type && strcmp(m->type, "tmpfs") == 0 && m->source_fd < 0 &&
	       !m->is_remount &&
	       (m->attributes_set | m->recursive_set) & MOUNT_ATTR_RDONLY;
}

static uint64_t attributes_of(const struct oci_mount *m)
{
	uint64_t set = m->attributes_set | m->recursive_set;

	return is_closed_later(m) ? set & ~(uint64_t)MOUNT_ATTR_RDONLY : set;
}

/* A detached mount of a new file system. */
static int make_mount(const struct oci_mount *m, const char *label)
{
	AUTO_CLOSE int fs = sys_fsopen(m->type);
	int r = fs < 0 ? fs : 0;

	if (r == 0)
		r = sys_fsconfig_set(fs, "source",
				     m->source ? m->source : m->type);
	if (r == 0)
		r = set_options(fs, m->options);
	if (r == 0 && label)
		r = sys_fsconfig_set(fs, "context", label);
	if (r == 0)
		r = sys_fsconfig_create(fs);
	if (r < 0)
		return r;
	return sys_fsmount(fs, (unsigned int)attributes_of(m));
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

/* The access time modes are one field: to set it, clear it. */
static void add_attributes(struct mount_attr *attr, uint64_t set,
			   uint64_t clear)
{
	attr->attr_set |= set;
	attr->attr_clr |= clear;
	if (set & MOUNT_ATTR__ATIME)
		attr->attr_clr |= MOUNT_ATTR__ATIME;
}

/* What concerns the whole tree in one call, what concerns its top in one. */
static int set_attributes(int fd, const struct oci_mount *m)
{
	uint64_t ours = m->is_remount ? 0 : PATH_PRIVATE;
	uint64_t propagation = m->propagation ? m->propagation : ours;
	bool is_tree = m->propagation ? m->is_propagation_recursive :
					m->is_recursive_bind;
	struct mount_attr tree = { .propagation = is_tree ? propagation : 0 };
	struct mount_attr top = { .propagation = is_tree ? 0 : propagation };
	int r = 0;

	add_attributes(&tree, m->recursive_set, m->recursive_clear);
	add_attributes(&top, m->attributes_set, m->attributes_clear);
	if (tree.attr_set || tree.attr_clr || tree.propagation)
		r = sys_mount_setattr(fd, AT_RECURSIVE, &tree);
	if (r == 0 && (top.attr_set || top.attr_clr || top.propagation))
		r = sys_mount_setattr(fd, 0, &top);
	return r;
}

/*
 * Opens the place of a mount, made if it is missing; -ENOTDIR for a directory
 * on a file. Only links and ".." could lead from elsewhere into /proc, and
 * there are no links in /dev and /sys.
 */
static int open_place(const struct child *c, const char *path, bool is_dir)
{
	AUTO_CLOSE int where =
		path_is_ours(path) ?
			path_make_strict(c->root_fd, path, is_dir) :
			path_make_inside(c->root_fd, path, is_dir);
	bool is_apart = (path_is_in(path, "dev") || path_is_in(path, "sys")) &&
			!strstr(path, "/..");
	int r = where < 0 || is_apart || (!is_dir && spec_is_shown(path)) ?
			0 :
			refuse_proc(where);

	return r < 0 ? r : take_fd(&where);
}

static int bind_mount(struct child *c, const struct oci_mount *m, int bind)
{
	AUTO_CLOSE int where = -1;
	int is_dir = is_directory(bind);
	int r = is_dir < 0 ? is_dir : set_attributes(bind, m);

	if (r < 0)
		return r;
	where = open_place(c, m->destination, is_dir);
	if (where < 0)
		return take_fd(&where);
	if (!is_dir && is_directory(where))
		return -EISDIR;
	return sys_attach_mount(bind, where);
}

static bool has_mode(const char *options)
{
	const char *mode = options ? strstr(options, "mode=") : NULL;

	return mode && (mode == options || mode[-1] == ',');
}

/* Changes the mount that is there, and its file system if there are options. */
static int change_mount(struct child *c, const struct oci_mount *m)
{
	AUTO_CLOSE int where =
		path_is_ours(m->destination) ?
			path_open_strict(c->root_fd, m->destination, 0) :
			path_open_inside(c->root_fd, m->destination, 0);
	AUTO_CLOSE int fs = -1;
	int r = where < 0 ? where : refuse_proc(where);

	if (r == 0 && m->options) {
		fs = sys_fspick(where);
		r = fs < 0 ? fs : set_options(fs, m->options);
		if (r == 0)
			r = sys_fsconfig_reconfigure(fs);
	}
	return r < 0 ? r : set_attributes(where, m);
}

static int new_mount(struct child *c, const struct oci_mount *m, int mount)
{
	AUTO_CLOSE int where = open_place(c, m->destination, true);
	int r = where < 0 ? where : 0;

	if (r == 0 && m->is_tmpcopyup)
		r = copy_up(where, mount, has_mode(m->options));
	if (r == 0)
		r = sys_attach_mount(mount, where);
	if (r == 0 && path_is(m->destination, "dev"))
		c->dev_fd = mount;
	return r;
}

int child_make_mounts(struct child *c)
{
	const struct oci_spec *spec = c->spec;

	for (uint32_t i = 0; i < spec->mount_count; i++) {
		const struct oci_mount *m = &spec->mounts[i];

		c->index = i;
		if (m->source_fd >= 0 || m->is_remount)
			continue;
		c->mount_fds[i] = make_mount(
			m, m->takes_label ? spec->mount_label : m->label);
		if (c->mount_fds[i] < 0)
			return c->mount_fds[i];
	}
	return 0;
}

static int mount_row(struct child *c, const struct oci_mount *m, int fd)
{
	if (m->is_remount)
		return change_mount(c, m);
	if (m->source_fd >= 0)
		return bind_mount(c, m, fd);
	return new_mount(c, m, fd);
}

int child_mounts(struct child *c)
{
	const struct oci_spec *spec = c->spec;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < spec->mount_count; i++) {
		c->index = i;
		r = mount_row(c, &spec->mounts[i], c->mount_fds[i]);
	}
	return r;
}

int child_mounts_read_only(struct child *c)
{
	const struct oci_spec *spec = c->spec;
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < spec->mount_count; i++) {
		c->index = i;
		if (is_closed_later(&spec->mounts[i]))
			r = sys_mount_setattr(c->mount_fds[i], 0, &attr);
	}
	return r;
}
