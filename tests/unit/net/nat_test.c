// SPDX-License-Identifier: MIT
/* Pairs of links, and the rules for what passes over them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <net/if.h>
#include <netinet/in.h>
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

/* A frame with an IPv4 packet to that address, past all sockets of IPv4. */
static int send_frame(const char *to)
{
	struct sockaddr_ll link = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)if_nametoindex(LINK),
		.sll_halen = 6,
	};
	struct iphdr packet = { .version = 4,
				.ihl = 5,
				.ttl = 1,
				.tot_len = htons(sizeof(packet)) };
	int s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r;

	inet_pton(AF_INET, to, &packet.daddr);
	r = sendto(s, &packet, sizeof(packet), 0,
		   (const struct sockaddr *)&link, sizeof(link)) < 0 ?
		    -errno :
		    0;
	close(s);
	return r;
}

TEST_F(nat, guarded_link_sends_no_frame_to_the_metadata_service)
{
	NEEDS_RULES();
	ASSERT_EQ(0, net_link_up(LINK, &self->e));
	EXPECT_EQ(0, send_frame("169.254.169.254"));
	ASSERT_EQ(0, nat_guard_link(LINK, &self->e))
	{
		TH_LOG("%s %d", self->e.message, self->e.code);
	}
	EXPECT_EQ(-ENOBUFS, send_frame("169.254.169.254"));
	EXPECT_EQ(0, send_frame("169.254.169.253"));
	EXPECT_EQ(-EEXIST, nat_guard_link(LINK, &self->e));
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
