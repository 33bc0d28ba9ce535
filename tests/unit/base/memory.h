// SPDX-License-Identifier: MIT
/*
 * memory: how often some bytes stand in the memory of this process.
 */
#ifndef CLOISTER_TESTS_BASE_MEMORY_H
#define CLOISTER_TESTS_BASE_MEMORY_H

#include <stddef.h>

/* A byte of a canary as it is kept, so that the search does not find itself. */
#define MEMORY_HIDE(c) ((char)((c) ^ 0x55))

/* Writes the canary that `hidden` hides, and a NUL. */
void memory_show(const char *hidden, size_t len, char *out);

/*
 * Reads all that is mapped writable, stacks as well, and counts the canary.
 * Returns -1 if the memory cannot be read. Source: proc_pid_maps(5).
 */
int memory_count(const char *hidden, size_t len);

#endif
