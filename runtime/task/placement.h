/* SPDX-License-Identifier: MIT */
/*
 * placement: which tasks of the plan there is room for.
 *
 * A task takes its place when it is admitted and gives it back when it has
 * STOPPED. What can never fit is refused before anything starts; what does not
 * fit now waits, and is looked at again at every step of the engine, so that
 * it starts as soon as anything is given back. A smaller one that fits does
 * not wait for a larger one before it.
 *
 * Daemons come first: no other task is admitted before each of them runs, or
 * has ended.
 */
#ifndef CLOISTER_TASK_PLACEMENT_H
#define CLOISTER_TASK_PLACEMENT_H

#include "runtime/base/err.h"
#include "runtime/task/change.h"
#include "runtime/task/needs.h"
#include "runtime/task/state.h"

/* What tasks can have of this machine: all CPUs, all memory the kernel has.
   -errno of sysinfo(2) or sched_getaffinity(2). */
int placement_room(struct needs *room, struct err *e);

/*
 * Whether each task of `p` can fit into `room` when it is alone.
 * -EINVAL: one cannot, and `why` says which and what it lacks.
 */
int placement_check(const struct plan *p, const struct needs *room,
		    struct change_refusal *why);

/* What a task waits for. */
struct placement_shortage {
	enum task_wait wait;	/* TASK_WAITS_FOR_NOTHING: there is room */
	int64_t wanted;		/* units, MiB, the port; 0 for a daemon */
	int64_t available;	/* of units and MiB */
};

/* Whether task `t` of the state can be admitted now. */
void placement_judge(const struct state *s, const struct plan *p,
		     const struct needs *room, uint32_t t,
		     struct placement_shortage *short_of);

#endif
