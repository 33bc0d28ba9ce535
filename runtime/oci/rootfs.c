// SPDX-License-Identifier: MIT
#include <errno.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/path.h"

/*
 * The new root is put over "/" of the namespace and becomes it; the old one
 * lands on top and is taken away. No path but "/" is used, and from here on
 * no path leads outside. Source: pivot_root(2), "pivot_root(".", ".")".
 */
int child_root(struct child *c)
{
	struct mount_attr private = { .propagation = PATH_PRIVATE };
	AUTO_CLOSE int old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int root = c->root_fd;
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
