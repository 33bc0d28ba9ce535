/* SPDX-License-Identifier: MIT */
/*
 * life: what creating, running and deleting a container have in common.
 */
#ifndef CLOISTER_OCI_CLI_LIFE_H
#define CLOISTER_OCI_CLI_LIFE_H

#include "runtime/oci/cli/store.h"

/*
 * Ends a container that `s` has open with STORE_CHANGE: kills what is left in
 * its cgroup and waits until it is empty, removes cgroup and state, runs the
 * poststop hooks (which can only warn). What cannot be removed stays
 * remembered, so that it can be tried again: -ETIMEDOUT after LIFE_KILL_MS.
 */
int life_end(struct store *s, struct err *e);

/*
 * Kills what is in the cgroup, waits until it is empty and removes it. One
 * that is gone already is no error; otherwise as life_end().
 */
int life_clear_cgroup(const char *cgroup, struct err *e);

#define LIFE_KILL_MS 30000

#endif
