/* SPDX-License-Identifier: MIT */
/*
 * joined: a container in the mount namespace of others. Its program has that
 * namespace's root, as a process that oci_exec() starts has; whoever made the
 * namespace has decided what is mounted there, and nothing is mounted, made or
 * hidden in it. A spec that wants such a thing is refused.
 */
#ifndef CLOISTER_OCI_JOINED_H
#define CLOISTER_OCI_JOINED_H

#include "runtime/oci/child.h"

/* The spec has no mount namespace of its own. */
bool joined_mounts(const struct oci_spec *spec);

/*
 * 0, or with "container: FIELD in the mount namespace of others" -EINVAL for
 * what would change it. -EOPNOTSUPP: neither a new one nor one to join, or the
 * caller's own.
 */
int joined_check(const struct oci_spec *spec, struct err *e);

/* The child's step: opens root and /dev of the namespace that was joined. */
int joined_enter(struct child *c);

#endif
