/* SPDX-License-Identifier: MIT */
/*
 * cgroup: the executor's own steps on cgroup2. What callers outside need is
 * in oci.h. Paths are beneath /sys/fs/cgroup, which must be a cgroup2 mount
 * (-EPERM if it is not); no component may be a link or another mount.
 */
#ifndef CLOISTER_OCI_CGROUP_H
#define CLOISTER_OCI_CGROUP_H

#include "runtime/oci/oci.h"

/*
 * Makes the cgroup `path` (parents exist) with `limits` and gives its
 * directory fd, owned by the caller. On failure nothing is left.
 * -EEXIST: there is one already. -ENOENT: no parent, or a limit whose
 * controller the parent does not pass on.
 */
int cgroup_create(const char *path, const struct oci_resources *limits,
		  int *fd, struct err *e);

/* Kills all that is in the cgroup and waits until that is gone. */
void cgroup_kill(const char *path);

#endif
