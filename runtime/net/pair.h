/* SPDX-License-Identifier: MIT */
/*
 * pair: two links with a wire between them, one in the caller's network, one
 * in another. Needs CAP_NET_ADMIN in both.
 */
#ifndef CLOISTER_NET_PAIR_H
#define CLOISTER_NET_PAIR_H

#include "runtime/net/card.h"

struct net_pair {
	const char *near;	/* name in the caller's network */
	const char *far;	/* in the other one */
	uint8_t near_mac[NET_MAC_SIZE];
	uint8_t far_mac[NET_MAC_SIZE];
};

/*
 * Makes it, with its far end in the network open as `there`, both down.
 * -EEXIST: a name is taken.
 */
int net_pair_make(const struct net_pair *p, int there, struct err *e);

/* Removes both ends; one that is not there counts as removed. */
int net_pair_remove(const char *near, struct err *e);

/* Whether IPv4 packets that come in over the link may go on to others. */
int net_link_forward(const char *name, bool may, struct err *e);

#endif
