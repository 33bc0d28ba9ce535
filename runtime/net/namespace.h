/* SPDX-License-Identifier: MIT */
/*
 * namespace: a deed in another network namespace, and back. The caller has
 * one thread, and procfs at /proc.
 */
#ifndef CLOISTER_NET_NAMESPACE_H
#define CLOISTER_NET_NAMESPACE_H

#include "runtime/base/err.h"

/* Opens the namespace that the caller is in; the caller owns `*fd`. */
int net_namespace_open(int *fd, struct err *e);

/*
 * Does `deed` in the namespace open as `there`; `here` is the caller's own,
 * for things that go back to it. Returns what the deed does, or the -errno of
 * going there (setns(2), CAP_SYS_ADMIN). A caller that cannot come back ends.
 */
int net_namespace_do(int there,
		     int (*deed)(void *data, int here, struct err *e),
		     void *data, struct err *e);

#endif
