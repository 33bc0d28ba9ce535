// SPDX-License-Identifier: MIT
#include "runtime/net/card.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"
#include "runtime/net/device.h"
#include "runtime/net/request.h"
#include "runtime/net/scrub.h"

#define MAC_FORM "%02x:%02x:%02x:%02x:%02x:%02x"
#define MAC_BYTES(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]
#define MAC_TEXT_SIZE (NET_MAC_SIZE * 3 - 1)

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = memchr(digits, c | ('A' ^ 'a'), 16);

	if (c >= '0' && c <= '9')
		return c - '0';
	return at && at - digits > 9 ? (int)(at - digits) : -1;
}

int net_mac_parse(const char *text, uint8_t mac[NET_MAC_SIZE], struct err *e)
{
	if (strlen(text) != MAC_TEXT_SIZE)
		return err_set(e, EINVAL, "MAC address \"%.32s\"", text);
	for (size_t i = 0; i < NET_MAC_SIZE; i++) {
		const char *at = text + 3 * i;
		int high = hex_digit(at[0]), low = hex_digit(at[1]);

		if (high < 0 || low < 0 ||
		    (i + 1 < NET_MAC_SIZE && at[2] != ':'))
			return err_set(e, EINVAL, "MAC address \"%.32s\"",
				       text);
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* ------------------------------------------------------------------ search */

struct search {
	const uint8_t *mac;
	struct net_card found; /* index 0: none so far */
};

struct link_reading {
	const struct nlattr *now;
	const struct nlattr *made_with;
	const struct nlattr *name;
};

static struct link_reading read_link(const struct nlmsghdr *nlh)
{
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct ifinfomsg));
	struct link_reading r = { NULL, NULL, NULL };

	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr));
	     attr = mnl_attr_next(attr)) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type == IFLA_ADDRESS)
			r.now = attr;
		else if (type == IFLA_PERM_ADDRESS)
			r.made_with = attr;
		else if (type == IFLA_IFNAME)
			r.name = attr;
	}
	return r;
}

static bool is_address(const struct nlattr *attr, const uint8_t *mac)
{
	return attr && mnl_attr_get_payload_len(attr) == NET_MAC_SIZE &&
	       memcmp(mnl_attr_get_payload(attr), mac, NET_MAC_SIZE) == 0;
}

static int look_at_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(nlh);
	struct search *s = data;
	struct link_reading r;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*link) ||
	    link->ifi_type != ARPHRD_ETHER || s->found.index)
		return MNL_CB_OK;
	r = read_link(nlh);
	if (!is_address(r.made_with ? r.made_with : r.now, s->mac) || !r.name)
		return MNL_CB_OK;
	s->found.index = (unsigned int)link->ifi_index;
	memcpy(s->found.mac, s->mac, NET_MAC_SIZE);
	snprintf(s->found.name, sizeof(s->found.name), "%.*s",
		 (int)mnl_attr_get_payload_len(r.name),
		 (const char *)mnl_attr_get_payload(r.name));
	return MNL_CB_OK;
}

int net_card_find(const uint8_t mac[NET_MAC_SIZE], struct net_card *c,
		  struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	struct search s = { .mac = mac };
	int r;

	link->ifi_family = AF_UNSPEC;
	r = net_request_ask(nlh, look_at_link, &s);
	if (r < 0)
		return err_set(e, -r, "netlink(list links)");
	if (!s.found.index)
		return err_set(e, ENODEV, "network card " MAC_FORM,
			       MAC_BYTES(mac));
	*c = s.found;
	return 0;
}

/* ----------------------------------------------------------------- changes */

/* A change of one link by index; attributes follow. */
static struct nlmsghdr *begin_change(struct net_request *q, unsigned int index,
				     unsigned int set, unsigned int of)
{
	struct nlmsghdr *nlh = net_request_begin(q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	link->ifi_flags = set;
	link->ifi_change = of;
	return nlh;
}

int net_card_reset(const struct net_card *c, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh =
		begin_change(&q, c->index, 0,
			     IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_NOARP);
	int r = net_request_ask(nlh, NULL, NULL);

	if (r == 0) {
		nlh = begin_change(&q, c->index, 0, 0);
		mnl_attr_put(nlh, IFLA_ADDRESS, NET_MAC_SIZE, c->mac);
		mnl_attr_put_u32(nlh, IFLA_MTU, NET_CARD_MTU);
		mnl_attr_put_u32(nlh, IFLA_TXQLEN, NET_CARD_QUEUE);
		mnl_attr_put(nlh, IFLA_IFALIAS, 0, "");
		r = net_request_ask(nlh, NULL, NULL);
	}
	if (r < 0)
		return err_set(e, -r, "netlink(reset %s)", c->name);
	return net_scrub(c->index, c->name, e);
}

int net_card_move(const struct net_card *c, int fd, const char *name,
		  struct err *e)
{
	const struct net_device d = { .index = c->index };

	return net_device_move(&d, fd, name, e);
}

static int set_mtu(const char *name, unsigned int mtu, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh;
	unsigned int index;
	int r = net_link_index(name, &index, e);

	if (r < 0)
		return r;
	nlh = begin_change(&q, index, 0, 0);
	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	r = net_request_ask(nlh, NULL, NULL);
	return r < 0 ? err_set(e, -r, "netlink(MTU %u of %s)", mtu, name) : 0;
}

int net_neighbor_add(const char *name, const struct net_neighbor *n,
		     struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	unsigned int index;
	int r = net_link_index(name, &index, e);

	if (r < 0)
		return r;
	head->ndm_family = (uint8_t)n->address.family;
	head->ndm_ifindex = (int)index;
	head->ndm_state = NUD_PERMANENT;
	mnl_attr_put(nlh, NDA_DST, net_address_size(n->address.family),
		     n->address.bytes);
	mnl_attr_put(nlh, NDA_LLADDR, NET_MAC_SIZE, n->mac);
	r = net_request_ask(nlh, NULL, NULL);
	return r < 0 ? err_set(e, -r, "netlink(neighbour on %s)", name) : 0;
}

int net_card_set_up(const char *name, const struct net_card_settings *s,
		    struct err *e)
{
	int r = set_mtu(name, s->mtu, e);

	for (size_t i = 0; r == 0 && i < s->address_count; i++)
		r = net_address_add(name, &s->addresses[i], e);
	if (r == 0)
		r = net_link_up(name, e);
	for (size_t i = 0; r == 0 && i < s->neighbor_count; i++)
		r = net_neighbor_add(name, &s->neighbors[i], e);
	for (size_t i = 0; r == 0 && i < s->route_count; i++)
		r = net_route_add(name, &s->routes[i], e);
	return r;
}

/* -------------------------------------------------------------------- news */

int net_card_watch(int *fd, struct err *e)
{
	const struct sockaddr_nl links = { .nl_family = AF_NETLINK,
					   .nl_groups = RTMGRP_LINK };
	AUTO_CLOSE int s = socket(AF_NETLINK,
				  SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				  NETLINK_ROUTE);

	if (s < 0)
		return err_set(e, errno, "socket(netlink)");
	if (bind(s, (const struct sockaddr *)&links, sizeof(links)) < 0)
		return err_set(e, errno, "bind(news of links)");
	*fd = take_fd(&s);
	return 0;
}

/* What is lost (ENOBUFS) was news as well. */
void net_card_forget_news(int fd)
{
	char news[4096];

	while (recv(fd, news, sizeof(news), 0) >= 0 || errno == ENOBUFS)
		;
}
