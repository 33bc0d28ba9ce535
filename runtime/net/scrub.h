/* SPDX-License-Identifier: MIT */
/*
 * scrub: takes from a link what goes with it to another network namespace and
 * still acts there on every packet: programs (XDP in each mode, TCX in both
 * directions), queueing disciplines and their filters; and other names, which
 * would be taken there, and which fill what the kernel says of all links.
 *
 * Trusts nothing of what is there; what it cannot take away is an error, and
 * such a link is to be given to nobody. Needs CAP_NET_ADMIN in the caller's
 * network namespace, and CAP_SYS_ADMIN where a program is held by a BPF link.
 */
#ifndef CLOISTER_NET_SCRUB_H
#define CLOISTER_NET_SCRUB_H

#include "runtime/base/err.h"

/*
 * 0: the kernel says that none is left; what it does not know (TCX before 6.6,
 * a driver without XDP, no disciplines at all) is none. -EBUSY: an XDP program
 * is held by a BPF link, or something is attached again as fast as it goes.
 * -ENODEV: there is no such link. `name` is for the error, which names what
 * stays.
 */
int net_scrub(unsigned int index, const char *name, struct err *e);

#endif
