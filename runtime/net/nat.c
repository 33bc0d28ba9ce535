// SPDX-License-Identifier: MIT
#include "runtime/net/nat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/net/nft.h"

#define TABLE "cloister"
#define BEFORE_FILTER (NF_IP_PRI_FILTER - 1)

/* Where headers have what the rules look at. Source: RFC 791, 8200, 9293. */
struct layout {
	uint32_t source;
	uint32_t destination;
};

static const struct layout ipv4 = { 12, 16 }, ipv6 = { 8, 24 };

static const struct layout *layout_of(int family)
{
	return family == AF_INET6 ? &ipv6 : &ipv4;
}

#define DESTINATION_PORT 2 /* of TCP and UDP alike */

static void is_to(struct nft_batch *b, const struct net_address *a)
{
	const uint8_t family = a->family == AF_INET6 ? NFPROTO_IPV6 :
						       NFPROTO_IPV4;
	uint32_t size = (uint32_t)net_address_size(a->family);

	nft_load_meta(b, NFT_META_NFPROTO);
	nft_is(b, &family, sizeof(family));
	nft_load_packet(b, NFT_PAYLOAD_NETWORK_HEADER,
			layout_of(a->family)->destination, size);
	nft_is(b, a->bytes, size);
}

static void is_over_task_link(struct nft_batch *b, uint32_t which)
{
	nft_load_meta(b, which);
	nft_is(b, NAT_LINK_PREFIX, strlen(NAT_LINK_PREFIX));
}

static const struct net_address metadata[] = {
	{ AF_INET, { 169, 254, 169, 254 }, 32 },
	{ AF_INET6, { 0xfd, 0, 0x0e, 0xc2, [14] = 2, [15] = 0x54 }, 128 },
};

/* ------------------------------------------------------------------ frames */

/*
 * What the kernel notes of a frame, its protocol and where its packet begins,
 * is its sender's word (sll_protocol, kernel packet_parse_headers()). Whoever
 * gets it reads its bytes, so rules for frames do, from its first one on. A
 * tag comes where the type is looked for.
 */
static void is_frame_of(struct nft_batch *b, uint16_t type)
{
	const uint16_t on_the_wire = htons(type);

	nft_load_packet(b, NFT_PAYLOAD_LL_HEADER,
			offsetof(struct ethhdr, h_proto), sizeof(on_the_wire));
	nft_is(b, &on_the_wire, sizeof(on_the_wire));
}

static void load_from_frame(struct nft_batch *b, int family, uint32_t offset)
{
	is_frame_of(b, family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP);
	nft_load_packet(b, NFT_PAYLOAD_LL_HEADER, ETH_HLEN + offset,
			(uint32_t)net_address_size(family));
}

/* ----------------------------------------------------------------- for all */

static void refuse_metadata(struct nft_batch *b, const char *chain)
{
	for (size_t i = 0; i < ARRAY_SIZE(metadata); i++) {
		nft_rule_begin(b, chain);
		is_to(b, &metadata[i]);
		nft_verdict(b, NF_DROP);
		nft_rule_end(b);
	}
}

static void accept_what_belongs_to(struct nft_batch *b, const char *chain,
				   uint32_t key, uint32_t bits)
{
	nft_rule_begin(b, chain);
	nft_load_ct(b, key);
	nft_has_bit_of(b, bits);
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
}

static void accept_answers(struct nft_batch *b, const char *chain)
{
	accept_what_belongs_to(b, chain, NFT_CT_STATE,
			       NF_CT_STATE_BIT(IP_CT_ESTABLISHED) |
				       NF_CT_STATE_BIT(IP_CT_RELATED));
}

static void pass_out(struct nft_batch *b)
{
	nft_rule_begin(b, "pass");
	is_over_task_link(b, NFT_META_IIFNAME);
	nft_load_meta(b, NFT_META_OIFNAME);
	nft_is_not(b, NAT_LINK_PREFIX, strlen(NAT_LINK_PREFIX));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
}

/*
 * Drops what tasks begin with the instance, and it with them. What goes to a
 * port of the instance that is a task's is neither: from a task it is led on
 * before it would be the instance's, and from the instance it is on its way
 * over the loopback (kernel ip_local_out()) where it is led to the task.
 */
static void keep_apart(struct nft_batch *b)
{
	static const struct {
		struct nft_chain chain;
		uint32_t link;
	} ways[] = {
		{ { "enter", "filter", NF_INET_LOCAL_IN, NF_IP_PRI_FILTER, NULL,
		    false },
		  NFT_META_IIFNAME },
		{ { "visit", "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_FILTER,
		    NULL, false },
		  NFT_META_OIFNAME },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const char *chain = ways[i].chain.name;

		nft_chain(b, &ways[i].chain);
		accept_answers(b, chain);
		nft_rule_begin(b, chain);
		is_over_task_link(b, ways[i].link);
		nft_verdict(b, NF_DROP);
		nft_rule_end(b);
	}
}

int nat_open(bool metadata_is_open, struct err *e)
{
	static const struct nft_chain pass = {
		.name = "pass",
		.kind = "filter",
		.hook = NF_INET_FORWARD,
		.priority = NF_IP_PRI_FILTER,
		.drops = true,
	};
	static const struct nft_chain leave = {
		.name = "leave",
		.kind = "nat",
		.hook = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_NAT_SRC,
	};
	struct nft_batch b;
	int r;

	nft_begin(&b);
	nft_table(&b, NFPROTO_INET, TABLE);
	nft_chain(&b, &pass);
	if (!metadata_is_open)
		refuse_metadata(&b, pass.name);
	accept_answers(&b, pass.name);
	accept_what_belongs_to(&b, pass.name, NFT_CT_STATUS, IPS_DST_NAT);
	pass_out(&b);
	keep_apart(&b);
	nft_chain(&b, &leave);
	nft_rule_begin(&b, "leave");
	is_over_task_link(&b, NFT_META_IIFNAME);
	nft_masquerade(&b);
	nft_rule_end(&b);
	r = nft_send(&b, e);
	nft_end(&b);
	return r == -EEXIST ? 0 : r;
}

