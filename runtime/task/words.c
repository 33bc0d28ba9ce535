#include "runtime/task/words.h"

#include <errno.h>
#include <string.h>
#include <linux/mount.h>

#include "runtime/base/fd.h"

static const struct ulimit_row {
	const char *name;
	int resource;
} ulimit_rows[] = {
	{ "core", RLIMIT_CORE },	 { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },	 { "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },	 { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },	 { "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },		 { "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },	 { "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

/* set and clear both 0: known, and without effect on a tmpfs. */
static const struct option_row {
	const char *word;
	uint64_t set;
	uint64_t clear;
} option_rows[] = {
	{ "ro", MOUNT_ATTR_RDONLY, 0 },
	{ "rw", 0, MOUNT_ATTR_RDONLY },
	{ "nosuid", MOUNT_ATTR_NOSUID, 0 },
	{ "suid", 0, MOUNT_ATTR_NOSUID },
	{ "noexec", MOUNT_ATTR_NOEXEC, 0 },
	{ "exec", 0, MOUNT_ATTR_NOEXEC },
	{ "nodev", MOUNT_ATTR_NODEV, 0 },
	{ "dev", 0, MOUNT_ATTR_NODEV },
	{ "noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR_STRICTATIME },
	{ "strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR_NOATIME },
	{ "relatime", 0, MOUNT_ATTR_NOATIME | MOUNT_ATTR_STRICTATIME },
	{ "nodiratime", MOUNT_ATTR_NODIRATIME, 0 },
	{ "diratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "defaults", 0, 0 },
	{ "sync", 0, 0 },
	{ "async", 0, 0 },
	{ "dirsync", 0, 0 },
	{ "remount", 0, 0 },
	{ "mand", 0, 0 },
	{ "nomand", 0, 0 },
	{ "atime", 0, MOUNT_ATTR_NOATIME },
	{ "norelatime", 0, 0 },
	{ "nostrictatime", 0, MOUNT_ATTR_STRICTATIME },
	{ "bind", 0, 0 },
	{ "rbind", 0, 0 },
	{ "private", 0, 0 },
	{ "rprivate", 0, 0 },
	{ "unbindable", 0, 0 },
	{ "runbindable", 0, 0 },
	{ "shared", 0, 0 },
	{ "rshared", 0, 0 },
	{ "slave", 0, 0 },
	{ "rslave", 0, 0 },
};

int words_ulimit(const struct plan_ulimit *u, struct oci_rlimit *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(ulimit_rows); i++) {
		if (strcmp(ulimit_rows[i].name, u->name) != 0)
			continue;
		out->resource = ulimit_rows[i].resource;
		out->limit.rlim_cur = u->soft < 0 ? RLIM_INFINITY :
						    (rlim_t)u->soft;
		out->limit.rlim_max = u->hard < 0 ? RLIM_INFINITY :
						    (rlim_t)u->hard;
		return 0;
	}
	return -EINVAL;
}

bool words_tmpfs_option(const char *word, uint64_t *attributes)
{
	for (size_t i = 0; i < ARRAY_SIZE(option_rows); i++) {
		if (strcmp(option_rows[i].word, word) != 0)
			continue;
		*attributes = (*attributes & ~option_rows[i].clear) |
			      option_rows[i].set;
		return true;
	}
	return false;
}
