/* answer over bytes, http over a loopback socket that the test serves. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/uplink/http.h"
#include "runtime/uplink/retry.h"

#undef ARRAY_SIZE
#include "kselftest_harness.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static struct answer a;
static char body[ANSWER_BODY_MAX];
static const struct answer_room room = { .body = body,
					 .body_max = sizeof(body),
					 .wire_max = ANSWER_WIRE_MAX };

static int feed(const char *text, size_t step)
{
	size_t len = strlen(text);
	int r = 0;

	answer_start(&a, &room);
	for (size_t at = 0; at < len && r == 0; at += step)
		r = answer_feed(&a, text + at,
				len - at < step ? len - at : step);
	return r;
}

TEST(an_answer_is_the_same_however_it_is_cut)
{
	static const char text[] =
		"HTTP/1.1 503 Busy\r\nContent-Type: text/plain\r\n"
		"Retry-After: 17\r\nX: y\r\nContent-Length: 5\r\n\r\nhello";

	for (size_t step = 1; step < sizeof(text); step++) {
		ASSERT_EQ(1, feed(text, step));
		EXPECT_EQ(503, a.status);
		EXPECT_EQ(17, a.retry_after_s);
		EXPECT_EQ(5, a.body_len);
		EXPECT_EQ(0, memcmp("hello", body, 5));
		EXPECT_FALSE(a.is_last);
	}
}

TEST(a_date_in_retry_after_counts_as_none)
{
	ASSERT_EQ(1, feed("HTTP/1.1 503 Busy\r\nRetry-After: Fri, 31 Dec 1999 "
			  "23:59:59 GMT\r\nContent-Length: 0\r\n\r\n",
			  7));
	EXPECT_EQ(RETRY_AFTER_NONE, a.retry_after_s);
	ASSERT_EQ(1, feed("HTTP/1.1 503 Busy\r\nNot-Retry-After: 5\r\n"
			  "Content-Length: 0\r\n\r\n",
			  7));
	EXPECT_EQ(RETRY_AFTER_NONE, a.retry_after_s);
}

TEST(a_chunked_answer_is_put_together)
{
	ASSERT_EQ(1, feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
			  "\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
			  3));
	EXPECT_EQ(5, a.body_len);
	EXPECT_EQ(0, memcmp("abcde", body, 5));
}

TEST(an_interim_answer_is_not_the_answer)
{
	ASSERT_EQ(1, feed("HTTP/1.1 100 Continue\r\n\r\n" OK, 5));
	EXPECT_EQ(200, a.status);
}

TEST(an_answer_that_ends_with_the_connection_is_complete_then)
{
	ASSERT_EQ(0, feed("HTTP/1.0 200 OK\r\n\r\n{}", 4));
	EXPECT_EQ(1, answer_feed(&a, "", 0));
	EXPECT_TRUE(a.is_last);
}

TEST(a_cut_answer_is_refused)
{
	ASSERT_EQ(0, feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", 4));
	EXPECT_EQ(-EBADMSG, answer_feed(&a, "", 0));
	ASSERT_EQ(0, feed("HTTP/1.1 200", 4));
	EXPECT_EQ(-EBADMSG, answer_feed(&a, "", 0));
}

TEST(what_is_no_answer_is_refused)
{
	static const char *const rows[] = {
		"SSH-2.0-OpenSSH_9.2\r\n",
		"POST / HTTP/1.1\r\n\r\n",
		"HTTP/1.1 2x0 OK\r\n\r\n",
		"\x16\x03\x01",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Content-Length: 2\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_EQ(-EBADMSG, feed(rows[i], 100))
		{
			TH_LOG("%s", rows[i]);
		}
	}
}

TEST(an_endless_answer_is_refused_at_its_bound)
{
	static char block[ANSWER_BODY_MAX];
	int r = feed("HTTP/1.1 200 OK\r\n\r\n", 100);

	for (unsigned int i = 0; r == 0 && i < 100; i++)
		r = answer_feed(&a, block, sizeof(block));
	EXPECT_EQ(-EFBIG, r);
	EXPECT_EQ(ANSWER_BODY_MAX, a.body_len);
}

TEST(a_tag_is_kept_as_it_came_and_a_long_one_counts_as_none)
{
	char text[512], tag[ANSWER_TAG_MAX + 2];

	ASSERT_EQ(1, feed("HTTP/1.1 200 OK\r\nETag: W/\"a b\"\r\n"
			  "Content-Length: 0\r\n\r\n",
			  3));
	EXPECT_STREQ("W/\"a b\"", a.tag);
	for (size_t len = ANSWER_TAG_MAX; len <= ANSWER_TAG_MAX + 1; len++) {
		memset(tag, 'x', len);
		tag[len] = '\0';
		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\nETag: %s\r\n"
			 "Content-Length: 0\r\n\r\n",
			 tag);
		ASSERT_EQ(1, feed(text, 100));
		EXPECT_STREQ(len > ANSWER_TAG_MAX ? "" : tag, a.tag);
	}
}

TEST(an_answer_may_end_where_its_room_does)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
				   "Content-Length: 99\r\n\r\n";
	struct answer_room small = room;

	small.body_max = 4;
	small.ends_when_full = true;
	answer_start(&a, &small);
	ASSERT_EQ(0, answer_feed(&a, head, strlen(head)));
	EXPECT_EQ(0, answer_feed(&a, "abc", 3));
	EXPECT_EQ(1, answer_feed(&a, "defg", 4));
	EXPECT_EQ(4, a.body_len);
	EXPECT_EQ(0, memcmp("abcd", body, 4));
	EXPECT_TRUE(a.is_last);
}

TEST(bytes_after_an_answer_end_the_connection)
{
	ASSERT_EQ(1, feed(OK "HTTP/1.1 400 Smuggled\r\n\r\n", 1000));
	EXPECT_EQ(200, a.status);
	EXPECT_TRUE(a.is_last);
}

static int64_t rejected(const char *said)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
		 strlen(said), said);
	return feed(text, 50) == 1 ? answer_rejected(&a) : -99;
}

TEST(partial_success_is_read_as_string_and_as_number)
{
	EXPECT_EQ(3, rejected("{\"partialSuccess\":"
			      "{\"rejectedLogRecords\":\"3\"}}"));
	EXPECT_EQ(4, rejected("{\"partialSuccess\":{\"rejectedDataPoints\":4,"
			      "\"errorMessage\":\"x\"}}"));
	EXPECT_EQ(0, rejected("{\"partialSuccess\":{}}"));
	EXPECT_EQ(0, rejected("{}"));
	EXPECT_EQ(0, rejected(""));
	EXPECT_EQ(0, rejected("not json"));
	EXPECT_EQ(0, rejected("{\"partialSuccess\":"
			      "{\"rejectedLogRecords\":-3}}"));
	EXPECT_EQ(0, rejected("[{\"partialSuccess\":3}]"));
}

FIXTURE(http)
{
	int epoll_fd, listener, peer;
	struct url url;
	struct http h;
};

FIXTURE_SETUP(http)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(in);
	char text[64];

	self->peer = -1;
	self->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT_EQ(0, bind(self->listener, (struct sockaddr *)&in, len));
	ASSERT_EQ(0, listen(self->listener, 4));
	ASSERT_EQ(0, getsockname(self->listener, (struct sockaddr *)&in, &len));
	snprintf(text, sizeof(text), "http://127.0.0.1:%u/x",
		 ntohs(in.sin_port));
	ASSERT_EQ(0, url_parse(text, &self->url, NULL));
	http_init(&self->h, self->epoll_fd, 5, &room);
}

FIXTURE_TEARDOWN(http)
{
	http_close(&self->h);
	fd_close(&self->peer);
	fd_close(&self->listener);
	fd_close(&self->epoll_fd);
}

static enum http_result post(FIXTURE_DATA(http) * self, const char *said)
{
	return http_post(&self->h, &self->url, "/v1/logs", said, strlen(said),
			 1000);
}

/* Serves epoll until the request ends or nothing happens for `ms`. */
static enum http_result turn(FIXTURE_DATA(http) * self, int ms)
{
	enum http_result r = HTTP_PENDING;
	struct epoll_event ev;

