// SPDX-License-Identifier: MIT
/*
 * amend: a newer document comes into force while the instance runs.
 */
#ifndef CLOISTER_TASK_AMEND_H
#define CLOISTER_TASK_AMEND_H

#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/task/world.h"

/* What runs on the plan in force. */
struct amend {
	struct engine *engine;
	struct world *world;
	struct plan **plan;	/* owned by the caller; replaced */
	int bus;
};

/*
 * Takes the sealed plan in `fd` (not consumed), which intake made of the
 * document with this serial. Either all of it comes into force, which is a
 * record document.changed and shows at the next engine_step(), or nothing
 * does, which is a record change.refused. What the engine goes on with is kept
 * as "plan" before anything is done.
 * Returns 0 in both cases, -errno where the plan cannot be read or kept.
 */
int amend_take(const struct amend *a, int fd, int64_t serial, struct err *e);

#endif
