// SPDX-License-Identifier: MIT
/* What a container's /etc says of names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/err.h"
#include "runtime/task/names.h"

#include "kselftest_harness.h"

#define COMMON                                            \
	"127.0.0.1\tlocalhost\n"                          \
	"::1\tlocalhost ip6-localhost ip6-loopback\n"     \
	"fe00::\tip6-localnet\nff00::\tip6-mcastprefix\n" \
	"ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"

static char w_none[] = "", w_address[] = "10.0.2.15/24", w_first[] = "10.0.2.3",
	    w_second[] = "fd00::3", w_own[] = "192.0.2.53",
	    w_domain[] = "a.test", w_other[] = "b.test", w_host[] = "db.a.test",
	    w_ip[] = "10.1.2.3";
static char *instance_dns[] = { w_first, w_second };
static char *own_dns[] = { w_own };
static char *domains[] = { w_domain, w_other };
static struct plan_host hosts[] = { { w_host, w_ip }, { w_host, w_second } };

FIXTURE(names)
{
	struct plan_instance instance;
	struct plan_task task;
	const struct plan_attachment *cards;
	struct plan_container c;
	struct names n;
	struct err e;
};

FIXTURE_SETUP(names)
{
	self->instance = (struct plan_instance){
		.network_address = w_address,
		.network_dns = { 2, instance_dns },
	};
	self->task = (struct plan_task){ .network_mode = PLAN_NETWORK_AWSVPC };
	self->cards = NULL;
	self->c = (struct plan_container){ 0 };
	self->e = ERR_NONE;
}

FIXTURE_TEARDOWN(names)
{
}

#define FILL(name)                                                      \
	names_fill(&self->n, &self->instance, &self->task, self->cards, \
		   &self->c, name, &self->e)

static char w_card[] = "10.9.0.5/24", w_asked[] = "10.9.0.2";
static char *card_addresses[] = { w_card }, *card_dns[] = { w_asked };

TEST_F(names, a_task_with_a_card_has_its_address_and_its_servers)
{
	struct plan_interface card = { .addresses = { 1, card_addresses },
				       .dns = { 1, card_dns } };
	const struct plan_attachment cards = { { 1, &card } };

	self->cards = &cards;
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ(COMMON "10.9.0.5\tbox\n", self->n.hosts);
	EXPECT_STREQ("nameserver 10.9.0.2\n", self->n.resolv);
	card.dns.count = 0;
	self->c.is_network_disabled = true;
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ(COMMON "127.0.1.1\tbox\n", self->n.hosts);
	EXPECT_STREQ("nameserver 10.0.2.3\nnameserver fd00::3\n",
		     self->n.resolv);
}

TEST_F(names, a_container_without_wishes_asks_the_instances_servers)
{
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ("box\n", self->n.hostname);
	EXPECT_STREQ(COMMON "127.0.1.1\tbox\n", self->n.hosts);
	EXPECT_STREQ("nameserver 10.0.2.3\nnameserver fd00::3\n",
		     self->n.resolv);
}

TEST_F(names, servers_of_the_container_stand_for_the_instances)
{
	self->c.dns_servers = (struct plan_strings){ 1, own_dns };
	self->c.dns_search_domains = (struct plan_strings){ 2, domains };
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ("nameserver 192.0.2.53\nsearch a.test b.test\n",
		     self->n.resolv);
}

TEST_F(names, search_domains_alone_leave_the_instances_servers)
{
	self->c.dns_search_domains = (struct plan_strings){ 1, domains };
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ("nameserver 10.0.2.3\nnameserver fd00::3\n"
		     "search a.test\n",
		     self->n.resolv);
}

TEST_F(names, without_any_server_the_file_is_empty)
{
	self->instance.network_dns.count = 0;
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ("", self->n.resolv);
}

TEST_F(names, extra_hosts_stand_before_the_containers_own_name)
{
	self->c.extra_hosts = (struct plan_hosts){ 2, hosts };
	ASSERT_EQ(0, FILL("box.a.test"));
	EXPECT_STREQ("box.a.test\n", self->n.hostname);
	EXPECT_STREQ(COMMON "10.1.2.3\tdb.a.test\nfd00::3\tdb.a.test\n"
			    "127.0.1.1\tbox.a.test box\n",
		     self->n.hosts);
}

TEST_F(names, in_the_instances_network_the_name_leads_to_its_address)
{
	self->task.network_mode = PLAN_NETWORK_HOST;
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ(COMMON "10.0.2.15\tbox\n", self->n.hosts);
}

TEST_F(names, but_not_for_a_container_that_is_not_in_it)
{
	self->task.network_mode = PLAN_NETWORK_HOST;
	self->c.is_network_disabled = true;
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ(COMMON "127.0.1.1\tbox\n", self->n.hosts);
}

TEST_F(names, nor_where_the_instance_has_no_address)
{
	self->task.network_mode = PLAN_NETWORK_HOST;
	self->instance.network_address = w_none;
	ASSERT_EQ(0, FILL("box"));
	EXPECT_STREQ(COMMON "127.0.1.1\tbox\n", self->n.hosts);
}

/* The most that the field table lets through: 64 hosts, 6 domains. */
TEST_F(names, the_longest_that_a_document_can_ask_for_fits)
{
	char name[254],
		address[] = "2001:0db8:0000:0000:0000:0000:255.255.255.255";
	struct plan_host many[64];

	memset(name, 'a', 253);
	name[253] = '\0';
	for (size_t i = 0; i < 64; i++)
		many[i] = (struct plan_host){ name, address };
	self->c.extra_hosts = (struct plan_hosts){ 64, many };
	EXPECT_EQ(0, FILL("box"));
}

TEST_F(names, what_does_not_fit_is_e2big)
{
	char name[1024];
	struct plan_host many[64];

	memset(name, 'a', 1023);
	name[1023] = '\0';
	for (size_t i = 0; i < 64; i++)
		many[i] = (struct plan_host){ name, w_ip };
	self->c.extra_hosts = (struct plan_hosts){ 64, many };
	EXPECT_EQ(-E2BIG, FILL("box"));
	EXPECT_STREQ("names of the container", self->e.message);
}

TEST_HARNESS_MAIN
