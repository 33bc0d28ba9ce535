// SPDX-License-Identifier: MIT
#include "runtime/intake/rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/intake/address.h"
#include "runtime/task/needs.h"
#include "runtime/task/plan_syntax.h"
#include "runtime/task/ports.h"
#include "runtime/task/window.h"

void rule_at(struct rule_scope *s, const char *fmt, ...)
{
	char below[96];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(below, sizeof(below), fmt, args) < 0)
		below[0] = '\0';
	va_end(args);
	refusal_set_path(s->why, "%s%s", s->path, below);
}

void rule_strip_prefixes(struct plan_strings *words)
{
	for (uint32_t i = 0; i < words->count; i++)
		if (strncmp(words->items[i], "CAP_", 4) == 0)
			words->items[i] += 4;
}

static int run(const struct rule *rules, struct rule_scope *s)
{
	int r = 0;

	for (; r == 0 && rules->name; rules++)
		r = rules->check(s);
	return r;
}

/* ---------------------------------------------------------------- instance */

/* Nothing else in the house has to know the word ALL as a permission. */
static int write_out_all(struct rule_scope *s)
{
	struct plan_strings *have = &s->plan->instance.privileged_capabilities;
	struct plan_strings all = { 0 };
	uint32_t i = 0;

	rule_strip_prefixes(have);
	while (i < have->count && strcmp(have->items[i], "ALL") != 0)
		i++;
	if (i == have->count)
		return 0;
	all.items = plan_alloc(s->plan, grant_count * sizeof(char *));
	for (i = 0; all.items && i < grant_count; i++) {
		if (grant_free_set(true) & UINT64_C(1) << i)
			continue;
		all.items[all.count] =
			plan_alloc(s->plan, strlen(grant_rows[i].name) + 1);
		if (!all.items[all.count])
			return -ENOMEM;
		strcpy(all.items[all.count++], grant_rows[i].name);
	}
	if (!all.items)
		return -ENOMEM;
	*have = all;
	return 0;
}

static int gateway_is_inside_the_network(struct rule_scope *s)
{
	const struct plan_instance *i = &s->plan->instance;

	if (!i->network_gateway[0] || !i->network_address[0])
		return 0;
	rule_at(s, ".network.gateway");
	if (!address_has_family_of(i->network_gateway, i->network_address))
		return refuse(s->why, "is not of the same family as "
				      "$.instance.network.address");
	if (!address_is_inside(i->network_gateway, i->network_address))
		return refuse(s->why,
			      "is not inside $.instance.network.address");
	if (address_is_same(i->network_gateway, i->network_address))
		return refuse(s->why, "is the instance itself");
	return 0;
}

static int the_drain_begins_before_the_end(struct rule_scope *s)
{
	const struct plan_instance *i = &s->plan->instance;

	if (i->drain_after_s < i->dead_after_s)
		return 0;
	rule_at(s, ".lifetime.drainAfter");
	return refuse(s->why,
		      "is %lld (as given or by default), not less than "
		      "deadAfter, %lld",
		      (long long)i->drain_after_s, (long long)i->dead_after_s);
}

static int event_window_is_one_of_two_forms(struct rule_scope *s)
{
	const struct plan_instance *i = &s->plan->instance;

	rule_at(s, ".eventWindow");
	if (i->event_ranges.count && i->event_cron[0])
		return refuse(s->why, "has both timeRanges and cronExpression, "
				      "allowed is one");
	return 0;
}

static int event_window_ranges_are_long_enough(struct rule_scope *s)
{
	const struct plan_time_ranges *r = &s->plan->instance.event_ranges;

	for (uint32_t i = 0; i < r->count; i++) {
		unsigned int start, hours;

		window_range(&r->items[i], &start, &hours);
		if (hours >= WINDOW_RANGE_LEAST_H)
			continue;
		rule_at(s, ".eventWindow.timeRanges[%u]", i);
		return refuse(s->why, "has %u hours, at least %d are needed",
			      hours, WINDOW_RANGE_LEAST_H);
	}
	return 0;
}

static int event_window_is_long_enough(struct rule_scope *s)
{
	struct window w;

	if (!window_of_instance(&s->plan->instance, &w) ||
	    window_total(&w) >= WINDOW_TOTAL_LEAST_H)
		return 0;
	rule_at(s, ".eventWindow");
	return refuse(s->why, "has %u hours a week, at least %d are needed",
		      window_total(&w), WINDOW_TOTAL_LEAST_H);
}

