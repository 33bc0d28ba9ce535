/* SPDX-License-Identifier: MIT */
/*
 * check_output: what a health check writes, on its way to the one who asks for
 * the task's metadata.
 *
 * It goes into a pipe that is read once the check has ended: whatever it
 * writes costs the reader nothing. A check that fills the pipe (64 KiB) waits
 * until its time is over.
 */
#ifndef CLOISTER_TASK_CHECK_OUTPUT_H
#define CLOISTER_TASK_CHECK_OUTPUT_H

#include "runtime/base/err.h"
#include "runtime/task/state.h"

/* Both ends are the caller's; on failure both are -1. */
int check_output_open(int *reader, int *writer, struct err *e);

/*
 * The first bytes that wait in `reader`, as one text; a NUL becomes a space.
 * "" where there are none. Does not wait.
 */
void check_output_read(int reader, char text[HEALTH_OUTPUT_MAX + 1]);

#endif
