/*
 * volumes: the task-scoped host volumes of a task, by their names.
 *
 * Each is a file system of its own with the task's label, found again by name
 * after a crash of runtime, gone when the task is released.
 */
#ifndef CLOISTER_TASK_VOLUMES_H
#define CLOISTER_TASK_VOLUMES_H

#include "runtime/base/err.h"
#include "runtime/task/plan.h"
#include "runtime/task/state.h"

/* Makes all volumes of the task; those that exist are left alone. */
int volumes_make(const struct task_state *task, const struct plan_task *plan,
		 struct err *e);

/* An O_PATH fd, owned by the caller, of the volume a mount point names. */
int volumes_open(const struct task_state *task, const struct plan_task *plan,
		 const struct plan_mount_point *m, int *fd, struct err *e);

/* Removes all volumes of the task and what is in them. */
void volumes_drop(const struct task_state *task, const struct plan_task *plan);

#endif
