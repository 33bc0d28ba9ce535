/*
 * loop: what runtime waits for, and what it does then.
 *
 * One thread, one epoll: the bus, the running unpacker, cgroups that empty,
 * one timer for the next deadline. The order of a life: init gives what it
 * kept, BUS_START, intake's plan; then network, uplink's configuration,
 * images, tasks, until BUS_DRAIN and the last task's end.
 */
#ifndef CLOISTER_TASK_LOOP_H
#define CLOISTER_TASK_LOOP_H

#include "runtime/base/err.h"

/*
 * Serves until init ends the process. Returns -errno only when it cannot go
 * on: the bus is broken, or memory for its tables is short.
 */
int loop_run(struct err *e);

#endif
