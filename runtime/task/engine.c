#include "runtime/task/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"

/* One container with all that belongs to it, for the length of a step. */
struct subject {
	struct engine *g;
	uint32_t t;
	uint32_t c;
	int64_t now_ms;
	struct task_state *task;
	struct container_state *self;
	const struct plan_task *task_plan;
	const struct plan_container *plan;
};

enum readiness { IS_READY, IS_WAITING, IS_IMPOSSIBLE };

int engine_exit_code(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return 128 + WTERMSIG(wait_status);
}

static void set_reason(char reason[STATE_REASON_MAX], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void set_reason(char reason[STATE_REASON_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(reason, STATE_REASON_MAX, fmt, ap) < 0)
		reason[0] = '\0';
	va_end(ap);
}

static void record_task(const struct subject *s)
{
	RECORD(TASK_STATE, RECORD_W(s->task->id),
	       RECORD_W(s->task_plan->family),
	       RECORD_W(task_phase_words[s->task->phase]),
	       RECORD_W(task_stop_code_words[s->task->stop_code]),
	       RECORD_W(s->task->reason));
}

static void record_container(const struct subject *s)
{
	int status = s->self->wait_status;
	bool has_ended = s->self->has_ended;

	RECORD(CONTAINER_STATE, RECORD_W(s->task->id), RECORD_W(s->plan->name),
	       RECORD_W(container_phase_words[s->self->phase]),
	       RECORD_N(has_ended ? engine_exit_code(status) : -1),
	       RECORD_N(has_ended && WIFSIGNALED(status) ? WTERMSIG(status) :
							   0),
	       RECORD_W(s->self->reason));
}

static void stop_task(const struct subject *s, enum task_stop_code code,
		      const char *reason)
{
	if (s->task->phase >= TASK_STOPPING)
		return;
	s->task->phase = TASK_STOPPING;
	s->task->stop_code = code;
	set_reason(s->task->reason, "%s", reason);
	record_task(s);
}

static bool is_stopping(const struct subject *s)
{
	return s->task->phase >= TASK_STOPPING;
}

/* A container that never ran, or never will again. */
static void become_stopped(const struct subject *s)
{
	s->self->phase = CONTAINER_STOPPED;
	s->self->pid = 0;
	record_container(s);
	if (s->plan->is_essential && s->self->has_started)
		stop_task(s, TASK_STOP_ESSENTIAL_EXITED,
			  "Essential container in task exited");
}

/*
 * `detail` may not hold anything that came out of an image or out of the
 * task's arguments: the reason goes to the operator. What the customer may
 * see besides is written by the start operation to the container's stderr.
 * `code` 0: the detail says it all.
 */
static void fail_to_start(const struct subject *s, const char *error_name,
			  const char *detail, int code)
{
	set_reason(s->self->reason, "%s: %s%s%s", error_name, detail,
		   detail[0] && code ? ": " : "", code ? strerror(code) : "");
	become_stopped(s);
	if (s->plan->is_essential)
		stop_task(s, TASK_STOP_FAILED_TO_START, s->self->reason);
}

static const struct container_state *find(const struct subject *s,
					  const char *name)
{
	const struct plan_containers *all = &s->task_plan->containers;

	for (uint32_t i = 0; i < all->count; i++)
		if (strcmp(all->items[i].name, name) == 0)
			return &s->task->containers[i];
	return NULL;
}

static enum readiness start_condition(const struct container_state *d)
{
	if (d->phase == CONTAINER_STOPPED && !d->has_started)
		return IS_IMPOSSIBLE;
	return d->has_started ? IS_READY : IS_WAITING;
}

static enum readiness complete_condition(const struct container_state *d)
{
	if (d->phase != CONTAINER_STOPPED)
		return IS_WAITING;
	return d->has_ended ? IS_READY : IS_IMPOSSIBLE;
}

static enum readiness success_condition(const struct container_state *d)
{
	enum readiness r = complete_condition(d);

	if (r == IS_READY && engine_exit_code(d->wait_status) != 0)
		return IS_IMPOSSIBLE;
	return r;
}

static enum readiness (*const conditions[])(const struct container_state *) = {
	[PLAN_START] = start_condition,
	[PLAN_COMPLETE] = complete_condition,
	[PLAN_SUCCESS] = success_condition,
};

static enum readiness dependencies_ready(const struct subject *s,
					 const char **culprit)
{
	enum readiness worst = IS_READY;

	for (uint32_t i = 0; i < s->plan->depends_on.count; i++) {
		const struct plan_dependency *d = &s->plan->depends_on.items[i];
		const struct container_state *on = find(s, d->container_name);
		enum readiness r = on && d->condition < ARRAY_SIZE(conditions) ?
					   conditions[d->condition](on) :
					   IS_IMPOSSIBLE;

		if (r == IS_IMPOSSIBLE)
			*culprit = d->container_name;
		if (r > worst)
			worst = r;
	}
	return worst;
}

static bool has_live_dependant(const struct subject *s)
{
	const struct plan_containers *all = &s->task_plan->containers;

	for (uint32_t i = 0; i < all->count; i++) {
		const struct plan_dependencies *d = &all->items[i].depends_on;

		if (s->task->containers[i].phase == CONTAINER_STOPPED)
			continue;
		for (uint32_t k = 0; k < d->count; k++)
			if (strcmp(d->items[k].container_name, s->plan->name) ==
			    0)
				return true;
	}
	return false;
}

static bool start(const struct subject *s)
{
	int r;

	s->self->phase = CONTAINER_STARTING;
	r = s->g->ops->start(s->g->ctx, s->t, s->c);
	if (r < 0) {
		fail_to_start(s, "CannotStartContainerError", "", -r);
		return true;
	}
	s->self->has_started = true;
	s->self->phase = CONTAINER_RUNNING;
	record_container(s);
	return true;
}

static bool step_pending(const struct subject *s)
{
	struct err e = ERR_NONE;
	const char *culprit = "";
	int image;

	if (is_stopping(s)) {
		become_stopped(s);
		return true;
	}
	switch (dependencies_ready(s, &culprit)) {
	case IS_WAITING:
		return false;
	case IS_IMPOSSIBLE:
		fail_to_start(s, "TaskDependencyError", culprit, ECANCELED);
		stop_task(s, TASK_STOP_FAILED_TO_START, s->self->reason);
		return true;
	case IS_READY:
		break;
	}
	image = s->g->ops->image(s->g->ctx, s->t, s->c, &e);
	if (image < 0) {
		fail_to_start(s, "CannotPullContainerError", e.message, 0);
		return true;
	}
	return image > 0 && start(s);
}

/*
 * Only a runtime that died while starting it leaves this phase behind: what
 * there is of the container is removed, and it starts afresh.
 */
static bool step_starting(const struct subject *s)
{
	struct err e = ERR_NONE;
	uint64_t ignored;

	s->g->ops->kill(s->g->ctx, s->t, s->c, &e);
	if (s->g->ops->is_empty(s->g->ctx, s->t, s->c, &e) == 0)
		return false;
	s->g->ops->clean(s->g->ctx, s->t, s->c, &ignored, &e);
	s->self->phase = CONTAINER_PENDING;
	s->self->pid = 0;
	s->self->has_ended = false;
	return true;
}

static bool step_running(const struct subject *s)
{
	struct err e = ERR_NONE;

	if (!is_stopping(s) || has_live_dependant(s))
		return false;
	s->self->phase = CONTAINER_STOPPING;
	s->self->stop_deadline_ms = s->now_ms + s->plan->stop_timeout_s * 1000;
	if (s->g->ops->signal(s->g->ctx, s->t, s->c, s->self->stop_signal, &e) <
	    0)
		err_print(2, "runtime", &e);
	return true;
}

static bool step_stopping(const struct subject *s)
{
	struct err e = ERR_NONE;

	if (s->now_ms < s->self->stop_deadline_ms)
		return false;
	s->self->stop_deadline_ms = ENGINE_NEVER_MS;
	s->self->is_killed_by_us = true;
	if (s->g->ops->kill(s->g->ctx, s->t, s->c, &e) < 0)
		err_print(2, "runtime", &e);
	return false;
}

static void judge_oom(const struct subject *s, uint64_t kills)
{
	if (kills == 0)
		return;
	RECORD(CONTAINER_OOM, RECORD_W(s->task->id), RECORD_W(s->plan->name),
	       RECORD_N(kills), RECORD_N(s->plan->memory_mib << 20));
	if (WIFSIGNALED(s->self->wait_status) && !s->self->is_killed_by_us)
		set_reason(s->self->reason, "OutOfMemoryError: Container "
					    "killed due to memory usage");
}

static bool step_ending(const struct subject *s)
{
	struct err e = ERR_NONE;
	uint64_t kills = 0;
	int empty = s->g->ops->is_empty(s->g->ctx, s->t, s->c, &e);

	if (empty == 0) {
		s->g->ops->kill(s->g->ctx, s->t, s->c, &e);
		return false;
	}
	if (s->g->ops->clean(s->g->ctx, s->t, s->c, &kills, &e) < 0)
		err_print(2, "runtime", &e);
	judge_oom(s, kills);
	become_stopped(s);
	return true;
}

static bool step_stopped(const struct subject *s)
{
	(void)s;
	return false;
}

/* Each returns true when it changed something that others may wait for. */
static bool (*const steps[CONTAINER_PHASE_COUNT])(const struct subject *) = {
	[CONTAINER_PENDING] = step_pending,
	[CONTAINER_STARTING] = step_starting,
	[CONTAINER_RUNNING] = step_running,
	[CONTAINER_STOPPING] = step_stopping,
	[CONTAINER_ENDING] = step_ending,
	[CONTAINER_STOPPED] = step_stopped,
};

static struct subject subject_of(struct engine *g, uint32_t t, uint32_t c,
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
	    count_in(s, CONTAINER_PENDING, CONTAINER_STARTING) == 0) {
		s->task->phase = TASK_RUNNING;
		record_task(s);
		return true;
	}
	if (s->task->phase < TASK_STOPPED &&
	    count_in(s, CONTAINER_STOPPED, CONTAINER_STOPPED) == all) {
		s->g->ops->release(s->g->ctx, s->t);
		s->task->phase = TASK_STOPPED;
		record_task(s);
		return true;
	}
	return false;
}

