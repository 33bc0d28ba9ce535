// SPDX-License-Identifier: MIT
/*
 * Our static libmnl and the library agree, in bytes and in verdicts. In the
 * static build both are ours; the host build is the one that proves it.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "mnl_ours.h"

#define SIZE 512

union block {
	struct nlmsghdr header;
	char bytes[SIZE];
};

TEST(built_messages_have_the_same_bytes)
{
	static const char text[] = "abcdefghijklmnopq";

	for (size_t extra = 0; extra < 24; extra++) {
		for (size_t len = 0; len < sizeof(text); len++) {
			union block a, b;
			struct nlmsghdr *x, *y;

			memset(&a, 0, sizeof(a));
			memset(&b, 0, sizeof(b));
			x = mnl_nlmsg_put_header(a.bytes);
			y = ours_nlmsg_put_header(b.bytes);
			mnl_nlmsg_put_extra_header(x, extra);
			ours_nlmsg_put_extra_header(y, extra);
			mnl_attr_put(x, 7, len, text);
			ours_attr_put(y, 7, len, text);
			mnl_attr_put_u32(x, 0x8009, 0x12345678);
			ours_attr_put_u32(y, 0x8009, 0x12345678);
			ASSERT_EQ(0, memcmp(&a, &b, sizeof(a)));
		}
	}
}

TEST(nested_attributes_have_the_same_bytes)
{
	for (size_t len = 0; len < 5; len++) {
		union block a, b;
		struct nlmsghdr *x, *y;
		struct nlattr *in_x, *in_y;

		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		x = mnl_nlmsg_put_header(a.bytes);
		y = ours_nlmsg_put_header(b.bytes);
		in_x = mnl_attr_nest_start(x, 3);
		in_y = ours_attr_nest_start(y, 3);
		mnl_attr_put(x, 7, len, "abcd");
		ours_attr_put(y, 7, len, "abcd");
		mnl_attr_nest_end(x, in_x);
		ours_attr_nest_end(y, in_y);
		mnl_attr_put_u32(x, 8, 1);
		ours_attr_put_u32(y, 8, 1);
		ASSERT_EQ(0, memcmp(&a, &b, sizeof(a)));
	}
}

/* Debian's 1.0.4 leaves what was there; libmnl 1.0.5 and ours write zeros. */
TEST(padding_of_ours_holds_nothing_old)
{
	union block b;
	struct nlmsghdr *y;

	memset(&b, 0xaa, sizeof(b));
	y = ours_nlmsg_put_header(b.bytes);
	ours_attr_put(y, 7, 1, "x");
	ASSERT_EQ(NLMSG_HDRLEN + 8, y->nlmsg_len);
	ASSERT_EQ('x', b.bytes[NLMSG_HDRLEN + 4]);
	for (int i = 5; i < 8; i++)
		ASSERT_EQ(0, b.bytes[NLMSG_HDRLEN + i]);
}

TEST(getters_give_the_same_places_and_lengths)
{
	union block a;
	struct nlmsghdr *x = mnl_nlmsg_put_header(a.bytes);
	struct nlattr *attr = mnl_nlmsg_get_payload_tail(x);

	mnl_attr_put(x, NLA_F_NESTED | 5, 3, "xyz");
	ASSERT_EQ(mnl_nlmsg_size(9), ours_nlmsg_size(9));
	ASSERT_EQ(mnl_nlmsg_get_payload(x), ours_nlmsg_get_payload(x));
	ASSERT_EQ(mnl_nlmsg_get_payload_len(x), ours_nlmsg_get_payload_len(x));
	ASSERT_EQ(mnl_nlmsg_get_payload_tail(x),
		  ours_nlmsg_get_payload_tail(x));
	for (size_t i = 0; i < 9; i++)
		ASSERT_EQ(mnl_nlmsg_get_payload_offset(x, i),
			  ours_nlmsg_get_payload_offset(x, i));
	ASSERT_EQ(5, ours_attr_get_type(attr));
	ASSERT_EQ(mnl_attr_get_type(attr), ours_attr_get_type(attr));
	ASSERT_EQ(mnl_attr_get_payload(attr), ours_attr_get_payload(attr));
	ASSERT_EQ(mnl_attr_get_payload_len(attr),
		  ours_attr_get_payload_len(attr));
	ASSERT_EQ(mnl_attr_next(attr), ours_attr_next(attr));
}

TEST(lengths_are_accepted_and_refused_alike)
{
	for (unsigned int said = 0; said < 64; said++) {
		struct nlmsghdr h = { .nlmsg_len = said };
		struct nlattr attr = { .nla_len = (uint16_t)said };

		for (int real = -8; real < 64; real++) {
			ASSERT_EQ(mnl_nlmsg_ok(&h, real),
				  ours_nlmsg_ok(&h, real));
			ASSERT_EQ(mnl_attr_ok(&attr, real),
				  ours_attr_ok(&attr, real));
		}
	}
}

TEST(next_message_leaves_the_same_length)
{
	union block a = { .header = { .nlmsg_len = 0 } };

	for (unsigned int said = 16; said < 64; said++) {
		int x = 100, y = 100;

		a.header.nlmsg_len = said;
		ASSERT_EQ(mnl_nlmsg_next(&a.header, &x),
			  ours_nlmsg_next(&a.header, &y));
		ASSERT_EQ(x, y);
	}
}

TEST(sequence_and_port_are_judged_alike)
{
	for (unsigned int in = 0; in < 3; in++) {
		struct nlmsghdr h = { .nlmsg_seq = in, .nlmsg_pid = in };

		for (unsigned int want = 0; want < 3; want++) {
			ASSERT_EQ(mnl_nlmsg_seq_ok(&h, want),
				  ours_nlmsg_seq_ok(&h, want));
			ASSERT_EQ(mnl_nlmsg_portid_ok(&h, want),
				  ours_nlmsg_portid_ok(&h, want));
		}
	}
}