static const struct rule instance_rules[] = {
	{ "all capabilities are written out", write_out_all },
	{ "the gateway is inside the network", gateway_is_inside_the_network },
	{ "the drain begins before the end", the_drain_begins_before_the_end },
	{ "an event window is one of two forms",
	  event_window_is_one_of_two_forms },
	{ "ranges of an event window are long enough",
	  event_window_ranges_are_long_enough },
	{ "an event window is long enough", event_window_is_long_enough },
	{ 0 },
};

int rules_check_instance(struct plan *p, struct refusal *why)
{
	struct rule_scope s = { .plan = p, .why = why, .path = "$.instance" };

	return run(instance_rules, &s);
}

/* --------------------------------------------------------------- all tasks */

static const struct rule document_rules[] = {
	{ "tasks are not too many", rule_tasks_are_not_too_many },
	{ "single placement has one task", rule_single_placement_has_one_task },
	{ "daemons are one each", rule_daemons_are_one_each },
	{ "deployments can proceed", rule_deployments_can_proceed },
	{ "ports of the instance are taken once",
	  rule_instance_ports_are_taken_once },
	{ "interfaces can be given", rule_interfaces_can_be_given },
	{ "bridges have a way out", rule_bridges_have_a_way_out },
	{ 0 },
};

/* ---------------------------------------------------------------- one task */

int rule_find_container(const struct plan_task *t, const char *name)
{
	for (uint32_t i = 0; i < t->containers.count; i++)
		if (strcmp(t->containers.items[i].name, name) == 0)
			return (int)i;
	return -1;
}

static int container_names_differ(struct rule_scope *s)
{
	for (uint32_t i = 0; i < s->task->containers.count; i++) {
		const char *name = s->task->containers.items[i].name;

		if (rule_find_container(s->task, name) == (int)i)
			continue;
		rule_at(s, ".containerDefinitions[%u].name", i);
		return refuse(s->why, "another container has this name");
	}
	return 0;
}

static int one_container_is_essential(struct rule_scope *s)
{
	for (uint32_t i = 0; i < s->task->containers.count; i++)
		if (s->task->containers.items[i].is_essential)
			return 0;
	rule_at(s, ".containerDefinitions");
	return refuse(s->why, "no container is essential, at least one has "
			      "to be");
}

static int volume_names_differ(struct rule_scope *s)
{
	const struct plan_volumes *v = &s->task->volumes;

	for (uint32_t i = 0; i < v->count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (strcmp(v->items[i].name, v->items[j].name) != 0)
				continue;
			rule_at(s, ".volumes[%u].name", i);
			return refuse(s->why, "another volume has this name");
		}
	}
	return 0;
}

static int check_condition(struct rule_scope *s,
			   const struct plan_dependency *d,
			   const struct plan_container *on, uint32_t from,
			   uint32_t index)
{
	rule_at(s, ".containerDefinitions[%u].dependsOn[%u].condition", from,
		index);
	if (d->condition == PLAN_HEALTHY && on->health.command.count == 0)
		return refuse(s->why,
			      "is HEALTHY, which needs a healthCheck of "
			      "that container");
	if (d->condition == PLAN_START || d->condition == PLAN_HEALTHY ||
	    !on->is_essential)
		return 0;
	return refuse(s->why, "is START or HEALTHY for an essential container: "
			      "when that ends the task ends");
}

static int check_dependency(struct rule_scope *s, uint32_t from, uint32_t index)
{
	const struct plan_container *c = &s->task->containers.items[from];
	const struct plan_dependency *d = &c->depends_on.items[index];
	int to = rule_find_container(s->task, d->container_name);

	rule_at(s, ".containerDefinitions[%u].dependsOn[%u].containerName",
		from, index);
	if (to < 0)
		return refuse(s->why, "no container has this name");
	if ((uint32_t)to == from)
		return refuse(s->why, "is the container itself");
	for (uint32_t i = 0; i < index; i++)
		if (strcmp(c->depends_on.items[i].container_name,
			   d->container_name) == 0)
			return refuse(s->why, "is listed already");
	return check_condition(s, d, &s->task->containers.items[to], from,
			       index);
}

static int dependencies_exist(struct rule_scope *s)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < s->task->containers.count; i++) {
		uint32_t count = s->task->containers.items[i].depends_on.count;

		for (uint32_t j = 0; r == 0 && j < count; j++)
			r = check_dependency(s, i, j);
	}
	return r;
}

/* Bit j of reach[i]: container i waits for container j, at any distance. */
static void find_reach(const struct plan_task *t,
		       uint32_t reach[PLAN_CONTAINERS_MAX])
{
	uint32_t n = t->containers.count;

	for (uint32_t i = 0; i < n; i++) {
		const struct plan_dependencies *d =
			&t->containers.items[i].depends_on;

		reach[i] = 0;
		for (uint32_t j = 0; j < d->count; j++) {
			int to = rule_find_container(
				t, d->items[j].container_name);

			if (to >= 0)
				reach[i] |= 1u << to;
		}
	}
	for (uint32_t via = 0; via < n; via++) /* Warshall */
		for (uint32_t i = 0; i < n; i++)
			if (reach[i] >> via & 1)
				reach[i] |= reach[via];
}

