/*
 * power: how PID 1 ends. It never exits and never waits for a person: every
 * way out of init is one of the two functions here, both say why on the
 * console and turn the machine off.
 */
#ifndef CLOISTER_INIT_POWER_H
#define CLOISTER_INIT_POWER_H

#include "runtime/base/bus.h"
#include "runtime/base/err.h"

/*
 * Something that the machine must not run without has failed. Calls the last
 * words (see power_set_last_words), syncs, writes
 * "init: power off: <step>: <reason>" to fd 2 and turns the machine off.
 * A failure within the last words is not followed by a second round.
 * Needs CAP_SYS_BOOT. Source: reboot(2).
 */
void init_panic(const char *step, const struct err *e)
	__attribute__((noreturn));

/*
 * The orderly end: all tasks and services are gone. Syncs, unmounts what was
 * writable, writes "init: power off after drain (<cause>)" and turns off.
 */
void power_off_after_drain(enum bus_drain cause) __attribute__((noreturn));

/*
 * The same for a machine whose lifetime ended before its tasks: the line is
 * "init: power off: lifetime: deadline passed".
 */
void power_off_at_deadline(void) __attribute__((noreturn));

/* init_panic() if `r` is negative; for rows of a table of contents. */
void must(const char *step, int r, const struct err *e);

/*
 * A function that init_panic() calls once with step and reason before the
 * power goes, e.g. to let the operator know. It must be bounded in time.
 * NULL (the state before) means none.
 */
void power_set_last_words(void (*f)(const char *step, const char *reason));

/*
 * From here on a fault of init itself (SIGSEGV, SIGBUS, SIGILL, SIGFPE,
 * SIGABRT, SIGSYS) says which signal it was and turns the machine off, and
 * Ctrl-Alt-Del reboots nothing. Never fails: where the kernel refuses, a fault
 * ends in its own panic, which reboots.
 */
void power_catch_faults(void);

#endif
