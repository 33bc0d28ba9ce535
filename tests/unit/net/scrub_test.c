// SPDX-License-Identifier: MIT
/* What a task can leave behind on its card, put on a tap and taken off. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/bpf_code.h"
#include "runtime/base/fd.h"
#include "runtime/net/card.h"
#include "runtime/net/namespace.h"
#include "runtime/net/request.h"
#include "runtime/net/scrub.h"

#include "kselftest_harness.h"

#define NOBODY 4711	  /* no link has this index */
#define NAME_MAX_SIZE 128 /* with its end; Source: kernel ALTIFNAMSIZ */

static const uint32_t directions[] = { BPF_TCX_INGRESS, BPF_TCX_EGRESS };

static int ask_bpf(int command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

/* A program that lets everything pass. */
static int load(uint32_t type)
{
	struct bpf_insn room[4];
	struct bpf_code code = { room, 0 };
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uint64_t)(uintptr_t)room,
		.license = (uint64_t)(uintptr_t) "MIT",
	};

	bpf_answer(&code, type == BPF_PROG_TYPE_XDP ? XDP_PASS : 0);
	attr.insn_cnt = (uint32_t)code.len;
	return ask_bpf(BPF_PROG_LOAD, &attr);
}

/* -EBUSY: there is one already. */
static int put_xdp(unsigned int index, uint32_t mode)
{
	AUTO_CLOSE int program = load(BPF_PROG_TYPE_XDP);
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	struct nlattr *nest = mnl_attr_nest_start(nlh, IFLA_XDP);

	link->ifi_index = (int)index;
	mnl_attr_put_u32(nlh, IFLA_XDP_FD, (uint32_t)program);
	mnl_attr_put_u32(nlh, IFLA_XDP_FLAGS,
			 XDP_FLAGS_UPDATE_IF_NOEXIST | mode);
	mnl_attr_nest_end(nlh, nest);
	return program < 0 ? program : net_request_ask(nlh, NULL, NULL);
}

static int put_tcx(unsigned int index, uint32_t direction)
{
	AUTO_CLOSE int program = load(BPF_PROG_TYPE_SCHED_CLS);
	union bpf_attr attr = {
		.target_ifindex = index,
		.attach_bpf_fd = (uint32_t)program,
		.attach_type = direction,
	};

	return program < 0 ? program : ask_bpf(BPF_PROG_ATTACH, &attr);
}

/* Returns the link, which holds the program until it is closed. */
static int put_link(unsigned int index, uint32_t type, uint32_t where)
{
	AUTO_CLOSE int program = load(type);
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = (uint32_t)program,
			.target_ifindex = index,
			.attach_type = where,
		},
	};

	return program < 0 ? program : ask_bpf(BPF_LINK_CREATE, &attr);
}

static int count_tcx(unsigned int index, uint32_t direction)
{
	union bpf_attr attr = {
		.query = { .target_ifindex = index, .attach_type = direction },
	};
	int r = ask_bpf(BPF_PROG_QUERY, &attr);

	return r < 0 ? r : (int)attr.query.count;
}

/* -EEXIST: there is one already. */
static int put_discipline(unsigned int index, uint32_t parent, const char *kind)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));

	tc->tcm_ifindex = (int)index;
	tc->tcm_parent = parent;
	tc->tcm_handle = parent == TC_H_ROOT ? 0x10000 : 0xffff0000;
	mnl_attr_put(nlh, TCA_KIND, strlen(kind) + 1, kind);
	return net_request_ask(nlh, NULL, NULL);
}

FIXTURE(scrub)
{
	int tap;
	unsigned int index;
	struct err e;
};

static int make_tap(void)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	strcpy(request.ifr_name, "eth0");
	return fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : fd;
}

FIXTURE_SETUP(scrub)
{
	self->e = ERR_NONE;
	self->tap = -1;
	if (geteuid() != 0)
		SKIP(return, "needs root");
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	self->tap = make_tap();
	if (self->tap < 0)
		SKIP(return, "no tap device: %s", strerror(-self->tap));
	self->index = if_nametoindex("eth0");
}

FIXTURE_TEARDOWN(scrub)
{
	close(self->tap);
}

