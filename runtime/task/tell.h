/* SPDX-License-Identifier: MIT */
/*
 * tell: what metadata has to know of the tasks, sent over the bus: doors when
 * they are made, descriptions when something in them changed. metadata
 * sends nothing back, and no task waits for any of it.
 */
#ifndef CLOISTER_TASK_TELL_H
#define CLOISTER_TASK_TELL_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/task/state.h"

struct world;

/* What was told last of each task; all zero: nothing. */
struct telling {
	int64_t born_unix_ms;
	struct tell_common {		/* in the description of every task */
		const void *plan;
		int64_t drain_deadline_ms;
		unsigned int images;	/* that are unpacked */
	} common;
	struct {
		bool is_open;		/* it has a door */
		bool is_known;		/* `state` was told */
		uint64_t hash;		/* of its description, 0: none yet */
		struct task_state state;
	} tasks[STATE_TASKS_MAX];
};

/* Makes the door of task `t` and gives it away. Nothing for a task in the
 * instance's own network: its door would be one of the machine. Before the first
 * process of the task. */
int tell_door(struct world *w, uint32_t t, const char *cgroup, struct err *e);

/* Runtime has started again: the door of `t` is where it was. */
void tell_recovered(struct world *w, uint32_t t);

/* Sends the descriptions that are not what was sent before. What cannot be
 * sent now is sent the next time. */
void tell_changes(struct world *w);

/* The task has ended: its door is closed. */
void tell_end(struct world *w, uint32_t t);

#endif
