/* SPDX-License-Identifier: MIT */
/*
 * profile: the tables of seccomp.h and grants.h as rules of a filter, for the
 * profile of a container and for the lists of those above it (calls.h).
 */
#ifndef CLOISTER_POLICY_PROFILE_H
#define CLOISTER_POLICY_PROFILE_H

#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/err.h"

/* True when a capability of `set` brings the system call `name`. */
bool profile_is_granted(uint64_t set, const char *name);

/*
 * Adds one rule: `name` is allowed, or fails with `error` if that is not 0;
 * `when` (may be NULL) is the condition. A call that only another
 * architecture has adds nothing. Returns 0; -EINVAL for a name that nobody
 * knows; -errno of libseccomp.
 */
int profile_add_call(scmp_filter_ctx filter, const char *name, int error,
		     const struct scmp_arg_cmp *when, struct err *e);

/*
 * Adds all that a container may ask with the capabilities `set`, and what
 * depends on an argument; without the names of `except` (NULL-terminated, or
 * NULL). As profile_add_call().
 */
int profile_add_allowed(scmp_filter_ctx filter, uint64_t set,
			const char *const *except, struct err *e);

#endif
