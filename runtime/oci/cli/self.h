/* SPDX-License-Identifier: MIT */
/*
 * self: keeps this program from being overwritten by the containers that it
 * starts (CVE-2019-5736): until its own exec, /proc/PID/exe of a container's
 * process is our file.
 */
#ifndef CLOISTER_OCI_CLI_SELF_H
#define CLOISTER_OCI_CLI_SELF_H

#include "runtime/base/err.h"

/*
 * Returns 0 when this program runs from a mount that is read-only; otherwise
 * executes it again, with `argv`, from a read-only copy of its mount, which
 * nothing but the kernel refers to. Does not return then, or -errno.
 */
int self_protect(char **argv, struct err *e);

#endif
