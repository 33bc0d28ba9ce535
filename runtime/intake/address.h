/* SPDX-License-Identifier: MIT */
/*
 * address: what the rules ask about addresses in the texts of a document.
 *
 * Pure. Every text has passed syntax_address() or syntax_cidr(): an address,
 * with a prefix behind it or not.
 */
#ifndef CLOISTER_INTAKE_ADDRESS_H
#define CLOISTER_INTAKE_ADDRESS_H

#include <stdbool.h>

/* Both are IPv4 or both IPv6. */
bool address_has_family_of(const char *a, const char *b);

/* Both are the same address, whatever their prefixes. */
bool address_is_same(const char *a, const char *b);

/* It is one of the network of `cidr`; never if the families differ. */
bool address_is_inside(const char *a, const char *cidr);

/* No bit of `cidr` is set behind its prefix. */
bool address_is_network(const char *cidr);

/* IPv6, fe80::/10: on every link. Source: RFC 4291. */
bool address_is_of_link(const char *a);

#endif
