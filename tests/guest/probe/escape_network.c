/* Attempts on sockets, and on the network's settings: see escape.h. */
#include "tests/guest/probe/escape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/inet_diag.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LOOPBACK 1 /* its number in every network namespace */
#define FIRST_CARD 2
#define FOREIGN "203.0.113.0" /* nobody's: RFC 5737 */

int escape_socket(const struct attempt *a)
{
	int s = socket((int)a->number[0], (int)a->number[1] | SOCK_CLOEXEC,
		       (int)a->number[2]);

	return s < 0 ? -1 : 0;
}

static socklen_t abstract(const char *name, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strncpy(to->sun_path + 1, name, sizeof(to->sun_path) - 2);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
			   strlen(name));
}

int escape_unix_connect(const struct attempt *a)
{
	struct sockaddr_un to;
	socklen_t len = abstract(a->text, &to);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return s < 0 ? -1 : connect(s, (const struct sockaddr *)&to, len);
}

/* A datagram that carries a descriptor of the sender. */
int escape_unix_send(const struct attempt *a)
{
	struct sockaddr_un to;
	socklen_t len = abstract(a->text, &to);
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char room[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec byte = { (void *)(uintptr_t) "x", 1 };
	struct msghdr message = {
		.msg_name = &to,
		.msg_namelen = len,
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &s, sizeof(s));
	return s < 0 || sendmsg(s, &message, 0) < 0 ? -1 : 0;
}

int escape_metadata(const struct attempt *a)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(80) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(80) };
	const void *to = &v4;
	socklen_t len = sizeof(v4);
	int s;

	if (strchr(a->path, ':')) {
		inet_pton(AF_INET6, a->path, &v6.sin6_addr);
		to = &v6;
		len = sizeof(v6);
	} else {
		inet_pton(AF_INET, a->path, &v4.sin_addr);
	}
	s = socket(len == sizeof(v6) ? AF_INET6 : AF_INET,
		   SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return s < 0 ? -1 : connect(s, to, len);
}

/* A netlink request that grows by attributes. */
struct request {
	struct nlmsghdr head;
	char body[256];
};

static void *begin(struct request *r, uint16_t type, size_t len)
{
	*r = (struct request){
		.head = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
			  .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
					 NLM_F_CREATE | NLM_F_REPLACE },
	};
	return r->body;
}

static void add(struct request *r, uint16_t type, const void *data, size_t len)
{
	struct rtattr *at =
		(void *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));

	at->rta_type = type;
	at->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(at), data, len);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) +
			    (uint32_t)RTA_ALIGN(at->rta_len);
}

/* The kernel's answer to the request. */
static int ask(int protocol, const struct request *r)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[1024];
	} answer = { .error.error = -EIO };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	ssize_t n = s < 0 ? -1 : send(s, r, r->head.nlmsg_len, 0);

	if (n >= 0)
		n = recv(s, &answer, sizeof(answer), 0);
	if (s >= 0)
		close(s);
	if (n < 0)
		return -1;
	if (answer.head.nlmsg_type == NLMSG_ERROR && answer.error.error)
		return escape_fail(-answer.error.error);
	return 0;
}

int escape_route(const struct attempt *a)
{
	const uint32_t link = LOOPBACK;
	struct in_addr to;
	struct request r;
	struct rtmsg *m = begin(&r, RTM_NEWROUTE, sizeof(*m));

	(void)a;
	inet_pton(AF_INET, FOREIGN, &to);
	*m = (struct rtmsg){
		.rtm_family = AF_INET,
		.rtm_dst_len = 24,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	add(&r, RTA_DST, &to, sizeof(to));
	add(&r, RTA_OIF, &link, sizeof(link));
	return ask(NETLINK_ROUTE, &r);
}

/* The link address of a machine that is not there. */
int escape_neighbour(const struct attempt *a)
{
	static const uint8_t link_address[] = { 2, 0, 0, 0, 0, 1 };
	struct in_addr to;
	struct request r;
	struct ndmsg *m = begin(&r, RTM_NEWNEIGH, sizeof(*m));

	inet_pton(AF_INET, "10.0.2.99", &to);
	*m = (struct ndmsg){
		.ndm_family = AF_INET,
		.ndm_ifindex = (int)a->number[0],
		.ndm_state = NUD_PERMANENT,
	};
	add(&r, NDA_DST, &to, sizeof(to));
	add(&r, NDA_LLADDR, link_address, sizeof(link_address));
	return ask(NETLINK_ROUTE, &r);
}

/* The same by the old way. */
int escape_arp(const struct attempt *a)
{
	struct arpreq request = { .arp_flags = ATF_COM | ATF_PERM };
	struct sockaddr_in to = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "10.0.2.98", &to.sin_addr);
	memcpy(&request.arp_pa, &to, sizeof(to));
	request.arp_ha.sa_family = ARPHRD_ETHER;
	strncpy(request.arp_dev, a->text, sizeof(request.arp_dev) - 1);
	return s < 0 ? -1 : ioctl(s, SIOCSARP, &request);
}

/* A message of the kernel to all who follow its devices, forged. */
int escape_uevent(const struct attempt *a)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
		       NETLINK_KOBJECT_UEVENT);

	return s < 0 || sendto(s, a->text, strlen(a->text) + 1, 0,
			       (const struct sockaddr *)&to, sizeof(to)) < 0 ?
		       -1 :
		       0;
}

/* Ends a connection of somebody else; that one is not there (ENOENT). */
int escape_destroy(const struct attempt *a)
{
	struct request r;
	struct inet_diag_req_v2 *m = begin(&r, SOCK_DESTROY, sizeof(*m));

	(void)a;
	*m = (struct inet_diag_req_v2){
		.sdiag_family = AF_INET,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ~0U,
		.id = { .idiag_cookie = { INET_DIAG_NOCOOKIE,
					  INET_DIAG_NOCOOKIE } },
	};
	return ask(NETLINK_SOCK_DIAG, &r);
}

int escape_audit_off(const struct attempt *a)
{
	struct request r;
	struct audit_status *m = begin(&r, AUDIT_SET, sizeof(*m));

	(void)a;
	*m = (struct audit_status){ .mask = AUDIT_STATUS_ENABLED };
	return ask(NETLINK_AUDIT, &r);
}
