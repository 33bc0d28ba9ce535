/*
 * uplink: the one process that sends. Reads the tasks' pipes, the services'
 * records and the kernel's log; sends logs, records and metrics as OTLP; can
 * be told nothing by whom it sends to.
 *
 * One thread, one epoll loop. Everything it must not lose is in rings and
 * sockets that init keeps, so it may die at any instruction and start again.
 */
#ifndef CLOISTER_UPLINK_UPLINK_H
#define CLOISTER_UPLINK_UPLINK_H

#include "runtime/base/err.h"
#include "runtime/uplink/metrics.h"

struct uplink;

/*
 * Allocates everything that is needed before the first message.
 * `bus` (non-owned) is the socket to init; `paths` must stay.
 * Returns 0 or -errno.
 */
int uplink_create(struct uplink **u, int bus,
		  const struct metrics_paths *paths, struct err *e);

/*
 * Serves until init closes the bus. Returns 0 then, or -errno for what must
 * end the process (init restarts it, and nothing is lost).
 * System calls used from here on are the list calls_uplink of policy/calls.h.
 */
int uplink_run(struct uplink *u, struct err *e);

#endif
