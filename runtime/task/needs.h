/* SPDX-License-Identifier: MIT */
/*
 * needs: what a task takes of the instance while it is there. Pure.
 *
 * As ECS counts it: the task's own cpu and memory, where it has none the sums
 * of its containers', of a container's memory the reservation if there is
 * one. Source: ECS developer guide, task definition parameters.
 */
#ifndef CLOISTER_TASK_NEEDS_H
#define CLOISTER_TASK_NEEDS_H

#include <stdint.h>

#include "runtime/task/plan.h"

struct needs {
	int64_t cpu_units;	/* 1024 per CPU */
	int64_t memory_mib;
};

/* What a container takes of its task's memory. */
int64_t needs_reserved_mib(const struct plan_container *c);

struct needs needs_of_task(const struct plan_task *t);

#endif
