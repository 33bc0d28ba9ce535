/* SPDX-License-Identifier: MIT */
/*
 * user_namespace: identifiers of a container that are others on the host. The
 * host's side of it; `proc` is always a proven procfs.
 */
#ifndef CLOISTER_OCI_USER_NAMESPACE_H
#define CLOISTER_OCI_USER_NAMESPACE_H

#include "runtime/oci/oci.h"

/*
 * Writes the maps of the user namespace that the process `pid`, a child of
 * the caller, is in and has not mapped yet. -EINVAL for maps that overlap or
 * are too many. Source: user_namespaces(7).
 */
int user_namespace_map(int proc, pid_t pid, const struct oci_id_maps *maps,
		       struct err *e);

/* Opens a namespace ("user", "net") of the caller or of its child `pid`. */
int namespace_open(int proc, pid_t pid, const char *name, int *fd,
		   struct err *e);

/* Makes one that nobody is in, for mounts; the caller owns `*fd`. */
int user_namespace_new(int proc, const struct oci_id_maps *maps, int *fd,
		       struct err *e);

#endif
