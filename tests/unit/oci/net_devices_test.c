// SPDX-License-Identifier: MIT
/*
 * Links that go from the caller's network to the container's. The caller's is
 * one of the test's own, with a pair of links in it.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/net/device.h"
#include "runtime/net/request.h"

#include "kselftest_harness.h"

FIXTURE(devices)
{
	struct container c;
	struct oci_net_device device;
};

static int add_pair(const char *name)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	struct {
		struct nlattr head;
		char kind[8];
	} info = { { sizeof(info.head) + 5, IFLA_INFO_KIND }, "veth" };

	link->ifi_family = AF_UNSPEC;
	mnl_attr_put(nlh, IFLA_IFNAME, strlen(name) + 1, name);
	mnl_attr_put(nlh, IFLA_LINKINFO, sizeof(info), &info);
	return net_request_ask(nlh, NULL, NULL);
}

static int add_address(const char *name, const char *text)
{
	struct net_address a;
	int r = net_address_parse(text, &a, NULL);

	return r < 0 ? r : net_address_add(name, &a, NULL);
}

FIXTURE_SETUP(devices)
{
	int r;

	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	r = add_pair("clveth0");
	if (r == -EOPNOTSUPP)
		SKIP(return, "this kernel has no pairs of links");
	ASSERT_EQ(0, r);
	ASSERT_EQ(0, container_new(&self->c));
	self->device = (struct oci_net_device){ "clveth0", "eth7" };
	self->c.spec.net_devices = &self->device;
	self->c.spec.net_device_count = 1;
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(devices)
{
	container_free(&self->c);
}

TEST_F(devices, link_goes_to_the_container_under_its_new_name_and_is_up)
{
	unsigned int index;

	PRINTS("up\n", "link", "eth7");
	/* It went, and a virtual one does not come back. */
	ASSERT_EQ(-ENODEV, net_link_index("clveth0", &index, NULL));
}

/* The child goes there itself, and is waited for. */
TEST_F(devices, link_goes_to_a_network_that_is_joined)
{
	struct oci_namespaces *n = &self->c.spec.namespaces;
	unsigned int index;
	int network;

	ASSERT_EQ(0, oci_network_new(&network, &self->c.err));
	n->unshare &= ~(uint64_t)CLONE_NEWNET;
	n->join[OCI_NAMESPACE_NETWORK] = network;
	PRINTS("up\n", "link", "eth7");
	ASSERT_EQ(-ENODEV, net_link_index("clveth0", &index, NULL));
	ASSERT_EQ(0, setns(network, CLONE_NEWNET));
	ASSERT_EQ(0, net_link_index("eth7", &index, NULL));
}

TEST_F(devices, link_keeps_its_name_without_a_new_one)
{
	self->device.name = NULL;
	PRINTS("up\n", "link", "clveth0");
}

TEST_F(devices, link_keeps_its_global_addresses)
{
	ASSERT_EQ(0, add_address("clveth0", "10.7.0.1/24"));
	ASSERT_EQ(0, add_address("clveth0", "10.7.0.2/32"));
	ASSERT_EQ(0, add_address("clveth0", "fd00::7/64"));
	RUN("cat", "/proc/net/fib_trie");
	HAS("10.7.0.1\n");
	HAS("10.7.0.2\n");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, add_pair("clveth0"));
	ASSERT_EQ(0, add_address("clveth0", "fd00::7/64"));
	self->c.spec.net_devices = &self->device;
	self->c.spec.net_device_count = 1;
	RUN("cat", "/proc/net/if_inet6");
	HAS("fd000000000000000000000000000007 ");
}

static bool has_address(const char *name, const char *text)
{
	struct net_address a;
	struct net_device d;

	if (net_address_parse(text, &a, NULL) < 0 ||
	    net_device_read(name, &d, NULL) < 0)
		return false;
	for (size_t i = 0; i < d.address_count; i++)
		if (memcmp(d.addresses[i].bytes, a.bytes, 4) == 0)
			return true;
	return false;
}

/* The program is looked for when the link has gone. */
TEST_F(devices, link_comes_back_when_the_start_fails)
{
	int before = container_count_fds();

	ASSERT_EQ(0, add_address("clveth0", "10.7.0.1/24"));
	self->c.args[0] = "none";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
	ASSERT_STREQ("container: exec none", self->c.err.message);
	EXPECT_TRUE(has_address("clveth0", "10.7.0.1/24"));
	EXPECT_FALSE(has_address("clveth0", "10.7.0.2/24"));
	EXPECT_EQ(before, container_count_fds());
	/* And can go again. */
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->c.spec.net_devices = &self->device;
	self->c.spec.net_device_count = 1;
	PRINTS("up\n", "link", "eth7");
}

/* The second fails; the first had gone. */
TEST_F(devices, links_come_back_when_one_of_them_fails)
{
	struct oci_net_device both[] = { { "clveth0", NULL },
					 { "none0", NULL } };
	unsigned int index;

	self->c.spec.net_devices = both;
	self->c.spec.net_device_count = 2;
	ASSERT_EQ(-ENODEV, container_run(&self->c));
	ASSERT_EQ(0, net_link_index("clveth0", &index, NULL));
}

TEST_F(devices, link_comes_back_from_a_network_that_is_joined)
{
	struct oci_namespaces *n = &self->c.spec.namespaces;
	unsigned int index;
	int network;

	ASSERT_EQ(0, oci_network_new(&network, &self->c.err));
	n->unshare &= ~(uint64_t)CLONE_NEWNET;
	n->join[OCI_NAMESPACE_NETWORK] = network;
	self->c.args[0] = "none";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
	ASSERT_EQ(0, net_link_index("clveth0", &index, NULL));
}

TEST_F(devices, link_that_is_not_there_is_enodev_and_leaves_nothing)
{
	int before = container_count_fds();

	self->device.host_name = "none0";
	ASSERT_EQ(-ENODEV, container_run(&self->c));
	ASSERT_STREQ("container: netDevices none0: network link none0",
		     self->c.err.message);
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(before, container_count_fds());
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(devices, name_that_is_taken_is_eexist)
{
	self->device.name = "lo";
	ASSERT_EQ(-EEXIST, container_run(&self->c));
	ASSERT_STREQ("container: netDevices clveth0: netlink(move to lo)",
		     self->c.err.message);
}

TEST_F(devices, without_a_network_of_its_own_is_einval)
{
	self->c.spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: netDevices without namespace",
		     self->c.err.message);
}

static const char *const bad_names[] = {
	"", "a/b", "a b", "a:b", "eth%d", "0123456789012345",
};

TEST_F(devices, names_that_are_none_are_einval)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_names); i++) {
		self->device.name = bad_names[i];
		EXPECT_EQ(-EINVAL, container_run(&self->c));
		EXPECT_STREQ("container: netDevices: name 0",
			     self->c.err.message);
	}
}

TEST_F(devices, too_many_addresses_are_e2big)
{
	char text[32];

	for (int i = 0; i <= NET_DEVICE_ADDRESSES_MAX; i++) {
		snprintf(text, sizeof(text), "10.8.%d.%d/32", i / 200, i % 200);
		ASSERT_EQ(0, add_address("clveth0", text));
	}
	ASSERT_EQ(-E2BIG, container_run(&self->c));
}

TEST_HARNESS_MAIN
