/* SPDX-License-Identifier: MIT */
/*
 * ports: which ports a task of the plan maps, and which of the instance it
 * claims. Pure.
 *
 * In the instance's network every mapped port is one of the instance. Behind
 * it (bridge) those with a hostPort are; the others get one of the dynamic
 * ports that each row of the state has for itself. Two claims of one protocol
 * with a port in common cannot both be honoured at a time.
 */
#ifndef CLOISTER_TASK_PORTS_H
#define CLOISTER_TASK_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/task/plan.h"

#define PORTS_OF_TASK_MAX 100	/* ECS's, of an instance; here of a task */
#define PORTS_DYNAMIC_FIRST 49153	/* ECS's; they end at the last port */
#define PORTS_DYNAMIC_MAX 31	/* of a task, in the bridge mode */

#define BRIDGE_NETWORK "172.17.0.0/16"	/* of tasks in the bridge mode; Docker's */

struct port_range {
	uint32_t first;
	uint32_t last;
};

/* The ports of the container that a mapping names. */
struct port_range ports_of(const struct plan_port *p);

struct port_claim {
	uint32_t protocol;	/* enum plan_protocol */
	struct port_range ports;
	uint32_t container;	/* whose it is, and which of its mappings */
	uint32_t mapping;
};

/*
 * Gives the task's claims one after the other: `*at` is 0 for the first and
 * then as it was left. False: there are no more.
 */
bool ports_next_claim(const struct plan_task *t, uint32_t *at,
		      struct port_claim *claim);

/* The two have a port in common. */
bool ports_overlap(const struct port_range *a, const struct port_range *b);

/* Some claim of `t` and `claim` have a port in common; it is in `*other`. */
bool ports_find_collision(const struct plan_task *t,
			  const struct port_claim *claim,
			  struct port_claim *other);

/* How many ports the task maps, and how many of them are dynamic. */
struct port_count {
	uint32_t all;
	uint32_t dynamic;
};

struct port_count ports_count(const struct plan_task *t);

struct port_mapping {
	uint32_t container;
	uint32_t protocol;	/* enum plan_protocol */
	uint16_t outer;		/* of the instance */
	uint16_t inner;		/* of the task */
};

/*
 * Every port that a task in row `row` of the state maps in the bridge mode.
 * Returns how many; intake's rules bound them.
 */
size_t ports_map(const struct plan_task *t, uint32_t row,
		 struct port_mapping out[PORTS_OF_TASK_MAX]);

#endif
