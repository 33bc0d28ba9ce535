#include "runtime/task/engine.h"

#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/engine_inner.h"

int engine_exit_code(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}

void engine_stop_task(const struct subject *s, enum task_stop_code code,
		      const char *reason)
{
	if (s->task->phase >= TASK_STOPPING)
		return;
	engine_move_task(s, TASK_STOP);
	s->task->stop_code = code;
	engine_set_reason(s->task->reason, "%s", reason);
	report_task(s);
}

struct subject engine_subject(struct engine *g, uint32_t t, uint32_t c,
			      int64_t now_ms)
{
	struct task_state *task = &g->state->tasks[t];
	const struct plan_task *plan = &g->plan->tasks.items[task->plan_index];

	return (struct subject){
		.g = g,
		.t = t,
		.c = c,
		.now_ms = now_ms,
		.task = task,
		.self = &task->containers[c],
		.task_plan = plan,
		.plan = &plan->containers.items[c],
	};
}

static uint32_t count_in(const struct subject *s, enum container_phase from,
			 enum container_phase to)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->task_plan->containers.count; i++)
		n += s->task->containers[i].phase >= from &&
		     s->task->containers[i].phase <= to;
	return n;
}

static bool step_task_phase(const struct subject *s)
{
	uint32_t all = s->task_plan->containers.count;

	if (s->task->phase == TASK_PENDING &&
	    count_in(s, CONTAINER_PENDING, CONTAINER_CREATED) == 0 &&
	    engine_move_task(s, TASK_ALL_STARTED)) {
		report_task(s);
		return true;
	}
	if (s->task->phase == TASK_STOPPING &&
	    count_in(s, CONTAINER_STOPPED, CONTAINER_STOPPED) == all &&
	    engine_move_task(s, TASK_ALL_STOPPED)) {
		s->g->ops->release(s->g->ctx, s->t);
		engine_move_task(s, TASK_RELEASED);
		report_task(s);
		return true;
	}
	return false;
}

static bool step_task(struct engine *g, uint32_t t, int64_t now_ms)
{
	struct subject s = engine_subject(g, t, 0, now_ms);
	bool has_changed = false;

	if (s.task->phase == TASK_STOPPED)
		return false;
	has_changed = places_drain(&s);
	if (s.task->phase == TASK_PENDING && !places_admit(&s))
		return has_changed;
	for (uint32_t c = 0; c < s.task_plan->containers.count; c++) {
		s = engine_subject(g, t, c, now_ms);
		has_changed |= engine_steps[s.self->phase](&s);
	}
	return step_task_phase(&s) || has_changed;
}

/* When this container has to be looked at again, if nothing happens. */
static int64_t deadline_of(const struct subject *s)
{
	if (s->task->phase == TASK_PENDING && !s->task->is_admitted)
		return ENGINE_NEVER_MS;
	switch ((enum container_phase)s->self->phase) {
	case CONTAINER_PENDING:
		return depends_deadline(s);
	case CONTAINER_PULLED:
		return s->self->restart_at_ms;
	case CONTAINER_RUNNING:
		return health_deadline(s);
	case CONTAINER_STOPPING:
		return s->self->stop_deadline_ms;
	case CONTAINER_CREATED:
	case CONTAINER_ENDING:
	case CONTAINER_STOPPED:
	case CONTAINER_PHASE_COUNT:
		break;
	}
	return ENGINE_NEVER_MS;
}

static int64_t next_deadline(struct engine *g, int64_t now_ms)
{
	int64_t next = ENGINE_NEVER_MS;

	for (uint32_t t = 0; t < g->state->task_count; t++) {
		struct subject s = engine_subject(g, t, 0, now_ms);

		if (s.task->phase == TASK_STOPPED)
			continue;
		for (uint32_t c = 0; c < s.task_plan->containers.count; c++) {
			struct subject one = engine_subject(g, t, c, now_ms);
			int64_t deadline = deadline_of(&one);

			if (deadline < next)
				next = deadline;
		}
	}
	return next;
}

int64_t engine_step(struct engine *g, int64_t now_ms)
{
	bool has_changed = true;

	while (has_changed) {
		has_changed = reconcile(g, now_ms);
		for (uint32_t t = 0; t < g->state->task_count; t++)
			has_changed |= step_task(g, t, now_ms);
	}
	return next_deadline(g, now_ms);
}

static bool exited(const struct subject *s, int32_t pid, int wait_status)
{
	if (s->self->health.pid == pid) {
		health_exited(s, wait_status);
		return true;
	}
	if (s->self->pid != pid || s->self->has_ended)
		return false;
	health_end(s);
	s->self->wait_status = wait_status;
	s->self->has_ended = true;
	return engine_move(s, CONTAINER_EXITED);
}

bool engine_exited(struct engine *g, int32_t pid, int wait_status,
		   int64_t now_ms)
{
	for (uint32_t t = 0; pid > 0 && t < g->state->task_count; t++) {
		struct subject s = engine_subject(g, t, 0, now_ms);

		if (s.task->phase == TASK_STOPPED)
			continue;
		for (uint32_t c = 0; c < s.task_plan->containers.count; c++) {
			struct subject one = engine_subject(g, t, c, now_ms);

			if (exited(&one, pid, wait_status))
				return true;
		}
	}
	return false;
}

void engine_drain(struct engine *g, const char *reason, int64_t now_ms)
{
	engine_set_reason(g->state->drain_reason, "%s", reason);
	g->state->is_draining = true;
	for (uint32_t t = 0; t < g->state->task_count; t++) {
		struct subject s = engine_subject(g, t, 0, now_ms);

		places_drain(&s);
	}
}

bool engine_is_settled(const struct engine *g)
{
	for (uint32_t t = 0; t < g->state->task_count; t++)
		if (g->state->tasks[t].phase == TASK_PENDING &&
		    g->state->tasks[t].wait <= TASK_WAITS_FOR_DAEMONS)
			return false;
	return true;
}
