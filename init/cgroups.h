/*
 * cgroups: the tree of control groups that everything runs in.
 *
 *   host/{init,intake,courier,runtime,uplink,metadata,unpack}  the house, a leaf
 *                                             per program
 *   tasks/<task>/<container>                  made by runtime
 *
 * The house has a share of memory that tasks cannot take from it, and each
 * of its programs a bound of its own. Source: cgroup-v2.rst.
 */
#ifndef CLOISTER_INIT_CGROUPS_H
#define CLOISTER_INIT_CGROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/err.h"

#define CGROUPS_ROOT "/sys/fs/cgroup"
#define CGROUPS_FILES_MAX 4

struct cgroups_file {
	const char *name;
	const char *value;
};

struct cgroups_row {
	const char *path;			/* below CGROUPS_ROOT */
	struct cgroups_file files[CGROUPS_FILES_MAX];	/* name NULL ends */
};

extern const struct cgroups_row cgroups_rows[];
extern const size_t cgroups_count;

/*
 * Makes every row, moves the caller into host/init and hands the controllers
 * down to host/ * and tasks/ *. Needs root and the cgroup2 mount.
 */
int cgroups_setup(struct err *e);

/*
 * Opens the directory of a row, e.g. "host/uplink", for CLONE_INTO_CGROUP.
 * Returns an fd that the caller owns, or -errno.
 */
int cgroups_open(const char *path, struct err *e);

/* Kills every process below tasks/ at once. Returns 0 or -errno. */
int cgroups_kill_tasks(struct err *e);

/* True while any process lives below tasks/; on an error too. */
bool cgroups_has_tasks(void);

/* Number of processes below host/, or -errno. */
int cgroups_count_host(struct err *e);

#endif
