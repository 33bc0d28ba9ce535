// SPDX-License-Identifier: MIT
/* Cards that go to another network and come back, made of taps. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "runtime/net/card.h"
#include "runtime/net/namespace.h"
#include "runtime/net/request.h"

static const uint8_t mac[] = { 0x02, 0, 0x5e, 0x10, 0, 0x01 };
static const uint8_t other_mac[] = { 0x02, 0, 0x5e, 0x10, 0, 0x02 };

TEST(mac_addresses_are_read)
{
	uint8_t bytes[NET_MAC_SIZE];

	ASSERT_EQ(0, net_mac_parse("02:00:5e:10:00:01", bytes, NULL));
	EXPECT_EQ(0, memcmp(mac, bytes, sizeof(mac)));
	ASSERT_EQ(0, net_mac_parse("02:00:5E:10:00:01", bytes, NULL));
	EXPECT_EQ(0, memcmp(mac, bytes, sizeof(mac)));
}

TEST(what_is_no_mac_address_is_einval_and_named)
{
	static const char *const bad[] = {
		"",
		"02",
		"02:00:5e:10:00",
		"02:00:5e:10:00:0",
		"02:00:5e:10:00:0g",
		"02:00:5e:10:00:001",
		"02-00-5e-10-00-01",
		"0:200:5e:10:00:01",
		"02:00:5e:10:00:0:1",
		"02:00:5e:10:00: 1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint8_t bytes[NET_MAC_SIZE];
		struct err e = ERR_NONE;

		EXPECT_EQ(-EINVAL, net_mac_parse(bad[i], bytes, &e))
		{
			TH_LOG("%s", bad[i]);
		}
		EXPECT_NE(NULL, strstr(e.message, "MAC address"));
	}
}

FIXTURE(card)
{
	int tap;
	int there; /* another network */
	struct net_card card;
};

static int query; /* a socket of the network that the caller is in */

static int asked(int r)
{
	r = r < 0 ? -errno : 0;
	close(query);
	return r;
}

/* The two libraries have other types for `what`. */
#define ASK(what, request)                                      \
	(query = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), \
	 asked(ioctl(query, what, request)))

static int make_tap(const uint8_t address[NET_MAC_SIZE])
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	strcpy(request.ifr_name, "eth0");
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return -errno;
	request.ifr_hwaddr.sa_family = 1;
	memcpy(request.ifr_hwaddr.sa_data, address, NET_MAC_SIZE);
	return ASK(SIOCSIFHWADDR, &request) < 0 ? -errno : fd;
}

static int make_network(int *fd)
{
	int here, r = net_namespace_open(&here, NULL);

	if (r == 0 && unshare(CLONE_NEWNET) == 0)
		r = net_namespace_open(fd, NULL);
	if (setns(here, CLONE_NEWNET) < 0)
		r = -errno;
	close(here);
	return r;
}

FIXTURE_SETUP(card)
{
	self->tap = self->there = -1;
	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, make_network(&self->there));
	self->tap = make_tap(mac);
	if (self->tap < 0)
		SKIP(return, "no tap device: %s", strerror(-self->tap));
}

FIXTURE_TEARDOWN(card)
{
	close(self->tap);
	close(self->there);
}

static short flags_of(const char *name)
{
	struct ifreq request = { .ifr_flags = 0 };

	strcpy(request.ifr_name, name);
	return ASK(SIOCGIFFLAGS, &request) < 0 ? -1 : request.ifr_flags;
}

static int mtu_of(const char *name)
{
	struct ifreq request = { .ifr_mtu = 0 };
	int r;

	strcpy(request.ifr_name, name);
	r = ASK(SIOCGIFMTU, &request);
	return r < 0 ? r : request.ifr_mtu;
}

static int queue_of(const char *name)
{
	struct ifreq request = { .ifr_qlen = 0 };
	int r;

	strcpy(request.ifr_name, name);
	r = ASK(SIOCGIFTXQLEN, &request);
	return r < 0 ? r : request.ifr_qlen;
}

static int set_alias(unsigned int index, const char *alias)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));

	link->ifi_index = (int)index;
	mnl_attr_put(nlh, IFLA_IFALIAS, strlen(alias), alias);
	return net_request_ask(nlh, NULL, NULL);
}

static int look_for_alias(const struct nlmsghdr *nlh, void *data)
{
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlattr *attr =
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct ifinfomsg));

	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr));
	     attr = mnl_attr_next(attr))
		*(int *)data += mnl_attr_get_type(attr) == IFLA_IFALIAS;
	return MNL_CB_OK;
}

/* 1: it has one. */
static int has_alias(unsigned int index)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_GETLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	int r, count = 0;

	link->ifi_index = (int)index;
	r = net_request_ask(nlh, look_for_alias, &count);
	return r < 0 ? r : count;
}

TEST_F(card, card_is_found_by_its_address)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, net_card_find(mac, &self->card, &e));
	EXPECT_STREQ("eth0", self->card.name);
	EXPECT_EQ(if_nametoindex("eth0"), self->card.index);
}

TEST_F(card, card_that_is_not_there_is_enodev_and_named)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(-ENODEV, net_card_find(other_mac, &self->card, &e));
	EXPECT_NE(NULL, strstr(e.message, "02:00:5e:10:00:02"));
}

