/*
 * sandbox: what uplink may ask of the kernel for the rest of its life.
 *
 * One table of system calls, some with argument conditions; everything else
 * kills the process (and the kernel logs it). It cannot listen, accept,
 * execute, fork, create files, or map executable memory.
 */
#ifndef CLOISTER_UPLINK_SANDBOX_H
#define CLOISTER_UPLINK_SANDBOX_H

#include "runtime/base/err.h"

/*
 * Sets no_new_privs and loads the filter. Irrevocable; needs no privilege.
 * Returns 0 or -errno: then the caller must end. Source: seccomp(2).
 */
int sandbox_enter(struct err *e);

#endif
