/* SPDX-License-Identifier: MIT */
/*
 * members: the processes of a container, from its cgroup.
 */
#ifndef CLOISTER_OCI_CLI_MEMBERS_H
#define CLOISTER_OCI_CLI_MEMBERS_H

#include <stddef.h>
#include <sys/types.h>

#include "runtime/base/err.h"

struct members {
	pid_t *pids;		/* in our pid namespace */
	size_t count;
};

/*
 * Lists the processes of the cgroup `path` and of those beneath it, in the
 * order of the kernel. None when the cgroup is gone. members_free() after.
 */
int members_list(const char *path, struct members *out, struct err *e);

/*
 * Sends `signo` to each; a process that ends meanwhile, or whose pid has gone
 * to a process of another cgroup, is passed over. `*sent` counts.
 * -ENAMETOOLONG: a cgroup has a path that this kernel does not tell.
 */
int members_signal(const char *path, int signo, size_t *sent,
		   struct err *e);

void members_free(struct members *m);

#endif
