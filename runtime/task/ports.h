/* SPDX-License-Identifier: MIT */
/*
 * ports: which ports of the instance a task of the plan claims. Pure.
 *
 * In the instance's network every mapped port is one of the instance; a task
 * with a network of its own claims none. Two claims of one protocol with a
 * port in common cannot both be honoured at a time.
 */
#ifndef CLOISTER_TASK_PORTS_H
#define CLOISTER_TASK_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/task/plan.h"

struct port_claim {
	uint32_t protocol;	/* enum plan_protocol */
	uint32_t first;
	uint32_t last;
	uint32_t container;	/* whose it is, and which of its mappings */
	uint32_t mapping;
};

/*
 * Gives the task's claims one after the other: `*at` is 0 for the first and
 * then as it was left. False: there are no more.
 */
bool ports_next_claim(const struct plan_task *t, uint32_t *at,
		      struct port_claim *claim);

/* The same protocol, and a port in common. */
bool ports_collide(const struct port_claim *a, const struct port_claim *b);

/* Some claim of `t` collides with `claim`, and is then in `*other`. */
bool ports_find_collision(const struct plan_task *t,
			  const struct port_claim *claim,
			  struct port_claim *other);

#endif
