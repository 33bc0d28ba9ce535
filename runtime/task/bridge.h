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
