// SPDX-License-Identifier: MIT
#include "runtime/net/scrub.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/net/request.h"

#define TCX_MAX 64	  /* in one direction; Source: kernel BPF_MPROG_MAX */
#define NAME_MAX_SIZE 128 /* with its end; Source: kernel ALTIFNAMSIZ */

/* --------------------------------------------------------------------- XDP */

/* Without a mode the kernel takes away what the driver runs, and no other. */
static const uint32_t modes[] = {
	XDP_FLAGS_SKB_MODE,
	XDP_FLAGS_DRV_MODE,
	XDP_FLAGS_HW_MODE,
};

/* A card without a driver for this mode has no program in it. */
static int take_mode(unsigned int index, uint32_t mode)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	const struct {
		struct nlattr fd_head;
		int32_t fd;
		struct nlattr flags_head;
		uint32_t flags;
	} none = {
		{ sizeof(struct nlattr) + sizeof(int32_t), IFLA_XDP_FD },
		-1,
		{ sizeof(struct nlattr) + sizeof(uint32_t), IFLA_XDP_FLAGS },
		mode,
	};
	int r;

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	mnl_attr_put(nlh, IFLA_XDP | NLA_F_NESTED, sizeof(none), &none);
	r = net_request_ask(nlh, NULL, NULL);
	return r == -EOPNOTSUPP ? 0 : r;
}

static const struct nlattr *find_attribute(const struct nlattr *attr,
					   const char *end, uint16_t type)
{
	for (; mnl_attr_ok(attr, (int)(end - (const char *)attr));
	     attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static const struct nlattr *find_in_link(const struct nlmsghdr *nlh,
					 uint16_t type)
{
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
		return NULL;
	return find_attribute(
		mnl_nlmsg_get_payload_offset(nlh, sizeof(struct ifinfomsg)),
		mnl_nlmsg_get_payload_tail(nlh), type);
}

static int read_link(unsigned int index, mnl_cb_t each, void *data)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_GETLINK, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	return net_request_ask(nlh, each, data);
}

/* `data` is a bool: the link says that it has no program. */
static int look_for_program(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *xdp = find_in_link(nlh, IFLA_XDP);
	const struct nlattr *attached = NULL;
	bool *is_none = data;

	if (xdp)
		attached = find_attribute(mnl_attr_get_payload(xdp),
					  (const char *)xdp + xdp->nla_len,
					  IFLA_XDP_ATTACHED);
	*is_none = attached && mnl_attr_get_payload_len(attached) == 1 &&
		   *(const uint8_t *)mnl_attr_get_payload(attached) ==
			   XDP_ATTACHED_NONE;
	return MNL_CB_OK;
}

static int take_xdp(unsigned int index)
{
	bool is_none = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(modes); i++)
		r = take_mode(index, modes[i]);
	if (r == 0)
		r = read_link(index, look_for_program, &is_none);
	return r == 0 && !is_none ? -EBUSY : r;
}

/* --------------------------------------------------------------------- TCX */

static int ask_bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static int detach_link(uint32_t id)
{
	union bpf_attr by_id = { .link_id = id };
	union bpf_attr by_fd = { .link_detach.link_fd = 0 };
	AUTO_CLOSE int fd = ask_bpf(BPF_LINK_GET_FD_BY_ID, &by_id);

	if (fd < 0)
		return fd;
	by_fd.link_detach.link_fd = (uint32_t)fd;
	return ask_bpf(BPF_LINK_DETACH, &by_fd);
}

/* "Before" nothing in particular is the first one, whichever that is. */
static int detach_first(unsigned int index, uint32_t direction)
{
	union bpf_attr attr = {
		.target_ifindex = index,
		.attach_type = direction,
		.attach_flags = BPF_F_BEFORE,
	};

	return ask_bpf(BPF_PROG_DETACH, &attr);
}

/* The number of programs; the first one's link, 0 if it was put there bare. */
static int count_tcx(unsigned int index, uint32_t direction, uint32_t *link)
{
	uint32_t programs[TCX_MAX] = { 0 }, links[TCX_MAX] = { 0 };
	union bpf_attr attr = {
		.query = {
			.target_ifindex = index,
			.attach_type = direction,
			.prog_ids = (uint64_t)(uintptr_t)programs,
			.link_ids = (uint64_t)(uintptr_t)links,
			.count = TCX_MAX,
		},
	};
	int r = ask_bpf(BPF_PROG_QUERY, &attr);

	*link = links[0];
	return r < 0 ? r : (int)attr.query.count;
}

