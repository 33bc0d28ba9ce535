// SPDX-License-Identifier: MIT
#include "init/requests.h"

#include <errno.h>
#include <string.h>

#include "init/announce.h"
#include "init/closing.h"
#include "init/granted.h"
#include "init/keeper.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"

#define REFUSALS_SAID 32 /* a broken service must not flood the console */

struct requests_told told = { .stop_bound_ms = -1 };

static unsigned int refusals;

void requests_announce_lifetime(void)
{
	int64_t drain_s = told.lifetime.drain_at_ms / 1000;
	int64_t dead_s = told.lifetime.dead_at_ms / 1000;

	RECORD(LIFETIME_SET, RECORD_N(drain_s), RECORD_N(dead_s));
	say(2, "init", "lifetime: drain at %lld s, end at %lld s",
	    (long long)drain_s, (long long)dead_s);
}

static void refuse(const struct crew_member *m, const struct err *e)
{
	if (refusals++ < REFUSALS_SAID)
		say(2, "init", "refused from %s: %s: %s", m->row->word,
		    e->message, strerror(e->code));
}

static int on_keep(struct crew_member *m, const struct bus_message *message,
		   int *fd, struct err *e)
{
	enum bus_service owner = (enum bus_service)message->service;
	int r = keeper_keep(m->row->id, message, fd, e);

	if (r == 0 && owner != m->row->id && !closing_is_final())
		crew_want(crew_of(owner));
	return r;
}

static int on_drop(struct crew_member *m, const struct bus_message *message,
		   int *fd, struct err *e)
{
	(void)fd;
	return keeper_drop(m->row->id, message, e);
}

static int on_ready(struct crew_member *m, const struct bus_message *message,
		    int *fd, struct err *e)
{
	(void)fd;
	(void)e;
	if (m->row->id == BUS_RUNTIME)
		announce_ready(message->value);
	return 0;
}

void requests_start_drain(enum bus_drain cause)
{
	int64_t left_ms = told.lifetime.dead_at_ms - clock_age_ms();

	closing_start(cause, drain_tasks_bound_ms(told.stop_bound_ms, left_ms));
}

static int on_ask_drain(struct crew_member *m,
			const struct bus_message *message, int *fd,
			struct err *e)
{
	(void)fd;
	if (message->value < 0 || message->value >= BUS_DRAIN_COUNT)
		return err_set(e, ERANGE, "%s asks to drain, cause %lld",
			       m->row->word, (long long)message->value);
	requests_start_drain((enum bus_drain)message->value);
	return 0;
}

static int on_drained(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e)
{
	(void)m;
	(void)message;
	(void)fd;
	(void)e;
	closing_event(DRAIN_TASKS_DONE);
	return 0;
}

static int on_flushed(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e)
{
	(void)m;
	(void)message;
	(void)fd;
	(void)e;
	closing_event(DRAIN_FLUSHED);
	return 0;
}

static int on_alive(struct crew_member *m, const struct bus_message *message,
		    int *fd, struct err *e)
{
	(void)m;
	(void)message;
	(void)fd;
	(void)e;
	told.heard_ms = clock_age_ms();
	return 0;
}

static int shorten(int64_t *deadline_ms, int64_t after_s, struct err *e)
{
	int r = lifetime_shorten(deadline_ms, after_s, e);

	if (r > 0)
		requests_announce_lifetime();
	return r < 0 ? r : 0;
}

static int on_drain_at(struct crew_member *m, const struct bus_message *message,
		       int *fd, struct err *e)
{
	(void)m;
	(void)fd;
	return shorten(&told.lifetime.drain_at_ms, message->value, e);
}

static int on_dead_at(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e)
{
	(void)m;
	(void)fd;
	return shorten(&told.lifetime.dead_at_ms, message->value, e);
}

static int on_stop_bound(struct crew_member *m,
			 const struct bus_message *message, int *fd,
			 struct err *e)
{
	(void)m;
	(void)fd;
	if (message->value < 0)
		return err_set(e, ERANGE, "stop bound %lld ms",
			       (long long)message->value);
	told.stop_bound_ms = message->value < told.lifetime.dead_at_ms ?
				     message->value :
				     told.lifetime.dead_at_ms;
	return 0;
}

static int on_grant(struct crew_member *m, const struct bus_message *message,
		    int *fd, struct err *e)
{
	int r = granted_take(message->meta, message->meta_len, e);

	(void)m;
	(void)fd;
	if (r == 0)
		announce_change("grant");
	return r;
}

#define FROM(id) (1u << (id))
#define FROM_ALL                                                    \
	(FROM(BUS_INTAKE) | FROM(BUS_RUNTIME) | FROM(BUS_COURIER) | \
	 FROM(BUS_UPLINK))

struct request_row {
	unsigned int senders; /* FROM(), or-ed; others are refused */
	int (*handle)(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e);
};

static const struct request_row requests[BUS_KIND_COUNT] = {
	[BUS_KEEP] = { FROM_ALL, on_keep },
	[BUS_DROP] = { FROM_ALL, on_drop },
	[BUS_READY] = { FROM_ALL, on_ready },
	[BUS_ASK_DRAIN] = { FROM(BUS_RUNTIME), on_ask_drain },
	[BUS_DRAINED] = { FROM(BUS_RUNTIME), on_drained },
	[BUS_FLUSHED] = { FROM(BUS_UPLINK), on_flushed },
	[BUS_ALIVE] = { FROM(BUS_RUNTIME), on_alive },
	[BUS_DRAIN_AT] = { FROM(BUS_RUNTIME), on_drain_at },
	[BUS_DEAD_AT] = { FROM(BUS_RUNTIME), on_dead_at },
	[BUS_STOP_BOUND] = { FROM(BUS_RUNTIME), on_stop_bound },
	[BUS_GRANT] = { FROM(BUS_RUNTIME), on_grant },
};

void requests_handle(struct crew_member *m, const struct bus_message *message,
		     int fd)
{
	const struct request_row *row = &requests[message->kind];
	AUTO_CLOSE int owned = fd;
	struct err e = ERR_NONE;
	int r;

	if (!row->handle || !(row->senders & FROM(m->row->id)))
		r = err_set(&e, EPERM, "message of kind %u", message->kind);
	else
		r = row->handle(m, message, &owned, &e);
	if (r < 0)
		refuse(m, &e);
}
