/*
 * drain: the one way from running to off, whatever the cause.
 *
 *   IDLE -> TASKS   runtime stops the tasks in order
 *        -> SWEEP   what is left below tasks/ is killed, until nothing is
 *        -> FLUSH   uplink sends what it has
 *        -> STOP    services end
 *        -> OFF
 *
 * At the end of its lifetime the machine waits for no task: whatever runs is
 * swept at once, and what was swept already goes on.
 *
 * Pure: states and events in one table; the supervisor acts on each new
 * state. Every state but IDLE and OFF has a time bound, so OFF is always
 * reached.
 */
#ifndef CLOISTER_INIT_DRAIN_H
#define CLOISTER_INIT_DRAIN_H

#include <stdint.h>

enum drain_state {
	DRAIN_IDLE,
	DRAIN_TASKS,
	DRAIN_SWEEP,
	DRAIN_FLUSH,
	DRAIN_STOP,
	DRAIN_OFF,
	DRAIN_STATE_COUNT
};

enum drain_event {
	DRAIN_CAUSE,		/* somebody or something asks for it */
	DRAIN_DEADLINE,		/* the machine's time is over */
	DRAIN_TASKS_DONE,	/* runtime says that no task is left */
	DRAIN_RUNTIME_LOST,	/* runtime was given up */
	DRAIN_TASKS_EMPTY,	/* no process lives below tasks/ */
	DRAIN_FLUSHED,		/* uplink says that it has sent what it could */
	DRAIN_UPLINK_LOST,	/* uplink was given up */
	DRAIN_SERVICES_GONE,	/* no service lives */
	DRAIN_TIMEOUT,		/* the state's bound has passed */
	DRAIN_EVENT_COUNT
};

/* While runtime has not told what its tasks' own stop timeouts add up to. */
#define DRAIN_TASKS_MS 600000
#define DRAIN_TASKS_GRACE_MS 30000 /* beyond what it told */
#define DRAIN_SWEEP_MS 30000	/* SIGKILL was sent: only the kernel delays */
#define DRAIN_FLUSH_MS 5000	/* what uplink is told */
#define DRAIN_FLUSH_GRACE_MS 1000
#define DRAIN_STOP_MS 2000

/* The state after `event` in `state`; the same one where it means nothing. */
enum drain_state drain_next(enum drain_state state, enum drain_event event);

/*
 * Time bound of TASKS, for what runtime told (-1: nothing) and what is left of
 * the machine's lifetime, which is the only upper limit.
 */
int64_t drain_tasks_bound_ms(int64_t told_ms, int64_t left_ms);

/* Time bound of a state in ms, 0 for none; of TASKS see above. */
int64_t drain_bound_ms(enum drain_state state);

#endif
