/* SPDX-License-Identifier: MIT */
/* limits: the numbers of struct oci_resources in the files of a cgroup. */
#ifndef CLOISTER_OCI_LIMITS_H
#define CLOISTER_OCI_LIMITS_H

#include "runtime/oci/oci.h"

/*
 * Writes what `r` asks for to the files of the cgroup that `dir` is open on.
 * Stops at the first that fails and returns -errno with the file named:
 * -ENOENT for a controller that is not passed on, -EBUSY for a memory_max
 * below what is used (is_memory_checked), -EINVAL for a value that the kernel
 * does not take. Source: kernel Documentation/admin-guide/cgroup-v2.rst.
 */
int limits_apply(int dir, const struct oci_resources *r, struct err *e);

#endif
