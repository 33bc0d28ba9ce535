/* SPDX-License-Identifier: MIT */
/*
 * describe: what a task may read of itself, in the JSON of ECS's task metadata
 * endpoint (version 4), out of the plan and the tables of the engine. Pure.
 *
 * What one instance cannot know is left out, but for two: the cluster is the
 * instance, and the revision of a definition is always 1.
 * Source: base/description.h, ECS "task metadata endpoint version 4".
 */
#ifndef CLOISTER_TASK_DESCRIBE_H
#define CLOISTER_TASK_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/description.h"
#include "runtime/base/err.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"

struct describe_input {
	const struct plan *plan;
	const struct state *state;
	uint32_t t;			/* into state.tasks */
	/* Of each container's image, "" where it is not unpacked. */
	const char *digests[PLAN_CONTAINERS_MAX];
	int64_t born_unix_ms;		/* CLOCK_REALTIME where CLOCK_BOOTTIME was 0 */
};

/*
 * Fills a block as description.h has it, which the caller frees. -EFBIG: it
 * does not fit into DESCRIPTION_BYTES_MAX; -ENOMEM.
 */
int describe_task(const struct describe_input *in, void **data, size_t *len,
		  struct err *e);

/* The block of a task that has ended. */
void describe_over(const struct task_state *task, struct description *d);

#endif
