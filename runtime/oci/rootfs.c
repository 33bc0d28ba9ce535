// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/joined.h"
#include "runtime/oci/path.h"

/* Nothing propagates into our copy of the caller's mounts, or back. */
static int make_private(int old)
{
	struct mount_attr private = { .propagation = PATH_PRIVATE };

	return sys_mount_setattr(old, AT_RECURSIVE, &private);
}

/* A root that takes part in propagation does so at the end: see below. */
static int set_root_apart(const struct child *c)
{
	struct mount_attr apart = {
		.propagation = c->spec->root_propagation ? PATH_SLAVE :
							   PATH_PRIVATE,
	};

	return sys_mount_setattr(c->root_fd, AT_RECURSIVE, &apart);
}

/*
 * The new root is put over "/" of the namespace and becomes it; the old one
 * lands on top and is taken away. No path but "/" is used, and from here on
 * no path leads outside. Source: pivot_root(2), "pivot_root(".", ".")".
 */
static int enter_root(const struct child *c, int old)
{
	int r = sys_attach_mount(c->root_fd, old);

	if (r == 0)
		r = set_root_apart(c);
	if (r == 0)
		r = sys_result(fchdir(c->root_fd));
	if (r == 0)
		r = sys_result(syscall(SYS_pivot_root, ".", "."));
	if (r == 0)
		r = sys_detach_mount(".");
	return r < 0 ? r : sys_result(chdir("/"));
}

static int open_old(void)
{
	return sys_openat2(AT_FDCWD, "/", O_PATH | O_DIRECTORY, 0, 0);
}

static bool has_create_hooks(const struct child *c)
{
	return c->spec->hooks.create_container_count > 0;
}

/* Hooks find the root, and what is mounted there, at its place. A place that
 * has become another one deceives them alone: all mounts here are ours. */
static int place_root(const struct child *c, int old)
{
	AUTO_CLOSE int where =
		path_open_inside(old, c->spec->hooks.root_place, O_DIRECTORY);
	int r = where < 0 ? where : sys_attach_mount(c->root_fd, where);

	return r < 0 ? r : set_root_apart(c);
}

static int make_root(const struct child *c)
{
	AUTO_CLOSE int old = open_old();
	int r = old < 0 ? old : make_private(old);

	if (r < 0)
		return r;
	return has_create_hooks(c) ? place_root(c, old) : enter_root(c, old);
}

int child_root(struct child *c)
{
	return joined_mounts(c->spec) ? joined_enter(c) : make_root(c);
}

int child_root_entered(struct child *c)
{
	AUTO_CLOSE int old = -1;

	if (!has_create_hooks(c))
		return 0;
	old = open_old();
	return old < 0 ? take_fd(&old) : enter_root(c, old);
}

/* Last, so that no mount of ours propagates to others of the group. */
int child_root_propagation(struct child *c)
{
	struct mount_attr attr = { .propagation = c->spec->root_propagation };

	if (!attr.propagation)
		return 0;
	return sys_mount_setattr(c->root_fd, 0, &attr);
}

int child_root_read_only(struct child *c)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (!c->spec->is_root_read_only)
		return 0;
	return sys_mount_setattr(c->root_fd, 0, &attr);
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
		path_make_inside(c->root_fd, c->spec->process.cwd, true);

	if (dir < 0)
		return dir;
	if (fchdir(dir) < 0)
		return -errno;
	return check_cwd();
}
