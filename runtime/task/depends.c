// SPDX-License-Identifier: MIT
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/engine_inner.h"

/* One dependency: what is waited for, and how it stands. */
struct link {
	uint32_t condition;
	const char *name;
	const struct container_state *state;
	const struct plan_container *plan;
};

/* intake has proven that there is a container of that name. */
static struct link link_of(const struct subject *s, uint32_t index)
{
	const struct plan_dependency *d = &s->plan->depends_on.items[index];
	const struct plan_containers *all = &s->task_plan->containers;
	struct link l = { .condition = d->condition,
			  .name = d->container_name };

	for (uint32_t i = 0; i < all->count; i++) {
		if (strcmp(all->items[i].name, l.name) != 0)
			continue;
		l.state = &s->task->containers[i];
		l.plan = &all->items[i];
	}
	return l;
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

static enum readiness healthy_condition(const struct container_state *d)
{
	if (d->phase == CONTAINER_STOPPED)
		return IS_IMPOSSIBLE;
	return d->health.status == HEALTH_HEALTHY ? IS_READY : IS_WAITING;
}

static enum readiness (*const conditions[])(const struct container_state *) = {
	[PLAN_START] = start_condition,
	[PLAN_COMPLETE] = complete_condition,
	[PLAN_SUCCESS] = success_condition,
	[PLAN_HEALTHY] = healthy_condition,
};

/*
 * When the startTimeout of what is waited for is over, or never. It counts
 * from that one's start. Source: ECS API reference, ContainerDefinition.
 */
static int64_t link_deadline(const struct link *l)
{
	if (l->condition == PLAN_START || !l->plan->start_timeout_s ||
	    !l->state->has_started)
		return ENGINE_NEVER_MS;
	return l->state->at_ms[CONTAINER_STARTED_AT] +
	       l->plan->start_timeout_s * 1000;
}

static enum readiness link_ready(const struct link *l, int64_t now_ms)
{
	enum readiness r;

	if (!l->state || l->condition >= ARRAY_SIZE(conditions))
		return IS_IMPOSSIBLE;
	r = conditions[l->condition](l->state);
	if (r == IS_WAITING && now_ms >= link_deadline(l))
		return IS_IMPOSSIBLE;
	return r;
}

enum readiness depends_ready(const struct subject *s, const char **culprit)
{
	enum readiness worst = IS_READY;

	for (uint32_t i = 0; i < s->plan->depends_on.count; i++) {
		struct link l = link_of(s, i);
		enum readiness r = link_ready(&l, s->now_ms);

		if (r == IS_IMPOSSIBLE)
			*culprit = l.name;
		if (r > worst)
			worst = r;
	}
	return worst;
}

int64_t depends_deadline(const struct subject *s)
{
	int64_t next = ENGINE_NEVER_MS;

	for (uint32_t i = 0; i < s->plan->depends_on.count; i++) {
		struct link l = link_of(s, i);

		if (l.state && link_ready(&l, s->now_ms) == IS_WAITING &&
		    link_deadline(&l) < next)
			next = link_deadline(&l);
	}
	return next;
}

bool depends_has_live_dependant(const struct subject *s)
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
