/* SPDX-License-Identifier: MIT */
/*
 * nat: what passes between the instance's network and tasks behind it, each
 * at the end of a pair of links of its own.
 *
 * Out of a task goes what has its address, in the name of the instance, and to
 * no other task nor to the instance itself. In comes what answers, and what was
 * sent, by the instance too, to a port of the instance that is the task's. All
 * else is dropped.
 * Needs CAP_NET_ADMIN in the caller's network namespace.
 */
#ifndef CLOISTER_NET_NAT_H
#define CLOISTER_NET_NAT_H

#include "runtime/net/net.h"

#define NAT_LINK_PREFIX "task-"	/* of the name of each link to a task */
#define NAT_CONNECTIONS_MAX 4096	/* that a task has open at a time */

struct nat_port {
	uint8_t protocol;	/* IPPROTO_TCP, IPPROTO_UDP */
	uint16_t outer;		/* of the instance */
	uint16_t inner;		/* of the task */
};

struct nat_task {
	const char *link;	/* NAT_LINK_PREFIX and something; its rules are
				   tables of that name */
	struct net_address address;
	const struct nat_port *ports;
	size_t port_count;
};

/*
 * The rules for all. They may be there already. `metadata_is_open`: whether
 * packets may go to the metadata service of the cloud.
 */
int nat_open(bool metadata_is_open, struct err *e);

/* Takes them away; they may be gone already. */
int nat_close(struct err *e);

/*
 * The rules of one task, whose link is there. `instance` is the address whose
 * ports are meant, NULL for none. -EEXIST: there are rules of that name.
 */
int nat_add_task(const struct nat_task *t, const struct net_address *instance,
		 struct err *e);

/* Takes them away; they may be gone already. */
int nat_remove_task(const char *link, struct err *e);

/*
 * Lets nothing leave over the link to the metadata service of the cloud, not
 * even frames that no socket of the internet made, and no frames but of IPv4,
 * IPv6 and ARP without a tag. The rules end with the link's stay in the
 * caller's network.
 */
int nat_guard_link(const char *link, struct err *e);

#endif