static int remove_table(uint8_t family, const char *name, struct err *e)
{
	struct nft_batch b;
	int r;

	nft_begin(&b);
	nft_remove(&b, family, name);
	r = nft_send(&b, e);
	nft_end(&b);
	return r == -ENOENT ? 0 : r;
}

int nat_close(struct err *e)
{
	return remove_table(NFPROTO_INET, TABLE, e);
}

/* ------------------------------------------------------------ for one task */

/* Before anything looks at the frame: what has another sender ends here. */
static void accept_own_alone(struct nft_batch *b, const struct nat_task *t)
{
	const struct nft_chain own = {
		.name = "own",
		.kind = "filter",
		.hook = NF_NETDEV_INGRESS,
		.device = t->link,
		.drops = true,
	};

	nft_table(b, NFPROTO_NETDEV, t->link);
	nft_chain(b, &own);
	nft_rule_begin(b, own.name);
	load_from_frame(b, t->address.family,
			layout_of(t->address.family)->source);
	nft_is(b, t->address.bytes, net_address_size(t->address.family));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
}

/* The kernel's table of connections is one for all. */
static void limit_connections(struct nft_batch *b, const struct nat_task *t)
{
	static const struct nft_chain limit = {
		.name = "limit",
		.kind = "filter",
		.hook = NF_INET_FORWARD,
		.priority = BEFORE_FILTER,
	};

	nft_chain(b, &limit);
	nft_rule_begin(b, limit.name);
	nft_load_meta(b, NFT_META_IIFNAME);
	nft_is(b, t->link, strlen(t->link) + 1);
	nft_load_ct(b, NFT_CT_STATE);
	nft_has_bit_of(b, NF_CT_STATE_BIT(IP_CT_NEW));
	nft_is_crowded(b, NAT_CONNECTIONS_MAX);
	nft_verdict(b, NF_DROP);
	nft_rule_end(b);
}

static void lead_to_task(struct nft_batch *b, const char *chain,
			 const struct nat_task *t, const struct nat_port *p,
			 const struct net_address *instance)
{
	const uint16_t port = htons(p->outer);

	nft_rule_begin(b, chain);
	is_to(b, instance);
	nft_load_meta(b, NFT_META_L4PROTO);
	nft_is(b, &p->protocol, sizeof(p->protocol));
	nft_load_packet(b, NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT,
			sizeof(port));
	nft_is(b, &port, sizeof(port));
	nft_to(b, &t->address, p->inner);
	nft_rule_end(b);
}

/* From outside and from other tasks, and from the instance's own network. */
static void lead_ports(struct nft_batch *b, const struct nat_task *t,
		       const struct net_address *instance)
{
	static const struct nft_chain chains[] = {
		{ "arrive", "nat", NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST, NULL,
		  false },
		{ "start", "nat", NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST, NULL,
		  false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(chains); i++) {
		nft_chain(b, &chains[i]);
		for (size_t n = 0; n < t->port_count; n++)
			lead_to_task(b, chains[i].name, t, &t->ports[n],
				     instance);
	}
}

int nat_add_task(const struct nat_task *t, const struct net_address *instance,
		 struct err *e)
{
	struct nft_batch b;
	int r;

	nft_begin(&b);
	accept_own_alone(&b, t);
	nft_table(&b, NFPROTO_INET, t->link);
	limit_connections(&b, t);
	if (t->port_count && instance)
		lead_ports(&b, t, instance);
	r = nft_send(&b, e);
	nft_end(&b);
	return r;
}

int nat_remove_task(const char *link, struct err *e)
{
	int r = remove_table(NFPROTO_INET, link, e);
	int ingress = remove_table(NFPROTO_NETDEV, link, e);

	return r < 0 ? r : ingress;
}

/* ------------------------------------------------------------ for one card */

static void pass_all_but_to(struct nft_batch *b, const char *chain,
			    const struct net_address *a)
{
	nft_rule_begin(b, chain);
	load_from_frame(b, a->family, layout_of(a->family)->destination);
	nft_is_not(b, a->bytes, net_address_size(a->family));
	nft_verdict(b, NF_ACCEPT);
	nft_rule_end(b);
}

int nat_guard_link(const char *link, struct err *e)
{
	const struct nft_chain leave = {
		.name = "leave",
		.kind = "filter",
		.hook = NF_NETDEV_EGRESS,
		.device = link,
		.drops = true,
	};
	struct nft_batch b;
	int r;

	nft_begin(&b);
	nft_table(&b, NFPROTO_NETDEV, link);
	nft_chain(&b, &leave);
	for (size_t i = 0; i < ARRAY_SIZE(metadata); i++)
		pass_all_but_to(&b, leave.name, &metadata[i]);
	nft_rule_begin(&b, leave.name);
	is_frame_of(&b, ETH_P_ARP);
	nft_verdict(&b, NF_ACCEPT);
	nft_rule_end(&b);
	r = nft_send(&b, e);
	nft_end(&b);
	return r;
}
