/*
 * lifetime: the two deadlines of the instance, drain-at and dead-at.
 *
 * Both are there from the start of PID 1 on the verified root, as the image
 * sets them (runtime/base/lifetime.h); what init hears later can only bring
 * them forward. The age is that of clock_age_ms(): no clock that can be set,
 * slewed or suspended moves it; a reset of the machine begins a new one. Pure,
 * but for the one lifetime that the caller holds; the supervisor acts on the
 * phase.
 */
#ifndef CLOISTER_INIT_LIFETIME_H
#define CLOISTER_INIT_LIFETIME_H

#include <stdint.h>

#include "runtime/base/err.h"

struct lifetime {		/* clock_age_ms() */
	int64_t drain_at_ms;
	int64_t dead_at_ms;
};

enum lifetime_phase {
	LIFETIME_WORK,
	LIFETIME_DRAIN,		/* drain-at has passed */
	LIFETIME_OVER,		/* dead-at has passed */
};

/* The deadlines as the image sets them. */
struct lifetime lifetime_birth(void);

/*
 * Moves one deadline, a member of a struct lifetime in ms, to `after_s`
 * seconds after boot. Returns 1 if that is earlier and was done, 0 for the
 * same time; -EPERM later than it is, -ERANGE negative: nothing has changed.
 */
int lifetime_shorten(int64_t *deadline_ms, int64_t after_s, struct err *e);

/* What the age `now_ms` means. */
enum lifetime_phase lifetime_phase(const struct lifetime *l, int64_t now_ms);

/* Milliseconds from `now_ms` to the next deadline, 0 if dead-at is reached. */
int64_t lifetime_left_ms(const struct lifetime *l, int64_t now_ms);

#endif
