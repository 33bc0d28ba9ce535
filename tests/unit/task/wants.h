// SPDX-License-Identifier: MIT
/*
 * wants: plans for tests, in a line per entry.
 */
#ifndef CLOISTER_TESTS_TASK_WANTS_H
#define CLOISTER_TESTS_TASK_WANTS_H

#include "runtime/task/plan.h"

/* One entry; the image stands for the whole definition. */
struct want {
	const char *family;
	const char *image;
	int64_t count;
	int64_t least;
	int64_t most;
};

/* A copy of `from` that lives as long as the plan. */
char *wants_text(struct plan *p, const char *from);

/* A whole plan of these entries, the caller's to free. */
struct plan *wants_plan(const struct want *wants, uint32_t count);

#define PLAN(...)                                              \
	wants_plan((const struct want[]){ __VA_ARGS__ },          \
		sizeof((const struct want[]){ __VA_ARGS__ }) / \
			sizeof(struct want))

#endif
