/*
 * services: the programs of the house that init starts, as a table, and how
 * one of them becomes a process.
 *
 * A service starts in its cgroup, without privilege to gain any
 * (no_new_privs), with its bounding set, as its user; the SELinux domain
 * changes by the policy's transition on the exec and is read back. It has fd
 * 0 /dev/null, 1 and 2 the console, 3 its bus, an empty environment.
 */
#ifndef CLOISTER_INIT_SERVICES_H
#define CLOISTER_INIT_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/bus.h"
#include "runtime/base/err.h"

#define SERVICES_OPEN_FILES 16384
#define SERVICES_ALL_CAPABILITIES UINT64_MAX

struct services_row {
	enum bus_service id;	/* BUS_INIT: has no bus */
	const char *word;	/* for records and messages */
	const char *path;
	const char *domain;	/* SELinux type after the exec */
	const char *cgroup;	/* row of cgroups.h */
	uid_t uid;		/* and gid; no other groups */
	uint64_t capabilities;	/* bounding set, bit n is capability n */
	int oom_score_adj;
	bool is_one_shot;	/* ends by itself and is not started again */
	bool is_dispensable;	/* never given up: its loss is no reason to drain */
};

extern const struct services_row services_rows[];
extern const size_t services_count;

/*
 * Starts a row's program. `*pid` is its process, `*bus` init's end of its bus
 * (non-blocking, owned by the caller; -1 for a row without bus). Waits until
 * the exec has happened, at most some seconds.
 * Returns 0, or -errno of the step that failed, named in `e`; then no process
 * is left but a zombie that the caller's reaping takes.
 */
int services_start(const struct services_row *row, pid_t *pid, int *bus,
		   struct err *e);

/*
 * Runs a row's program to its end, before there is a loop that reaps: fd 3 is
 * a copy of `fd`, which stays the caller's. Returns 0 if it exits with 0; -EIO
 * if not, -ETIMEDOUT after `timeout_ms` (then it was killed), or -errno of
 * what failed before: no process is left.
 */
int services_run(const struct services_row *row, int fd, int timeout_ms,
		 struct err *e);

#endif
