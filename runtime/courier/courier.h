/* SPDX-License-Identifier: MIT */
/*
 * courier: fetches newer documents and understands none of them.
 *
 * It asks the one address that the document in force names, again and again,
 * and has init give what is new there to intake, which judges it in a process
 * without a network. Whoever takes courier over can hand intake bytes, which
 * the one at the address could do anyway; without a signature they are
 * nothing.
 *
 * Order of use: courier_create(), then the sandbox, then courier_run(). Trusts
 * init and the settings of runtime, after checking them; no byte of the server.
 */
#ifndef CLOISTER_COURIER_COURIER_H
#define CLOISTER_COURIER_COURIER_H

#include "runtime/base/err.h"

struct courier;

/*
 * All long-lived memory, and what the sandbox will not allow later. `bus` is
 * init's socket, not owned. The caller ends `*out` with courier_free().
 * Returns 0 or -errno.
 */
int courier_create(struct courier **out, int bus, struct err *e);

void courier_free(struct courier *c);

/*
 * Serves until init closes the bus: 0. -errno where the bus is broken.
 *
 * A document is asked for at once and then every interval_s seconds, with what
 * the server said of the last one (ETag). It goes to intake, whole or cut at a
 * byte more than intake takes, if it is not the one that went there before. A
 * server that cannot be reached, or answers with another status than 200 and
 * 304, is one DOCUMENT_UNREACHABLE until it answers again; it is asked sooner
 * at first (retry.h), then every interval_s seconds.
 */
int courier_run(struct courier *c, struct err *e);

#endif
