/* SPDX-License-Identifier: MIT */
/*
 * request: one question to rtnetlink and all of its answer, on a socket of its
 * own in the caller's network namespace. Written to libmnl's interface.
 */
#ifndef CLOISTER_NET_REQUEST_H
#define CLOISTER_NET_REQUEST_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define NET_REQUEST_MAX 256

/* The message under construction; aligned for the headers. */
struct net_request {
	_Alignas(struct nlmsghdr) char bytes[NET_REQUEST_MAX];
};

/* Puts the header of a message of `type`; NLM_F_REQUEST is added to `flags`. */
struct nlmsghdr *net_request_begin(struct net_request *q, uint16_t type,
				   uint16_t flags);

/*
 * Sends it and gives every message of the answer to `each` (or none, NULL).
 * Returns 0 or the kernel's -errno.
 */
int net_request_ask(const struct nlmsghdr *nlh, mnl_cb_t each, void *data);

/* The index of the link `name`; -ENODEV names it. */
int net_link_index(const char *name, unsigned int *index, struct err *e);

#endif
