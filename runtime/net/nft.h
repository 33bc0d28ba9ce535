/* SPDX-License-Identifier: MIT */
/*
 * nft: rules of the packet filter, as one batch that holds as a whole or not
 * at all.
 *
 * Order of use: nft_begin(), then tables, chains and rules in their order,
 * nft_send(). A rule is nft_rule_begin(), expressions, nft_rule_end(): each
 * load fills the one register that the next comparison looks at, and a rule
 * ends where a comparison fails. What does not fit shows at nft_send() alone.
 * Needs CAP_NET_ADMIN in the caller's network namespace.
 * Source: linux/netfilter/nf_tables.h, nfnetlink.h; kernel nf_tables_api.c.
 */
#ifndef CLOISTER_NET_NFT_H
#define CLOISTER_NET_NFT_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/net/net.h"

#define NFT_BATCH_MAX 131072	/* within what a socket sends unasked */

struct nft_batch {
	char *bytes;		/* NFT_BATCH_MAX, owned; NULL: no memory */
	size_t len;
	uint32_t sequence;
	uint8_t family;		/* NFPROTO_ of the table at hand */
	const char *table;
	bool is_full;
	struct nlmsghdr *message;	/* the rule at hand */
	struct nlattr *expressions;
};

struct nft_chain {
	const char *name;
	const char *kind;	/* "filter", "nat" */
	uint32_t hook;		/* NF_INET_ or NF_NETDEV_ */
	int32_t priority;
	const char *device;	/* of hooks that have one, else NULL */
	bool drops;		/* what no rule accepts */
};

/* -ENOMEM shows at nft_send(). nft_end() lets go of the batch. */
void nft_begin(struct nft_batch *b);
void nft_end(struct nft_batch *b);

/* From here on: the table `name` of that family, made (there must be none). */
void nft_table(struct nft_batch *b, uint8_t family, const char *name);

/* Removes such a table with all that is in it. */
void nft_remove(struct nft_batch *b, uint8_t family, const char *name);

void nft_chain(struct nft_batch *b, const struct nft_chain *c);

void nft_rule_begin(struct nft_batch *b, const char *chain);
void nft_rule_end(struct nft_batch *b);

/* ------------------------------------------------------------ expressions */

/* Loads NFT_META_ or NFT_CT_ `key`. */
void nft_load_meta(struct nft_batch *b, uint32_t key);
void nft_load_ct(struct nft_batch *b, uint32_t key);

/* Loads `len` bytes of the packet from NFT_PAYLOAD_ `base`. */
void nft_load_packet(struct nft_batch *b, uint32_t base, uint32_t offset,
		     uint32_t len);

/* What was loaded is, or is not, these bytes (or begins with them). */
void nft_is(struct nft_batch *b, const void *bytes, size_t len);
void nft_is_not(struct nft_batch *b, const void *bytes, size_t len);

/* One of the bits of the loaded word, in the machine's order. */
void nft_has_bit_of(struct nft_batch *b, uint32_t bits);

/* This rule was reached by more connections than that. */
void nft_is_crowded(struct nft_batch *b, uint32_t connections);

/* NF_ACCEPT, NF_DROP. */
void nft_verdict(struct nft_batch *b, uint32_t verdict);

/* Sends it to another address and port; from the own address of the link. */
void nft_to(struct nft_batch *b, const struct net_address *a, uint16_t port);
void nft_masquerade(struct nft_batch *b);

/*
 * Sends the batch. -E2BIG: more than NFT_BATCH_MAX; else what the kernel says
 * of the first message that it refuses: -EEXIST a table that is there, -ENOENT
 * one that is to be removed and is not.
 */
int nft_send(struct nft_batch *b, struct err *e);

#endif
