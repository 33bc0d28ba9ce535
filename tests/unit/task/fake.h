// SPDX-License-Identifier: MIT
/*
 * fake: a world for the engine's tests, and a plan of one task in it.
 */
#ifndef CLOISTER_TESTS_TASK_FAKE_H
#define CLOISTER_TESTS_TASK_FAKE_H

#include "runtime/task/engine.h"

#define EXIT(code) ((code) << 8)
#define CONTAINERS 4
#define FAKE_ORDER_MAX 32
#define FAKE_CPU_UNITS 2048 /* of the instance */
#define FAKE_MEMORY_MIB 1024

/* A world that does what each container's row says and writes it down. */
struct fake_container {
	int image;    /* 1, 0 or -errno */
	int start;    /* 0 or -errno */
	bool is_busy; /* cgroup not empty */
	uint64_t oom_kills;
	int check;    /* 0 or -errno */
	int started, signalled, killed, cleaned, checks, checks_ended;
	int last_signal;
};

struct fake {
	struct fake_container c[CONTAINERS];
	int order[FAKE_ORDER_MAX]; /* containers in the order they were signalled */
	int order_count;
	int network; /* what it answers */
	int released;
	int32_t next_pid;
	struct state *state;
};

struct fake_engine {
	struct state *state;
	struct fake fake;
	struct plan plan;
	struct plan_task task;
	struct plan_container containers[CONTAINERS];
	struct plan_dependency dependencies[CONTAINERS];
	struct engine g;
};

/* Two essential containers, "a" and "b", whose images are there. 0 or -errno. */
int fake_engine_init(struct fake_engine *f);

/* Container `i` depends on `on` under `condition`. */
void fake_engine_depend(struct fake_engine *f, int i, int on,
			enum plan_condition condition);

#define STATE(i) (self->f.state->tasks[0].containers[i])
#define PHASE(i) (STATE(i).phase)
#define DEPEND(i, on, condition) fake_engine_depend(&self->f, i, on, condition)
#define STEP(ms) engine_step(&self->f.g, ms)
#define EXITED_AT(i, status, ms) \
	engine_exited(&self->f.g, STATE(i).pid, status, ms)
#define EXITED(i, status) EXITED_AT(i, status, 0)

#endif
