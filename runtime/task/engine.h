/*
 * engine: the life cycle of tasks as ECS has it, as pure decisions.
 *
 * It moves the tables of state.h from phase to phase; what has to be done in
 * the world goes through struct engine_ops, so that the unit tests can run
 * every path without a kernel. Order of use: engine_step() after every event
 * (a process ended, an image arrived, a cgroup became empty, a deadline
 * passed, a drain began); it runs until nothing more follows.
 */
#ifndef CLOISTER_TASK_ENGINE_H
#define CLOISTER_TASK_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/task/needs.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"

#define ENGINE_NEVER_MS INT64_MAX

/* t: index into state.tasks, c: index of the container in its task. */
struct engine_ops {
	/* 1: the task has the network cards that it is given, 0: not yet,
	   -errno with the reason in `e`, which the operator may read. */
	int (*network)(void *ctx, uint32_t t, struct err *e);
	/* 1: unpacked, 0: not yet, -errno with the reason in `e`, which the
	   operator may read. */
	int (*image)(void *ctx, uint32_t t, uint32_t c, struct err *e);
	/* Starts it; fills pid and stop_signal of the container's state. Says
	   on the container's own stderr why it could not. */
	int (*start)(void *ctx, uint32_t t, uint32_t c);
	/* Begins its health check; fills health.pid. It does not wait for the
	   program to run: what fails from then on is the check's exit code.
	   -errno: it cannot be begun, which counts as a failure. */
	int (*check)(void *ctx, uint32_t t, uint32_t c);
	/* Kills the running check. */
	void (*end_check)(void *ctx, uint32_t t, uint32_t c);
	/* The check has ended: fills health.output with what it wrote. */
	void (*hear_check)(void *ctx, uint32_t t, uint32_t c);
	/* Signals its first process. -ESRCH counts as done. */
	int (*signal)(void *ctx, uint32_t t, uint32_t c, int signo,
		      struct err *e);
	/* Kills all that is in its cgroup. */
	int (*kill)(void *ctx, uint32_t t, uint32_t c, struct err *e);
	/* 1: no process left, 0: some are (an event will come), -errno. */
	int (*is_empty)(void *ctx, uint32_t t, uint32_t c, struct err *e);
	/* Reads its OOM kills, removes its cgroup, lets go of what it held. */
	int (*clean)(void *ctx, uint32_t t, uint32_t c, uint64_t *oom_kills,
		     struct err *e);
	/* Lets go of what the whole task held (network, volumes, cgroup). */
	void (*release)(void *ctx, uint32_t t);
};

struct engine {
	struct state *state;
	const struct plan *plan;
	const struct engine_ops *ops;
	void *ctx;
	struct needs room; /* of the instance */
	/* Set it at first: there may be fewer tasks, or more, than the plan
	   wants. The engine clears it when there are not. */
	bool is_unsettled;
};

/*
 * Takes every task as far as it can go at `now_ms` (CLOCK_BOOTTIME). Emits
 * TASK_STATE, CONTAINER_STATE and CONTAINER_OOM records on the way.
 * Returns the time of the next deadline, ENGINE_NEVER_MS for none.
 */
int64_t engine_step(struct engine *g, int64_t now_ms);

/*
 * A process ended with `wait_status` at `now_ms`. Unknown pids are ignored:
 * they are orphans of containers, or unpackers.
 * Returns true when it was a container's first process or its health check.
 */
bool engine_exited(struct engine *g, int32_t pid, int wait_status,
		   int64_t now_ms);

/*
 * Goes on with `plan`, which change_merge() made of the engine's own and a
 * newer one. Nothing happens before the next engine_step(); from then on
 * tasks whose definition is in both run on, surplus and dropped ones stop,
 * new ones start, in the order that deploymentConfiguration gives: of a
 * family whose definition changed at least minimumHealthyPercent of the count
 * run and at most maximumPercent of it are there at any time.
 */
void engine_change(struct engine *g, const struct plan *plan);

/* How many tasks the engine has still to start and to stop for its plan. */
struct engine_difference {
	int64_t starts;
	int64_t stops;
};

void engine_count_difference(const struct engine *g,
			     struct engine_difference *d);

/* Stops every task, daemons after all others, `reason` being the reason that
 * is reported. */
void engine_drain(struct engine *g, const char *reason, int64_t now_ms);

/*
 * The most that a drain would take now: the longest chain of stopTimeouts of
 * a task, that of a daemon behind it, and half a second of work for each
 * container.
 */
int64_t engine_stop_bound_ms(const struct engine *g);

/* No task is left that has not STOPPED. */
bool engine_is_idle(const struct engine *g);

/* There were tasks besides daemons, and all of them have STOPPED. */
bool engine_is_done(const struct engine *g);

/* A critical daemon ended by itself: the instance is of no use any more. */
bool engine_has_lost_daemon(const struct engine *g);

/* Each task runs, never will, or waits until another one ends. */
bool engine_is_settled(const struct engine *g);

/*
 * The health of a task: the worst of its essential containers that have a
 * check; HEALTH_NONE: none has.
 */
enum container_health health_of_task(const struct task_state *t,
				     const struct plan_task *p);

/*
 * Exit code as ECS reports it: the status, or 128 + signal.
 * Source: wait(2), sh(1) convention that Docker follows.
 */
int engine_exit_code(int wait_status);

#endif
