/* SPDX-License-Identifier: MIT */
/*
 * census: the processes of the house, each with what the kernel says of its
 * rights. Read from /proc of init's own children and of the unpacker; no
 * process of a task is ever looked at.
 */
#ifndef CLOISTER_INIT_CENSUS_H
#define CLOISTER_INIT_CENSUS_H

#include <stdint.h>
#include <sys/types.h>

#include "init/canon.h"
#include "init/selinux.h"
#include "runtime/base/err.h"

#define CENSUS_MAX 32		/* processes in one evidence document */

struct census_rights {
	int64_t uid;			/* effective */
	uint64_t effective;		/* capability sets */
	uint64_t bounding;
	int64_t no_new_privs;		/* 0 or 1 */
	int64_t seccomp;		/* 0 off, 1 strict, 2 filter */
};

/*
 * Reads the text of /proc/PID/status. Returns 0, or -EBADMSG where one of the
 * lines is missing. Source: proc_pid_status(5).
 */
int census_parse_status(const char *text, struct census_rights *r,
			struct err *e);

/*
 * Writes the array "processes": one object per process of the groups host/ *,
 * and the number of those beyond CENSUS_MAX as "processes_more". A process
 * that ends while it is looked at is left out.
 */
int census_write(struct canon *c, struct err *e);

#endif
