/*
 * volumes: what a task writes to, by names: its task-scoped host volumes, and
 * the writable layers of its containers' roots.
 *
 * Each has a bound and the task's label, is found again by name after a crash
 * of runtime, and gone when the task is released.
 */
#ifndef CLOISTER_TASK_VOLUMES_H
#define CLOISTER_TASK_VOLUMES_H

#include "runtime/base/err.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"

#define VOLUMES_NAME_MAX 64

/* Makes all volumes of the task; those that exist are left alone. */
int volumes_make(const struct task_state *task, const struct plan_task *plan,
		 struct err *e);

/* An O_PATH fd, owned by the caller, of the volume a mount point names. */
int volumes_open(const struct task_state *task, const struct plan_task *plan,
		 const struct plan_mount_point *m, int *fd, struct err *e);

/* What the writable layer of the root of container `c` is called. */
void volumes_root_name(const struct task_state *task, uint32_t c,
		       char name[VOLUMES_NAME_MAX]);

/* Removes all that the task's containers wrote, volumes and roots. */
void volumes_drop(const struct task_state *task, const struct plan_task *plan);

#endif