/*
 * A kernel that does not know the question has none. What goes by itself
 * between question and order (ENOENT) is gone as well.
 */
static int take_tcx(unsigned int index, uint32_t direction)
{
	for (int i = 0; i <= TCX_MAX; i++) {
		uint32_t link;
		int r = count_tcx(index, direction, &link);

		if (r <= 0)
			return r == -EINVAL || r == -ENOENT ? 0 : r;
		r = link ? detach_link(link) : detach_first(index, direction);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return -EBUSY;
}

static int take_both_tcx(unsigned int index)
{
	int r = take_tcx(index, BPF_TCX_INGRESS);

	return r == 0 ? take_tcx(index, BPF_TCX_EGRESS) : r;
}

/* ------------------------------------------------------------- disciplines */

/* ENOENT: only the kernel's own is there, which nobody can take away. */
static int take_discipline(unsigned int index, uint32_t parent)
{
	struct net_request q;
	struct nlmsghdr *nlh = net_request_begin(&q, RTM_DELQDISC, NLM_F_ACK);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(nlh, sizeof(*tc));
	int r;

	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = (int)index;
	tc->tcm_parent = parent;
	r = net_request_ask(nlh, NULL, NULL);
	return r == -ENOENT || r == -EOPNOTSUPP ? 0 : r;
}

/* clsact and ingress are at one place. */
static int take_disciplines(unsigned int index)
{
	int r = take_discipline(index, TC_H_CLSACT);

	return r == 0 ? take_discipline(index, TC_H_ROOT) : r;
}

/* ------------------------------------------------------------------- names */

struct names {
	unsigned int index;
	size_t count; /* that were there */
	int error;
};

static int take_name(unsigned int index, const struct nlattr *name)
{
	struct net_request q;
	struct nlmsghdr *nlh =
		net_request_begin(&q, RTM_DELLINKPROP, NLM_F_ACK);
	struct ifinfomsg *link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	size_t len = mnl_attr_get_payload_len(name);
	struct nlattr *list;

	link->ifi_family = AF_UNSPEC;
	link->ifi_index = (int)index;
	if (len > NAME_MAX_SIZE)
		return -EMSGSIZE;
	list = mnl_attr_nest_start(nlh, IFLA_PROP_LIST);
	mnl_attr_put(nlh, IFLA_ALT_IFNAME, len, mnl_attr_get_payload(name));
	mnl_attr_nest_end(nlh, list);
	return net_request_ask(nlh, NULL, NULL);
}

/* Takes each as it is read, by a socket of its own. */
static int take_names_of(const struct nlmsghdr *nlh, void *data)
{
	struct names *n = data;
	const struct nlattr *list = find_in_link(nlh, IFLA_PROP_LIST);
	const char *end;

	if (!list)
		return MNL_CB_OK;
	end = (const char *)list + list->nla_len;
	for (const struct nlattr *name = mnl_attr_get_payload(list);
	     n->error == 0 &&
	     mnl_attr_ok(name, (int)(end - (const char *)name));
	     name = mnl_attr_next(name)) {
		n->count++;
		n->error = take_name(n->index, name);
	}
	return MNL_CB_OK;
}

/* The second look is to find none. */
static int take_names(unsigned int index)
{
	struct names n = { .index = index, .count = 1 };
	int r = 0;

	for (int i = 0; r == 0 && n.count && i < 2; i++) {
		n.count = 0;
		r = read_link(index, take_names_of, &n);
		r = r == 0 ? n.error : r;
	}
	return r == 0 && n.count ? -EBUSY : r;
}

/* clang-format off */
static const struct {
	const char *what;
	int (*take)(unsigned int index);
} rows[] = {
	{ "XDP program", take_xdp },
	{ "TCX program", take_both_tcx },
	{ "queueing discipline", take_disciplines },
	{ "other name", take_names },
};
/* clang-format on */

int net_scrub(unsigned int index, const char *name, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = rows[i].take(index);

		if (r < 0)
			return err_set(e, -r, "%s of %s stays", rows[i].what,
				       name);
	}
	return 0;
}
