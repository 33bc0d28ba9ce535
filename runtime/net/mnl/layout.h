/* SPDX-License-Identifier: MIT */
/* layout: sizes of netlink, without the sign conversions in MNL_ALIGN(). */
#ifndef CLOISTER_NET_MNL_LAYOUT_H
#define CLOISTER_NET_MNL_LAYOUT_H

#include <libmnl/libmnl.h>
#include <stddef.h>

#define HEADER_SIZE sizeof(struct nlmsghdr)
#define ATTRIBUTE_SIZE sizeof(struct nlattr)

_Static_assert(HEADER_SIZE % MNL_ALIGNTO == 0 &&
	       ATTRIBUTE_SIZE % MNL_ALIGNTO == 0, "headers need no padding");

static inline size_t aligned(size_t len)
{
	return (len + MNL_ALIGNTO - 1) & ~(size_t)(MNL_ALIGNTO - 1);
}

#endif
