// SPDX-License-Identifier: MIT
/*
 * How many tasks of each entry there are, against how many the plan wants. It
 * is judged by what is there, not by what was done before: after a crash it
 * goes on, and what could not be done yet is tried again.
 *
 * A task that ended by itself counts as one that was run. Dismissed is a task
 * that the plan wants no more; it then stops, and counts for nothing.
 */
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/engine_inner.h"

static const char dismissal[] =
	"Scaling activity initiated by a newer document";

/* Of the tasks of one family of which a newer definition takes over. */
struct census {
	int64_t alive;	 /* not STOPPED, old and new */
	int64_t running; /* of those */
	int64_t old;	 /* of entries that the plan wants none of */
};

static const struct plan_task *entry(const struct engine *g, uint32_t index)
{
	return &g->plan->tasks.items[index];
}

static int64_t count_made(const struct engine *g, uint32_t index)
{
	int64_t n = 0;

	for (uint32_t t = 0; t < g->state->task_count; t++)
		n += g->state->tasks[t].plan_index == index &&
		     !g->state->tasks[t].is_dismissed;
	return n;
}

static void take_census(const struct engine *g, uint32_t successor,
			struct census *n)
{
	const char *family = entry(g, successor)->family;

	*n = (struct census){ 0 };
	for (uint32_t t = 0; t < g->state->task_count; t++) {
		const struct task_state *task = &g->state->tasks[t];
		const struct plan_task *e = entry(g, task->plan_index);
		bool is_old = task->plan_index != successor && e->count == 0 &&
			      strcmp(e->family, family) == 0;

		if (task->phase == TASK_STOPPED ||
		    (!is_old && task->plan_index != successor))
			continue;
		n->alive++;
		n->running += task->phase == TASK_RUNNING;
		n->old += is_old;
	}
}

/* The entry that takes over from `index`: the first wanted of its family. */
static bool find_successor(const struct engine *g, uint32_t index,
			   uint32_t *successor)
{
	for (uint32_t i = 0; i < g->plan->tasks.count; i++) {
		if (entry(g, i)->count == 0 ||
		    strcmp(entry(g, i)->family, entry(g, index)->family) != 0)
			continue;
		*successor = i;
		return true;
	}
	return false;
}

/* ECS rounds the least up and the most down. */
static int64_t least(const struct plan_task *e)
{
	return (e->count * e->least_percent + 99) / 100;
}

static int64_t most(const struct plan_task *e)
{
	return e->count * e->most_percent / 100;
}

static bool may_stop(const struct engine *g, uint32_t index,
		     const struct task_state *task)
{
	uint32_t successor;
	struct census n;

	if (task->phase != TASK_RUNNING || entry(g, index)->count > 0 ||
	    !find_successor(g, index, &successor))
		return true;
	take_census(g, successor, &n);
	return n.running > least(entry(g, successor));
}

static bool may_start(const struct engine *g, uint32_t index)
{
	uint32_t successor;
	struct census n;

	if (!find_successor(g, index, &successor) || successor != index)
		return true;
	take_census(g, index, &n);
	return n.old == 0 || n.alive < most(entry(g, index));
}

/* Which one goes first: what has ended, what has not begun, the youngest. */
static bool goes_before(const struct task_state *a, const struct task_state *b)
{
	static const int ranks[TASK_PHASE_COUNT] = {
		[TASK_STOPPED] = 3,
		[TASK_STOPPING] = 2,
		[TASK_PENDING] = 1,
		[TASK_RUNNING] = 0,
	};

	if (ranks[a->phase] != ranks[b->phase])
		return ranks[a->phase] > ranks[b->phase];
	return a->at_ms[TASK_CREATED_AT] >= b->at_ms[TASK_CREATED_AT];
}

static bool find_surplus(const struct engine *g, uint32_t index, uint32_t *row)
{
	const struct task_state *tasks = g->state->tasks;
	bool is_found = false;

	for (uint32_t t = 0; t < g->state->task_count; t++) {
		if (tasks[t].plan_index != index || tasks[t].is_dismissed ||
		    (is_found && !goes_before(&tasks[t], &tasks[*row])))
			continue;
		*row = t;
		is_found = true;
	}
	return is_found;
}

static bool dismiss_one(struct engine *g, uint32_t index, int64_t now_ms)
{
	struct subject s;
	uint32_t row;

	if (!find_surplus(g, index, &row) ||
	    !may_stop(g, index, &g->state->tasks[row]))
		return false;
	s = engine_subject(g, row, 0, now_ms);
	s.task->is_dismissed = true;
	engine_stop_task(&s, TASK_STOP_SCHEDULER, dismissal);
	return true;
}

static bool add_one(struct engine *g, uint32_t index, int64_t now_ms)
{
	struct err e = ERR_NONE;

	if (!may_start(g, index))
		return false;
	return state_add_task(g->state, index, now_ms, &e) == 0;
}

/* True while there is something to do, now or later. */
static bool settle_entry(struct engine *g, uint32_t index, int64_t now_ms,
			 bool *has_changed)
{
	int64_t surplus = count_made(g, index) - entry(g, index)->count;

	while (surplus > 0 && dismiss_one(g, index, now_ms)) {
		*has_changed = true;
		surplus--;
	}
	while (surplus < 0 && add_one(g, index, now_ms)) {
		*has_changed = true;
		surplus++;
	}
	return surplus != 0;
}

bool reconcile(struct engine *g, int64_t now_ms)
{
	bool has_changed = false, is_unsettled = false;

	if (!g->is_unsettled || g->state->is_draining)
		return false;
	for (uint32_t i = 0; i < g->plan->tasks.count; i++)
		is_unsettled |= settle_entry(g, i, now_ms, &has_changed);
	g->is_unsettled = is_unsettled;
	return has_changed;
}

void engine_change(struct engine *g, const struct plan *plan)
{
	g->plan = plan;
	g->is_unsettled = true;
}

/* Those that ended go first, see goes_before(): no need to stop them. */
static int64_t count_stops(const struct engine *g, uint32_t index,
			   int64_t surplus)
{
	int64_t ended = 0;

	for (uint32_t t = 0; t < g->state->task_count; t++)
		ended += g->state->tasks[t].plan_index == index &&
			 !g->state->tasks[t].is_dismissed &&
			 g->state->tasks[t].phase >= TASK_STOPPING;
	return surplus > ended ? surplus - ended : 0;
}

void engine_count_difference(const struct engine *g,
			     struct engine_difference *d)
{
	*d = (struct engine_difference){ 0 };
	for (uint32_t i = 0; i < g->plan->tasks.count; i++) {
		int64_t surplus = count_made(g, i) - entry(g, i)->count;

		if (surplus < 0)
			d->starts -= surplus;
		else
			d->stops += count_stops(g, i, surplus);
	}
}
