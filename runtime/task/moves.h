/* SPDX-License-Identifier: MIT */
/*
 * moves: which event may come in which state of a container or a task, what
 * follows, and which time is noted. Two tables; nothing else in the house
 * changes a phase.
 *
 * The states are those that the ECS agent knows, as far as there is anything
 * between them on one instance: a container is PENDING, PULLED, CREATED,
 * RUNNING and STOPPED (STOPPING and ENDING are what RUNNING is on its way to
 * STOPPED); a task PENDING, RUNNING, STOPPING and STOPPED. There is no
 * RESOURCES_PROVISIONED, which the agent has for its pause container alone,
 * and no PROVISIONING, ACTIVATING, DEACTIVATING and DEPROVISIONING, which are
 * work of the service. Source: ecs-agent, api/container/status.
 */
#ifndef CLOISTER_TASK_MOVES_H
#define CLOISTER_TASK_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/task/state.h"

enum container_event {
	CONTAINER_PULL_BEGAN,	/* its image is asked for */
	CONTAINER_HAS_IMAGE,
	CONTAINER_CREATE,	/* it is being made */
	CONTAINER_STARTED,	/* its program runs */
	CONTAINER_DROPPED,	/* it could not start, or need not any more */
	CONTAINER_WRECKED,	/* made by half when runtime ended */
	CONTAINER_EXITED,	/* its first process ended */
	CONTAINER_STOP,		/* the stop signal is sent */
	CONTAINER_EMPTIED,	/* no process of it is left */
	CONTAINER_RESTART,	/* none is left, and it is to run again */
	CONTAINER_EVENT_COUNT
};

enum task_event {
	TASK_PULL_BEGAN,	/* of the first image */
	TASK_PULL_ENDED,	/* of one more image */
	TASK_ALL_STARTED,	/* each container runs or has run */
	TASK_STOP,		/* its containers are to stop */
	TASK_ALL_STOPPED,	/* each container has; what it held is held */
	TASK_RELEASED,		/* what it held is let go of */
	TASK_EVENT_COUNT
};

extern const char *const container_event_words[CONTAINER_EVENT_COUNT];
extern const char *const task_event_words[TASK_EVENT_COUNT];

/*
 * Takes one container or task through an event at `now_ms` (CLOCK_BOOTTIME).
 * 0, or -EPROTO: that cannot happen in this state, and nothing was changed.
 */
int moves_container(struct container_state *c, enum container_event event,
		    int64_t now_ms);
int moves_task(struct task_state *t, enum task_event event, int64_t now_ms);

/*
 * What ECS calls the known and the desired status. A container is to be
 * STOPPED when its task is, or when it ended by itself.
 */
const char *moves_known(const struct container_state *c);
const char *moves_desired(const struct task_state *t,
			  const struct container_state *c);
const char *moves_task_desired(const struct task_state *t);

/*
 * A time of the state (CLOCK_BOOTTIME) as Unix milliseconds, by the clock as
 * it is set now; 0 for one that was not yet.
 */
int64_t moves_unix_ms(int64_t boot_ms);

#endif