	while (r == HTTP_PENDING &&
	       epoll_wait(self->epoll_fd, &ev, 1, ms) == 1) {
		if (ev.data.u64 != 5)
			return HTTP_FAILED;
		r = http_ready(&self->h);
	}
	return r;
}

/* Accepts where needed, reads one small request, sends `answer`. */
static void serve(FIXTURE_DATA(http) * self, const char *answer, char *request,
		  size_t cap)
{
	ssize_t n;

	if (self->peer < 0)
		self->peer = accept(self->listener, NULL, NULL);
	n = recv(self->peer, request, cap - 1, 0);
	request[n > 0 ? n : 0] = '\0';
	if (answer)
		send(self->peer, answer, strlen(answer), MSG_NOSIGNAL);
}

static char request[65536];

TEST_F(http, a_request_is_sent_and_answered_and_the_connection_kept)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, OK, request, sizeof(request));
	EXPECT_EQ(&request[0], strstr(request, "POST /x/v1/logs HTTP/1.1\r\n"));
	EXPECT_NE(NULL, strstr(request, "\r\nContent-Length: 3\r\n"));
	EXPECT_NE(NULL, strstr(request, "\r\n\r\n[1]"));
	ASSERT_EQ(HTTP_ANSWERED, turn(self, 1000));
	EXPECT_EQ(200, self->h.answer.status);
	ASSERT_EQ(HTTP_PENDING, post(self, "[2]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, OK, request, sizeof(request));
	EXPECT_NE(NULL, strstr(request, "[2]"));
	EXPECT_EQ(HTTP_ANSWERED, turn(self, 1000));
}

TEST_F(http, a_request_has_the_method_and_headers_that_it_is_given)
{
	const struct http_request get = { .method = "GET",
					  .path = "/a",
					  .headers = "X-One: 1\r\n",
					  .body = "" };

	ASSERT_EQ(HTTP_PENDING, http_ask(&self->h, &self->url, &get, 1000));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, OK, request, sizeof(request));
	EXPECT_EQ(&request[0], strstr(request, "GET /x/a HTTP/1.1\r\n"));
	EXPECT_NE(NULL, strstr(request, "\r\nX-One: 1\r\n"));
	EXPECT_NE(NULL, strstr(request, "\r\nContent-Length: 0\r\n\r\n"));
	EXPECT_EQ(NULL, strstr(request, "Content-Type"));
	EXPECT_EQ(HTTP_ANSWERED, turn(self, 1000));
}

