// SPDX-License-Identifier: MIT
#include "runtime/net/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"

#define MESSAGE_MAX 2048 /* of any that is made here */
#define ANSWER_MAX 32768
#define ADDRESS_REGISTER NFT_REG_1
#define PORT_REGISTER NFT_REG_2

/* ---------------------------------------------------------------- messages */

static struct nlmsghdr *add_message(struct nft_batch *b, uint16_t type,
				    uint16_t flags, uint8_t family)
{
	struct nlmsghdr *nlh;
	struct nfgenmsg *head;

	if (b->len > NFT_BATCH_MAX - MESSAGE_MAX) {
		b->is_full = true;
		b->len = 0; /* what follows is not sent */
	}
	nlh = mnl_nlmsg_put_header(b->bytes + b->len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++b->sequence;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	return nlh;
}

static void end_message(struct nft_batch *b, const struct nlmsghdr *nlh)
{
	b->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

/* The marks around a batch name who it is for. */
static void add_mark(struct nft_batch *b, uint16_t type)
{
	struct nlmsghdr *nlh = add_message(b, type, 0, AF_UNSPEC);
	struct nfgenmsg *head = mnl_nlmsg_get_payload(nlh);

	head->res_id = htons(NFNL_SUBSYS_NFTABLES);
	end_message(b, nlh);
}

static struct nlmsghdr *add_command(struct nft_batch *b, uint16_t command,
				    uint16_t flags, uint8_t family)
{
	return add_message(b, NFNL_SUBSYS_NFTABLES << 8 | command,
			   (uint16_t)(flags | NLM_F_ACK), family);
}

static void put_text(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	mnl_attr_put(nlh, type, strlen(text) + 1, text);
}

static void put_number(struct nlmsghdr *nlh, uint16_t type, uint32_t number)
{
	mnl_attr_put_u32(nlh, type, htonl(number));
}

void nft_begin(struct nft_batch *b)
{
	*b = (struct nft_batch){ .bytes = calloc(1, NFT_BATCH_MAX) };
	if (b->bytes)
		add_mark(b, NFNL_MSG_BATCH_BEGIN);
}

void nft_end(struct nft_batch *b)
{
	free(b->bytes);
	b->bytes = NULL;
}

static void add_table(struct nft_batch *b, uint16_t command, uint16_t flags,
		      uint8_t family, const char *name)
{
	struct nlmsghdr *nlh;

	if (!b->bytes)
		return;
	nlh = add_command(b, command, flags, family);
	put_text(nlh, NFTA_TABLE_NAME, name);
	end_message(b, nlh);
}

void nft_table(struct nft_batch *b, uint8_t family, const char *name)
{
	b->family = family;
	b->table = name;
	add_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL, family, name);
}

void nft_remove(struct nft_batch *b, uint8_t family, const char *name)
{
	add_table(b, NFT_MSG_DELTABLE, 0, family, name);
}

void nft_chain(struct nft_batch *b, const struct nft_chain *c)
{
	struct nlmsghdr *nlh;
	struct nlattr *hook;

	if (!b->bytes)
		return;
	nlh = add_command(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE | NLM_F_EXCL,
			  b->family);
	put_text(nlh, NFTA_CHAIN_TABLE, b->table);
	put_text(nlh, NFTA_CHAIN_NAME, c->name);
	hook = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	put_number(nlh, NFTA_HOOK_HOOKNUM, c->hook);
	put_number(nlh, NFTA_HOOK_PRIORITY, (uint32_t)c->priority);
	if (c->device)
		put_text(nlh, NFTA_HOOK_DEV, c->device);
	mnl_attr_nest_end(nlh, hook);
	put_text(nlh, NFTA_CHAIN_TYPE, c->kind);
	put_number(nlh, NFTA_CHAIN_POLICY, c->drops ? NF_DROP : NF_ACCEPT);
	end_message(b, nlh);
}

/* ------------------------------------------------------------------- rules */

void nft_rule_begin(struct nft_batch *b, const char *chain)
{
	if (!b->bytes)
		return;
	b->message = add_command(b, NFT_MSG_NEWRULE,
				 NLM_F_CREATE | NLM_F_APPEND, b->family);
	put_text(b->message, NFTA_RULE_TABLE, b->table);
	put_text(b->message, NFTA_RULE_CHAIN, chain);
	b->expressions = mnl_attr_nest_start(b->message, NFTA_RULE_EXPRESSIONS);
}

void nft_rule_end(struct nft_batch *b)
{
	if (!b->bytes)
		return;
	mnl_attr_nest_end(b->message, b->expressions);
	end_message(b, b->message);
	b->message = NULL;
}

struct expression {
	struct nlattr *element;
	struct nlattr *data;
};

static struct expression open_expression(struct nft_batch *b, const char *name)
{
	struct expression x;

	x.element = mnl_attr_nest_start(b->message, NFTA_LIST_ELEM);
	put_text(b->message, NFTA_EXPR_NAME, name);
	x.data = mnl_attr_nest_start(b->message, NFTA_EXPR_DATA);
	return x;
}

static void close_expression(struct nft_batch *b, const struct expression *x)
{
	mnl_attr_nest_end(b->message, x->data);
	mnl_attr_nest_end(b->message, x->element);
}

/* An expression of numbers alone; the list ends at attribute 0. */
struct number {
	uint16_t type;
	uint32_t value;
};

static void add_numbers(struct nft_batch *b, const char *name,
			const struct number *numbers)
{
	struct expression x;

	if (!b->bytes)
		return;
	x = open_expression(b, name);
	for (; numbers->type; numbers++)
		put_number(b->message, numbers->type, numbers->value);
	close_expression(b, &x);
}

void nft_load_meta(struct nft_batch *b, uint32_t key)
{
	add_numbers(b, "meta",
		    (const struct number[]){ { NFTA_META_KEY, key },
					     { NFTA_META_DREG, NFT_REG_1 },
					     { 0, 0 } });
}

void nft_load_ct(struct nft_batch *b, uint32_t key)
{
	add_numbers(b, "ct",
		    (const struct number[]){ { NFTA_CT_KEY, key },
					     { NFTA_CT_DREG, NFT_REG_1 },
					     { 0, 0 } });
}

void nft_load_packet(struct nft_batch *b, uint32_t base, uint32_t offset,
		     uint32_t len)
{
	add_numbers(b, "payload",
		    (const struct number[]){ { NFTA_PAYLOAD_DREG, NFT_REG_1 },
					     { NFTA_PAYLOAD_BASE, base },
					     { NFTA_PAYLOAD_OFFSET, offset },
					     { NFTA_PAYLOAD_LEN, len },
					     { 0, 0 } });
}

static void put_value(struct nft_batch *b, uint16_t type, const void *bytes,
		      size_t len)
{
	struct nlattr *data = mnl_attr_nest_start(b->message, type);

	mnl_attr_put(b->message, NFTA_DATA_VALUE, len, bytes);
	mnl_attr_nest_end(b->message, data);
}

static void compare(struct nft_batch *b, uint32_t how, const void *bytes,
		    size_t len)
{
	struct expression x;

	if (!b->bytes)
		return;
	x = open_expression(b, "cmp");
	put_number(b->message, NFTA_CMP_SREG, NFT_REG_1);
	put_number(b->message, NFTA_CMP_OP, how);
	put_value(b, NFTA_CMP_DATA, bytes, len);
	close_expression(b, &x);
}

void nft_is(struct nft_batch *b, const void *bytes, size_t len)
{
	compare(b, NFT_CMP_EQ, bytes, len);
}

void nft_is_not(struct nft_batch *b, const void *bytes, size_t len)
{
	compare(b, NFT_CMP_NEQ, bytes, len);
}

void nft_has_bit_of(struct nft_batch *b, uint32_t bits)
{
	static const uint32_t none;
	struct expression x;

	if (!b->bytes)
		return;
	x = open_expression(b, "bitwise");
	put_number(b->message, NFTA_BITWISE_SREG, NFT_REG_1);
	put_number(b->message, NFTA_BITWISE_DREG, NFT_REG_1);
	put_number(b->message, NFTA_BITWISE_LEN, sizeof(bits));
	put_value(b, NFTA_BITWISE_MASK, &bits, sizeof(bits));
	put_value(b, NFTA_BITWISE_XOR, &none, sizeof(none));
	close_expression(b, &x);
	nft_is_not(b, &none, sizeof(none));
}

void nft_is_crowded(struct nft_batch *b, uint32_t connections)
{
	add_numbers(b, "connlimit",
		    (const struct number[]){
			    { NFTA_CONNLIMIT_COUNT, connections },
			    { NFTA_CONNLIMIT_FLAGS, NFT_CONNLIMIT_F_INV },
			    { 0, 0 } });
}

static struct expression open_immediate(struct nft_batch *b, uint32_t target)
{
	struct expression x = open_expression(b, "immediate");

	put_number(b->message, NFTA_IMMEDIATE_DREG, target);
	return x;
}

void nft_verdict(struct nft_batch *b, uint32_t verdict)
{
	struct nlattr *data, *inner;
	struct expression x;

	if (!b->bytes)
		return;
	x = open_immediate(b, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(b->message, NFTA_IMMEDIATE_DATA);
	inner = mnl_attr_nest_start(b->message, NFTA_DATA_VERDICT);
	put_number(b->message, NFTA_VERDICT_CODE, verdict);
	mnl_attr_nest_end(b->message, inner);
	mnl_attr_nest_end(b->message, data);
	close_expression(b, &x);
}

static void set_register(struct nft_batch *b, uint32_t target,
			 const void *bytes, size_t len)
{
	struct expression x = open_immediate(b, target);

	put_value(b, NFTA_IMMEDIATE_DATA, bytes, len);
	close_expression(b, &x);
}

void nft_to(struct nft_batch *b, const struct net_address *a, uint16_t port)
{
	const uint16_t on_the_wire = htons(port);

	if (!b->bytes)
		return;
	set_register(b, ADDRESS_REGISTER, a->bytes,
		     net_address_size(a->family));
	set_register(b, PORT_REGISTER, &on_the_wire, sizeof(on_the_wire));
	add_numbers(b, "nat",
		    (const struct number[]){
			    { NFTA_NAT_TYPE, NFT_NAT_DNAT },
			    { NFTA_NAT_FAMILY, (uint32_t)a->family },
			    { NFTA_NAT_REG_ADDR_MIN, ADDRESS_REGISTER },
			    { NFTA_NAT_REG_PROTO_MIN, PORT_REGISTER },
			    { 0, 0 } });
}

void nft_masquerade(struct nft_batch *b)
{
	add_numbers(b, "masq", (const struct number[]){ { 0, 0 } });
}

/* ----------------------------------------------------------------- sending */

/* The kernel answers each command in its order: the first refusal counts. */
static int hear(struct mnl_socket *nl, uint32_t last, char *answer)
{
	uint32_t heard = 0;

	while (heard < last) {
		ssize_t n = mnl_socket_recvfrom(nl, answer, ANSWER_MAX);
		const struct nlmsghdr *nlh = (const void *)answer;
		int left = (int)n;

		if (n < 0)
			return -errno;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			const struct nlmsgerr *error =
				mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type != NLMSG_ERROR)
				continue;
			if (error->error)
				return error->error;
			heard = nlh->nlmsg_seq;
		}
	}
	return 0;
}

static int exchange(const struct nft_batch *b, uint32_t last)
{
	AUTO_FREE char *answer = malloc(ANSWER_MAX);
	struct mnl_socket *nl =
		mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int r = -errno;

	if (!nl)
		return r;
	if (!answer)
		r = -ENOMEM;
	else if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
		 mnl_socket_sendto(nl, b->bytes, b->len) < 0)
		r = -errno;
	else
		r = hear(nl, last, answer);
	mnl_socket_close(nl);
	return r;
}

int nft_send(struct nft_batch *b, struct err *e)
{
	uint32_t last = b->sequence;
	int r;

	if (!b->bytes)
		return err_set(e, ENOMEM, "calloc(packet filter)");
	add_mark(b, NFNL_MSG_BATCH_END);
	if (b->is_full)
		return err_set(e, E2BIG, "rules of the packet filter");
	r = exchange(b, last);
	return r < 0 ? err_set(e, -r, "netlink(packet filter)") : 0;
}
