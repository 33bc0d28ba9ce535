// SPDX-License-Identifier: MIT
/*
 * change: a newer document for an instance that runs.
 *
 * A newer plan becomes one that the engine can go on with: change_merge()
 * keeps every entry of the plan in force at its index, so that the tasks that
 * are there still find theirs, and adds the entries that are new in places
 * that nobody needs any more. Entries that the newer document does not have
 * stay with a count of 0. engine_change() then starts and stops the
 * difference. Pure: the caller keeps the merged plan before it gives it to
 * the engine, so that a crash between the two loses nothing.
 *
 * What may differ in `instance` is one table in change.c: what is not in it
 * cannot be changed while the instance runs.
 */
#ifndef CLOISTER_TASK_CHANGE_H
#define CLOISTER_TASK_CHANGE_H

#include "runtime/base/record.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"

struct change_refusal {
	char path[64];			/* "$.instance.network" */
	char reason[RECORD_WORD_MAX + 1];
};

/*
 * Whether `next` may follow `now` in this state. Changes nothing.
 * Returns 0, or -EINVAL with `why` filled: `next` is refused itself, differs
 * in what cannot be changed, the instance drains, or, with placement single,
 * another task than the first one would run.
 */
int change_check(const struct state *s, const struct plan *now,
		 const struct plan *next, struct change_refusal *why);

/*
 * `*merged`: the instance of `next`, the entries of both. A plan of its own,
 * the caller's to free. An entry whose definition is in both is one entry,
 * with the count and the deployment of `next`.
 * Returns 0, -ENOSPC: with the tasks of earlier documents that still stop
 * there are too many entries, or -EFBIG or -ENOMEM of plan_pack().
 */
int change_merge(const struct state *s, const struct plan *now,
		 const struct plan *next, struct plan **merged, struct err *e);

#endif
