// SPDX-License-Identifier: MIT
/* Addresses in text, and on a link of a network namespace of our own. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <fcntl.h>
#include <unistd.h>
#include <linux/if_tun.h>

#include "kselftest_harness.h"
#include "runtime/net/net.h"

struct good {
	const char *text;
	int family;
	uint8_t first, last; /* bytes of the address */
	uint8_t prefix;
};

static const struct good good[] = {
	{ "10.0.2.15/24", AF_INET, 10, 15, 24 },
	{ "10.0.2.2", AF_INET, 10, 2, 32 },
	{ "0.0.0.0/0", AF_INET, 0, 0, 0 },
	{ "192.168.0.1/32", AF_INET, 192, 1, 32 },
	{ "fd00::5/64", AF_INET6, 0xfd, 5, 64 },
	{ "fd00::5", AF_INET6, 0xfd, 5, 128 },
	{ "::/0", AF_INET6, 0, 0, 0 },
};

TEST(addresses_are_read)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		const struct good *g = &good[i];
		struct err e = ERR_NONE;
		struct net_address a;

		ASSERT_EQ(0, net_address_parse(g->text, &a, &e))
		{
			TH_LOG("%s", g->text);
		}
		ASSERT_EQ(g->family, a.family);
		ASSERT_EQ(g->first, a.bytes[0]);
		ASSERT_EQ(g->last, a.bytes[g->family == AF_INET ? 3 : 15]);
		ASSERT_EQ(g->prefix, a.prefix);
	}
}

static const char *const bad[] = {
	"",
	"/",
	"/24",
	"10.0.2",
	"10.0.2.256",
	"10.0.2.15/",
	"10.0.2.15/33",
	"10.0.2.15/-1",
	"10.0.2.15/+1",
	"10.0.2.15/ 1",
	"10.0.2.15/1x",
	"10.0.2.15/0024",
	"10.0.2.15/24/24",
	" 10.0.2.15",
	"10.0.2.15 ",
	"10.0.2.015",
	"fd00::5/129",
	"fd00:::5",
	"fd00::5%lo",
	"localhost",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

TEST(what_is_no_address_is_einval_and_named)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct err e = ERR_NONE;
		struct net_address a;

		ASSERT_EQ(-EINVAL, net_address_parse(bad[i], &a, &e))
		{
			TH_LOG("%s", bad[i]);
		}
		ASSERT_NE(NULL, strstr(e.message, "address \""));
	}
}

FIXTURE(link)
{
	int tap;
};

/* A tap device is an Ethernet link that any kernel here can make. */
static int make_tap(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, TUNSETIFF, &request) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

FIXTURE_SETUP(link)
{
	self->tap = -1;
	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	self->tap = make_tap("eth0");
	if (self->tap < 0)
		SKIP(return, "no tap device: %s", strerror(-self->tap));
}

FIXTURE_TEARDOWN(link)
{
	if (self->tap >= 0)
		close(self->tap);
}

static bool is_up(const char *name)
{
	struct ifreq request = { .ifr_flags = 0 };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	ioctl(s, SIOCGIFFLAGS, &request);
	close(s);
	return request.ifr_flags & IFF_UP;
}

/* True when the link has the IPv4 address with that netmask. */
static bool has_address(const char *link, const char *address, const char *mask)
{
	struct ifaddrs *list, *i;
	bool found = false;

	if (getifaddrs(&list) < 0)
		return false;
	for (i = list; i; i = i->ifa_next) {
		struct in_addr a, m;

		if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET ||
		    strcmp(i->ifa_name, link) != 0)
			continue;
		memcpy(&a, i->ifa_addr->sa_data + 2, sizeof(a));
		memcpy(&m, i->ifa_netmask->sa_data + 2, sizeof(m));
		found |= a.s_addr == inet_addr(address) &&
			 m.s_addr == inet_addr(mask);
	}
	freeifaddrs(list);
	return found;
}

/* The gateway and link of the default route, as procfs prints them. */
static bool has_default_route(const char *link, uint32_t gateway)
{
	char line[256], name[32];
	unsigned int destination, next;
	FILE *f = fopen("/proc/thread-self/net/route", "r");
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %x %x", name, &destination, &next) == 3)
			found |= destination == 0 && next == gateway &&
				 strcmp(name, link) == 0;
	if (f)
		fclose(f);
	return found;
}

TEST_F(link, loopback_goes_up)
{
	struct err e = ERR_NONE;

	ASSERT_FALSE(is_up("lo"));
	ASSERT_EQ(0, net_link_up("lo", &e));
	ASSERT_TRUE(is_up("lo"));
}

TEST_F(link, link_that_is_not_there_is_enodev_and_named)
{
	struct err e = ERR_NONE;
	struct net_address a;

	ASSERT_EQ(-ENODEV, net_link_up("eth9", &e));
	ASSERT_NE(NULL, strstr(e.message, "eth9"));
	ASSERT_EQ(0, net_address_parse("10.0.2.15/24", &a, &e));
	ASSERT_EQ(-ENODEV, net_address_add("eth9", &a, &e));
	ASSERT_EQ(-ENODEV, net_default_route("eth9", &a, &e));
}

TEST_F(link, first_ethernet_is_not_loopback)
{
	char name[IF_NAMESIZE];
	struct err e = ERR_NONE;
	int second = make_tap("aaa0");

	ASSERT_EQ(0, net_first_ethernet(name, &e));
	ASSERT_STREQ("eth0", name);
	close(second);
}

TEST(without_ethernet_there_is_enodev)
{
	char name[IF_NAMESIZE];
	struct err e = ERR_NONE;

	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(-ENODEV, net_first_ethernet(name, &e));
	ASSERT_EQ(-ENODEV, net_instance("10.0.2.15/24", "", &e));
}

TEST_F(link, instance_gets_address_and_route)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, net_instance("10.0.2.15/24", "10.0.2.2", &e))
	{
		TH_LOG("%s", e.message);
	}
	ASSERT_TRUE(is_up("lo"));
	ASSERT_TRUE(is_up("eth0"));
	ASSERT_TRUE(has_address("eth0", "10.0.2.15", "255.255.255.0"));
	ASSERT_TRUE(has_default_route("eth0", inet_addr("10.0.2.2")));
	/* Again: what is there counts. */
	ASSERT_EQ(0, net_instance("10.0.2.15/24", "10.0.2.2", &e));
}

TEST_F(link, instance_without_gateway_has_no_route)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, net_instance("10.0.2.15/24", "", &e));
	ASSERT_TRUE(has_address("eth0", "10.0.2.15", "255.255.255.0"));
	ASSERT_FALSE(has_default_route("eth0", inet_addr("10.0.2.2")));
}

TEST_F(link, gateway_out_of_reach_is_enetunreach)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(-ENETUNREACH, net_instance("10.0.2.15/24", "10.9.9.9", &e));
	ASSERT_NE(NULL, strstr(e.message, "default route"));
}

TEST_F(link, ipv6_address_is_taken)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(0, net_instance("fd00::5/64", "fd00::1", &e))
	{
		TH_LOG("%s", e.message);
	}
}

TEST_HARNESS_MAIN
