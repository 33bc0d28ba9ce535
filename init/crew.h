/*
 * crew: the services as they live: started, told what they must know, ended,
 * started again after a pause, or given up.
 *
 * What a service must be told is a set of duties, not a queue: each is sent
 * when its socket has room and, to a service that started again, once more.
 * So nothing is lost to a full socket or a crash and nothing can pile up.
 */
#ifndef CLOISTER_INIT_CREW_H
#define CLOISTER_INIT_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "init/backoff.h"
#include "init/exits.h"
#include "init/services.h"
#include "runtime/base/bus.h"
#include "runtime/base/err.h"

#define CREW_MAX 8
#define CREW_AGAIN_MS 500	/* before a one-shot service starts once more */

enum crew_state {
	CREW_IDLE,		/* not started yet */
	CREW_ALIVE,
	CREW_PAUSED,		/* ended, starts again at start_at_ms */
	CREW_ENDED,		/* ended and will not start again */
	CREW_GIVEN_UP,		/* ended too often */
};

enum crew_duty {		/* in the order of sending */
	CREW_TELL_START,
	CREW_TELL_ENDED,	/* intake's end, for runtime */
	CREW_TELL_DRAIN,
	CREW_TELL_FLUSH,
	CREW_DUTY_COUNT
};

struct crew_member {
	const struct services_row *row;
	enum crew_state state;
	pid_t pid;			/* 0 unless alive */
	int bus;			/* owned, -1 for none */
	uint32_t restarts;
	int64_t start_at_ms;
	struct backoff backoff;
	bool has_duty[CREW_DUTY_COUNT];
	bool is_told[CREW_DUTY_COUNT];
	int64_t duty_value[CREW_DUTY_COUNT];
	bool is_blocked;		/* its socket is full */
	bool is_watched;		/* its bus is in the epoll set */
	bool is_wanted;			/* one-shot: once more after its end */
};

/* All members, in the order of services_rows, services_count of them. */
extern struct crew_member crew[CREW_MAX];

/* Ends of containers that wait for runtime. */
extern struct exits crew_exits;

/* Fills crew[] from the table; once, before anything else. */
void crew_prepare(void);

/* The member of a bus service; NULL for BUS_INIT. */
struct crew_member *crew_of(enum bus_service id);

/* The living member with this pid, or NULL. */
struct crew_member *crew_of_pid(pid_t pid);

/*
 * Starts a member: first start or after a pause. All that is kept for it is
 * due, all duties are open again. Emits SERVICE_STARTED.
 * Returns 0 or -errno; a failed start changes nothing.
 */
int crew_start(struct crew_member *m, struct err *e);

/*
 * Notes that the member's process ended with wait status `status`: closes its
 * bus, emits SERVICE_ENDED and decides what comes next (m->state). Messages
 * that still wait in the bus must have been taken before. `may_restart` false:
 * the machine is stopping.
 */
void crew_note_end(struct crew_member *m, int status, bool may_restart);

/*
 * There is something new for a one-shot member: one that has ended starts
 * again, one that lives does once it ends. Others take what is new as it comes.
 */
void crew_want(struct crew_member *m);

/* From now on the member must know this; sent by crew_pump(). */
void crew_tell(struct crew_member *m, enum crew_duty duty, int64_t value);

/*
 * Sends a living member all that it must know, in order: kept descriptors,
 * duties, for runtime the ends of containers. Sets is_blocked if its socket
 * is full. A socket that is broken is left to the end of its process.
 */
void crew_pump(struct crew_member *m);

/* SIGTERM or SIGKILL to every living member. */
void crew_signal_all(int number);

/* True if a member lives or will start again. */
bool crew_is_anyone_left(void);

/* The earliest start_at_ms of a paused member, 0 for none. */
int64_t crew_next_start_ms(void);

#endif
