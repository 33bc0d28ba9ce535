/*
 * closing: the drain as it happens. drain.h says which state follows which;
 * this module does what each state is for and watches the time bounds.
 */
#ifndef CLOISTER_INIT_CLOSING_H
#define CLOISTER_INIT_CLOSING_H

#include <stdbool.h>
#include <stdint.h>

#include "init/drain.h"
#include "runtime/base/bus.h"

/*
 * Starts the drain for `cause`, whose tasks have `tasks_bound_ms` to stop (see
 * drain_tasks_bound_ms()); nothing if one runs already.
 */
void closing_start(enum bus_drain cause, int64_t tasks_bound_ms);

/*
 * The end of the lifetime, dead_at_ms: what still runs is swept. If tasks had
 * to be swept, the machine's last line says so; once tasks were, nothing.
 */
void closing_deadline(int64_t dead_at_ms);

/*
 * Something happened. May do all that the following states ask for, the last
 * of which is power_off_after_drain(): then it does not return.
 */
void closing_event(enum drain_event event);

/* Looks at what nobody reports: the tasks' cgroup and the time bounds. */
void closing_check(void);

/* When closing_check() is due at the latest (CLOCK_BOOTTIME ms), 0: never. */
int64_t closing_due_ms(void);

/* True once services are being ended: none is to be started any more. */
bool closing_is_final(void);

#endif
