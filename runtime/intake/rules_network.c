// SPDX-License-Identifier: MIT
#include "runtime/intake/rules.h"

#include <stdio.h>

#include "runtime/intake/address.h"
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
		      protocol_word(claim), claim->ports.first);
}

static int refuse_second(struct rule_scope *s, uint32_t task, uint32_t other,
			 const struct port_claim *claim)
{
	at_mapping(s, task, claim);
	return refuse(s->why,
		      "takes the instance's %s port %u, as $.tasks[%u] "
		      "does",
		      protocol_word(claim), claim->ports.first, other);
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

/* ----------------------------------------------------------- one container */

static int mapping_names_ports(struct rule_scope *s, const struct plan_port *p,
			       uint32_t index)
{
	bool is_range = p->container_port_range[0] != '\0';

	rule_at(s, ".portMappings[%u].%s", index,
		is_range ? "containerPortRange" : "containerPort");
	if (!is_range && !p->container_port)
		return refuse(s->why, "is missing");
	if (is_range && (p->container_port || p->host_port))
		return refuse(s->why, "is for a mapping without containerPort "
				      "and hostPort");
	if (is_range && s->task->network_mode == PLAN_NETWORK_HOST)
		return refuse(s->why, "is for networkMode bridge or awsvpc");
	return 0;
}

static int host_port_can_be_had(struct rule_scope *s, const struct plan_port *p,
				uint32_t index)
{
	rule_at(s, ".portMappings[%u].hostPort", index);
	if (s->task->network_mode == PLAN_NETWORK_BRIDGE) {
		if (p->host_port < PORTS_DYNAMIC_FIRST)
			return 0;
		return refuse(s->why,
			      "is %lld, but from %d on they are dynamic",
			      (long long)p->host_port, PORTS_DYNAMIC_FIRST);
	}
	if (!p->host_port || p->host_port == p->container_port)
		return 0;
	return refuse(s->why,
		      "is %lld, has to be left out or the same "
		      "as containerPort, %lld",
		      (long long)p->host_port, (long long)p->container_port);
}

/* NULL: ports mean something in the network that the container has. */
static const char *has_no_ports(const struct rule_scope *s)
{
	if (s->task->network_mode == PLAN_NETWORK_NONE)
		return "networkMode none";
	return s->container->is_network_disabled ? "disableNetworking" : NULL;
}

int rule_ports_can_be_mapped(struct rule_scope *s)
{
	const struct plan_ports *p = &s->container->port_mappings;
	const char *with = has_no_ports(s);
	int r = 0;

	if (p->count && with) {
		rule_at(s, ".portMappings");
		return refuse(s->why, "has no meaning with %s", with);
	}
	for (uint32_t i = 0; r == 0 && i < p->count; i++) {
		r = mapping_names_ports(s, &p->items[i], i);
		if (r == 0)
			r = host_port_can_be_had(s, &p->items[i], i);
	}
	return r;
}

/* ------------------------------------------------------------------ bridge */

static int check_bridge(struct rule_scope *s, uint32_t task)
{
	const struct plan_task *t = &s->plan->tasks.items[task];
	const char *own = s->plan->instance.network_address;
	struct port_count count = ports_count(t);

	rule_at(s, ".tasks[%u].taskDefinition.networkMode", task);
	if (!own[0])
		return refuse(s->why, "bridge needs $.instance.network");
	if (address_is_inside(own, BRIDGE_NETWORK))
		return refuse(s->why,
			      "bridge has the network %s, which is "
			      "$.instance.network's",
			      BRIDGE_NETWORK);
	rule_at(s, ".tasks[%u].taskDefinition.containerDefinitions", task);
	if (count.all > PORTS_OF_TASK_MAX)
		return refuse(s->why, "map %u ports, allowed are 0 to %d",
			      count.all, PORTS_OF_TASK_MAX);
	if (count.dynamic > PORTS_DYNAMIC_MAX)
		return refuse(s->why,
			      "map %u ports without hostPort, allowed "
			      "are 0 to %d",
			      count.dynamic, PORTS_DYNAMIC_MAX);
	return 0;
}

int rule_bridges_have_a_way_out(struct rule_scope *s)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < s->plan->tasks.count; i++)
		if (s->plan->tasks.items[i].network_mode == PLAN_NETWORK_BRIDGE)
			r = check_bridge(s, i);
	return r;
}