static int dependencies_have_no_cycle(struct rule_scope *s)
{
	uint32_t reach[PLAN_CONTAINERS_MAX];

	find_reach(s->task, reach);
	for (uint32_t i = 0; i < s->task->containers.count; i++) {
		if (!(reach[i] >> i & 1))
			continue;
		rule_at(s, ".containerDefinitions[%u].dependsOn", i);
		return refuse(s->why, "the container waits for itself through "
				      "others");
	}
	return 0;
}

static int sums_fit_into_the_task(struct rule_scope *s)
{
	const struct plan_task *t = s->task;
	int64_t memory = 0, cpu = 0;

	for (uint32_t i = 0; i < t->containers.count; i++) {
		memory += needs_reserved_mib(&t->containers.items[i]);
		cpu += t->containers.items[i].cpu_units;
	}
	if (t->memory_mib && memory > t->memory_mib) {
		rule_at(s, ".memory");
		return refuse(s->why, "is %lld MiB, the containers need %lld",
			      (long long)t->memory_mib, (long long)memory);
	}
	if (t->cpu_units && cpu > t->cpu_units) {
		rule_at(s, ".cpu");
		return refuse(s->why, "is %lld units, the containers need %lld",
			      (long long)t->cpu_units, (long long)cpu);
	}
	return 0;
}

static bool is_same_port(const struct plan_port *a, const struct plan_port *b)
{
	struct port_range x = ports_of(a), y = ports_of(b);

	return ports_overlap(&x, &y);
}

/* The containers of a task share one network namespace. */
static int is_port_taken(const struct plan_task *t, uint32_t container,
			 uint32_t index)
{
	const struct plan_container *c = t->containers.items;

	for (uint32_t i = 0; i <= container; i++) {
		uint32_t end = i == container ? index :
						c[i].port_mappings.count;

		for (uint32_t j = 0; j < end; j++)
			if (is_same_port(
				    &c[i].port_mappings.items[j],
				    &c[container].port_mappings.items[index]))
				return true;
	}
	return false;
}

static int ports_differ(struct rule_scope *s)
{
	const struct plan_containers *c = &s->task->containers;

	for (uint32_t i = 0; i < c->count; i++) {
		for (uint32_t j = 0; j < c->items[i].port_mappings.count; j++) {
			if (!is_port_taken(s->task, i, j))
				continue;
			rule_at(s,
				".containerDefinitions[%u].portMappings[%u]"
				".containerPort",
				i, j);
			return refuse(s->why, "is mapped twice in the task");
		}
	}
	return 0;
}

static const struct rule task_rules[] = {
	{ "container names differ", container_names_differ },
	{ "one container is essential", one_container_is_essential },
	{ "volume names differ", volume_names_differ },
	{ "dependencies exist", dependencies_exist },
	{ "dependencies have no cycle", dependencies_have_no_cycle },
	{ "volumes of others are written out", rule_write_out_volumes_from },
	{ "secrets have their place", rule_secrets_have_their_place },
	{ "volumes fit into the storage", rule_volumes_fit_into_the_storage },
	{ "sums fit into the task", sums_fit_into_the_task },
	{ "ports differ", ports_differ },
	{ "settings agree", rule_settings_agree },
	{ 0 },
};

static int check_containers(struct plan *p, uint32_t task, struct refusal *why)
{
	struct plan_task *t = &p->tasks.items[task];
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < t->containers.count; i++) {
		struct rule_scope s = { .plan = p,
					.task = t,
					.container = &t->containers.items[i],
					.why = why };

		snprintf(s.path, sizeof(s.path),
			 "$.tasks[%u].taskDefinition.containerDefinitions[%u]",
			 task, i);
		r = run(container_rules, &s);
	}
	return r;
}

int rules_check_tasks(struct plan *p, struct refusal *why)
{
	struct rule_scope all = { .plan = p, .why = why, .path = "$" };
	int r = run(document_rules, &all);

	for (uint32_t i = 0; r == 0 && i < p->tasks.count; i++) {
		struct rule_scope s = { .plan = p,
					.task = &p->tasks.items[i],
					.why = why };

		snprintf(s.path, sizeof(s.path), "$.tasks[%u].taskDefinition",
			 i);
		r = check_containers(p, i, why);
		if (r == 0)
			r = run(task_rules, &s);
	}
	return r;
}
