// SPDX-License-Identifier: MIT
/* Pairs of links, and the rules for what passes over them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "runtime/net/namespace.h"
#include "runtime/net/nat.h"
#include "runtime/net/nft.h"
#include "runtime/net/pair.h"
#include "tests/unit/net/frame.h"

#define LINK NAT_LINK_PREFIX "7"

static const struct net_pair pair = {
	.near = LINK,
	.far = "eth0",
	.near_mac = { 2, 0, 0, 0, 0, 1 },
	.far_mac = { 2, 0, 0, 0, 0, 2 },
};

FIXTURE(nat)
{
	int there;
	struct err e;
};

FIXTURE_SETUP(nat)
{
	int r;

	self->there = -1;
	self->e = ERR_NONE;
	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, net_namespace_open(&self->there, &self->e));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	r = net_pair_make(&pair, self->there, &self->e);
	if (r == -EOPNOTSUPP)
		SKIP(return, "this kernel has no pairs of links");
	ASSERT_EQ(0, r)
	{
		TH_LOG("%s", self->e.message);
	}
}

FIXTURE_TEARDOWN(nat)
{
	close(self->there);
}

static int look_for_far_end(void *data, int here, struct err *e)
{
	struct net_card *c = data;

	(void)here;
	return net_card_find(pair.far_mac, c, e);
}

TEST_F(nat, pair_has_an_end_in_each_network)
{
	struct net_card near, far;

	ASSERT_EQ(0, net_card_find(pair.near_mac, &near, &self->e));
	EXPECT_STREQ(LINK, near.name);
	ASSERT_EQ(0, net_namespace_do(self->there, look_for_far_end, &far,
				      &self->e));
	EXPECT_STREQ("eth0", far.name);
	EXPECT_EQ(-EEXIST, net_pair_make(&pair, self->there, &self->e));
	EXPECT_NE(NULL, strstr(self->e.message, LINK));
	ASSERT_EQ(0, net_pair_remove(LINK, &self->e));
	EXPECT_EQ(-ENODEV, net_namespace_do(self->there, look_for_far_end, &far,
					    &self->e));
	EXPECT_EQ(0, net_pair_remove(LINK, &self->e));
}

static char forwarding(const char *link)
{
	char path[96], text = '?';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/forwarding",
		 link);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &text, 1) != 1)
		text = '?';
	close(fd);
	return text;
}

TEST_F(nat, one_link_forwards_and_the_others_do_not)
{
	ASSERT_EQ(0, net_link_forward(LINK, true, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ('1', forwarding(LINK));
	EXPECT_EQ('0', forwarding("lo"));
	EXPECT_EQ('0', forwarding("all"));
	ASSERT_EQ(0, net_link_forward(LINK, false, &self->e));
	EXPECT_EQ('0', forwarding(LINK));
	EXPECT_EQ(-ENODEV, net_link_forward("eth9", true, &self->e));
}

static struct net_address address(const char *text)
{
	struct net_address a = { .family = 0 };

	if (net_address_parse(text, &a, NULL) < 0)
		abort();
	return a;
}

#define NEEDS_RULES()                                                     \
	do {                                                              \
		int r_ = nat_open(false, &self->e);                       \
                                                                          \
		if (r_ == -EPROTONOSUPPORT || r_ == -EOPNOTSUPP ||        \
		    r_ == -EINVAL)                                        \
			SKIP(return, "this kernel has no packet filter"); \
		ASSERT_EQ(0, r_);                                         \
	} while (0)

TEST_F(nat, rules_for_all_come_and_go_any_number_of_times)
{
	NEEDS_RULES();
	EXPECT_EQ(0, nat_open(false, &self->e));
	EXPECT_EQ(0, nat_close(&self->e));
	EXPECT_EQ(0, nat_close(&self->e));
	EXPECT_EQ(0, nat_open(true, &self->e));
}

TEST_F(nat, rules_of_a_task_are_a_table_of_their_own)
{
	const struct net_address instance = address("10.0.2.15");
	const struct nat_port ports[] = { { IPPROTO_TCP, 8080, 80 },
					  { IPPROTO_UDP, 8053, 53 } };
	const struct nat_task task = { LINK, address("172.17.0.9"), ports, 2 };

	NEEDS_RULES();
	ASSERT_EQ(0, nat_add_task(&task, &instance, &self->e))
	{
		TH_LOG("%s %d", self->e.message, self->e.code);
	}
	EXPECT_EQ(-EEXIST, nat_add_task(&task, &instance, &self->e));
	EXPECT_EQ(0, nat_remove_task(LINK, &self->e));
	EXPECT_EQ(0, nat_remove_task(LINK, &self->e));
	EXPECT_EQ(0, nat_add_task(&task, NULL, &self->e));
}

static int send_out(uint16_t said, uint16_t type, unsigned int tags,
		    const char *to)
{
	const struct frame f = { LINK, pair.far_mac, said, type, tags };
	struct frame_datagram d;

	frame_fill_datagram(&d, "10.0.0.1", to, "out");
	return frame_send(&f, &d, sizeof(d));
}

static int send_out_ipv6(uint16_t said, const char *to)
{
	const struct frame f = { LINK, pair.far_mac, said, ETH_P_IPV6, 0 };
	struct ip6_hdr packet = { .ip6_vfc = 6 << 4 };

	inet_pton(AF_INET6, to, &packet.ip6_dst);
	return frame_send(&f, &packet, sizeof(packet));
}

#define SERVICE "169.254.169.254"
#define SERVICE_IPV6 "fd00:ec2::254"

/* What a sender can say of its frame: the truth, nothing, and lies. */
static const uint16_t sayings[] = { ETH_P_IP,	 ETH_P_IPV6,   0x1234,	 0,
				    ETH_P_8021Q, ETH_P_8021AD, ETH_P_ALL };

