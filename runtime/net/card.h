/* SPDX-License-Identifier: MIT */
/*
 * card: an Ethernet card that the machine has for a while, known by the
 * address that it was made with. Order of use: net_card_find() where it is,
 * net_card_reset(), net_card_move(), and net_card_set_up() where it went; to
 * take it back the same without the last.
 *
 * Needs CAP_NET_ADMIN in the caller's network namespace, and in the one that
 * it goes to.
 */
#ifndef CLOISTER_NET_CARD_H
#define CLOISTER_NET_CARD_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/net/net.h"

#define NET_MAC_SIZE 6
#define NET_CARD_MTU 1500	/* of every card, until somebody says another */
#define NET_CARD_QUEUE 1000	/* packets; the kernel's own for Ethernet */

struct net_card {
	unsigned int index;
	uint8_t mac[NET_MAC_SIZE];
	char name[IF_NAMESIZE];
};

struct net_neighbor {
	struct net_address address;
	uint8_t mac[NET_MAC_SIZE];
};

/* What a card is to have; the lists are the caller's. */
struct net_card_settings {
	unsigned int mtu;
	const struct net_address *addresses;
	size_t address_count;
	const struct net_neighbor *neighbors;
	size_t neighbor_count;
	const struct net_route *routes;	/* in an order in which gateways are
					   reachable */
	size_t route_count;
};

/* "02:00:5e:10:00:01" to bytes. -EINVAL: not of that form. */
int net_mac_parse(const char *text, uint8_t mac[NET_MAC_SIZE], struct err *e);

/*
 * Finds the card that was made with that address (of a card that says no such
 * address, has it now). -ENODEV names the address.
 */
int net_card_find(const uint8_t mac[NET_MAC_SIZE], struct net_card *c,
		  struct err *e);

/*
 * Down, with its own address, the usual MTU and queue, no alias, no program,
 * no queueing discipline and no promiscuity: what somebody did to it does not
 * go to the next one. After an error it may still have that; who gives it to
 * somebody resets it first, and does not on an error. Errors: net_scrub()'s.
 */
int net_card_reset(const struct net_card *c, struct err *e);

/*
 * Moves it to the namespace open as `fd` and calls it `name` there, in which a
 * %d stands for the first number that is free. Addresses, routes and queueing
 * disciplines end with the move.
 */
int net_card_move(const struct net_card *c, int fd, const char *name,
		  struct err *e);

/* MTU, addresses, up, neighbours, routes. The error names what was refused. */
int net_card_set_up(const char *name, const struct net_card_settings *s,
		    struct err *e);

/* A neighbour for good; one that is there becomes this one. */
int net_neighbor_add(const char *name, const struct net_neighbor *n,
		     struct err *e);

/*
 * A socket that becomes readable when a link of the caller's network comes,
 * goes or changes; the caller owns it. net_card_forget_news() reads it empty.
 */
int net_card_watch(int *fd, struct err *e);
void net_card_forget_news(int fd);

#endif
