// SPDX-License-Identifier: MIT
/*
 * libmnl's functions for messages: the subset that runtime/net uses, under
 * the names of <libmnl/libmnl.h>, for static programs (Debian has no static
 * libmnl). What they do is written there and in libmnl's manual; a test
 * compares them with Debian's library, byte for byte.
 * Source: netlink(7), linux/netlink.h.
 */
#include <libmnl/libmnl.h>
#include <string.h>

#include "runtime/net/mnl/layout.h"

size_t mnl_nlmsg_size(size_t len)
{
	return HEADER_SIZE + len;
}

size_t mnl_nlmsg_get_payload_len(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len - HEADER_SIZE;
}

struct nlmsghdr *mnl_nlmsg_put_header(void *buf)
{
	struct nlmsghdr *nlh = buf;

	memset(nlh, 0, HEADER_SIZE);
	nlh->nlmsg_len = HEADER_SIZE;
	return nlh;
}

void *mnl_nlmsg_put_extra_header(struct nlmsghdr *nlh, size_t size)
{
	void *extra = mnl_nlmsg_get_payload_tail(nlh);
	size_t len = aligned(size);

	memset(extra, 0, len);
	nlh->nlmsg_len += (uint32_t)len;
	return extra;
}

void *mnl_nlmsg_get_payload(const struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload_offset(nlh, 0);
}

/* The interface takes const and gives writable, as strchr(3) does. */
static void *at(const struct nlmsghdr *nlh, size_t offset)
{
	union {
		const struct nlmsghdr *in;
		char *out;
	} u = { .in = nlh };

	return u.out + offset;
}

void *mnl_nlmsg_get_payload_offset(const struct nlmsghdr *nlh, size_t offset)
{
	return at(nlh, HEADER_SIZE + aligned(offset));
}

void *mnl_nlmsg_get_payload_tail(const struct nlmsghdr *nlh)
{
	return at(nlh, aligned(nlh->nlmsg_len));
}

bool mnl_nlmsg_ok(const struct nlmsghdr *nlh, int len)
{
	return len >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       (int)nlh->nlmsg_len <= len;
}

struct nlmsghdr *mnl_nlmsg_next(const struct nlmsghdr *nlh, int *len)
{
	size_t step = aligned(nlh->nlmsg_len);

	*len -= (int)step;
	return at(nlh, step);
}

/* 0 stands for "any" on both sides. */
bool mnl_nlmsg_seq_ok(const struct nlmsghdr *nlh, unsigned int seq)
{
	return !nlh->nlmsg_seq || !seq || nlh->nlmsg_seq == seq;
}

bool mnl_nlmsg_portid_ok(const struct nlmsghdr *nlh, unsigned int portid)
{
	return !nlh->nlmsg_pid || !portid || nlh->nlmsg_pid == portid;
}
