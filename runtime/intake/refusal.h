// SPDX-License-Identifier: MIT
/*
 * refusal: why a document is refused: where, what, in words for the operator.
 *
 * Filled once, at the first fault, and told once, by serve.c. Path and reason
 * hold only characters that a record can carry.
 */
#ifndef CLOISTER_INTAKE_REFUSAL_H
#define CLOISTER_INTAKE_REFUSAL_H

#include "runtime/task/plan.h"

#define REFUSAL_PATH_MAX 256
#define REFUSAL_REASON_MAX 160

struct refusal {
	char path[REFUSAL_PATH_MAX]; /* "$.tasks[0].count" */
	char reason[REFUSAL_REASON_MAX];
	/* Where a capability was asked for and is not permitted; else "": */
	char task[PLAN_NAME_MAX + 1];
	char container[PLAN_NAME_MAX + 1];
	char capability[32];
};

/* Writes the path; one that is too long is cut. */
void refusal_set_path(struct refusal *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes the reason. Returns -EINVAL, for `return refuse(...)`. */
int refuse(struct refusal *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
