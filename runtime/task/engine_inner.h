// SPDX-License-Identifier: MIT
/*
 * engine_inner: what the files of the engine share. Not for others.
 */
#ifndef CLOISTER_TASK_ENGINE_INNER_H
#define CLOISTER_TASK_ENGINE_INNER_H

#include "runtime/task/engine.h"
#include "runtime/task/moves.h"

/* One container with all that belongs to it, for the length of a step. */
struct subject {
	struct engine *g;
	uint32_t t;
	uint32_t c;
	int64_t now_ms;
	struct task_state *task;
	struct container_state *self;
	const struct plan_task *task_plan;
	const struct plan_container *plan;
};

enum readiness {
	IS_READY,
	IS_WAITING,
	IS_IMPOSSIBLE,
};

/* -------------------------------------------------------------- engine.c */

struct subject engine_subject(struct engine *g, uint32_t t, uint32_t c,
			      int64_t now_ms);

/* The task begins to stop, unless it does already. */
void engine_stop_task(const struct subject *s, enum task_stop_code code,
		      const char *reason);

/* -------------------------------------------------------------- places.c */

/* Gives the task its place, or says what it waits for. True: it has one. */
bool places_admit(const struct subject *s);

/* Of a drain: stops what is to stop now. True: it began with one. */
bool places_drain(const struct subject *s);

/* --------------------------------------------------------------- steps.c */

/* By phase: what it does at this time. Each returns true when it changed
 * something that others may wait for. */
extern bool (*const engine_steps[CONTAINER_PHASE_COUNT])(
	const struct subject *s);

/* -------------------------------------------------------------- report.c */

/* moves_container() and moves_task(); false, and a record engine.fault, for
 * what cannot happen. */
bool engine_move(const struct subject *s, enum container_event event);
bool engine_move_task(const struct subject *s, enum task_event event);

void engine_set_reason(char reason[STATE_REASON_MAX], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Their records, of how they stand. */
void report_task(const struct subject *s);
void report_container(const struct subject *s);

/* ----------------------------------------------------------- reconcile.c */

/* Brings the number of tasks of each entry nearer to what the plan wants.
 * True: it changed something. */
bool reconcile(struct engine *g, int64_t now_ms);

/* ------------------------------------------------------------- depends.c */

/*
 * Whether what the container depends on lets it start. IS_IMPOSSIBLE names
 * the container that will never do, or has not in its startTimeout.
 */
enum readiness depends_ready(const struct subject *s, const char **culprit);

/* When the next startTimeout of what it waits for is over, or never. */
int64_t depends_deadline(const struct subject *s);

/* A container that depends on this one has not stopped yet. */
bool depends_has_live_dependant(const struct subject *s);

/* -------------------------------------------------------------- health.c */

/* The container runs: its first check is due after an interval. */
void health_begin(const struct subject *s);

/* Starts a check that is due, kills one that takes too long. False: no change
 * that others may wait for. */
bool health_step(const struct subject *s);

/* The running check ended. */
void health_exited(const struct subject *s, int wait_status);

/* The container runs no more, or is about to end: no checks any more. */
void health_end(const struct subject *s);

int64_t health_deadline(const struct subject *s);

#endif
