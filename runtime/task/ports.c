// SPDX-License-Identifier: MIT
#include "runtime/task/ports.h"

static bool claim_of(const struct plan_task *t, const struct plan_port *p,
		     struct port_claim *claim)
{
	if (t->network_mode != PLAN_NETWORK_HOST)
		return false;
	claim->protocol = p->protocol;
	claim->first = (uint32_t)p->container_port;
	claim->last = claim->first;
	return true;
}

bool ports_next_claim(const struct plan_task *t, uint32_t *at,
		      struct port_claim *claim)
{
	uint32_t before = 0; /* mappings of the containers passed */

	for (uint32_t i = 0; i < t->containers.count; i++) {
		const struct plan_ports *p =
			&t->containers.items[i].port_mappings;

		while (*at - before < p->count) {
			claim->container = i;
			claim->mapping = (*at)++ - before;
			if (claim_of(t, &p->items[claim->mapping], claim))
				return true;
		}
		before += p->count;
	}
	return false;
}

bool ports_collide(const struct port_claim *a, const struct port_claim *b)
{
	return a->protocol == b->protocol && a->first <= b->last &&
	       b->first <= a->last;
}

bool ports_find_collision(const struct plan_task *t,
			  const struct port_claim *claim,
			  struct port_claim *other)
{
	uint32_t at = 0;

	while (ports_next_claim(t, &at, other))
		if (ports_collide(claim, other))
			return true;
	return false;
}