TEST_F(scrub, link_with_nothing_on_it_is_clean)
{
	EXPECT_EQ(0, net_scrub(self->index, "eth0", &self->e));
}

TEST_F(scrub, link_that_is_not_there_is_enodev_and_named)
{
	ASSERT_EQ(-ENODEV, net_scrub(NOBODY, "eth9", &self->e));
	EXPECT_STREQ("XDP program of eth9 stays", self->e.message);
}

TEST_F(scrub, xdp_program_goes_in_each_mode)
{
	static const uint32_t modes[] = { XDP_FLAGS_SKB_MODE,
					  XDP_FLAGS_DRV_MODE };

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		int r = put_xdp(self->index, modes[i]);

		if (r == -EPERM || r == -ENOSYS || r == -EOPNOTSUPP)
			SKIP(return, "no XDP here: %s", strerror(-r));
		ASSERT_EQ(0, r);
		ASSERT_EQ(-EBUSY, put_xdp(self->index, modes[i]));
		ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e))
		{
			TH_LOG("%s", self->e.message);
		}
		EXPECT_EQ(0, put_xdp(self->index, modes[i]));
		ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e));
	}
}

TEST_F(scrub, xdp_program_that_a_link_holds_is_ebusy_and_named)
{
	int link = put_link(self->index, BPF_PROG_TYPE_XDP, BPF_XDP);

	if (link == -EPERM || link == -ENOSYS)
		SKIP(return, "no XDP here: %s", strerror(-link));
	ASSERT_LE(0, link);
	EXPECT_EQ(-EBUSY, net_scrub(self->index, "eth0", &self->e));
	EXPECT_STREQ("XDP program of eth0 stays", self->e.message);
	close(link);
	EXPECT_EQ(0, net_scrub(self->index, "eth0", &self->e));
}

TEST_F(scrub, tcx_programs_go_in_both_directions)
{
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		int r = put_tcx(self->index, directions[i]);

		if (r == -EINVAL || r == -EPERM || r == -ENOSYS)
			SKIP(return, "no TCX here: %s", strerror(-r));
		ASSERT_EQ(0, r);
		ASSERT_EQ(0, put_tcx(self->index, directions[i]));
		ASSERT_EQ(2, count_tcx(self->index, directions[i]));
	}
	ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++)
		EXPECT_EQ(0, count_tcx(self->index, directions[i]));
}

TEST_F(scrub, as_many_tcx_programs_as_the_kernel_takes_go)
{
	int r, count = 0;

	while ((r = put_tcx(self->index, BPF_TCX_EGRESS)) == 0)
		count++;
	if (r == -EINVAL || r == -EPERM || r == -ENOSYS)
		SKIP(return, "no TCX here: %s", strerror(-r));
	ASSERT_EQ(-ERANGE, r);
	ASSERT_LT(1, count);
	ASSERT_EQ(count, count_tcx(self->index, BPF_TCX_EGRESS));
	ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(0, count_tcx(self->index, BPF_TCX_EGRESS));
}

TEST_F(scrub, tcx_program_that_a_link_holds_goes_while_others_lie_about_it)
{
	int link, r = put_tcx(self->index, BPF_TCX_INGRESS);

	if (r == -EINVAL || r == -EPERM || r == -ENOSYS)
		SKIP(return, "no TCX here: %s", strerror(-r));
	ASSERT_EQ(0, r);
	link = put_link(self->index, BPF_PROG_TYPE_SCHED_CLS, BPF_TCX_INGRESS);
	ASSERT_LE(0, link);
	ASSERT_EQ(0, put_tcx(self->index, BPF_TCX_INGRESS));
	ASSERT_EQ(3, count_tcx(self->index, BPF_TCX_INGRESS));
	ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(0, count_tcx(self->index, BPF_TCX_INGRESS));
	close(link);
}