static bool step_task(struct engine *g, uint32_t t, int64_t now_ms)
{
	struct subject s = subject_of(g, t, 0, now_ms);
	bool has_changed = false;

	if (s.task->phase == TASK_STOPPED)
		return false;
	for (uint32_t c = 0; c < s.task_plan->containers.count; c++) {
		s = subject_of(g, t, c, now_ms);
		has_changed |= steps[s.self->phase](&s);
	}
	return step_task_phase(&s) || has_changed;
}

static int64_t next_deadline(const struct engine *g)
{
	int64_t next = ENGINE_NEVER_MS;

	for (uint32_t t = 0; t < g->state->task_count; t++) {
		const struct task_state *task = &g->state->tasks[t];

		for (uint32_t c = 0; c < PLAN_CONTAINERS_MAX; c++)
			if (task->containers[c].phase == CONTAINER_STOPPING &&
			    task->containers[c].stop_deadline_ms < next)
				next = task->containers[c].stop_deadline_ms;
	}
	return next;
}

int64_t engine_step(struct engine *g, int64_t now_ms)
{
	bool has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (uint32_t t = 0; t < g->state->task_count; t++)
			has_changed |= step_task(g, t, now_ms);
	}
	return next_deadline(g);
}

bool engine_exited(struct engine *g, int32_t pid, int wait_status)
{
	for (uint32_t t = 0; t < g->state->task_count; t++) {
		for (uint32_t c = 0; c < PLAN_CONTAINERS_MAX; c++) {
			struct container_state *s =
				&g->state->tasks[t].containers[c];

			if (pid <= 0 || s->pid != pid || s->has_ended)
				continue;
			s->wait_status = wait_status;
			s->has_ended = true;
			if (s->phase != CONTAINER_STARTING)
				s->phase = CONTAINER_ENDING;
			return true;
		}
	}
	return false;
}

void engine_drain(struct engine *g, const char *reason)
{
	g->state->is_draining = true;
	for (uint32_t t = 0; t < g->state->task_count; t++) {
		struct subject s = subject_of(g, t, 0, 0);

		stop_task(&s, TASK_STOP_TERMINATION_NOTICE, reason);
	}
}

bool engine_is_idle(const struct engine *g)
{
	for (uint32_t t = 0; t < g->state->task_count; t++)
		if (g->state->tasks[t].phase != TASK_STOPPED)
			return false;
	return true;
}

bool engine_is_settled(const struct engine *g)
{
	for (uint32_t t = 0; t < g->state->task_count; t++)
		if (g->state->tasks[t].phase == TASK_PENDING)
			return false;
	return true;
}
