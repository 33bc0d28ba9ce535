/* SPDX-License-Identifier: MIT */
/*
 * proc: which process a number means. A pid is used again when its process
 * is gone; with the time of its start it is not.
 */
#ifndef CLOISTER_OCI_CLI_PROC_H
#define CLOISTER_OCI_CLI_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/err.h"

struct proc_facts {
	uint64_t start_ticks;	/* clock ticks from boot to its start */
	bool has_ended;		/* a zombie that nobody has reaped yet */
};

/*
 * Reads /proc/PID/stat through a procfs that is proven to be one.
 * -ESRCH: there is no such process. Source: proc_pid_stat(5).
 */
int proc_read(pid_t pid, struct proc_facts *out, struct err *e);

/*
 * Opens a pidfd of the process that has `pid` and started at `start_ticks`.
 * -ESRCH "process already finished": it has ended, the pid may be another's.
 */
int proc_open(pid_t pid, uint64_t start_ticks, int *pidfd, struct err *e);

#define PROC_CGROUP_MAX 8192

/*
 * The cgroup2 path of a process, beneath the root of our cgroup namespace and
 * without the leading "/". -ESRCH as proc_read().
 */
int proc_cgroup(pid_t pid, char path[PROC_CGROUP_MAX], struct err *e);

/*
 * The pid of our process `pid` in the innermost pid namespace that it is in.
 */
int proc_inner_pid(pid_t pid, pid_t *inner, struct err *e);

#endif
