// SPDX-License-Identifier: MIT
#include "runtime/intake/rules.h"

#include <stdio.h>

#include "runtime/task/ports.h"

static const char *protocol_word(const struct port_claim *claim)
{
	return claim->protocol == PLAN_UDP ? "udp" : "tcp";
}

static void at_mapping(struct rule_scope *s, uint32_t task,
		       const struct port_claim *claim)
{
	rule_at(s,
		".tasks[%u].taskDefinition.containerDefinitions[%u]"
		".portMappings[%u]",
		task, claim->container, claim->mapping);
}

/* Several of one entry would all want what the first has. */
static int refuse_copies(struct rule_scope *s, uint32_t task,
			 const struct port_claim *claim)
{
	rule_at(s, ".tasks[%u].count", task);
	return refuse(s->why,
		      "is %lld, but each takes the instance's %s port %u",
		      (long long)s->plan->tasks.items[task].count,
		      protocol_word(claim), claim->first);
}

static int refuse_second(struct rule_scope *s, uint32_t task, uint32_t other,
			 const struct port_claim *claim)
{
	at_mapping(s, task, claim);
	return refuse(s->why,
		      "takes the instance's %s port %u, as $.tasks[%u] "
		      "does",
		      protocol_word(claim), claim->first, other);
}

static int check_claim(struct rule_scope *s, uint32_t task,
		       const struct port_claim *claim)
{
	const struct plan_tasks *all = &s->plan->tasks;
	struct port_claim other;

	if (all->items[task].count > 1)
		return refuse_copies(s, task, claim);
	for (uint32_t i = 0; i < task; i++)
		if (ports_find_collision(&all->items[i], claim, &other))
			return refuse_second(s, task, i, claim);
	return 0;
}

int rule_instance_ports_are_taken_once(struct rule_scope *s)
{
	struct port_claim claim;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < s->plan->tasks.count; i++) {
		uint32_t at = 0;

		while (r == 0 &&
		       ports_next_claim(&s->plan->tasks.items[i], &at, &claim))
			r = check_claim(s, i, &claim);
	}
	return r;
}