TEST_F(nat, guarded_link_sends_no_frame_to_the_metadata_service)
{
	NEEDS_RULES();
	ASSERT_EQ(0, net_link_up(LINK, &self->e));
	EXPECT_EQ(0, send_out(ETH_P_IP, ETH_P_IP, 0, SERVICE));
	ASSERT_EQ(0, nat_guard_link(LINK, &self->e))
	{
		TH_LOG("%s %d", self->e.message, self->e.code);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sayings); i++) {
		EXPECT_EQ(-ENOBUFS, send_out(sayings[i], ETH_P_IP, 0, SERVICE))
		{
			TH_LOG("said to be %#x", sayings[i]);
		}
		EXPECT_EQ(-ENOBUFS, send_out_ipv6(sayings[i], SERVICE_IPV6));
	}
	EXPECT_EQ(0, send_out(ETH_P_IP, ETH_P_IP, 0, "169.254.169.253"));
	EXPECT_EQ(0, send_out_ipv6(ETH_P_IPV6, "fd00:ec2::253"));
	EXPECT_EQ(-EEXIST, nat_guard_link(LINK, &self->e));
}

TEST_F(nat, guarded_link_sends_no_frame_of_another_type)
{
	const struct frame arp = { LINK, pair.far_mac, ETH_P_ARP, ETH_P_ARP,
				   0 };
	const struct frame cut = { LINK, pair.far_mac, ETH_P_IP, ETH_P_IP, 0 };
	static const uint16_t others[] = { 64, 0x1234, ETH_P_MPLS_UC,
					   ETH_P_PPP_SES };
	const uint8_t packet[28] = { 0, 1, 8, 0, 6, 4, 0, 1 };

	NEEDS_RULES();
	ASSERT_EQ(0, net_link_up(LINK, &self->e));
	EXPECT_EQ(0, send_out(ETH_P_8021Q, ETH_P_IP, 1, "10.0.0.2"));
	ASSERT_EQ(0, nat_guard_link(LINK, &self->e));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_EQ(-ENOBUFS,
			  send_out(ETH_P_IP, others[i], 0, "10.0.0.2"));
	for (unsigned int tags = 1; tags <= FRAME_TAGS_MAX; tags++)
		for (size_t i = 0; i < ARRAY_SIZE(sayings); i++)
			EXPECT_EQ(-ENOBUFS, send_out(sayings[i], ETH_P_IP, tags,
						     "10.0.0.2"));
	EXPECT_EQ(-ENOBUFS, frame_send(&cut, packet, 16));
	EXPECT_EQ(0, frame_send(&arp, packet, sizeof(packet)));
}

