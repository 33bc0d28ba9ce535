// SPDX-License-Identifier: MIT
/*
 * intake: the one way in. Bytes of a document to a plan, and the service
 * around that.
 *
 * Trusts init, which gives the document's fd; trusts no byte of it.
 */
#ifndef CLOISTER_INTAKE_INTAKE_H
#define CLOISTER_INTAKE_INTAKE_H

#include <stddef.h>

#include "runtime/base/err.h"
#include "runtime/intake/refusal.h"
#include "runtime/intake/unused.h"
#include "runtime/task/plan.h"

/* Also the exit codes of the program; init acts on them. */
enum intake_verdict {
	INTAKE_ACCEPTED = 0,
	INTAKE_FAILED = 1,	      /* our own fault: bus, memory, sandbox */
	INTAKE_REFUSED = 2,	      /* and nothing is known of the instance */
	INTAKE_REFUSED_WITH_PLAN = 3, /* but its instance part holds */
	INTAKE_UNCHANGED = 4,	      /* never an exit code */
};

/*
 * Judges a document. ACCEPTED: `*plan` holds all of it. REFUSED_WITH_PLAN:
 * `*plan` holds the instance, is_refused and no tasks; `why` is filled.
 * REFUSED: `why` is filled, `*plan` is NULL. FAILED: memory is short.
 * The caller ends `*plan` with plan_free(). Opens nothing, keeps nothing.
 */
enum intake_verdict intake_judge(const char *bytes, size_t len,
				 struct plan **plan, struct refusal *why);

/* The same, and notes in `unused` (zeroed) which members had no effect. */
enum intake_verdict intake_judge_noting(const char *bytes, size_t len,
					struct plan **plan, struct refusal *why,
					struct unused *unused);

/*
 * The service, from inside its sandbox: takes its gifts from init over `bus`
 * (document, the firmware's table, the image's trust file, the machine's name, what the intake
 * before left), waits for BUS_START, verifies the signature, judges the
 * document, emits DOCUMENT_ACCEPTED and a FIELD_UNUSED for each member without
 * effect, or GRANT_REFUSED and DOCUMENT_REFUSED, and has init keep the plan for
 * runtime. A missing document is refused.
 * Once a document is in force a later one must have a greater serial number,
 * and one that is refused changes nothing: ACCEPTED says that one is in force.
 * Returns the exit code; `e` is set for INTAKE_FAILED.
 */
enum intake_verdict intake_serve(int bus, struct err *e);

#endif
