/* SPDX-License-Identifier: MIT */
/*
 * kin: which processes the runtime has started. They are children of init, as
 * it is itself (CLONE_PARENT); what those start in their containers never is.
 */
#ifndef CLOISTER_TASK_KIN_H
#define CLOISTER_TASK_KIN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The process `pid` is a child of `parent`, by procfs at /proc. Who has a pidfd
 * of it knows that it is this process and not a later one of that pid.
 * Source: proc_pid_stat(5), field 4.
 */
bool kin_is_child(int32_t pid, int32_t parent);

#endif
