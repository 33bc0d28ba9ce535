/* SPDX-License-Identifier: MIT */
/*
 * door: where a task asks for its metadata: a socket that listens in the
 * network namespace of the task, and the counters of that namespace.
 *
 * Nobody in the house takes an address or listens: the guards on the house's
 * control groups see to that. So the socket is made by a process among the
 * task's own control groups, which ends at once, and it stays under the
 * guards of tasks. It is metadata that accepts.
 */
#ifndef CLOISTER_TASK_DOOR_H
#define CLOISTER_TASK_DOOR_H

#include "runtime/base/err.h"

/*
 * Gives loopback of `network` the address of base/description.h and makes the
 * door there; `cgroup` is that of the task ("tasks/<id>"), in which no process
 * is yet. The caller owns `*door` and `*counters`. Needs what oci_start()
 * needs. On failure nothing of it is left but the address.
 */
int door_make(const char *cgroup, int network, int *door, int *counters,
	      struct err *e);

#endif