TEST_F(scrub, queueing_disciplines_go)
{
	static const struct {
		uint32_t parent;
		const char *kind;
	} rows[] = {
		{ TC_H_CLSACT, "clsact" },
		{ TC_H_INGRESS, "ingress" },
		{ TC_H_ROOT, "pfifo" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = put_discipline(self->index, rows[i].parent,
				       rows[i].kind);

		if (r == -EOPNOTSUPP || r == -ENOENT)
			SKIP(return, "no %s here", rows[i].kind);
		ASSERT_EQ(0, r);
		ASSERT_EQ(-EEXIST, put_discipline(self->index, rows[i].parent,
						  rows[i].kind));
		ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e))
		{
			TH_LOG("%s", self->e.message);
		}
		EXPECT_EQ(0, put_discipline(self->index, rows[i].parent,
					    rows[i].kind));
		ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e));
	}
}

/* -EEXIST: the name is taken. */
static int put_name(unsigned int index, const char *name)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(
		&q, RTM_NEWLINKPROP, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	struct nlattr *list = mnl_attr_nest_start(nlh, IFLA_PROP_LIST);

	link->ifi_index = (int)index;
	mnl_attr_put(nlh, IFLA_ALT_IFNAME, strlen(name) + 1, name);
	mnl_attr_nest_end(nlh, list);
	return net_request_ask(nlh, NULL, NULL);
}

TEST_F(scrub, as_many_other_names_as_the_kernel_takes_go)
{
	struct net_card card = { .index = self->index, .mac = { 2 } };
	char name[NAME_MAX_SIZE];
	int r = 0, count = 0;

	ASSERT_EQ(0, put_name(self->index, "task-0"));
	ASSERT_EQ(-EEXIST, put_name(self->index, "task-0"));
	for (; r == 0 && count < 2000; count++) {
		snprintf(name, sizeof(name), "%0*d", NAME_MAX_SIZE - 1, count);
		r = put_name(self->index, name);
	}
	ASSERT_EQ(-EINVAL, r);
	ASSERT_LT(400, count);
	EXPECT_EQ(-ENODEV, net_card_find(card.mac, &card, &self->e));
	ASSERT_EQ(0, net_scrub(self->index, "eth0", &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(0, put_name(self->index, "task-0"));
	snprintf(name, sizeof(name), "%0*d", NAME_MAX_SIZE - 1, 399);
	EXPECT_EQ(0, put_name(self->index, name));
}

/* What a move to another network alone leaves there, and a reset does not. */
struct stay {
	struct net_card card;
	int moved_xdp, moved_tcx;
	int reset;
};

static int look_and_reset(void *data, int here, struct err *e)
{
	struct stay *s = data;

	s->moved_xdp = put_xdp(s->card.index, XDP_FLAGS_SKB_MODE);
	s->moved_tcx = count_tcx(s->card.index, BPF_TCX_INGRESS);
	s->reset = net_card_reset(&s->card, e);
	return s->reset == 0 ? net_card_move(&s->card, here, "eth0", e) : 0;
}

TEST_F(scrub, programs_outlive_a_move_and_no_reset)
{
	struct stay s = { .card = { .index = self->index, .name = "eth0" } };
	int here, there, r;

	ASSERT_EQ(0, net_namespace_open(&here, &self->e));
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	ASSERT_EQ(0, net_namespace_open(&there, &self->e));
	ASSERT_EQ(0, setns(here, CLONE_NEWNET));
	s.card.mac[0] = 2;
	r = put_xdp(self->index, XDP_FLAGS_SKB_MODE);
	if (r == 0)
		r = put_tcx(self->index, BPF_TCX_INGRESS);
	if (r == -EINVAL || r == -EPERM || r == -ENOSYS || r == -EOPNOTSUPP)
		SKIP(return, "no XDP or TCX here: %s", strerror(-r));
	ASSERT_EQ(0, r);
	ASSERT_EQ(0, net_card_move(&s.card, there, "eth0", &self->e));
	ASSERT_EQ(0, net_namespace_do(there, look_and_reset, &s, &self->e));
	EXPECT_EQ(-EBUSY, s.moved_xdp);
	EXPECT_EQ(1, s.moved_tcx);
	EXPECT_EQ(0, s.reset);
	s.card.index = if_nametoindex("eth0");
	ASSERT_NE(0, s.card.index);
	EXPECT_EQ(0, count_tcx(s.card.index, BPF_TCX_INGRESS));
	EXPECT_EQ(0, put_xdp(s.card.index, XDP_FLAGS_SKB_MODE));
	close(there);
	close(here);
}

TEST_HARNESS_MAIN
