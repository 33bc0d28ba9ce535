/* SPDX-License-Identifier: MIT */
/* labels: the SELinux label of a container's process, proven twice. */
#ifndef CLOISTER_OCI_LABELS_H
#define CLOISTER_OCI_LABELS_H

#include <sys/types.h>

#include "runtime/base/err.h"

/*
 * After the exec: reads the label that the process really has from the
 * procfs open as `proc` (proven to be that) and compares it. A process that has
 * ended and been reaped meanwhile passes: its label was read back before the
 * exec by the process itself.
 * Returns 0, -EPERM for another label, else -errno.
 * Source: proc_pid_attr(5), CVE-2019-16884, CVE-2025-52881.
 */
int label_verify(int proc, pid_t pid, int pidfd, const char *label,
		 struct err *e);

#endif