TEST_F(http, a_head_that_is_too_long_is_not_sent)
{
	static char header[HTTP_HEAD_MAX];
	const struct http_request get = { .method = "GET",
					  .path = "/",
					  .headers = header,
					  .body = "" };

	memset(header, 'x', sizeof(header) - 1);
	EXPECT_EQ(HTTP_FAILED, http_ask(&self->h, &self->url, &get, 1000));
	EXPECT_EQ(-1, self->h.fd);
}

TEST_F(http, a_refused_connection_fails)
{
	fd_close(&self->listener);
	ASSERT_EQ(HTTP_PENDING, post(self, "x"));
	EXPECT_EQ(HTTP_FAILED, turn(self, 1000));
	EXPECT_EQ(-1, self->h.fd);
}

TEST_F(http, a_connection_closed_between_requests_is_opened_anew)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, OK, request, sizeof(request));
	ASSERT_EQ(HTTP_ANSWERED, turn(self, 1000));
	ASSERT_LE(0, self->h.fd);
	/* The close is not seen before the next request goes out. */
	fd_close(&self->peer);
	ASSERT_EQ(HTTP_PENDING, post(self, "[2]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, OK, request, sizeof(request));
	EXPECT_NE(NULL, strstr(request, "[2]"));
	EXPECT_EQ(HTTP_ANSWERED, turn(self, 1000));
}

TEST_F(http, a_close_instead_of_an_answer_fails_on_a_fresh_connection)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, NULL, request, sizeof(request));
	fd_close(&self->peer);
	EXPECT_EQ(HTTP_FAILED, turn(self, 1000));
}

TEST_F(http, a_connection_that_the_server_will_close_is_not_kept)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self,
	      "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	      "Content-Length: 0\r\n\r\n",
	      request, sizeof(request));
	ASSERT_EQ(HTTP_ANSWERED, turn(self, 1000));
	EXPECT_EQ(-1, self->h.fd);
}

TEST_F(http, an_idle_connection_that_ends_is_closed_quietly)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, OK, request, sizeof(request));
	ASSERT_EQ(HTTP_ANSWERED, turn(self, 1000));
	fd_close(&self->peer);
	EXPECT_EQ(HTTP_PENDING, turn(self, 100));
	EXPECT_EQ(-1, self->h.fd);
}

TEST_F(http, silence_ends_at_the_deadline_and_not_before)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 20));
	EXPECT_EQ(HTTP_PENDING,
		  http_expire(&self->h, 1000 + HTTP_TIMEOUT_MS - 1));
	EXPECT_EQ(HTTP_FAILED, http_expire(&self->h, 1000 + HTTP_TIMEOUT_MS));
	EXPECT_EQ(-1, self->h.fd);
}

TEST_F(http, garbage_instead_of_an_answer_fails)
{
	ASSERT_EQ(HTTP_PENDING, post(self, "[1]"));
	ASSERT_EQ(HTTP_PENDING, turn(self, 50));
	serve(self, "220 smtp ready\r\n", request, sizeof(request));
	EXPECT_EQ(HTTP_FAILED, turn(self, 1000));
}

TEST_HARNESS_MAIN
