/* SPDX-License-Identifier: MIT */
/*
 * host: places and kernel objects of runtime's side of images.
 */
#ifndef CLOISTER_IMAGE_HOST_H
#define CLOISTER_IMAGE_HOST_H

#include <stdbool.h>
#include <sys/types.h>

#include "runtime/base/err.h"

#define HOST_LAYERS "/data/layers"	/* owners 1000000..1065535 */
#define HOST_MAPPED "/data/mapped"	/* the same, owners 0..65535 */
#define HOST_STAGING "/data/staging"	/* where a root is put together */
#define HOST_VOLUMES "/data/volumes"
#define HOST_PLACES "/data/places"	/* on a data disk: what is written */
#define HOST_EMPTY "/data/empty"	/* below what has no layers */
#define HOST_TRASH "/data/trash"	/* ... and what goes */

/* True where SELinux's own file system is mounted at its place. */
bool host_has_selinux(void);

/*
 * Writes uid_map and gid_map of a process in a new user namespace: `count` ids
 * from `inside` on are those from `outside` on. Needs CAP_SETUID, CAP_SETGID
 * and, for outside 0, CAP_SETFCAP. Source: user_namespaces(7).
 */
int host_map_ids(int proc, pid_t pid, unsigned int inside,
		 unsigned int outside, unsigned int count, struct err *e);

/*
 * A user namespace fd for MOUNT_ATTR_IDMAP that shows owners from `on_disk` on
 * as 0, 1, ... Source: mount_setattr(2), kernel idmappings.rst.
 */
int host_idmap(unsigned int on_disk, unsigned int count, int *fd,
	       struct err *e);

#endif
