// SPDX-License-Identifier: MIT
#include "runtime/net/device.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "runtime/net/request.h"

struct reading {
	const struct nlattr *local;
	const struct nlattr *address;
	uint32_t flags;
};

/* IPv4 says its own address as local; IPv6 has the address alone. */
static void look_at_attribute(const struct nlattr *attr, struct reading *r)
{
	switch (mnl_attr_get_type(attr)) {
	case IFA_LOCAL:
		r->local = attr;
		break;
	case IFA_ADDRESS:
		r->address = attr;
		break;
	case IFA_FLAGS:
		if (mnl_attr_get_payload_len(attr) == sizeof(r->flags))
			memcpy(&r->flags, mnl_attr_get_payload(attr),
			       sizeof(r->flags));
		break;
	default:
		break;
	}
}

static struct reading read_attributes(const struct nlmsghdr *nlh,
				      const struct ifaddrmsg *head)
{
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(*head));
	struct reading r = { .flags = head->ifa_flags };

	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		look_at_attribute(attr, &r);
		attr = mnl_attr_next(attr);
	}
	if (!r.local)
		r.local = r.address;
	return r;
}

static void keep_address(struct net_device *d, const struct ifaddrmsg *head,
			 const struct nlattr *attr)
{
	struct net_address *a = &d->addresses[d->address_count];
	size_t len = mnl_attr_get_payload_len(attr);

	if (d->address_count == NET_DEVICE_ADDRESSES_MAX) {
		d->is_full = true;
		return;
	}
	if (len > sizeof(a->bytes))
		return;
	*a = (struct net_address){ .family = head->ifa_family,
				   .prefix = head->ifa_prefixlen };
	memcpy(a->bytes, mnl_attr_get_payload(attr), len);
	d->address_count++;
}

static int look_at_address(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(nlh);
	struct net_device *d = data;
	struct reading r;

	if (nlh->nlmsg_type != RTM_NEWADDR ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*head) ||
	    head->ifa_index != d->index ||
	    head->ifa_scope != RT_SCOPE_UNIVERSE ||
	    (head->ifa_family != AF_INET && head->ifa_family != AF_INET6))
		return MNL_CB_OK;
	r = read_attributes(nlh, head);
	if (r.local && r.flags & IFA_F_PERMANENT)
		keep_address(d, head, r.local);
	return MNL_CB_OK;
}

int net_device_read(const char *name, struct net_device *d, struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	int r;

	*d = (struct net_device){ .index = 0 };
	head->ifa_family = AF_UNSPEC;
	r = net_link_index(name, &d->index, e);
	if (r < 0)
		return r;
	r = net_request_ask(nlh, look_at_address, d);
	if (r < 0)
		return err_set(e, -r, "netlink(addresses of %s)", name);
	return d->is_full ? err_set(e, E2BIG, "addresses of %s", name) : 0;
}

int net_device_move(const struct net_device *d, int fd, const char *name,
		    struct err *e)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	int r;

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)d->index;
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)fd);
	mnl_attr_put(nlh, IFLA_IFNAME, strlen(name) + 1, name);
	r = net_request_ask(nlh, NULL, NULL);
	return r < 0 ? err_set(e, -r, "netlink(move to %s)", name) : 0;
}

int net_device_settle(const char *name, const struct net_device *d,
		      struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->address_count; i++)
		r = net_address_add(name, &d->addresses[i], e);
	return r < 0 ? r : net_link_up(name, e);
}
