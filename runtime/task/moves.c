// SPDX-License-Identifier: MIT
#include "runtime/task/moves.h"

#include <errno.h>
#include <stddef.h>

#include "runtime/base/clock.h"

struct move {
	bool is_possible;
	uint32_t to;
	uint32_t time; /* index into the times, 0: none is noted */
	bool is_once;  /* a time that is noted already stays */
};

/* clang-format off */
#define TO(phase) { .is_possible = true, .to = phase }
#define AT(phase, noted) { .is_possible = true, .to = phase, .time = noted }
#define ONCE(phase, noted) \
	{ .is_possible = true, .to = phase, .time = noted, .is_once = true }

static const struct move
container_moves[CONTAINER_PHASE_COUNT][CONTAINER_EVENT_COUNT] = {
	[CONTAINER_PENDING] = {
		[CONTAINER_PULL_BEGAN] =
			ONCE(CONTAINER_PENDING, CONTAINER_PULL_STARTED_AT),
		[CONTAINER_HAS_IMAGE] =
			ONCE(CONTAINER_PULLED, CONTAINER_PULL_STOPPED_AT),
		[CONTAINER_DROPPED] = AT(CONTAINER_STOPPED, CONTAINER_FINISHED_AT),
	},
	[CONTAINER_PULLED] = {
		[CONTAINER_CREATE] = AT(CONTAINER_CREATED, CONTAINER_CREATED_AT),
		[CONTAINER_DROPPED] = AT(CONTAINER_STOPPED, CONTAINER_FINISHED_AT),
	},
	[CONTAINER_CREATED] = {
		[CONTAINER_STARTED] = AT(CONTAINER_RUNNING, CONTAINER_STARTED_AT),
		/* Its end can be heard of before its start is. */
		[CONTAINER_EXITED] = AT(CONTAINER_CREATED, CONTAINER_FINISHED_AT),
		[CONTAINER_DROPPED] = AT(CONTAINER_STOPPED, CONTAINER_FINISHED_AT),
		[CONTAINER_WRECKED] = TO(CONTAINER_PENDING),
	},
	[CONTAINER_RUNNING] = {
		[CONTAINER_STOP] = TO(CONTAINER_STOPPING),
		[CONTAINER_EXITED] = AT(CONTAINER_ENDING, CONTAINER_FINISHED_AT),
	},
	[CONTAINER_STOPPING] = {
		[CONTAINER_EXITED] = AT(CONTAINER_ENDING, CONTAINER_FINISHED_AT),
	},
	[CONTAINER_ENDING] = {
		[CONTAINER_EMPTIED] = TO(CONTAINER_STOPPED),
		[CONTAINER_RESTART] = TO(CONTAINER_PULLED),
	},
	/* Nothing happens to what has STOPPED. */
};

static const struct move task_moves[TASK_PHASE_COUNT][TASK_EVENT_COUNT] = {
	[TASK_PENDING] = {
		[TASK_PULL_BEGAN] = ONCE(TASK_PENDING, TASK_PULL_STARTED_AT),
		[TASK_PULL_ENDED] = AT(TASK_PENDING, TASK_PULL_STOPPED_AT),
		[TASK_ALL_STARTED] = AT(TASK_RUNNING, TASK_STARTED_AT),
		[TASK_STOP] = AT(TASK_STOPPING, TASK_STOPPING_AT),
	},
	[TASK_RUNNING] = {
		/* Of a container that is made anew after a crash. */
		[TASK_PULL_ENDED] = TO(TASK_RUNNING),
		[TASK_STOP] = AT(TASK_STOPPING, TASK_STOPPING_AT),
	},
	[TASK_STOPPING] = {
		[TASK_ALL_STOPPED] =
			AT(TASK_STOPPING, TASK_EXECUTION_STOPPED_AT),
		[TASK_RELEASED] = AT(TASK_STOPPED, TASK_STOPPED_AT),
	},
};
/* clang-format on */

const char *const container_event_words[CONTAINER_EVENT_COUNT] = {
	[CONTAINER_PULL_BEGAN] = "pull-began",
	[CONTAINER_HAS_IMAGE] = "has-image",
	[CONTAINER_CREATE] = "create",
	[CONTAINER_STARTED] = "started",
	[CONTAINER_DROPPED] = "dropped",
	[CONTAINER_WRECKED] = "wrecked",
	[CONTAINER_EXITED] = "exited",
	[CONTAINER_STOP] = "stop",
	[CONTAINER_EMPTIED] = "emptied",
	[CONTAINER_RESTART] = "restart",
};

const char *const task_event_words[TASK_EVENT_COUNT] = {
	[TASK_PULL_BEGAN] = "pull-began",   [TASK_PULL_ENDED] = "pull-ended",
	[TASK_ALL_STARTED] = "all-started", [TASK_STOP] = "stop",
	[TASK_ALL_STOPPED] = "all-stopped", [TASK_RELEASED] = "released",
};

/* Index 0 of both lists of times is none. */
static int apply(const struct move *m, uint32_t *phase, int64_t *times,
		 int64_t now_ms)
{
	if (!m->is_possible)
		return -EPROTO;
	*phase = m->to;
	if (m->time && !(m->is_once && times[m->time]))
		times[m->time] = now_ms;
	return 0;
}

int moves_container(struct container_state *c, enum container_event event,
		    int64_t now_ms)
{
	return apply(&container_moves[c->phase][event], &c->phase, c->at_ms,
		     now_ms);
}

int moves_task(struct task_state *t, enum task_event event, int64_t now_ms)
{
	return apply(&task_moves[t->phase][event], &t->phase, t->at_ms, now_ms);
}

const char *moves_known(const struct container_state *c)
{
	static const char *const words[CONTAINER_PHASE_COUNT] = {
		[CONTAINER_PENDING] = "PENDING",
		[CONTAINER_PULLED] = "PULLED",
		[CONTAINER_CREATED] = "CREATED",
		[CONTAINER_RUNNING] = "RUNNING",
		[CONTAINER_STOPPING] = "RUNNING",
		[CONTAINER_ENDING] = "RUNNING",
		[CONTAINER_STOPPED] = "STOPPED",
	};

	/* To others a restart is no stop. */
	if (c->restarts && c->phase < CONTAINER_RUNNING)
		return "RUNNING";
	return words[c->phase];
}

const char *moves_task_desired(const struct task_state *t)
{
	return t->phase >= TASK_STOPPING ? "STOPPED" : "RUNNING";
}

const char *moves_desired(const struct task_state *t,
			  const struct container_state *c)
{
	if (c->phase == CONTAINER_STOPPED)
		return "STOPPED";
	return moves_task_desired(t);
}

int64_t moves_unix_ms(int64_t boot_ms)
{
	int64_t since_1970 = (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000u);

	return boot_ms ? boot_ms + since_1970 - clock_ms() : 0;
}
