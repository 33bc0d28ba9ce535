/* SPDX-License-Identifier: MIT */
/*
 * complete: what only the caller can do for a child that is in its namespaces
 * already and waits: maps, limits that a user namespace may not raise, mounts
 * with other owners, and the question to the caller's caller.
 */
#ifndef CLOISTER_OCI_COMPLETE_H
#define CLOISTER_OCI_COMPLETE_H

#include "runtime/oci/start.h"

/* False: the child has nothing to wait for. */
bool complete_is_needed(const struct oci_spec *spec);

/* Does it all and lets the child go on. 0 or -errno. */
int complete_child(struct start *s, struct err *e);

/* net_devices.c: the links that go to the container's network. 0 or -errno. */
int complete_net_devices(struct start *s, struct err *e);

/* Brings those that went back, as far as that is possible, when a start has
 * failed; the child may have ended. */
void complete_return_net_devices(const struct start *s);

#endif
