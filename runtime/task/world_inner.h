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

/* ------------------------------------------------------------- sharing.c */

/*
 * What pidMode and ipcMode make the containers of a task share: a pid namespace
 * with a first process that outlives them all, an ipc namespace, /dev/shm.
 *
 * sharing_make(): what is not there yet, for place_prepare_task().
 * sharing_join(): has a container start in it; closed with sharing_leave().
 * sharing_recover(): opens what a live container of the task is in.
 * sharing_end(): after the last container.
 */
int sharing_make(struct place *p, struct err *e);
int sharing_join(const struct place *p, struct launch *l, struct err *e);
void sharing_leave(struct launch *l);
void sharing_recover(struct place *p);
void sharing_end(struct world *w, uint32_t t);

/* A namespace of a process, `name` as in /proc/PID/ns; -1: none. */
int place_open_namespace(int32_t pid, const char *name);

/* The program that is a container's init, for the caller to close. */
int place_open_reaper(int *fd, struct err *e);

/* -------------------------------------------------------------- checks.c */

/* The engine's operations. */
int check_start(void *ctx, uint32_t t, uint32_t c);
void check_end(void *ctx, uint32_t t, uint32_t c);
void check_hear(void *ctx, uint32_t t, uint32_t c);

/* Ends the check that a runtime before this one had started. */
void check_recover(struct place *p);

#endif
