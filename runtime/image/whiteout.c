// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "runtime/base/fd.h"
#include "runtime/image/layer_inner.h"
#include "runtime/image/tree.h"

#define PREFIX ".wh."
#define META ".wh..wh."
#define OPAQUE ".wh..wh..opq"

bool layer_is_whiteout_name(const char *name)
{
	return strncmp(name, PREFIX, strlen(PREFIX)) == 0;
}

int layer_mark_opaque(int dir, struct err *e)
{
	if (fsetxattr(dir, TREE_OPAQUE, "y", 1, 0) < 0)
		return err_set(e, errno, "setxattr(opaque)");
	return 0;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/*
 * A whiteout hides what lies below this layer, not what this layer itself
 * brings: a file here hides it anyway, a directory becomes opaque.
 */
static int hide_below(int parent, const char *name, const struct stat *st,
		      struct err *e)
{
	AUTO_CLOSE int dir = -1;

	if (!S_ISDIR(st->st_mode))
		return 0;
	dir = openat(parent, name,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, errno, "open(directory)");
	return layer_mark_opaque(dir, e);
}

int layer_whiteout(int parent, const char *name, struct err *e)
{
	const char *target = name + strlen(PREFIX);
	struct stat st;

	if (strcmp(name, OPAQUE) == 0)
		return layer_mark_opaque(parent, e);
	/* Housekeeping of aufs that old tools left in layers. */
	if (strncmp(name, META, strlen(META)) == 0)
		return 0;
	if (!target[0] || is_dots(target))
		return err_set(e, EBADMSG, "whiteout of no name");
	if (fstatat(parent, target, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return hide_below(parent, target, &st, e);
	/* Anyone may make this one device. Source: kernel fs/namei.c. */
	if (mknodat(parent, target, S_IFCHR, makedev(0, 0)) < 0)
		return err_set(e, errno, "mknod(whiteout)");
	return 0;
}
