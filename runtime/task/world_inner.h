/* SPDX-License-Identifier: MIT */
/*
 * world_inner: what the files of the world share. Not for others.
 */
#ifndef CLOISTER_TASK_WORLD_INNER_H
#define CLOISTER_TASK_WORLD_INNER_H

#include "runtime/task/launch.h"
#include "runtime/task/world.h"

/* One container in all the tables, for the length of an operation. */
struct place {
	struct world *w;
	struct task_state *task;
	struct container_state *self;
	const struct plan_task *task_plan;
	const struct plan_container *plan;
	struct world_task *held_task;
	struct world_container *held;
	char cgroup[LAUNCH_CGROUP_MAX];
};

/* `ctx` is a struct world. */
struct place place_of(void *ctx, uint32_t t, uint32_t c);

/* A pidfd of `pid`, proven to be in the container's cgroup and of our own
 * making, or -1. */
int place_open_member(const struct place *p, int32_t pid);

/* --------------------------------------------------------- world_start.c */

/* The engine's operation `start`. */
int place_start(void *ctx, uint32_t t, uint32_t c);

/* Tells init that a container with privilege is no more. */
void place_note_end(const struct place *p);

/* ---------------------------------------------------------- world_task.c */

/*
 * Makes what all containers of a task share (its cgroup, network, volumes) when
 * the first one starts; later it does nothing.
 */
int place_prepare_task(struct place *p, struct err *e);

/* The engine's operation `release`: lets go of it. */
void place_release(void *ctx, uint32_t t);

/* -------------------------------------------------------------- checks.c */

/* The engine's operations. */
int check_start(void *ctx, uint32_t t, uint32_t c);
void check_end(void *ctx, uint32_t t, uint32_t c);

/* Opens the check that a runtime before this one had started. */
void check_recover(struct place *p);

#endif
