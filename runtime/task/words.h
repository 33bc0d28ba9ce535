/*
 * words: ECS's words for limits and mount options, in the kernel's numbers.
 */
#ifndef CLOISTER_TASK_WORDS_H
#define CLOISTER_TASK_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/oci/oci.h"
#include "runtime/task/plan.h"

/*
 * One of ECS's ulimit names with its limits (-1: unlimited) as an rlimit.
 * -EINVAL: no such name. Source: getrlimit(2), ECS API Ulimit.
 */
int words_ulimit(const struct plan_ulimit *u, struct oci_rlimit *out);

/*
 * True when `word` is a mount attribute rather than an option of tmpfs itself
 * ("mode=1777"); it is then set in or removed from `attributes`, or has no
 * effect on a tmpfs (async, rprivate, ...). Source: mount(8), ECS API Tmpfs.
 */
bool words_tmpfs_option(const char *word, uint64_t *attributes);

#endif
