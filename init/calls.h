/* SPDX-License-Identifier: MIT */
/*
 * calls: the filter of system calls that init enters for good, and with it
 * all that it starts: what no program of the house and no task, whatever it
 * was granted, has a use for fails with EPERM and is logged. The list is
 * policy/calls.h; the build makes the program.
 */
#ifndef CLOISTER_INIT_CALLS_H
#define CLOISTER_INIT_CALLS_H

#include "runtime/base/err.h"

/*
 * Sets no_new_privs and loads the filter. Irrevocable; needs no privilege.
 * Returns 0 or -errno. Source: seccomp(2).
 */
int calls_enter(struct err *e);

#endif
