#include "init/closing.h"

#include <signal.h>
#include <stddef.h>

#include "init/announce.h"
#include "init/cgroups.h"
#include "init/crew.h"
#include "init/power.h"
#include "runtime/base/clock.h"
#include "runtime/base/record.h"

#define SWEEP_POLL_MS 20

static enum drain_state state;
static enum bus_drain cause;
static bool is_cut; /* the deadline came before the tasks' end */
static int64_t began_ms;
static int64_t tasks_bound_ms;
static int64_t deadline_ms; /* of the state, 0: none */

static void enter_tasks(void)
{
	struct crew_member *runtime = crew_of(BUS_RUNTIME);

	announce_evidence();
	RECORD(DRAIN_STARTED, RECORD_W(bus_drain_words[cause]),
	       RECORD_N(tasks_bound_ms));
	say(2, "init", "drain started (%s)", bus_drain_words[cause]);
	crew_tell(runtime, CREW_TELL_DRAIN, cause);
	if (runtime->state == CREW_GIVEN_UP)
		closing_event(DRAIN_RUNTIME_LOST);
}

static void enter_sweep(void)
{
	struct err e = ERR_NONE;

	if (cgroups_kill_tasks(&e) < 0)
		err_print(2, "init", &e);
}

static void enter_flush(void)
{
	struct crew_member *uplink = crew_of(BUS_UPLINK);

	announce_last_evidence();
	RECORD(DRAIN_ENDED, RECORD_W(bus_drain_words[cause]),
	       RECORD_N(clock_ms() - began_ms));
	crew_tell(uplink, CREW_TELL_FLUSH, DRAIN_FLUSH_MS);
	if (uplink->state == CREW_GIVEN_UP)
		closing_event(DRAIN_UPLINK_LOST);
}

static void enter_stop(void)
{
	for (size_t i = 0; i < services_count; i++)
		if (crew[i].state == CREW_PAUSED)
			crew[i].state = CREW_ENDED;
	crew_signal_all(SIGTERM);
	if (!crew_is_anyone_left())
		closing_event(DRAIN_SERVICES_GONE);
}

static void enter_off(void)
{
	if (is_cut)
		power_off_at_deadline();
	power_off_after_drain(cause);
}

static void (*const entries[DRAIN_STATE_COUNT])(void) = {
	[DRAIN_TASKS] = enter_tasks, [DRAIN_SWEEP] = enter_sweep,
	[DRAIN_FLUSH] = enter_flush, [DRAIN_STOP] = enter_stop,
	[DRAIN_OFF] = enter_off,
};

static int64_t bound_of(enum drain_state of)
{
	return of == DRAIN_TASKS ? tasks_bound_ms : drain_bound_ms(of);
}

void closing_event(enum drain_event event)
{
	enum drain_state to = drain_next(state, event);
	int64_t bound = bound_of(to);

	if (to == state)
		return;
	if (event == DRAIN_TIMEOUT)
		say(2, "init", "drain: step %d took longer than %lld ms",
		    (int)state, (long long)bound_of(state));
	state = to;
	deadline_ms = bound ? clock_ms() + bound : 0;
	entries[to]();
}

void closing_start(enum bus_drain why, int64_t bound_ms)
{
	if (state != DRAIN_IDLE)
		return;
	cause = why;
	tasks_bound_ms = bound_ms;
	began_ms = clock_ms();
	closing_event(DRAIN_CAUSE);
}

void closing_deadline(int64_t dead_at_ms)
{
	if (state >= DRAIN_SWEEP)
		return;
	is_cut = true;
	announce_evidence();
	RECORD(LIFETIME_OVER,
	       RECORD_W(state == DRAIN_IDLE ? "none" : bus_drain_words[cause]),
	       RECORD_N(dead_at_ms / 1000));
	if (state == DRAIN_IDLE) {
		cause = BUS_DRAIN_LIFETIME;
		began_ms = clock_ms();
		/* So that it starts nothing more; nobody waits for it. */
		crew_tell(crew_of(BUS_RUNTIME), CREW_TELL_DRAIN, cause);
	}
	closing_event(DRAIN_DEADLINE);
}

static void check_sweep(void)
{
	if (!cgroups_has_tasks())
		closing_event(DRAIN_TASKS_EMPTY);
	else if (is_cut) /* runtime may have been about to start one more */
		cgroups_kill_tasks(NULL);
}

void closing_check(void)
{
	if (state == DRAIN_SWEEP)
		check_sweep();
	if (state == DRAIN_STOP && !crew_is_anyone_left())
		closing_event(DRAIN_SERVICES_GONE);
	if (deadline_ms && clock_ms() >= deadline_ms)
		closing_event(DRAIN_TIMEOUT);
}

int64_t closing_due_ms(void)
{
	return state == DRAIN_SWEEP ? clock_ms() + SWEEP_POLL_MS : deadline_ms;
}

bool closing_is_final(void)
{
	return state >= DRAIN_STOP;
}
