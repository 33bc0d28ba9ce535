// SPDX-License-Identifier: MIT
/*
 * How long it takes to stop what is there, at most: a container waits for
 * those that depend on it, so of each task the longest chain of stopTimeouts
 * counts; daemons wait for all other tasks.
 */
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/engine_inner.h"

#define STOP_WORK_MS 500 /* to signal and to clean up, of one container */

static bool is_live(const struct task_state *task, uint32_t c)
{
	return task->containers[c].phase != CONTAINER_STOPPED;
}

static bool depends_on(const struct plan_container *c, const char *name)
{
	for (uint32_t i = 0; i < c->depends_on.count; i++)
		if (strcmp(c->depends_on.items[i].container_name, name) == 0)
			return true;
	return false;
}

/* Until `c` has stopped, where `until` holds that of its dependants. */
static int64_t chain_s(const struct task_state *task,
		       const struct plan_containers *all, uint32_t c,
		       const int64_t *until)
{
	int64_t latest = 0;

	if (!is_live(task, c))
		return 0;
	for (uint32_t i = 0; i < all->count; i++)
		if (depends_on(&all->items[i], all->items[c].name) &&
		    until[i] > latest)
			latest = until[i];
	return latest + all->items[c].stop_timeout_s;
}

/* As many rounds as there are containers: no chain is longer. */
static int64_t task_s(const struct task_state *task,
		      const struct plan_containers *all)
{
	int64_t until[PLAN_CONTAINERS_MAX] = { 0 };
	int64_t longest = 0;

	for (uint32_t round = 0; round < all->count; round++) {
		for (uint32_t c = 0; c < all->count; c++) {
			until[c] = chain_s(task, all, c, until);
			if (until[c] > longest)
				longest = until[c];
		}
	}
	return longest;
}

int64_t engine_stop_bound_ms(const struct engine *g)
{
	int64_t longest_s[2] = { 0 }; /* of daemons: [1] */
	int64_t live = 0;

	for (uint32_t t = 0; t < g->state->task_count; t++) {
		const struct task_state *task = &g->state->tasks[t];
		const struct plan_task *p =
			&g->plan->tasks.items[task->plan_index];
		int64_t s;

		if (task->phase == TASK_STOPPED)
			continue;
		s = task_s(task, &p->containers);
		if (s > longest_s[p->is_daemon])
			longest_s[p->is_daemon] = s;
		for (uint32_t c = 0; c < p->containers.count; c++)
			live += is_live(task, c);
	}
	return (longest_s[0] + longest_s[1]) * 1000 + live * STOP_WORK_MS;
}
