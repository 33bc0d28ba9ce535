#include "init/crew.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "init/keeper.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"

struct crew_member crew[CREW_MAX];
struct exits crew_exits;

static const enum bus_kind duty_kinds[CREW_DUTY_COUNT] = {
	[CREW_TELL_START] = BUS_START,
	[CREW_TELL_ENDED] = BUS_ENDED,
	[CREW_TELL_DRAIN] = BUS_DRAIN,
	[CREW_TELL_FLUSH] = BUS_FLUSH,
};

void crew_prepare(void)
{
	for (size_t i = 0; i < services_count && i < CREW_MAX; i++)
		crew[i] = (struct crew_member){
			.row = &services_rows[i],
			.bus = -1,
		};
}

struct crew_member *crew_of(enum bus_service id)
{
	for (size_t i = 0; id != BUS_INIT && i < services_count; i++)
		if (services_rows[i].id == id)
			return &crew[i];
	return NULL;
}

struct crew_member *crew_of_pid(pid_t pid)
{
	for (size_t i = 0; i < services_count; i++)
		if (crew[i].state == CREW_ALIVE && crew[i].pid == pid)
			return &crew[i];
	return NULL;
}

/* A child that lives, or that ended and was not reaped yet. */
static bool is_child(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
	       0;
}

int crew_start(struct crew_member *m, struct err *e)
{
	pid_t pid;
	int r = services_start(m->row, &pid, &m->bus, e);

	if (r < 0)
		return r;
	m->state = CREW_ALIVE;
	m->pid = pid;
	m->is_blocked = m->is_watched = m->is_wanted = false;
	memset(m->is_told, 0, sizeof(m->is_told));
	keeper_renew(m->row->id);
	if (m->row->id == BUS_RUNTIME)
		exits_rewind(&crew_exits, is_child);
	crew_tell(m, CREW_TELL_START, m->restarts);
	RECORD(SERVICE_STARTED, RECORD_W(m->row->word), RECORD_N(pid),
	       RECORD_N(m->restarts));
	return 0;
}

static void decide(struct crew_member *m, bool may_restart)
{
	int64_t now = clock_ms();
	int64_t pause;

	m->state = CREW_ENDED;
	if (may_restart && m->is_wanted)
		crew_want(m);
	if (m->row->is_one_shot || !may_restart)
		return;
	pause = backoff_ended(&m->backoff, now);
	if (pause < 0 && m->row->is_dispensable)
		pause = BACKOFF_WINDOW_MS;
	m->state = pause < 0 ? CREW_GIVEN_UP : CREW_PAUSED;
	m->start_at_ms = now + pause;
	m->restarts += pause >= 0;
}

void crew_note_end(struct crew_member *m, int status, bool may_restart)
{
	pid_t pid = m->pid;

	fd_close(&m->bus);
	m->pid = 0;
	decide(m, may_restart);
	/* An end that was foreseen is no warning. */
	if (!may_restart || (m->row->is_one_shot && status == 0))
		return;
	RECORD(SERVICE_ENDED, RECORD_W(m->row->word), RECORD_N(pid),
	       RECORD_N(WIFEXITED(status) ? WEXITSTATUS(status) : -1),
	       RECORD_N(WIFSIGNALED(status) ? WTERMSIG(status) : 0),
	       RECORD_N(m->restarts), RECORD_N(m->state == CREW_PAUSED));
}

void crew_want(struct crew_member *m)
{
	if (!m->row->is_one_shot)
		return;
	m->is_wanted = m->state != CREW_ENDED;
	if (m->is_wanted)
		return;
	m->state = CREW_PAUSED;
	m->start_at_ms = clock_ms() + CREW_AGAIN_MS;
	m->restarts++;
}

void crew_tell(struct crew_member *m, enum crew_duty duty, int64_t value)
{
	m->has_duty[duty] = true;
	m->is_told[duty] = false;
	m->duty_value[duty] = value;
}

static int send_duties(struct crew_member *m)
{
	for (size_t i = 0; i < CREW_DUTY_COUNT; i++) {
		struct bus_message message = {
			.kind = duty_kinds[i],
			.service = i == CREW_TELL_ENDED ? BUS_INTAKE : BUS_INIT,
			.value = m->duty_value[i],
		};
		int r;

		if (!m->has_duty[i] || m->is_told[i])
			continue;
		r = bus_send(m->bus, &message, -1);
		if (r < 0)
			return r;
		m->is_told[i] = true;
	}
	return 0;
}

static int send_exits(struct crew_member *m)
{
	const struct exits_entry *entry;

	while ((entry = exits_next(&crew_exits))) {
		struct bus_message message = {
			.kind = BUS_EXITED,
			.value = entry->status,
			.pid = entry->pid,
		};
		int r = bus_send(m->bus, &message, -1);

		if (r < 0)
			return r;
		exits_mark_sent(&crew_exits);
	}
	return 0;
}

void crew_pump(struct crew_member *m)
{
	int r;

	if (m->state != CREW_ALIVE || m->bus < 0)
		return;
	r = keeper_give(m->row->id, m->bus);
	if (r == 0)
		r = send_duties(m);
	if (r == 0 && m->row->id == BUS_RUNTIME)
		r = send_exits(m);
	m->is_blocked = r == -EAGAIN;
}

void crew_signal_all(int number)
{
	for (size_t i = 0; i < services_count; i++)
		if (crew[i].state == CREW_ALIVE)
			kill(crew[i].pid, number);
}

bool crew_is_anyone_left(void)
{
	for (size_t i = 0; i < services_count; i++)
		if (crew[i].state == CREW_ALIVE || crew[i].state == CREW_PAUSED)
			return true;
	return false;
}

int64_t crew_next_start_ms(void)
{
	int64_t next = 0;

	for (size_t i = 0; i < services_count; i++)
		if (crew[i].state == CREW_PAUSED &&
		    (!next || crew[i].start_at_ms < next))
			next = crew[i].start_at_ms;
	return next;
}
