// SPDX-License-Identifier: MIT
#include "runtime/oci/config/mount_options.h"

#include <stddef.h>
#include <string.h>

#include "runtime/base/sys.h"

/* Of sys/mount.h, which does not go together with linux/mount.h. */
#define UNBINDABLE (1 << 17)
#define PRIVATE (1 << 18)
#define SLAVE (1 << 19)
#define SHARED (1 << 20)

/* clang-format off */
/* An attribute of this mount, and of the whole tree with an "r" before it. */
#define SET(name, attribute) \
	{ name, MOUNT_ATTRIBUTE, false, MOUNT_ATTR_##attribute, 0 }, \
	{ "r" name, MOUNT_RECURSIVE, false, MOUNT_ATTR_##attribute, 0 }
#define CLEAR(name, attribute) \
	{ name, MOUNT_ATTRIBUTE, false, 0, MOUNT_ATTR_##attribute }, \
	{ "r" name, MOUNT_RECURSIVE, false, 0, MOUNT_ATTR_##attribute }
/* The three ways to keep access times are one field of the kernel. */
#define ATIME(name, mode) \
	{ name, MOUNT_ATTRIBUTE, false, mode, MOUNT_ATTR__ATIME }, \
	{ "r" name, MOUNT_RECURSIVE, false, mode, MOUNT_ATTR__ATIME }
#define PLAIN(name, effect) { name, effect, false, 0, 0 }
#define MOVES(name, flag) \
	{ name, MOUNT_PROPAGATION, false, flag, 0 }, \
	{ "r" name, MOUNT_PROPAGATION, true, flag, 0 }

const struct mount_option mount_options[] = {
	PLAIN("defaults", MOUNT_NOTHING),

	SET("ro", RDONLY), CLEAR("rw", RDONLY),
	SET("nosuid", NOSUID), CLEAR("suid", NOSUID),
	SET("nodev", NODEV), CLEAR("dev", NODEV),
	SET("noexec", NOEXEC), CLEAR("exec", NOEXEC),
	SET("nodiratime", NODIRATIME), CLEAR("diratime", NODIRATIME),
	SET("nosymfollow", NOSYMFOLLOW), CLEAR("symfollow", NOSYMFOLLOW),

	ATIME("noatime", MOUNT_ATTR_NOATIME),
	ATIME("strictatime", MOUNT_ATTR_STRICTATIME),
	ATIME("relatime", MOUNT_ATTR_RELATIME),
	/* What the kernel does unasked is relatime. */
	ATIME("atime", MOUNT_ATTR_RELATIME),
	ATIME("nostrictatime", MOUNT_ATTR_RELATIME),
	ATIME("norelatime", MOUNT_ATTR_RELATIME),

	MOVES("private", PRIVATE), MOVES("shared", SHARED),
	MOVES("slave", SLAVE), MOVES("unbindable", UNBINDABLE),

	{ "bind", MOUNT_BIND, false, 0, 0 },
	{ "rbind", MOUNT_BIND, true, 0, 0 },
	PLAIN("remount", MOUNT_REMOUNT),
	PLAIN("tmpcopyup", MOUNT_TMPCOPYUP),
	{ "idmap", MOUNT_IDMAP, false, 0, 0 },
	{ "ridmap", MOUNT_IDMAP, true, 0, 0 },

	/* The kernel knows these for every file system. */
	PLAIN("sync", MOUNT_SUPERBLOCK), PLAIN("async", MOUNT_SUPERBLOCK),
	PLAIN("dirsync", MOUNT_SUPERBLOCK),
	PLAIN("lazytime", MOUNT_SUPERBLOCK), PLAIN("nolazytime", MOUNT_SUPERBLOCK),
	PLAIN("mand", MOUNT_SUPERBLOCK), PLAIN("nomand", MOUNT_SUPERBLOCK),
	/* Of the old mount(2); the new calls have no such flags. */
	PLAIN("iversion", MOUNT_NOTHING), PLAIN("noiversion", MOUNT_NOTHING),
	PLAIN("silent", MOUNT_NOTHING), PLAIN("loud", MOUNT_NOTHING),
	{ NULL, MOUNT_NOTHING, false, 0, 0 },
};
/* clang-format on */

const struct mount_option *mount_option_find(const char *name)
{
	for (const struct mount_option *o = mount_options; o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static void change(const struct mount_option *o, uint64_t *set, uint64_t *clear)
{
	*set = (*set & ~o->clear) | o->set;
	*clear = (*clear & ~o->set) | o->clear;
}

void mount_option_apply(const struct mount_option *o, struct oci_mount *m,
			bool *is_bind)
{
	switch (o->effect) {
	case MOUNT_NOTHING:
	case MOUNT_SUPERBLOCK:
		break;
	case MOUNT_ATTRIBUTE:
		change(o, &m->attributes_set, &m->attributes_clear);
		break;
	case MOUNT_RECURSIVE:
		change(o, &m->recursive_set, &m->recursive_clear);
		break;
	case MOUNT_PROPAGATION:
		m->propagation = o->set;
		m->is_propagation_recursive = o->is_recursive;
		break;
	case MOUNT_BIND:
		*is_bind = true;
		m->is_recursive_bind = o->is_recursive;
		break;
	case MOUNT_REMOUNT:
		m->is_remount = true;
		break;
	case MOUNT_TMPCOPYUP:
		m->is_tmpcopyup = true;
		break;
	case MOUNT_IDMAP:
		m->is_idmapped = true;
		m->is_idmap_recursive = o->is_recursive;
		break;
	}
}
