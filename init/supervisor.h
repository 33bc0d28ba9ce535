/*
 * supervisor: what PID 1 does once everything is set up: start the services,
 * carry what they hand each other, reap, drain, turn off.
 *
 * It holds the two deadlines of the machine (lifetime.h) from
 * supervisor_prepare() on, checks them on every turn of the loop, and feeds
 * the watchdog (watchdog.h); the loop turns every ten seconds at least.
 *
 * Order: supervisor_prepare(), supervisor_start(), supervisor_run(). One
 * thread, one epoll set, no call that waits without a bound.
 */
#ifndef CLOISTER_INIT_SUPERVISOR_H
#define CLOISTER_INIT_SUPERVISOR_H

#include "runtime/base/err.h"

/*
 * Blocks the signals it reads, opens the power button, raises the number of
 * files init may hold, sets the last words of init_panic(). Records need
 * handout_prepare() before.
 * A machine without power button is said on the console and no error.
 */
int supervisor_prepare(struct err *e);

/* Starts every service of the table. */
int supervisor_start(struct err *e);

/* The loop. Ends only with the machine. */
void supervisor_run(void) __attribute__((noreturn));

#endif
