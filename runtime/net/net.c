// SPDX-License-Identifier: MIT
#include "runtime/net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/net/request.h"

#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 4)

size_t net_address_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

/* "24" to 24; a number that is not plain decimal up to `max` is -EINVAL. */
static int parse_prefix(const char *text, unsigned int max)
{
	unsigned int n = 0;

	if (!*text || strlen(text) > 3 ||
	    strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	for (; *text; text++)
		n = n * 10 + (unsigned int)(*text - '0');
	return n <= max ? (int)n : -EINVAL;
}

int net_address_parse(const char *text, struct net_address *a, struct err *e)
{
	char copy[ADDRESS_TEXT_MAX];
	size_t len = strcspn(text, "/");
	int family = memchr(text, ':', len) ? AF_INET6 : AF_INET;
	int prefix = (int)net_address_size(family) * 8;

	if (len >= sizeof(copy))
		return err_set(e, EINVAL, "address \"%.64s\"", text);
	memcpy(copy, text, len);
	copy[len] = '\0';
	*a = (struct net_address){ .family = family };
	if (text[len])
		prefix = parse_prefix(text + len + 1, (unsigned int)prefix);
	if (prefix < 0 || inet_pton(family, copy, a->bytes) != 1)
		return err_set(e, EINVAL, "address \"%.64s\"", text);
	a->prefix = (uint8_t)prefix;
	return 0;
}

/* One link out of a dump of all: by name, or the first Ethernet one. */
struct link_search {
	const char *name;   /* NULL: first Ethernet link */
	unsigned int index; /* found; 0: none so far */
	char found[IF_NAMESIZE];
};

static void take_name(const struct nlattr *attr, char *name)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t len = strnlen(text, mnl_attr_get_payload_len(attr));

	if (mnl_attr_get_type(attr) != IFLA_IFNAME || len >= IF_NAMESIZE)
		return;
	memcpy(name, text, len);
	name[len] = '\0';
}

static void copy_link_name(const struct nlmsghdr *nlh, char *name)
{
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct ifinfomsg));

	name[0] = '\0';
	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		take_name(attr, name);
		attr = mnl_attr_next(attr);
	}
}

static bool is_wanted(const struct link_search *s, const struct ifinfomsg *link,
		      const char *name)
{
	if (s->name)
		return strcmp(s->name, name) == 0;
	return link->ifi_type == ARPHRD_ETHER &&
	       !(link->ifi_flags & IFF_LOOPBACK) &&
	       (!s->index || (unsigned int)link->ifi_index < s->index);
}

static int look_at_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *link = mnl_nlmsg_get_payload(nlh);
	struct link_search *s = data;
	char name[IF_NAMESIZE];

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*link))
		return MNL_CB_OK;
	copy_link_name(nlh, name);
	if (is_wanted(s, link, name)) {
		s->index = (unsigned int)link->ifi_index;
		memcpy(s->found, name, sizeof(name));
	}
	return MNL_CB_OK;
}

/* libc's if_nametoindex() would open a socket of another family for it. */
static int find_link(struct link_search *s, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_GETLINK, NLM_F_DUMP);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	int r;

	link->ifi_family = AF_UNSPEC;
	r = net_request_ask(nlh, look_at_link, s);
	return r < 0 ? err_set(e, -r, "netlink(list links)") : 0;
}

int net_link_index(const char *name, unsigned int *index, struct err *e)
{
	struct link_search s = { .name = name };
	int r = find_link(&s, e);

	if (r < 0)
		return r;
	*index = s.index;
	return s.index ? 0 : err_set(e, ENODEV, "network link %.16s", name);
}

int net_link_up(const char *name, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	unsigned int index;
	int r = net_link_index(name, &index, e);

	if (r < 0)
		return r;
	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	link->ifi_flags = IFF_UP;
	link->ifi_change = IFF_UP;
	r = net_request_ask(nlh, NULL, NULL);
	return r < 0 ? err_set(e, -r, "netlink(%s up)", name) : 0;
}

int net_first_ethernet(char *name, struct err *e)
{
	struct link_search s = { .name = NULL };
	int r = find_link(&s, e);

	if (r < 0)
		return r;
	if (!s.index)
		return err_set(e, ENODEV, "no Ethernet link");
	memcpy(name, s.found, sizeof(s.found));
	return 0;
}

int net_address_add(const char *link, const struct net_address *a,
		    struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifaddrmsg *address =
		mnl_nlmsg_put_extra_header(nlh, sizeof(*address));
	size_t size = net_address_size(a->family);
	int r = net_link_index(link, &address->ifa_index, e);

	if (r < 0)
		return r;
	address->ifa_family = (uint8_t)a->family;
	address->ifa_prefixlen = a->prefix;
	address->ifa_scope = RT_SCOPE_UNIVERSE;
	/* A static address of ours alone: nobody to ask before using it. */
	address->ifa_flags = a->family == AF_INET6 ? IFA_F_NODAD : 0;
	mnl_attr_put(nlh, IFA_LOCAL, size, a->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, size, a->bytes);
	r = net_request_ask(nlh, NULL, NULL);
	if (r < 0 && r != -EEXIST)
		return err_set(e, -r, "netlink(address on %s)", link);
	return 0;
}

int net_route_add(const char *link, const struct net_route *route,
		  struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	size_t size = net_address_size(route->to.family);
	unsigned int index;
	int r = net_link_index(link, &index, e);

	if (r < 0)
		return r;
	head->rtm_family = (uint8_t)route->to.family;
	head->rtm_dst_len = route->to.prefix;
	head->rtm_table = RT_TABLE_MAIN;
	head->rtm_protocol = RTPROT_STATIC;
	head->rtm_scope = route->has_gateway ? RT_SCOPE_UNIVERSE :
					       RT_SCOPE_LINK;
	head->rtm_type = RTN_UNICAST;
	if (route->to.prefix)
		mnl_attr_put(nlh, RTA_DST, size, route->to.bytes);
	if (route->has_gateway)
		mnl_attr_put(nlh, RTA_GATEWAY, size, route->gateway.bytes);
	mnl_attr_put_u32(nlh, RTA_OIF, index);
	r = net_request_ask(nlh, NULL, NULL);
	if (r < 0 && r != -EEXIST)
		return err_set(e, -r, "netlink(%sroute on %s)",
			       route->to.prefix ? "" : "default ", link);
	return 0;
}

int net_default_route(const char *link, const struct net_address *gateway,
		      struct err *e)
{
	const struct net_route route = {
		.to = { .family = gateway->family },
		.has_gateway = true,
		.gateway = *gateway,
	};

	return net_route_add(link, &route, e);
}

int net_instance(const char *address, const char *gateway, struct err *e)
{
	struct net_address own, next;
	char link[IF_NAMESIZE];
	int r = net_address_parse(address, &own, e);

	if (r == 0 && *gateway)
		r = net_address_parse(gateway, &next, e);
	if (r == 0)
		r = net_link_up("lo", e);
	if (r == 0)
		r = net_first_ethernet(link, e);
	if (r == 0)
		r = net_link_up(link, e);
	if (r == 0)
		r = net_address_add(link, &own, e);
	if (r == 0 && *gateway)
		r = net_default_route(link, &next, e);
	return r < 0 ? err_wrap(e, "network") : 0;
}
