// SPDX-License-Identifier: MIT
/* How many tasks of which kind a document may have. */
#include "runtime/intake/rules.h"

static int64_t all_instances(const struct plan *p)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < p->tasks.count; i++)
		sum += p->tasks.items[i].count;
	return sum;
}

int rule_tasks_are_not_too_many(struct rule_scope *s)
{
	int64_t sum = all_instances(s->plan);

	if (sum <= PLAN_INSTANCES_MAX)
		return 0;
	rule_at(s, ".tasks");
	return refuse(s->why, "counts add up to %lld, allowed is 0 to %d",
		      (long long)sum, PLAN_INSTANCES_MAX);
}

int rule_single_placement_has_one_task(struct rule_scope *s)
{
	int64_t sum = all_instances(s->plan);

	if (s->plan->instance.placement == PLAN_MULTI || sum <= 1)
		return 0;
	rule_at(s, ".tasks");
	return refuse(s->why,
		      "counts add up to %lld, but $.instance.placement is "
		      "single: allowed is 1",
		      (long long)sum);
}

int rule_daemons_are_one_each(struct rule_scope *s)
{
	for (uint32_t i = 0; i < s->plan->tasks.count; i++) {
		const struct plan_task *t = &s->plan->tasks.items[i];

		if (t->is_critical && !t->is_daemon) {
			rule_at(s, ".tasks[%u].critical", i);
			return refuse(s->why, "is for daemons alone");
		}
		if (t->is_daemon && t->count != 1) {
			rule_at(s, ".tasks[%u].count", i);
			return refuse(s->why,
				      "is %lld, a daemon is one per instance",
				      (long long)t->count);
		}
	}
	return 0;
}

/* ECS would wait for ever. */
int rule_deployments_can_proceed(struct rule_scope *s)
{
	for (uint32_t i = 0; i < s->plan->tasks.count; i++) {
		const struct plan_task *t = &s->plan->tasks.items[i];

		if (t->least_percent < 100 || t->most_percent > 100)
			continue;
		rule_at(s, ".tasks[%u].deploymentConfiguration.maximumPercent",
			i);
		return refuse(s->why, "is 100 while minimumHealthyPercent is "
				      "100: nothing could be replaced");
	}
	return 0;
}
