/*
 * mounts: the mount table of the house. Stage 2 finds nothing mounted but the
 * verified root, makes exactly these mounts, and reads every one back before
 * anything else runs: a mount that is missing, one too many or one flag too
 * few stops the boot.
 */
#ifndef CLOISTER_INIT_MOUNTS_H
#define CLOISTER_INIT_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/err.h"

#define MOUNTS_OPTIONS_MAX 4

struct mounts_option {
	const char *key;
	const char *value;	/* NULL: a flag */
};

enum mounts_when {
	MOUNTS_BOOT,		/* always, and before everything else */
	MOUNTS_THERE,		/* by stage 1: checked only */
	MOUNTS_MEMORY,		/* where there is no data disk */
	MOUNTS_DISK,		/* where there is one */
};

struct mounts_row {
	const char *target;
	const char *type;
	enum mounts_when when;
	unsigned int attributes;	/* MOUNT_ATTR_ */
	struct mounts_option options[MOUNTS_OPTIONS_MAX];	/* key NULL ends */
	const char *shown[MOUNTS_OPTIONS_MAX];	/* what mountinfo must show of
						   the options; NULL ends */
};

extern const struct mounts_row mounts_rows[];
extern const size_t mounts_count;

/*
 * Mounts every row of MOUNTS_BOOT in order. Needs CAP_SYS_ADMIN and the policy
 * in force (contexts are options). Stops at the first failure, which names the
 * mount and what the file system said about it.
 * Source: fsopen, fsconfig, fsmount, move_mount: Documentation/filesystems/
 * mount_api.rst.
 */
int mounts_apply(struct err *e);

/*
 * Mounts the data file system: from `device` if it is not NULL, else in
 * memory. As mounts_apply().
 */
int mounts_apply_data(const char *device, struct err *e);

#define MOUNTS_INFO_MAX 8192	/* bytes of /proc/self/mountinfo */
#define MOUNTS_FIELD_MAX 256

struct mounts_line {		/* of /proc/self/mountinfo */
	char target[MOUNTS_FIELD_MAX];
	char flags[MOUNTS_FIELD_MAX];
	char type[MOUNTS_FIELD_MAX];
	char options[MOUNTS_FIELD_MAX];
};

/* True if `line` has the shape of mountinfo. Source: proc_pid_mountinfo(5). */
bool mounts_split_line(const char *line, struct mounts_line *m);

/*
 * Checks `row` against one line of /proc/self/mountinfo of the same target.
 * Returns 0, or -EXDEV for another type, -EPERM for a flag or option that is
 * not as the row says, -EBADMSG for a line of another shape.
 */
int mounts_check_line(const struct mounts_row *row, const char *line,
		      struct err *e);

/*
 * Reads /proc/self/mountinfo and checks that it holds each row that belongs
 * to a machine with or without a data disk once and nothing else (-ENOENT,
 * -EEXIST). Returns the number of mounts checked.
 */
int mounts_check(bool has_disk, struct err *e);

#endif
