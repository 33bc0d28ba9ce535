// SPDX-License-Identifier: MIT
/* What a container does next, by its phase. */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/engine_inner.h"

#define RESTART_DELAY_MS INT64_C(1000)
#define RESTART_DELAY_MAX_MS INT64_C(60000)

static bool is_stopping(const struct subject *s)
{
	return s->task->phase >= TASK_STOPPING;
}

/* A container that never ran, or never will again. */
static void become_stopped(const struct subject *s, enum container_event event)
{
	engine_move(s, event);
	s->self->pid = 0;
	report_container(s);
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
	engine_set_reason(s->self->reason, "%s: %s%s%s", error_name, detail,
			  detail[0] && code ? ": " : "",
			  code ? strerror(code) : "");
	become_stopped(s, CONTAINER_DROPPED);
	if (s->plan->is_essential)
		engine_stop_task(s, TASK_STOP_FAILED_TO_START, s->self->reason);
}

static bool start(const struct subject *s)
{
	int r;

	engine_move(s, CONTAINER_CREATE);
	s->self->has_ended = false;
	r = s->g->ops->start(s->g->ctx, s->t, s->c);
	if (r < 0) {
		fail_to_start(s, "CannotStartContainerError", "", -r);
		return true;
	}
	s->self->has_started = true;
	engine_move(s, CONTAINER_STARTED);
	report_container(s);
	health_begin(s);
	return true;
}

/* Asked for once, it is looked for again and again. */
static void begin_pull(const struct subject *s)
{
	if (s->self->at_ms[CONTAINER_PULL_STARTED_AT])
		return;
	engine_move(s, CONTAINER_PULL_BEGAN);
	engine_move_task(s, TASK_PULL_BEGAN);
}

static bool step_pending(const struct subject *s)
{
	struct err e = ERR_NONE;
	const char *culprit = "";
	int image, network;

	if (is_stopping(s)) {
		become_stopped(s, CONTAINER_DROPPED);
		return true;
	}
	/* One that ran before does not wait for others again. */
	switch (s->self->restarts ? IS_READY : depends_ready(s, &culprit)) {
	case IS_WAITING:
		return false;
	case IS_IMPOSSIBLE:
		fail_to_start(s, "TaskDependencyError", culprit, ECANCELED);
		engine_stop_task(s, TASK_STOP_FAILED_TO_START, s->self->reason);
		return true;
	case IS_READY:
		break;
	}
	network = s->g->ops->network(s->g->ctx, s->t, &e);
	if (network < 0)
		fail_to_start(s, "ResourceInitializationError", e.message,
			      -network);
	if (network <= 0)
		return network < 0;
	begin_pull(s);
	image = s->g->ops->image(s->g->ctx, s->t, s->c, &e);
	if (image < 0) {
		fail_to_start(s, "CannotPullContainerError", e.message, 0);
		return true;
	}
	if (image == 0)
		return false;
	engine_move(s, CONTAINER_HAS_IMAGE);
	engine_move_task(s, TASK_PULL_ENDED);
	return true;
}

/* One that ran before has nothing left to wait for but its turn. */
static bool step_pulled(const struct subject *s)
{
	if (is_stopping(s)) {
		become_stopped(s, CONTAINER_DROPPED);
		return true;
	}
	if (s->self->restarts && s->now_ms < s->self->restart_at_ms)
		return false;
	return start(s);
}

/*
 * Only a runtime that died while starting it leaves this phase behind: what
 * there is of the container is removed, and it starts afresh.
 */
static bool step_created(const struct subject *s)
{
	struct err e = ERR_NONE;
	uint64_t ignored;

	s->g->ops->kill(s->g->ctx, s->t, s->c, &e);
	if (s->g->ops->is_empty(s->g->ctx, s->t, s->c, &e) == 0)
		return false;
	s->g->ops->clean(s->g->ctx, s->t, s->c, &ignored, &e);
	engine_move(s, CONTAINER_WRECKED);
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
	engine_move(s, CONTAINER_STOP);
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
		engine_set_reason(s->self->reason,
				  "OutOfMemoryError: Container "
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
	int64_t ran_ms = s->now_ms - s->self->at_ms[CONTAINER_STARTED_AT];

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

	engine_move(s, CONTAINER_RESTART);
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
		become_stopped(s, CONTAINER_EMPTIED);
	return true;
}

static bool step_stopped(const struct subject *s)
{
	(void)s;
	return false;
}

bool (*const engine_steps[CONTAINER_PHASE_COUNT])(const struct subject *) = {
	[CONTAINER_PENDING] = step_pending,
	[CONTAINER_PULLED] = step_pulled,
	[CONTAINER_CREATED] = step_created,
	[CONTAINER_RUNNING] = step_running,
	[CONTAINER_STOPPING] = step_stopping,
	[CONTAINER_ENDING] = step_ending,
	[CONTAINER_STOPPED] = step_stopped,
};
