/*
 * world: what the engine decides, done: containers through the executor,
 * images through the unpacker, log pipes to uplink.
 *
 * It owns the descriptors of this runtime process that belong to tasks. After
 * a crash world_recover() opens them anew from the state.
 */
#ifndef CLOISTER_TASK_WORLD_H
#define CLOISTER_TASK_WORLD_H

#include "runtime/task/engine.h"
#include "runtime/task/images.h"
#include "runtime/task/tell.h"

struct world_container {
	int pidfd;
	int check_pidfd;	/* of the health check that runs */
	int check_faults;	/* until it has begun; watched, see below */
	int check_output;	/* what it writes, read when it has ended */
	int events_fd;		/* cgroup.events, watched while ENDING */
};

struct world_task {
	bool is_prepared;	/* cgroup, network and volumes are there */
	int network_fd;
	int64_t cards_until_ms;	/* of waiting for one; 0: it does not */
	int pid_fd;		/* of pidMode task, else -1 */
	int ipc_fd;		/* of ipcMode task, else -1 */
	struct world_container containers[PLAN_CONTAINERS_MAX];
};

struct world {
	struct state *state;
	const struct plan *plan;
	struct images images;
	int bus;
	int epoll;		/* events_fds and check_faults are watched here */
	uint64_t events_tag;	/* epoll data of both */
	int links_fd;		/* news of links, -1: not yet */
	struct world_task tasks[STATE_TASKS_MAX];
	struct telling telling;
};

/* The operations; their context is a struct world. */
extern const struct engine_ops world_ops;

/*
 * Prepares an empty world around a state and a plan, which must outlive it.
 */
void world_init(struct world *w, struct state *s, const struct plan *p,
		int bus, int store_fd, int epoll, uint64_t events_tag);

/*
 * Opens what a runtime before this one had: pidfds of live containers (each
 * proven to be in its container's cgroup), network namespaces. A process that
 * cannot be found again has ended; its end comes over the bus.
 */
void world_recover(struct world *w);

/* Something that is watched has happened: hears of the checks that began, and
 * ends one that does not have its container's label. */
void world_hear_checks(struct world *w);

#endif
