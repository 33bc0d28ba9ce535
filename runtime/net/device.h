/* SPDX-License-Identifier: MIT */
/*
 * device: a network link that goes to another network namespace and keeps its
 * addresses, which the kernel takes from it on the way. Order of use:
 * net_device_read() and net_device_move() where it is, net_device_settle()
 * where it went.
 */
#ifndef CLOISTER_NET_DEVICE_H
#define CLOISTER_NET_DEVICE_H

#include <net/if.h>
#include <stddef.h>

#include "runtime/net/net.h"

#define NET_DEVICE_ADDRESSES_MAX 64

struct net_device {
	unsigned int index;
	struct net_address addresses[NET_DEVICE_ADDRESSES_MAX];
	size_t address_count;
	bool is_full;		/* it has more than these */
};

/*
 * Reads which permanent addresses of global scope the link has.
 * -ENODEV: there is no such link. -E2BIG: it has too many addresses.
 */
int net_device_read(const char *name, struct net_device *d, struct err *e);

/*
 * Moves it to the namespace open as `fd` and calls it `name` there.
 * -EEXIST: there is one of that name.
 */
int net_device_move(const struct net_device *d, int fd, const char *name,
		    struct err *e);

/* In its new namespace: gives it its addresses again and sets it up. */
int net_device_settle(const char *name, const struct net_device *d,
		      struct err *e);

#endif
