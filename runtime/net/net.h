/*
 * net: addresses and routes by rtnetlink.
 *
 * Written to libmnl's interface (Debian's header). Needs CAP_NET_ADMIN in the
 * network namespace it works on (the caller's).
 */
#ifndef CLOISTER_NET_NET_H
#define CLOISTER_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

struct net_address {
	int family;		/* AF_INET or AF_INET6 */
	uint8_t bytes[16];	/* network order; 4 used for AF_INET */
	uint8_t prefix;		/* length in bits; full for a host */
};

struct net_route {
	struct net_address to;		/* prefix 0: the default route */
	bool has_gateway;		/* else what is there is on the link */
	struct net_address gateway;
};

/* Bytes of an address of AF_INET or AF_INET6. */
size_t net_address_size(int family);

/*
 * Reads "10.0.2.15/24", "10.0.2.2", "fd00::5/64". A missing prefix is the
 * full length. -EINVAL names the text.
 */
int net_address_parse(const char *text, struct net_address *a, struct err *e);

/* Sets a link up. `name` e.g. "lo". -ENODEV names it. Source: rtnetlink(7) */
int net_link_up(const char *name, struct err *e);

/*
 * The name of the first Ethernet link (ARPHRD_ETHER) by index, not loopback.
 * -ENODEV when there is none. `name` takes IF_NAMESIZE bytes.
 */
int net_first_ethernet(char *name, struct err *e);

/* Adds an address to a link; -EEXIST counts as success. */
int net_address_add(const char *link, const struct net_address *a,
		    struct err *e);

/* Adds a route over `link`; one that is there already counts. */
int net_route_add(const char *link, const struct net_route *route,
		  struct err *e);

/* The same for the default route through `gateway`. */
int net_default_route(const char *link, const struct net_address *gateway,
		      struct err *e);

/*
 * The whole of it for the instance: loopback, first Ethernet link up with
 * `address` and, unless "", a default route through `gateway`.
 */
int net_instance(const char *address, const char *gateway, struct err *e);

#endif