TEST_F(card, reset_takes_away_what_was_done_to_it)
{
	struct ifreq request = { .ifr_mtu = 1280 };
	struct err e = ERR_NONE;

	ASSERT_EQ(0, net_card_find(mac, &self->card, &e));
	strcpy(request.ifr_name, "eth0");
	ASSERT_EQ(0, ASK(SIOCSIFMTU, &request));
	request.ifr_flags = IFF_UP | IFF_PROMISC;
	ASSERT_EQ(0, ASK(SIOCSIFFLAGS, &request));
	request.ifr_hwaddr.sa_family = 1;
	memcpy(request.ifr_hwaddr.sa_data, other_mac, NET_MAC_SIZE);
	ASSERT_EQ(0, ASK(SIOCSIFHWADDR, &request));
	request.ifr_qlen = 77;
	ASSERT_EQ(0, ASK(SIOCSIFTXQLEN, &request));
	ASSERT_EQ(0, set_alias(self->card.index, "mine"));
	ASSERT_EQ(1, has_alias(self->card.index));

	ASSERT_EQ(0, net_card_reset(&self->card, &e))
	{
		TH_LOG("%s", e.message);
	}
	EXPECT_EQ(0, flags_of("eth0") & (IFF_UP | IFF_PROMISC));
	EXPECT_EQ(NET_CARD_MTU, mtu_of("eth0"));
	EXPECT_EQ(NET_CARD_QUEUE, queue_of("eth0"));
	EXPECT_EQ(0, has_alias(self->card.index));
	EXPECT_EQ(0, net_card_find(mac, &self->card, &e));
}

TEST_F(card, reset_of_a_card_that_left_is_enodev)
{
	struct net_card gone = { .index = 4711, .name = "eth9" };
	struct err e = ERR_NONE;

	ASSERT_EQ(-ENODEV, net_card_reset(&gone, &e));
	EXPECT_NE(NULL, strstr(e.message, "eth9"));
}

/* What the deed in the other network is to do, and what it saw. */
struct visit {
	const struct net_card_settings *settings;
	struct net_card card;
	int set_up;
	short flags;
	int mtu;
	int back;
	char message[ERR_MESSAGE_MAX];
};

static int set_up_there(void *data, int here, struct err *e)
{
	struct visit *v = data;

	(void)here;
	v->set_up = net_card_set_up("eth0", v->settings, e);
	strcpy(v->message, e->message);
	v->flags = flags_of("eth0");
	v->mtu = mtu_of("eth0");
	return 0;
}

static int take_back(void *data, int here, struct err *e)
{
	struct visit *v = data;

	v->back = net_card_find(mac, &v->card, e);
	if (v->back == 0)
		v->back = net_card_move(&v->card, here, "eth%d", e);
	return 0;
}

static struct net_address address(const char *text)
{
	struct net_address a = { .family = 0 };

	if (net_address_parse(text, &a, NULL) < 0)
		abort();
	return a;
}

TEST_F(card, card_is_set_up_in_its_new_network_and_comes_back)
{
	const struct net_address addresses[] = { address("10.1.0.5/24"),
						 address("fd01::5/64") };
	const struct net_neighbor neighbor = { .address = address("10.1.0.1") };
	const struct net_route routes[] = {
		{ address("10.2.0.0/16"), true, address("10.1.0.1") },
		{ address("10.3.0.0/16"), false, address("0.0.0.0") },
		{ address("0.0.0.0/0"), true, address("10.1.0.1") },
		{ address("::/0"), true, address("fd01::1") },
	};
	const struct net_card_settings settings = {
		.mtu = 1400,
		.addresses = addresses,
		.address_count = 2,
		.neighbors = &neighbor,
		.neighbor_count = 1,
		.routes = routes,
		.route_count = 4,
	};
	struct visit v = { .settings = &settings };
	struct err e = ERR_NONE;

	ASSERT_EQ(0, net_card_find(mac, &self->card, &e));
	ASSERT_EQ(0, net_card_reset(&self->card, &e));
	ASSERT_EQ(0, net_card_move(&self->card, self->there, "eth0", &e));
	EXPECT_EQ(-1, flags_of("eth0"));
	ASSERT_EQ(0, net_namespace_do(self->there, set_up_there, &v, &e));
	EXPECT_EQ(0, v.set_up)
	{
		TH_LOG("%s", v.message);
	}
	EXPECT_NE(0, v.flags & IFF_UP);
	EXPECT_EQ(1400, v.mtu);

	ASSERT_EQ(0, net_namespace_do(self->there, take_back, &v, &e));
	EXPECT_EQ(0, v.back);
	EXPECT_EQ(0, net_card_find(mac, &self->card, &e));
}

TEST_F(card, route_out_of_reach_is_enetunreach)
{
	const struct net_route far = { address("0.0.0.0/0"), true,
				       address("10.9.9.9") };
	const struct net_card_settings settings = { .mtu = 1500,
						    .routes = &far,
						    .route_count = 1 };
	struct err e = ERR_NONE;

	ASSERT_EQ(-ENETUNREACH, net_card_set_up("eth0", &settings, &e));
	EXPECT_NE(NULL, strstr(e.message, "route on eth0"));
}

TEST_F(card, mtu_that_the_card_refuses_is_einval)
{
	const struct net_card_settings settings = { .mtu = 10 };
	struct err e = ERR_NONE;

	ASSERT_EQ(-EINVAL, net_card_set_up("eth0", &settings, &e));
	EXPECT_NE(NULL, strstr(e.message, "MTU 10 of eth0"));
}

TEST_F(card, what_is_no_network_is_refused)
{
	struct visit v = { .settings = NULL };
	struct err e = ERR_NONE;

	EXPECT_EQ(-EBADF, net_namespace_do(-1, take_back, &v, &e));
	EXPECT_EQ(-EINVAL, net_namespace_do(self->tap, take_back, &v, &e));
	ASSERT_EQ(0, net_card_find(mac, &self->card, &e));
	EXPECT_EQ(-EINVAL, net_card_move(&self->card, self->tap, "eth0", &e));
}

TEST_HARNESS_MAIN
