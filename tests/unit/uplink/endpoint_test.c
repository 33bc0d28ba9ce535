/* url, retry and queue: the small tables of sending. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "runtime/uplink/queue.h"
#include "runtime/uplink/retry.h"
#include "runtime/uplink/url.h"

#include "kselftest_harness.h"

TEST(an_ipv4_endpoint_gives_address_port_and_path)
{
	struct sockaddr_in a;
	struct url u;

	ASSERT_EQ(0, url_parse("http://10.0.2.2:4319/a/b/", &u, NULL));
	memcpy(&a, &u.address, sizeof(a));
	EXPECT_EQ(AF_INET, a.sin_family);
	EXPECT_EQ(4319, ntohs(a.sin_port));
	EXPECT_EQ(0x0a000202, ntohl(a.sin_addr.s_addr));
	EXPECT_EQ(sizeof(a), u.address_len);
	EXPECT_STREQ("/a/b", u.path);
	EXPECT_STREQ("10.0.2.2:4319", u.authority);
}

TEST(an_ipv6_endpoint_is_in_brackets)
{
	struct sockaddr_in6 a;
	struct url u;

	ASSERT_EQ(0, url_parse("http://[fd00::1]", &u, NULL));
	memcpy(&a, &u.address, sizeof(a));
	EXPECT_EQ(AF_INET6, a.sin6_family);
	EXPECT_EQ(4318, ntohs(a.sin6_port));
	EXPECT_STREQ("[fd00::1]:4318", u.authority);
	EXPECT_STREQ("", u.path);
}

TEST(what_is_no_such_endpoint_is_refused)
{
	static const char *const rows[] = {
		"",
		"http://",
		"https://1.2.3.4",
		"ftp://1.2.3.4",
		"http://collector:4318",
		"http://1.2.3",
		"http://1.2.3.4.5",
		"http://1.2.3.4:",
		"http://1.2.3.4:0",
		"http://1.2.3.4:65536",
		"http://1.2.3.4:80x",
		"http://1.2.3.4:999999999999",
		"http://fd00::1",
		"http://[fd00::1",
		"http://[1.2.3.4]",
		"http://[]",
		"http://[fd00::1]x",
		"http://u@1.2.3.4",
		"http://1.2.3.4/a b",
		"http://1.2.3.4/a\r\nHost: x",
		"http://1.2.3.4/?q",
		"http://1.2.3.4/#f",
		" http://1.2.3.4",
		"http://1.2.3.4?x",
	};
	struct url u;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_NONE;

		EXPECT_EQ(-EINVAL, url_parse(rows[i], &u, &e))
		{
			TH_LOG("%s", rows[i]);
		}
		EXPECT_NE(0, strlen(e.message));
	}
}

TEST(only_four_statuses_are_tried_again)
{
	for (unsigned int s = 100; s < 600; s++) {
		enum retry_verdict want = RETRY_REJECTED;

		if (s >= 200 && s < 300)
			want = RETRY_ACCEPTED;
		if (s == 429 || s == 502 || s == 503 || s == 504)
			want = RETRY_LATER;
		EXPECT_EQ(want, retry_verdict(s));
	}
}

TEST(delays_double_to_a_cap_and_jitter_takes_at_most_half)
{
	uint64_t want = RETRY_FIRST_MS;

	for (unsigned int i = 0; i < 40; i++) {
		EXPECT_EQ(want, retry_delay_ms(i, RETRY_AFTER_NONE, 0));
		for (uint32_t r = 1; r < 4000000000u; r += 123456789) {
			uint64_t d = retry_delay_ms(i, RETRY_AFTER_NONE, r);

			EXPECT_LE(want / 2, d);
			EXPECT_GE(want, d);
		}
		want = want * 2 < RETRY_CAP_MS ? want * 2 : RETRY_CAP_MS;
	}
}

TEST(retry_after_is_honoured_up_to_its_cap)
{
	EXPECT_EQ(7000, retry_delay_ms(9, 7, 0));
	EXPECT_EQ(0, retry_delay_ms(9, 0, 0));
	EXPECT_EQ(RETRY_AFTER_CAP_MS, retry_delay_ms(0, 999999999, 0));
}

TEST(retry_after_is_read_in_seconds_only)
{
	EXPECT_EQ(120, retry_after_parse("120"));
	EXPECT_EQ(RETRY_AFTER_NONE, retry_after_parse(""));
	EXPECT_EQ(RETRY_AFTER_NONE, retry_after_parse("-1"));
	EXPECT_EQ(RETRY_AFTER_NONE, retry_after_parse("1.5"));
	EXPECT_EQ(RETRY_AFTER_NONE, retry_after_parse("99999999999999999999"));
	EXPECT_EQ(RETRY_AFTER_NONE,
		  retry_after_parse("Fri, 31 Dec 1999 23:59:59 GMT"));
}

static struct queue queue;
static struct queue_record out;

TEST(a_record_comes_out_as_it_went_in)
{
	QUEUE_EMIT(&queue, DENIAL, RECORD_W("s"), RECORD_W(""),
		   RECORD_W("file"), RECORD_W("read write"), RECORD_N(-1));
	ASSERT_TRUE(queue_pop(&queue, &out));
	EXPECT_EQ(RECORD_DENIAL, out.record.kind);
	EXPECT_EQ(5, out.record.count);
	EXPECT_STREQ("s", out.record.values[0].word);
	EXPECT_STREQ("", out.record.values[1].word);
	EXPECT_STREQ("read write", out.record.values[3].word);
	EXPECT_EQ(-1, out.record.values[4].number);
	EXPECT_FALSE(queue_pop(&queue, &out));
}

TEST(a_word_with_other_characters_is_cleaned)
{
	QUEUE_EMIT(&queue, BOOT_FAILED, RECORD_W("a\"b\n"), RECORD_W(NULL));
	ASSERT_TRUE(queue_pop(&queue, &out));
	EXPECT_STREQ("a?b?", out.record.values[0].word);
	EXPECT_STREQ("", out.record.values[1].word);
}

TEST(a_full_queue_drops_its_oldest_and_counts_them)
{
	const unsigned int pushed = 20000;
	unsigned int popped = 0;

	for (unsigned int i = 0; i < pushed; i++)
		QUEUE_EMIT(&queue, KERNEL_LOST, RECORD_N(i));
	ASSERT_LT(0, queue.lost);
	EXPECT_GE(QUEUE_BYTES, queue.used);
	while (queue_pop(&queue, &out)) {
		EXPECT_EQ(queue.lost + popped,
			  (uint64_t)out.record.values[0].number);
		popped++;
	}
	EXPECT_EQ(pushed, popped + queue.lost);
	EXPECT_EQ(0, queue.used);
}

TEST_HARNESS_MAIN