/* ------------------------------------------------- a task and the instance */

#define TASK "172.17.0.9"
#define OTHER_TASK "172.17.0.8"
#define GATEWAY "172.17.0.1"
#define INSTANCE "10.0.2.15"
#define OUTER 8053 /* port of the instance that is the task's INNER */
#define INNER 53

static int set_up_task(void *data, int here, struct err *e)
{
	const struct net_address own = address(TASK);
	struct net_neighbor gateway = { .address = address(GATEWAY) };
	const struct net_route routes[] = {
		{ .to = address(GATEWAY) },
		{ .to = { .family = AF_INET },
		  .has_gateway = true,
		  .gateway = address(GATEWAY) },
	};
	const struct net_card_settings settings = {
		.mtu = NET_CARD_MTU,
		.addresses = &own,
		.address_count = 1,
		.neighbors = &gateway,
		.neighbor_count = 1,
		.routes = routes,
		.route_count = 2,
	};

	(void)data;
	(void)here;
	memcpy(gateway.mac, pair.near_mac, NET_MAC_SIZE);
	return net_card_set_up(pair.far, &settings, e);
}

/* On one processor, on which frames stay in their order. */
static int set_up_both_ends(int there, struct err *e)
{
	const struct net_address gateway = address(GATEWAY "/16");
	struct net_neighbor task = { .address = address(TASK) };
	cpu_set_t one;
	int r;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return -errno;
	memcpy(task.mac, pair.far_mac, NET_MAC_SIZE);
	r = net_address_add(LINK, &gateway, e);
	if (r == 0)
		r = net_link_up(LINK, e);
	if (r == 0)
		r = net_neighbor_add(LINK, &task, e);
	return r == 0 ? net_namespace_do(there, set_up_task, NULL, e) : r;
}

/* A socket for datagrams to that port, which waits for them within bounds. */
static int open_ear(const char *on, uint16_t port)
{
	const struct timeval patience = { .tv_sec = 20 };
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, on, &at.sin_addr);
	if (s < 0 || bind(s, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0)
		abort();
	return s;
}

static const char *heard(int s)
{
	static char text[sizeof(((struct frame_datagram *)NULL)->text) + 1];
	ssize_t n = recv(s, text, sizeof(text) - 1, 0);

	if (n < 0)
		return strerror(errno);
	text[n] = '\0';
	return text;
}

struct sending {
	const char *from;
	const char *text;
	unsigned int tags;
};

static int send_from_task(void *data, int here, struct err *e)
{
	const struct sending *s = data;
	const struct frame f = { pair.far, pair.near_mac,
				 s->tags ? ETH_P_8021Q : ETH_P_IP, ETH_P_IP,
				 s->tags };
	struct frame_datagram d;

	(void)here;
	(void)e;
	frame_fill_datagram(&d, s->from, GATEWAY, s->text);
	return frame_send(&f, &d, sizeof(d));
}

static int say_from_task(int there, const char *from, const char *text,
			 unsigned int tags)
{
	struct sending s = { from, text, tags };
	struct err e = ERR_NONE;

	return net_namespace_do(there, send_from_task, &s, &e);
}

