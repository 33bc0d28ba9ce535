#include "runtime/task/engine.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/engine_inner.h"

#define RESTART_DELAY_MS INT64_C(1000)
#define RESTART_DELAY_MAX_MS INT64_C(60000)

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

void engine_stop_task(const struct subject *s, enum task_stop_code code,
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
		engine_stop_task(s, TASK_STOP_ESSENTIAL_EXITED,
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
		engine_stop_task(s, TASK_STOP_FAILED_TO_START, s->self->reason);
}

static bool start(const struct subject *s)
{
	int r;

	s->self->phase = CONTAINER_STARTING;
	s->self->has_ended = false;
	r = s->g->ops->start(s->g->ctx, s->t, s->c);
	if (r < 0) {
		fail_to_start(s, "CannotStartContainerError", "", -r);
		return true;
	}
	s->self->has_started = true;
	s->self->started_ms = s->now_ms;
	s->self->phase = CONTAINER_RUNNING;
	record_container(s);
	health_begin(s);
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
	/* One that ran before has nothing left to wait for but its turn. */
	if (s->self->restarts)
		return s->now_ms >= s->self->restart_at_ms && start(s);
	switch (depends_ready(s, &culprit)) {
	case IS_WAITING:
		return false;
	case IS_IMPOSSIBLE:
		fail_to_start(s, "TaskDependencyError", culprit, ECANCELED);
		engine_stop_task(s, TASK_STOP_FAILED_TO_START, s->self->reason);
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

	if (!is_stopping(s) || depends_has_live_dependant(s))
		return health_step(s);
	health_end(s);
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

/*
 * ECS's rule: the exit code is not ignored, and the container ran for the
 * attempt period at least. Source: ECS developer guide, container restart
 * policies.
 */
static bool restart_is_due(const struct subject *s)
{
	const struct plan_restart *policy = &s->plan->restart;
	int64_t ran_ms = s->now_ms - s->self->started_ms;

	if (!policy->is_enabled || is_stopping(s) ||
	    ran_ms < policy->attempt_period_s * 1000)
		return false;
	for (uint32_t i = 0; i < policy->ignored_exit_codes.count; i++)
		if (policy->ignored_exit_codes.items[i] ==
		    engine_exit_code(s->self->wait_status))
			return false;
	return true;
}

/* Later and later, from a second to a minute: what fails again and again
   leaves the machine to the others. */
static int64_t restart_delay_ms(uint32_t restarts)
{
	int64_t delay = RESTART_DELAY_MS << (restarts < 6 ? restarts : 6);

	return delay < RESTART_DELAY_MAX_MS ? delay : RESTART_DELAY_MAX_MS;
}

/* The task stays RUNNING, and nobody else hears of a stop. */
static void restart(const struct subject *s)
{
	int64_t delay_ms = restart_delay_ms(s->self->restarts);
	int status = s->self->wait_status;

	s->self->phase = CONTAINER_PENDING;
	s->self->pid = 0;
	s->self->restarts++;
	s->self->restart_at_ms = s->now_ms + delay_ms;
	RECORD(CONTAINER_RESTARTED, RECORD_W(s->task->id),
	       RECORD_W(s->plan->name), RECORD_N(s->self->restarts),
	       RECORD_N(engine_exit_code(status)),
	       RECORD_N(WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	       RECORD_W(s->self->reason), RECORD_N(delay_ms));
	s->self->reason[0] = '\0';
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
	if (restart_is_due(s))
		restart(s);
	else
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
	struct subject s = engine_subject(g, t, 0, now_ms);
	bool has_changed = false;

	if (s.task->phase == TASK_STOPPED)
		return false;
	for (uint32_t c = 0; c < s.task_plan->containers.count; c++) {
		s = engine_subject(g, t, c, now_ms);
		has_changed |= steps[s.self->phase](&s);
	}
	return step_task_phase(&s) || has_changed;
}

/* When this container has to be looked at again, if nothing happens. */
static int64_t deadline_of(const struct subject *s)
{
	switch ((enum container_phase)s->self->phase) {
	case CONTAINER_PENDING:
		return s->self->restarts ? s->self->restart_at_ms :
					   depends_deadline(s);
	case CONTAINER_RUNNING:
		return health_deadline(s);
	case CONTAINER_STOPPING:
		return s->self->stop_deadline_ms;
	case CONTAINER_STARTING:
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
	if (s->self->phase != CONTAINER_STARTING)
		s->self->phase = CONTAINER_ENDING;
	return true;
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

void engine_drain(struct engine *g, const char *reason)
{
	g->state->is_draining = true;
	for (uint32_t t = 0; t < g->state->task_count; t++) {
		struct subject s = engine_subject(g, t, 0, 0);

		engine_stop_task(&s, TASK_STOP_TERMINATION_NOTICE, reason);
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
