// SPDX-License-Identifier: MIT
/*
 * sandbox: what intake may ask of the kernel from its first message on.
 *
 * An allow-list; whatever is not on it kills the process. Nothing on it opens
 * a path, makes a socket or a process, or makes memory executable.
 */
#ifndef CLOISTER_INTAKE_SANDBOX_H
#define CLOISTER_INTAKE_SANDBOX_H

#include "runtime/base/err.h"

/*
 * Enters the sandbox for good; sets no_new_privs. Call it before any byte
 * from outside is read, with the process single-threaded.
 * Returns 0 or -errno. Source: seccomp(2), seccomp_rule_add(3).
 */
int sandbox_enter(struct err *e);

#endif
