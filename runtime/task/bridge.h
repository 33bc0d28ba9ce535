/* SPDX-License-Identifier: MIT */
/*
 * bridge: tasks behind the instance, networkMode bridge. Each has a pair of
 * links to the instance's network, an address of BRIDGE_NETWORK by its row in
 * the state, and the ports that it maps.
 */
#ifndef CLOISTER_TASK_BRIDGE_H
#define CLOISTER_TASK_BRIDGE_H

#include "runtime/base/err.h"
#include "runtime/task/world.h"

#define BRIDGE_GATEWAY "172.17.0.1"	/* the instance, as tasks see it */
#define BRIDGE_ADDRESS_MAX 16		/* bytes of one of its addresses */

/* "172.17.0.2" for the first row and so on. */
void bridge_address(uint32_t t, char text[BRIDGE_ADDRESS_MAX]);

/*
 * Connects the network open as `network_fd` for task `t`, and tells of its
 * ports. What an earlier runtime left of this row is replaced. After an error
 * bridge_take_back() has to follow.
 */
int bridge_give(struct world *w, uint32_t t, int network_fd, struct err *e);

/*
 * Takes the links and rules away and, with the last such task, forwarding as
 * well. What cannot be removed is told on the console.
 */
void bridge_take_back(struct world *w, uint32_t t);

#endif
