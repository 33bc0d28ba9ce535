#include "init/drain.h"

/*
 * A row per state; an event that is not named leaves the state as it is
 * (DRAIN_IDLE is 0 and never a target).
 */
static const enum drain_state next[DRAIN_STATE_COUNT][DRAIN_EVENT_COUNT] = {
	[DRAIN_IDLE] = {
		[DRAIN_CAUSE] = DRAIN_TASKS,
		[DRAIN_DEADLINE] = DRAIN_SWEEP,
	},
	[DRAIN_TASKS] = {
		[DRAIN_DEADLINE] = DRAIN_SWEEP,
		[DRAIN_TASKS_DONE] = DRAIN_SWEEP,
		[DRAIN_RUNTIME_LOST] = DRAIN_SWEEP,
		[DRAIN_TIMEOUT] = DRAIN_SWEEP,
	},
	[DRAIN_SWEEP] = {
		[DRAIN_TASKS_EMPTY] = DRAIN_FLUSH,
		/* A process that SIGKILL does not end holds up nobody. */
		[DRAIN_TIMEOUT] = DRAIN_FLUSH,
	},
	[DRAIN_FLUSH] = {
		[DRAIN_FLUSHED] = DRAIN_STOP,
		[DRAIN_UPLINK_LOST] = DRAIN_STOP,
		[DRAIN_TIMEOUT] = DRAIN_STOP,
	},
	[DRAIN_STOP] = {
		[DRAIN_SERVICES_GONE] = DRAIN_OFF,
		[DRAIN_TIMEOUT] = DRAIN_OFF,
	},
};

static const int64_t bounds_ms[DRAIN_STATE_COUNT] = {
	[DRAIN_SWEEP] = DRAIN_SWEEP_MS,
	[DRAIN_FLUSH] = DRAIN_FLUSH_MS + DRAIN_FLUSH_GRACE_MS,
	[DRAIN_STOP] = DRAIN_STOP_MS,
};

enum drain_state drain_next(enum drain_state state, enum drain_event event)
{
	enum drain_state to = next[state][event];

	return to == DRAIN_IDLE ? state : to;
}

int64_t drain_bound_ms(enum drain_state state)
{
	return bounds_ms[state];
}

int64_t drain_tasks_bound_ms(int64_t told_ms, int64_t left_ms)
{
	int64_t bound = told_ms < 0 ? DRAIN_TASKS_MS :
				      told_ms + DRAIN_TASKS_GRACE_MS;

	if (left_ms < bound)
		bound = left_ms;
	return bound > 0 ? bound : 1;
}
