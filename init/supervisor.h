/*
 * supervisor: what PID 1 does once everything is set up: start the services,
 * carry what they hand each other, reap, drain, turn off.
 *
 * Order: supervisor_prepare(), supervisor_start(), supervisor_run(). One
 * thread, one epoll set, no call that waits without a bound.
 */
#ifndef CLOISTER_INIT_SUPERVISOR_H
#define CLOISTER_INIT_SUPERVISOR_H

#include "init/boot.h"
#include "init/evidence.h"
#include "runtime/base/err.h"

struct supervisor_facts {
	struct boot_marks marks;
	struct evidence_counts counts;
};

/*
 * Takes what init hands out (document, store, kernel log, the record socket)
 * into the keeper, opens the power button, blocks the signals it reads, and
 * sets the last words of init_panic(). `facts` is copied.
 * A missing document or store is not an error: intake and runtime say what
 * they lack.
 */
int supervisor_prepare(const struct supervisor_facts *facts, struct err *e);

/* Starts every service of the table. */
int supervisor_start(struct err *e);

/* The loop. Ends only with the machine. */
void supervisor_run(void) __attribute__((noreturn));

#endif
