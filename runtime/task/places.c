// SPDX-License-Identifier: MIT
/* When a task comes to the instance, and when it has to leave it. */
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/engine_inner.h"
#include "runtime/task/placement.h"

/* Told again only when it waits for something else. */
static void wait_for(const struct subject *s,
		     const struct placement_shortage *short_of)
{
	if (s->task->wait == (uint32_t)short_of->wait)
		return;
	s->task->wait = short_of->wait;
	RECORD(TASK_WAITING, RECORD_W(s->task->id),
	       RECORD_W(s->task_plan->family),
	       RECORD_W(task_wait_words[short_of->wait]),
	       RECORD_N(short_of->wanted), RECORD_N(short_of->available));
}

bool places_admit(const struct subject *s)
{
	struct placement_shortage short_of;

	if (s->task->is_admitted)
		return true;
	placement_judge(s->g->state, s->g->plan, &s->g->room, s->t, &short_of);
	if (short_of.wait != TASK_WAITS_FOR_NOTHING) {
		wait_for(s, &short_of);
		return false;
	}
	s->task->wait = TASK_WAITS_FOR_NOTHING;
	s->task->is_admitted = true;
	return true;
}

static bool is_daemon(const struct engine *g, uint32_t t)
{
	return g->plan->tasks.items[g->state->tasks[t].plan_index].is_daemon;
}

static bool has_live_task(const struct engine *g, bool of_daemons)
{
	for (uint32_t t = 0; t < g->state->task_count; t++)
		if (is_daemon(g, t) == of_daemons &&
		    g->state->tasks[t].phase != TASK_STOPPED)
			return true;
	return false;
}

bool places_drain(const struct subject *s)
{
	if (!s->g->state->is_draining || s->task->phase >= TASK_STOPPING ||
	    (is_daemon(s->g, s->t) && has_live_task(s->g, false)))
		return false;
	engine_stop_task(s, TASK_STOP_TERMINATION_NOTICE,
			 s->g->state->drain_reason);
	return true;
}

bool engine_is_idle(const struct engine *g)
{
	return !has_live_task(g, true) && !has_live_task(g, false);
}

bool engine_is_done(const struct engine *g)
{
	for (uint32_t t = 0; t < g->state->task_count; t++)
		if (!is_daemon(g, t))
			return !has_live_task(g, false);
	return false;
}

/* One that the document no longer wants, or that drains, is not lost. */
bool engine_has_lost_daemon(const struct engine *g)
{
	for (uint32_t t = 0; t < g->state->task_count; t++) {
		const struct task_state *task = &g->state->tasks[t];

		if (g->plan->tasks.items[task->plan_index].is_critical &&
		    !task->is_dismissed &&
		    (task->stop_code == TASK_STOP_FAILED_TO_START ||
		     task->stop_code == TASK_STOP_ESSENTIAL_EXITED))
			return true;
	}
	return false;
}