static int count(const struct nlmsghdr *nlh, void *data)
{
	int *n = data;

	++*n;
	return nlh->nlmsg_flags & NLM_F_ECHO ? MNL_CB_STOP : MNL_CB_OK;
}

struct answer {
	const char *what;
	uint16_t type;
	uint16_t flags;
	uint32_t seq;
	uint32_t port;
	uint32_t length; /* payload */
	int32_t error;
};

/* clang-format off */
static const struct answer answers[] = {
	{ "data", RTM_NEWLINK, 0, 1, 9, 16, 0 },
	{ "data that stops", RTM_NEWLINK, NLM_F_ECHO, 1, 9, 16, 0 },
	{ "wrong sequence", RTM_NEWLINK, 0, 2, 9, 16, 0 },
	{ "wrong port", RTM_NEWLINK, 0, 1, 8, 16, 0 },
	{ "interrupted dump", RTM_NEWLINK, NLM_F_DUMP_INTR, 1, 9, 16, 0 },
	{ "acknowledgement", NLMSG_ERROR, 0, 1, 9, 20, 0 },
	{ "error", NLMSG_ERROR, 0, 1, 9, 20, -17 },
	{ "positive error", NLMSG_ERROR, 0, 1, 9, 20, 17 },
	{ "cut error", NLMSG_ERROR, 0, 1, 9, 4, -17 },
	{ "done", NLMSG_DONE, 0, 1, 9, 4, 0 },
	{ "noop", NLMSG_NOOP, 0, 1, 9, 4, 0 },
	{ "overrun", NLMSG_OVERRUN, 0, 1, 9, 4, 0 },
};
/* clang-format on */

TEST(answers_are_walked_to_the_same_verdict)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		const struct answer *a = &answers[i];
		union block b = { .header = {
					  .nlmsg_len = NLMSG_HDRLEN + a->length,
					  .nlmsg_type = a->type,
					  .nlmsg_flags = a->flags,
					  .nlmsg_seq = a->seq,
					  .nlmsg_pid = a->port,
				  } };
		struct nlmsghdr second = { .nlmsg_len = 16,
					   .nlmsg_type = RTM_NEWADDR };
		size_t size = b.header.nlmsg_len;
		int calls_x = 0, calls_y = 0;
		int x, y, errno_x;

		memcpy(b.bytes + NLMSG_HDRLEN, &a->error, sizeof(a->error));
		memcpy(b.bytes + size, &second, sizeof(second));
		size += sizeof(second);
		errno = 0;
		x = mnl_cb_run(b.bytes, size, 1, 9, count, &calls_x);
		errno_x = errno;
		errno = 0;
		y = ours_cb_run(b.bytes, size, 1, 9, count, &calls_y);
		EXPECT_EQ(x, y)
		{
			TH_LOG("%s", a->what);
		}
		EXPECT_EQ(errno_x, errno);
		EXPECT_EQ(calls_x, calls_y);
	}
}

/* Dumps the links, counting messages; -1 for a failure. */
#define DUMP(prefix)                                                          \
	static int prefix##_dump(void)                                        \
	{                                                                     \
		union block q = { .header = { 0 } };                          \
		struct nlmsghdr *nlh = prefix##_nlmsg_put_header(q.bytes);    \
		struct mnl_socket *nl =                                       \
			prefix##_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);   \
		char *answer = malloc(65536);                                 \
		int n = 0, r = 1;                                             \
                                                                              \
		prefix##_nlmsg_put_extra_header(nlh,                          \
						sizeof(struct ifinfomsg));    \
		nlh->nlmsg_type = RTM_GETLINK;                                \
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;                \
		nlh->nlmsg_seq = 3;                                           \
		if (!nl || prefix##_socket_bind(nl, 0, 0) < 0 ||              \
		    prefix##_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)      \
			r = -1;                                               \
		while (r > 0) {                                               \
			ssize_t got =                                         \
				prefix##_socket_recvfrom(nl, answer, 65536);  \
                                                                              \
			r = got < 0 ? -1 :                                    \
				      prefix##_cb_run(                        \
					      answer, (size_t)got, 3,         \
					      prefix##_socket_get_portid(nl), \
					      count, &n);                     \
		}                                                             \
		free(answer);                                                 \
		if (!nl || prefix##_socket_close(nl) < 0)                     \
			r = -1;                                               \
		return r < 0 ? -1 : n;                                        \
	}

DUMP(mnl)
DUMP(ours)

TEST(a_dump_of_links_has_as_many_answers)
{
	int n = mnl_dump();

	ASSERT_LT(0, n);
	ASSERT_EQ(n, ours_dump());
}

/* An answer that does not fit is an error, never half a message. */
TEST(an_answer_larger_than_the_block_is_enospc)
{
	union block q = { .header = { 0 } };
	struct nlmsghdr *nlh = ours_nlmsg_put_header(q.bytes);
	struct mnl_socket *nl = ours_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char small[32];

	ASSERT_NE(NULL, nl);
	ours_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	ASSERT_EQ(0, ours_socket_bind(nl, 0, 0));
	ASSERT_LT(0, ours_socket_sendto(nl, nlh, nlh->nlmsg_len));
	ASSERT_EQ(-1, ours_socket_recvfrom(nl, small, sizeof(small)));
	ASSERT_EQ(ENOSPC, errno);
	ASSERT_EQ(0, ours_socket_close(nl));
}

TEST_HARNESS_MAIN
