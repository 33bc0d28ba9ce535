/* SPDX-License-Identifier: MIT */
/* spec: what can be wrong with a struct oci_spec before anything is made. */
#ifndef CLOISTER_OCI_SPEC_H
#define CLOISTER_OCI_SPEC_H

#include "runtime/oci/oci.h"

/*
 * 0, or "container: what" with -EINVAL for values that contradict each other
 * or the kernel's limits, -EPERM for a mount in /proc, -EOPNOTSUPP for a
 * field that this executor cannot honour. Opens nothing that stays open.
 */
int spec_check(const struct oci_spec *spec, struct err *e);

/* True for the files of procfs that a file may be mounted on. */
bool spec_is_shown(const char *path);

/* True when the seccomp program is to have a listener. */
bool spec_has_listener(const struct oci_spec *spec);

#endif
