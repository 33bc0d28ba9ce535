// SPDX-License-Identifier: MIT
#include "runtime/net/pair.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/net/request.h"

#define KIND "veth"

static void put_text(struct nlmsghdr *nlh, uint16_t type, const char *text)
{
	mnl_attr_put(nlh, type, strlen(text) + 1, text);
}

/* The far end is a link message of its own inside. */
static void put_far_end(struct nlmsghdr *nlh, const struct net_pair *p,
			int there)
{
	struct nlattr *data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	struct nlattr *peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_text(nlh, IFLA_IFNAME, p->far);
	mnl_attr_put(nlh, IFLA_ADDRESS, NET_MAC_SIZE, p->far_mac);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)there);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
}

int net_pair_make(const struct net_pair *p, int there, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info;
	int r;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_text(nlh, IFLA_IFNAME, p->near);
	mnl_attr_put(nlh, IFLA_ADDRESS, NET_MAC_SIZE, p->near_mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	put_text(nlh, IFLA_INFO_KIND, KIND);
	put_far_end(nlh, p, there);
	mnl_attr_nest_end(nlh, info);
	r = net_request_ask(nlh, NULL, NULL);
	return r < 0 ? err_set(e, -r, "netlink(pair of links %s)", p->near) : 0;
}

int net_pair_remove(const char *near, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_DELLINK, NLM_F_ACK);
	int r;

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	put_text(nlh, IFLA_IFNAME, near);
	r = net_request_ask(nlh, NULL, NULL);
	if (r < 0 && r != -ENODEV)
		return err_set(e, -r, "netlink(remove %s)", near);
	return 0;
}

/* One link's own switch: that of the whole network stays off. */
int net_link_forward(const char *name, bool may, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	struct nlattr *families, *family, *settings;
	unsigned int index;
	int r = net_link_index(name, &index, e);

	if (r < 0)
		return r;
	link->ifi_index = (int)index;
	families = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(nlh, AF_INET);
	settings = mnl_attr_nest_start(nlh, IFLA_INET_CONF);
	mnl_attr_put_u32(nlh, IPV4_DEVCONF_FORWARDING, may);
	mnl_attr_nest_end(nlh, settings);
	mnl_attr_nest_end(nlh, family);
	mnl_attr_nest_end(nlh, families);
	r = net_request_ask(nlh, NULL, NULL);
	return r < 0 ? err_set(e, -r, "netlink(forwarding of %s)", name) : 0;
}
