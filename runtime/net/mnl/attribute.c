// SPDX-License-Identifier: MIT
/* libmnl's functions for attributes; see message.c. */
#include <libmnl/libmnl.h>
#include <string.h>

#include "runtime/net/mnl/layout.h"

uint16_t mnl_attr_get_type(const struct nlattr *attr)
{
	return attr->nla_type & (uint16_t)NLA_TYPE_MASK;
}

uint16_t mnl_attr_get_payload_len(const struct nlattr *attr)
{
	return (uint16_t)(attr->nla_len - ATTRIBUTE_SIZE);
}

static void *at(const struct nlattr *attr, size_t offset)
{
	union {
		const struct nlattr *in;
		char *out;
	} u = { .in = attr };

	return u.out + offset;
}

void *mnl_attr_get_payload(const struct nlattr *attr)
{
	return at(attr, ATTRIBUTE_SIZE);
}

void mnl_attr_put(struct nlmsghdr *nlh, uint16_t type, size_t len,
		  const void *data)
{
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(nlh);
	char *payload = mnl_attr_get_payload(attr);

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(ATTRIBUTE_SIZE + len);
	memcpy(payload, data, len);
	/* Nothing of the buffer's past may leave in the padding. */
	memset(payload + len, 0, aligned(len) - len);
	nlh->nlmsg_len += (uint32_t)aligned(attr->nla_len);
}

void mnl_attr_put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t data)
{
	mnl_attr_put(nlh, type, sizeof(data), &data);
}

struct nlattr *mnl_attr_nest_start(struct nlmsghdr *nlh, uint16_t type)
{
	struct nlattr *start = mnl_nlmsg_get_payload_tail(nlh);

	start->nla_type = (uint16_t)(NLA_F_NESTED | type);
	nlh->nlmsg_len += (uint32_t)aligned(sizeof(struct nlattr));
	return start;
}

void mnl_attr_nest_end(struct nlmsghdr *nlh, struct nlattr *start)
{
	start->nla_len = (uint16_t)((char *)mnl_nlmsg_get_payload_tail(nlh) -
				    (char *)start);
}

bool mnl_attr_ok(const struct nlattr *attr, int len)
{
	return len >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       (int)attr->nla_len <= len;
}

struct nlattr *mnl_attr_next(const struct nlattr *attr)
{
	return at(attr, aligned(attr->nla_len));
}
