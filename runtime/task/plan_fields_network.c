// SPDX-License-Identifier: MIT
#include "runtime/task/plan.h"
#include "runtime/task/plan_rows.h"
#include "runtime/task/plan_syntax.h"

#define ADDRESS_BYTES_MAX 63
#define MAC_BYTES 17
#define MTU_MIN 576   /* every IPv4 host takes that much; RFC 791 */
#define MTU_MAX 65535 /* the card has a limit of its own */
#define MTU_USUAL 1500

/* clang-format off */

static const struct field route_fields[] = {
	{ "destinationCidrBlock", FIELD_STRING, .is_required = true,
	  AT(plan_route, destination), .min = 1, .max = ADDRESS_BYTES_MAX,
	  .check = syntax_cidr },
	{ "gateway", FIELD_STRING, AT(plan_route, gateway), .min = 1,
	  .max = ADDRESS_BYTES_MAX, .check = syntax_address },
};
static const struct field_table route_table =
	TABLE("Route", struct plan_route, route_fields);

static const struct field neighbor_fields[] = {
	{ "address", FIELD_STRING, .is_required = true,
	  AT(plan_neighbor, address), .min = 1, .max = ADDRESS_BYTES_MAX,
	  .check = syntax_address },
	{ "macAddress", FIELD_STRING, .is_required = true,
	  AT(plan_neighbor, mac_address), .min = 1, .max = MAC_BYTES,
	  .check = syntax_mac },
};
static const struct field_table neighbor_table =
	TABLE("Neighbor", struct plan_neighbor, neighbor_fields);

/* EC2's words where it has one, else those of ECS's ElasticNetworkInterface. */
static const struct field interface_fields[] = {
	{ "macAddress", FIELD_STRING, .is_required = true,
	  AT(plan_interface, mac_address), .min = 1, .max = MAC_BYTES,
	  .check = syntax_mac },
	{ "addresses", FIELD_STRINGS, .is_required = true,
	  AT(plan_interface, addresses), .min = 1, .max = PLAN_ADDRESSES_MAX,
	  .item_max = ADDRESS_BYTES_MAX, .check = syntax_cidr },
	{ "gateways", FIELD_STRINGS, AT(plan_interface, gateways), .max = 2,
	  .item_max = ADDRESS_BYTES_MAX, .check = syntax_address },
	{ "routes", FIELD_LIST, AT(plan_interface, routes),
	  .max = PLAN_ROUTES_MAX, .table = &route_table },
	{ "neighbors", FIELD_LIST, AT(plan_interface, neighbors),
	  .max = PLAN_ROUTES_MAX, .table = &neighbor_table },
	{ "mtu", FIELD_INT, AT(plan_interface, mtu), .min = MTU_MIN,
	  .max = MTU_MAX, .fallback = MTU_USUAL },
	{ "domainNameServers", FIELD_STRINGS, AT(plan_interface, dns), .max = 3,
	  .item_max = ADDRESS_BYTES_MAX, .check = syntax_address },
};
static const struct field_table interface_table =
	TABLE("NetworkInterface", struct plan_interface, interface_fields);

static const struct field attachment_fields[] = {
	{ "networkInterfaces", FIELD_LIST, .is_required = true,
	  AT(plan_attachment, interfaces), .min = 1,
	  .max = PLAN_INTERFACES_MAX, .table = &interface_table },
};
const struct field_table field_attachment =
	TABLE("Attachment", struct plan_attachment, attachment_fields);
/* clang-format on */
