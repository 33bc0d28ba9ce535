/* SPDX-License-Identifier: MIT */
/*
 * cards: the network cards that the document gives to tasks, from the
 * instance's network into the task's and back.
 *
 * Order of use for a task: cards_ask() until it says that all are there,
 * cards_give() once its network is made, cards_take_back() while that network
 * is still open. A task without attachments passes through all of it. When
 * a runtime dies and no process of the task lives, the kernel returns them.
 */
#ifndef CLOISTER_TASK_CARDS_H
#define CLOISTER_TASK_CARDS_H

#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"
#include "runtime/task/world.h"

#define CARDS_WAIT_MS INT64_C(120000) /* for a card that is not there yet */

/*
 * The engine's operation: whether the task can have its cards, all or none of
 * one attachment. 1: they are its own now, which the state says. 0: another
 * task has one of them, however long, or one has not come yet. -ETIMEDOUT: nor
 * has it in CARDS_WAIT_MS. -EBUSY: it is the instance's own. The error names
 * the card.
 */
int cards_ask(void *ctx, uint32_t t, struct err *e);

/* When waiting for a card ends, or ENGINE_NEVER_MS. */
int64_t cards_deadline(const struct world *w);

/*
 * Moves them to the network open as `network_fd`, as eth0 and on, and sets
 * them up there; nothing leaves over them to the metadata service, unless it
 * is open. After an error cards_take_back() has to follow.
 */
int cards_give(const struct plan_attachment *a, bool metadata_is_open,
	       int network_fd, struct err *e);

/*
 * Moves them back, without what the task made of them. One that cannot be
 * cleaned or moved is told on the console, and comes when the task's network
 * ends; cards_give() cleans it again, and fails as long as that does.
 */
void cards_take_back(struct world *w, uint32_t t);

#endif
