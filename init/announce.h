/*
 * announce: what init says about the machine itself: the evidence, and once
 * each the time split of the boot and the last words when something fails.
 */
#ifndef CLOISTER_INIT_ANNOUNCE_H
#define CLOISTER_INIT_ANNOUNCE_H

#include <stdint.h>

#include "init/boot.h"
#include "init/evidence.h"

struct announce_facts {
	struct boot_marks marks;
	struct evidence_counts counts;
	int64_t services_ms;	/* CLOCK_BOOTTIME: all services were started */
};

/* Keeps a copy of the facts for the others. */
void announce_prepare(const struct announce_facts *facts);

/*
 * Emits BOOT_EVIDENCE and the first document of the evidence chain; the second
 * and later calls do nothing. Evidence that cannot be given ends in
 * init_panic(): a house that cannot prove itself must not run tasks.
 */
void announce_evidence(void);

/* Something that evidence tells of may have changed; `cause` is a literal. */
void announce_change(const char *cause);

/*
 * Emits the next document when one is due. A kernel that is no longer as the
 * boot left it is INTEGRITY_LOST and then init_panic(); what only could not be
 * read is said and looked at again later.
 */
void announce_check(void);

/*
 * What announce_check() does with the result `r` of the chain and its error:
 * nothing if it is none.
 */
void announce_judge(int r, struct err *e);

/* When announce_check() has something to do, CLOCK_BOOTTIME in ms; 0: never. */
int64_t announce_due_ms(void);

/* Emits the last document and EVIDENCE_SEALED. */
void announce_last_evidence(void);

/*
 * Emits BOOT_READY with the spans between the marks, which add up to
 * `first_task_ms` (CLOCK_BOOTTIME in ms, from runtime); once.
 */
void announce_ready(int64_t first_task_ms);

/*
 * For power_set_last_words(): emits BOOT_FAILED and, where uplink runs and has
 * its configuration, gives it DRAIN_FLUSH_MS to send it.
 */
void announce_failure(const char *step, const char *reason);

#endif