TEST_F(nat, task_sends_from_its_own_address_alone_whatever_tags_it_adds)
{
	const struct nat_task task = { LINK, address(TASK), NULL, 0 };
	int ear;

	NEEDS_RULES();
	ASSERT_EQ(0, nat_close(&self->e));
	ASSERT_EQ(0, set_up_both_ends(self->there, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	ear = open_ear("0.0.0.0", FRAME_PORT);
	for (unsigned int tags = 0; tags <= FRAME_TAGS_MAX; tags++) {
		EXPECT_EQ(0, say_from_task(self->there, OTHER_TASK, "before",
					   tags));
		EXPECT_STREQ("before", heard(ear));
	}
	ASSERT_EQ(0, nat_add_task(&task, NULL, &self->e));
	for (unsigned int tags = 0; tags <= FRAME_TAGS_MAX; tags++)
		EXPECT_EQ(0, say_from_task(self->there, OTHER_TASK, "forged",
					   tags));
	for (unsigned int tags = 1; tags <= FRAME_TAGS_MAX; tags++)
		EXPECT_EQ(0, say_from_task(self->there, TASK, "tagged", tags));
	EXPECT_EQ(0, say_from_task(self->there, TASK, "honest", 0));
	EXPECT_STREQ("honest", heard(ear));
	close(ear);
}

/* ------------------------------------------------------- beyond the ports */

static int tell(int s, const char *to, uint16_t port, const char *text)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	inet_pton(AF_INET, to, &at.sin_addr);
	return sendto(s, text, strlen(text), 0, (const struct sockaddr *)&at,
		      sizeof(at)) < 0 ?
		       -errno :
		       0;
}

static int open_inner_ear(void *data, int here, struct err *e)
{
	(void)here;
	(void)e;
	*(int *)data = open_ear(TASK, INNER);
	return 0;
}

/* Whoever spoke last to the ear is told, from where it was spoken to. */
static const char *heard_and_answered(int s, const char *answer)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	static char text[16];
	ssize_t n = recvfrom(s, text, sizeof(text) - 1, 0,
			     (struct sockaddr *)&from, &len);

	if (n < 0 || sendto(s, answer, strlen(answer), 0,
			    (const struct sockaddr *)&from, len) < 0)
		return strerror(errno);
	text[n] = '\0';
	return text;
}

/* The kernel opens a link some time after its other end is up. */
static const char *ask_until_heard(int asker, int inner)
{
	struct pollfd hears = { .fd = inner, .events = POLLIN };
	const char *text;

	do
		tell(asker, INSTANCE, OUTER, "ready");
	while (poll(&hears, 1, 50) == 0);
	tell(asker, INSTANCE, OUTER, "asked");
	do
		text = heard_and_answered(inner, "answer");
	while (strcmp(text, "ready") == 0);
	return text;
}

TEST_F(nat, task_and_instance_meet_at_its_ports_alone)
{
	const struct net_address instance = address(INSTANCE);
	const struct nat_port port = { IPPROTO_UDP, OUTER, INNER };
	const struct nat_task task = { LINK, address(TASK), &port, 1 };
	int inner, asker, ear;

	NEEDS_RULES();
	ASSERT_EQ(0, net_link_up("lo", &self->e));
	ASSERT_EQ(0, net_address_add("lo", &instance, &self->e));
	ASSERT_EQ(0, set_up_both_ends(self->there, &self->e));
	ASSERT_EQ(0, nat_add_task(&task, &instance, &self->e));
	ASSERT_EQ(0, net_namespace_do(self->there, open_inner_ear, &inner,
				      &self->e));
	asker = open_ear("0.0.0.0", 0);
	ear = open_ear("0.0.0.0", FRAME_PORT);
	EXPECT_EQ(-EPERM, tell(asker, TASK, INNER, "past"));
	EXPECT_STREQ("asked", ask_until_heard(asker, inner));
	EXPECT_EQ(0, tell(inner, GATEWAY, FRAME_PORT, "begun"));
	EXPECT_EQ(0, tell(inner, INSTANCE, FRAME_PORT, "begun"));
	EXPECT_STREQ("answer", heard(asker));
	EXPECT_EQ(0, tell(asker, INSTANCE, FRAME_PORT, "own"));
	EXPECT_STREQ("own", heard(ear));
	close(inner);
	close(asker);
	close(ear);
}

TEST(batch_that_is_too_long_is_e2big)
{
	struct err e = ERR_NONE;
	struct nft_batch b;

	nft_begin(&b);
	nft_table(&b, 1, "t");
	for (int i = 0; i < 4000; i++) {
		nft_rule_begin(&b, "c");
		nft_verdict(&b, 0);
		nft_rule_end(&b);
	}
	EXPECT_EQ(-E2BIG, nft_send(&b, &e));
	nft_end(&b);
}

TEST_HARNESS_MAIN
