// SPDX-License-Identifier: MIT
/*
 * The health of a container, as Docker judges it for ECS: a check after each
 * interval; as many failures in a row as there are retries make it UNHEALTHY,
 * one success HEALTHY; failures in the start period do not count until the
 * first success. Source: ECS API reference, HealthCheck.
 */
#include <sys/wait.h>

#include "runtime/base/record.h"
#include "runtime/task/engine_inner.h"

static void become(const struct subject *s, enum container_health status)
{
	struct health_state *h = &s->self->health;

	if (h->status == (uint32_t)status)
		return;
	h->status = status;
	h->since_ms = s->now_ms;
	RECORD(CONTAINER_HEALTH, RECORD_W(s->task->id), RECORD_W(s->plan->name),
	       RECORD_W(container_health_words[status]), RECORD_N(h->failures));
}

static void wait_an_interval(const struct subject *s)
{
	s->self->health.pid = 0;
	s->self->health.due_ms = s->now_ms + s->plan->health.interval_s * 1000;
}

void health_begin(const struct subject *s)
{
	s->self->health = (struct health_state){ .status = HEALTH_NONE };
	if (s->plan->health.command.count == 0)
		return;
	become(s, HEALTH_UNKNOWN);
	wait_an_interval(s);
}

static bool is_starting_up(const struct subject *s)
{
	return s->self->health.status == HEALTH_UNKNOWN &&
	       s->now_ms < s->self->at_ms[CONTAINER_STARTED_AT] +
				   s->plan->health.start_period_s * 1000;
}

static void succeed(const struct subject *s)
{
	s->self->health.failures = 0;
	become(s, HEALTH_HEALTHY);
}

static void fail(const struct subject *s)
{
	if (is_starting_up(s))
		return;
	if (++s->self->health.failures >= s->plan->health.retries)
		become(s, HEALTH_UNHEALTHY);
}

bool health_step(const struct subject *s)
{
	struct health_state *h = &s->self->health;

	if (h->status == HEALTH_NONE || s->now_ms < health_deadline(s))
		return false;
	if (h->pid) {
		/* Its end will be heard of, and counts as a failure. */
		s->g->ops->end_check(s->g->ctx, s->t, s->c);
		h->limit_ms = ENGINE_NEVER_MS;
		return false;
	}
	h->limit_ms = s->now_ms + s->plan->health.timeout_s * 1000;
	if (s->g->ops->check(s->g->ctx, s->t, s->c) == 0)
		return false;
	fail(s);
	wait_an_interval(s);
	return true;
}

void health_exited(const struct subject *s, int wait_status)
{
	s->self->health.exit_code = engine_exit_code(wait_status);
	s->g->ops->hear_check(s->g->ctx, s->t, s->c);
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
		succeed(s);
	else
		fail(s);
	wait_an_interval(s);
}

/* ECS's order: one that is UNHEALTHY makes the task so, one that is UNKNOWN
   is worse than all that are HEALTHY. Source: ECS API, Task.healthStatus. */
enum container_health health_of_task(const struct task_state *t,
				     const struct plan_task *p)
{
	static const uint32_t ranks[HEALTH_COUNT] = {
		[HEALTH_NONE] = 0,
		[HEALTH_HEALTHY] = 1,
		[HEALTH_UNKNOWN] = 2,
		[HEALTH_UNHEALTHY] = 3,
	};
	uint32_t worst = HEALTH_NONE;

	for (uint32_t c = 0; c < p->containers.count; c++) {
		const struct plan_container *plan = &p->containers.items[c];
		uint32_t status = t->containers[c].health.status;

		if (!plan->is_essential || !plan->health.command.count)
			continue;
		if (status == HEALTH_NONE) /* it does not run (yet) */
			status = HEALTH_UNKNOWN;
		if (ranks[status] > ranks[worst])
			worst = status;
	}
	return (enum container_health)worst;
}

/* A check that still runs goes with the container's cgroup. */
void health_end(const struct subject *s)
{
	if (s->self->health.status == HEALTH_NONE)
		return;
	if (s->self->health.pid)
		s->g->ops->end_check(s->g->ctx, s->t, s->c);
	s->self->health = (struct health_state){ .status = HEALTH_NONE };
}

int64_t health_deadline(const struct subject *s)
{
	const struct health_state *h = &s->self->health;

	if (h->status == HEALTH_NONE)
		return ENGINE_NEVER_MS;
	return h->pid ? h->limit_ms : h->due_ms;
}
