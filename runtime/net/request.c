// SPDX-License-Identifier: MIT
#include "runtime/net/request.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"

/* One message may hold as many other names of a link as fit in 64 KiB. */
#define ANSWER_MAX 131072

struct nlmsghdr *net_request_begin(struct net_request *q, uint16_t type,
				   uint16_t flags)
{
	struct nlmsghdr *nlh;

	/* libmnl before 1.0.5 sends the padding as it finds it. */
	memset(q->bytes, 0, sizeof(q->bytes));
	nlh = mnl_nlmsg_put_header(q->bytes);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = 1;
	return nlh;
}

static int exchange(struct mnl_socket *nl, const struct nlmsghdr *nlh,
		    mnl_cb_t each, void *data)
{
	AUTO_FREE char *answer = malloc(ANSWER_MAX);
	int r = MNL_CB_OK;

	if (!answer)
		return -ENOMEM;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (r > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(nl, answer, ANSWER_MAX);

		if (n < 0)
			return -errno;
		r = mnl_cb_run(answer, (size_t)n, nlh->nlmsg_seq,
			       mnl_socket_get_portid(nl), each, data);
	}
	return r < 0 ? -errno : 0;
}

int net_request_ask(const struct nlmsghdr *nlh, mnl_cb_t each, void *data)
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int r;

	if (!nl)
		return -errno;
	r = exchange(nl, nlh, each, data);
	mnl_socket_close(nl);
	return r;
}
