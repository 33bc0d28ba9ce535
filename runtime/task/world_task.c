// SPDX-License-Identifier: MIT
/* What the containers of a task have in common. */
#include <errno.h>
#include <stdio.h>

#include "runtime/base/fd.h"
#include "runtime/oci/oci.h"
#include "runtime/task/bridge.h"
#include "runtime/task/cards.h"
#include "runtime/task/volumes.h"
#include "runtime/task/world_inner.h"

static void task_cgroup(const struct task_state *task, char *path, size_t cap)
{
	snprintf(path, cap, "tasks/%s", task->id);
}

static int make_network(struct place *p, const char *cgroup, struct err *e)
{
	uint32_t t = (uint32_t)(p->held_task - p->w->tasks);
	int r = oci_network_new(&p->held_task->network_fd, e);

	return r < 0 ? r : tell_door(p->w, t, cgroup, e);
}

/* What all containers of a task share is made when its first one starts. */
int place_prepare_task(struct place *p, struct err *e)
{
	const struct plan_attachment *cards =
		state_attachment(p->task, p->task_plan);
	struct oci_resources limits;
	char path[LAUNCH_CGROUP_MAX];
	int r;

	if (p->held_task->is_prepared)
		return 0;
	launch_task_limits(p->task_plan, &limits);
	task_cgroup(p->task, path, sizeof(path));
	r = oci_cgroup_parent(path, &limits, e);
	if (r == 0 && p->task_plan->network_mode != PLAN_NETWORK_HOST &&
	    p->held_task->network_fd < 0)
		r = make_network(p, path, e);
	if (r == 0 && cards)
		r = cards_give(cards, p->w->plan->instance.metadata_is_open,
			       p->held_task->network_fd, e);
	if (r == 0)
		r = sharing_make(p, e);
	if (r == 0 && p->task_plan->network_mode == PLAN_NETWORK_BRIDGE)
		r = bridge_give(p->w, (uint32_t)(p->held_task - p->w->tasks),
				p->held_task->network_fd, e);
	if (r == 0)
		r = volumes_make(p->task, p->task_plan, e);
	if (r == 0)
		p->held_task->is_prepared = true;
	return r;
}

void place_release(void *ctx, uint32_t t)
{
	struct world *w = ctx;
	struct task_state *task = &w->state->tasks[t];
	const struct plan_task *plan = &w->plan->tasks.items[task->plan_index];
	struct err e = ERR_NONE;
	char path[LAUNCH_CGROUP_MAX];
	int r;

	tell_end(w, t);
	cards_take_back(w, t);
	bridge_take_back(w, t);
	fd_close(&w->tasks[t].network_fd);
	sharing_end(w, t);
	volumes_drop(task, plan);
	w->tasks[t].is_prepared = false;
	task_cgroup(task, path, sizeof(path));
	r = oci_clean(path, &e);
	if (r < 0 && r != -ENOENT)
		err_print(2, "runtime", &e);
}
