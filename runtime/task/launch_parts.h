/* SPDX-License-Identifier: MIT */
/*
 * launch_parts: what launch.c puts together: the process (launch_process.c),
 * and what the container sees of files and devices (launch_mounts.c).
 */
#ifndef CLOISTER_TASK_LAUNCH_PARTS_H
#define CLOISTER_TASK_LAUNCH_PARTS_H

#include "runtime/task/launch.h"

/*
 * Program, environment, limits, working directory, ids. Needs l->hostname.
 * Returns 0 or -errno as launch_new().
 */
int launch_fill_process(struct launch *l, const struct launch_input *in,
			struct err *e);

/*
 * Default mounts, volumes, tmpfs. Needs l->file_label.
 * Returns 0, -E2BIG over LAUNCH_MOUNTS_MAX.
 */
int launch_fill_mounts(struct launch *l, const struct launch_input *in,
		       struct err *e);

/*
 * What the capabilities of the process bring with them. Needs these, after
 * launch_fill_mounts(). Returns 0, -E2BIG over a maximum of launch.h.
 */
int launch_fill_grants(struct launch *l, struct err *e);

/*
 * Devices that the container names: each a node more, or, where a grant has
 * brought it to the same path, what it may do with it. After
 * launch_fill_grants(). Returns 0, -E2BIG, -EINVAL for a device of no table.
 */
int launch_fill_devices(struct launch *l, const struct plan_container *p,
			struct err *e);

#endif
