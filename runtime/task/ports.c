// SPDX-License-Identifier: MIT
#include "runtime/task/ports.h"

#include <stdlib.h>

#include "runtime/task/state.h"

_Static_assert(PORTS_DYNAMIC_FIRST + STATE_TASKS_MAX * PORTS_DYNAMIC_MAX <=
		       65536,
	       "every row of the state has dynamic ports");

struct port_range ports_of(const struct plan_port *p)
{
	struct port_range range = { (uint32_t)p->container_port,
				    (uint32_t)p->container_port };
	char *rest;

	if (!p->container_port_range[0])
		return range;
	range.first = (uint32_t)strtoul(p->container_port_range, &rest, 10);
	range.last = (uint32_t)strtoul(rest + (*rest == '-'), NULL, 10);
	return range;
}

/* Every mapping of a task, in order. */
struct walk {
	const struct plan_task *task;
	uint32_t container;
	uint32_t mapping; /* the next one */
};

static const struct plan_port *next_mapping(struct walk *w)
{
	while (w->container < w->task->containers.count) {
		const struct plan_ports *p =
			&w->task->containers.items[w->container].port_mappings;

		if (w->mapping < p->count)
			return &p->items[w->mapping++];
		w->container++;
		w->mapping = 0;
	}
	return NULL;
}

static bool is_claim(const struct plan_task *t, const struct plan_port *p)
{
	return t->network_mode == PLAN_NETWORK_HOST ||
	       (t->network_mode == PLAN_NETWORK_BRIDGE && p->host_port);
}

static struct port_range outer_of(const struct plan_task *t,
				  const struct plan_port *p)
{
	struct port_range host = { (uint32_t)p->host_port,
				   (uint32_t)p->host_port };

	return t->network_mode == PLAN_NETWORK_HOST ? ports_of(p) : host;
}

bool ports_next_claim(const struct plan_task *t, uint32_t *at,
		      struct port_claim *claim)
{
	struct walk w = { .task = t };
	const struct plan_port *p;

	for (uint32_t i = 0; (p = next_mapping(&w)); i++) {
		if (i < *at || !is_claim(t, p))
			continue;
		*at = i + 1;
		*claim = (struct port_claim){ p->protocol, outer_of(t, p),
					      w.container, w.mapping - 1 };
		return true;
	}
	return false;
}

bool ports_overlap(const struct port_range *a, const struct port_range *b)
{
	return a->first <= b->last && b->first <= a->last;
}

bool ports_find_collision(const struct plan_task *t,
			  const struct port_claim *claim,
			  struct port_claim *other)
{
	uint32_t at = 0;

	while (ports_next_claim(t, &at, other))
		if (other->protocol == claim->protocol &&
		    ports_overlap(&other->ports, &claim->ports))
			return true;
	return false;
}

struct port_count ports_count(const struct plan_task *t)
{
	struct port_count count = { 0, 0 };
	struct walk w = { .task = t };
	const struct plan_port *p;

	while ((p = next_mapping(&w))) {
		struct port_range range = ports_of(p);
		uint32_t n = range.last - range.first + 1;

		count.all += n;
		count.dynamic += p->host_port ? 0 : n;
	}
	return count;
}

size_t ports_map(const struct plan_task *t, uint32_t row,
		 struct port_mapping out[PORTS_OF_TASK_MAX])
{
	uint32_t dynamic = PORTS_DYNAMIC_FIRST + row * PORTS_DYNAMIC_MAX;
	struct walk w = { .task = t };
	const struct plan_port *p;
	size_t n = 0;

	while ((p = next_mapping(&w))) {
		struct port_range range = ports_of(p);

		for (uint32_t port = range.first;
		     port <= range.last && n < PORTS_OF_TASK_MAX; port++)
			out[n++] = (struct port_mapping){
				.container = w.container,
				.protocol = p->protocol,
				.outer = (uint16_t)(p->host_port ?
							    p->host_port :
							    dynamic++),
				.inner = (uint16_t)port,
			};
	}
	return n;
}
