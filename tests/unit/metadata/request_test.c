// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/metadata/request.h"
#include "runtime/metadata/throttle.h"

#include "kselftest_harness.h"

#define ID "0123456789abcdef0123456789abcdef"
#define COUNT 3

static int feed(struct request *r, const char *text)
{
	return request_feed(r, text, strlen(text));
}

static struct request_verdict ask(const char *method, const char *target)
{
	struct request r;
	char text[2048];

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: x\r\n\r\n",
		 method, target);
	request_start(&r);
	if (feed(&r, text) != 1)
		return (struct request_verdict){ .status = 0 };
	return request_judge(&r, ID, COUNT);
}

TEST(each_path_asks_what_it_says)
{
	static const struct {
		const char *target;
		enum request_what what;
		uint32_t container;
	} rows[] = {
		{ "/v4/" ID "-1", REQUEST_CONTAINER, 0 },
		{ "/v4/" ID "-3", REQUEST_CONTAINER, 2 },
		{ "/v4/" ID "-2/task", REQUEST_TASK, 1 },
		{ "/v4/" ID "-2/taskWithTags", REQUEST_TASK, 1 },
		{ "/v4/" ID "-2/stats", REQUEST_STATS, 1 },
		{ "/v4/" ID "-1/task/stats", REQUEST_TASK_STATS, 0 },
		{ "/v4/" ID "-1/task?x=/y", REQUEST_TASK, 0 },
		{ "http://169.254.170.2/v4/" ID "-1/task", REQUEST_TASK, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request_verdict v = ask("GET", rows[i].target);

		EXPECT_EQ(200, v.status);
		EXPECT_EQ((int)rows[i].what, (int)v.what);
		EXPECT_EQ(rows[i].container, v.container);
	}
}

TEST(every_other_path_is_not_found)
{
	static const char *const targets[] = {
		"/",
		"/v4",
		"/v4/",
		"/v4/" ID,
		"/v4/" ID "-",
		"/v4/" ID "-0",
		"/v4/" ID "-01",
		"/v4/" ID "-4",
		"/v4/" ID "-99999999999999999999",
		"/v4/" ID "--1",
		"/v4/" ID "-1/",
		"/v4/" ID "-1x",
		"/v4/" ID "-1/tasks",
		"/v4/" ID "-1/task/",
		"/v4/" ID "-1/task/stats/",
		"/v4/" ID "-1//task",
		"/v4/" ID "-1/%74ask",
		"/v3/" ID "-1",
		"/v2/credentials/" ID,
		"/api/" ID "-1/task-protection/v1/state",
		"/v4/f123456789abcdef0123456789abcdef-1",
		"//v4/" ID "-1",
		"/../v4/" ID "-1",
	};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		EXPECT_EQ(404, ask("GET", targets[i]).status)
		TH_LOG("%s", targets[i]);
		EXPECT_EQ(404, ask("PUT", targets[i]).status);
	}
}

TEST(every_method_but_get_is_not_allowed)
{
	static const char *const methods[] = { "HEAD",	 "POST",    "PUT",
					       "DELETE", "OPTIONS", "PATCH",
					       "TRACE" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		EXPECT_EQ(405, ask(methods[i], "/v4/" ID "-1").status);
	EXPECT_EQ(200, ask("GET", "/v4/" ID "-1").status);
}

TEST(a_target_that_is_too_long_is_said_to_be)
{
	char target[REQUEST_URL_MAX + 2];

	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	EXPECT_EQ(414, ask("GET", target).status);
	target[sizeof(target) - 2] = '\0';
	EXPECT_EQ(404, ask("GET", target).status);
}

TEST(a_request_may_come_byte_by_byte)
{
	static const char text[] = "GET /v4/" ID "-2/task HTTP/1.1\r\n"
				   "Host: 169.254.170.2\r\nX: y\r\n\r\n";
	struct request r;

	request_start(&r);
	for (size_t i = 0; i + 2 < sizeof(text); i++)
		ASSERT_EQ(0, request_feed(&r, text + i, 1));
	ASSERT_EQ(1, request_feed(&r, text + sizeof(text) - 2, 1));
	EXPECT_EQ(200, request_judge(&r, ID, COUNT).status);
}

TEST(half_a_request_is_no_request)
{
	struct request r;

	request_start(&r);
	EXPECT_EQ(0, feed(&r, "GET /v4/" ID "-1 HTTP/1.1\r\nHost: x\r\n"));
	EXPECT_FALSE(r.is_complete);
}

TEST(what_is_no_http_is_refused)
{
	static const char *const texts[] = {
		"\x16\x03\x01\x02",
		"HELLO\r\n\r\n",
		"GET /v4/" ID "-1 FTP/1.1\r\n\r\n",
		"GET / HTTP/1.1\r\nContent-Length: 1\r\n"
		"Content-Length: 2\r\n\r\n",
		"GET / HTTP/1.1\r\nbad header\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct request r;

		request_start(&r);
		EXPECT_EQ(-EBADMSG, feed(&r, texts[i]))
		TH_LOG("%zu", i);
	}
}

TEST(headers_without_end_are_cut_off)
{
	static const char header[] = "X-Filler: aaaaaaaaaaaaaaaaaa\r\n";
	struct request r;
	size_t sent = 0;
	int result = 0;

	request_start(&r);
	ASSERT_EQ(0, feed(&r, "GET /v4/" ID "-1 HTTP/1.1\r\n"));
	while (result == 0 && sent < 2 * REQUEST_WIRE_MAX) {
		result = feed(&r, header);
		sent += sizeof(header) - 1;
	}
	EXPECT_EQ(-EFBIG, result);
	EXPECT_GE(REQUEST_WIRE_MAX, r.wire_bytes);
}

TEST(a_body_is_not_read_as_anything)
{
	struct request r;

	request_start(&r);
	EXPECT_EQ(1, feed(&r, "GET /v4/" ID "-1 HTTP/1.1\r\n"
			      "Content-Length: 99999\r\n\r\n"
			      "GET /other HTTP/1.1\r\n\r\n"));
	EXPECT_EQ(200, request_judge(&r, ID, COUNT).status);
}

TEST(a_burst_passes_and_then_the_rate)
{
	struct throttle t = { 0 };
	uint64_t now_us = 5000000;
	int passed = 0;

	for (int i = 0; i < 2 * THROTTLE_BURST; i++)
		passed += throttle_take(&t, now_us, THROTTLE_PER_S);
	EXPECT_EQ(THROTTLE_BURST, passed);
	/* A second brings what the rate says, however often one asks. */
	passed = 0;
	for (int i = 0; i < 1000; i++)
		passed += throttle_take(&t, now_us += 1000, THROTTLE_PER_S);
	EXPECT_EQ(THROTTLE_PER_S, passed);
	/* After a long rest a burst again, and no more. */
	now_us += 3600000000u;
	passed = 0;
	for (int i = 0; i < 2 * THROTTLE_BURST; i++)
		passed += throttle_take(&t, now_us, THROTTLE_PER_S);
	EXPECT_EQ(THROTTLE_BURST, passed);
}

TEST_HARNESS_MAIN
