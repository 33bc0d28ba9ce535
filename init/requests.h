/* SPDX-License-Identifier: MIT */
/*
 * requests: what services ask of init over their buses, who may ask what, and
 * what follows from it. One table; whatever is not in it, or comes from another
 * than its row names, is refused and, some times, said on the console.
 *
 * Trust: a service is known by the bus that a message came through; numbers are
 * checked here, descriptors and names by the keeper.
 */
#ifndef CLOISTER_INIT_REQUESTS_H
#define CLOISTER_INIT_REQUESTS_H

#include <stdint.h>

#include "init/crew.h"
#include "init/lifetime.h"
#include "runtime/base/bus.h"

/* What init knows from requests; the supervisor sets it at birth. */
struct requests_told {
	struct lifetime lifetime;	/* only ever shortened */
	int64_t heard_ms;	/* runtime's last sign of life, clock_age_ms() */
	int64_t stop_bound_ms;	/* what the tasks' stop may take; -1: not told */
};

extern struct requests_told told;

/* Acts on one message of `m`; `fd` is its descriptor, -1 for none, and owned. */
void requests_handle(struct crew_member *m, const struct bus_message *message,
		     int fd);

/* Starts the drain, with as long for tasks as they and the lifetime want. */
void requests_start_drain(enum bus_drain cause);

/* Emits LIFETIME_SET and says it on the console. */
void requests_announce_lifetime(void);

#endif
