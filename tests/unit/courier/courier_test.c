// SPDX-License-Identifier: MIT
/*
 * The whole of courier, in a process of its own and (with musl) in its sandbox,
 * between a fake init and a fake server. One thread: every step waits for what
 * the other side does.
 */
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/base/source.h"
#include "runtime/courier/courier.h"

#undef ARRAY_SIZE
#include "kselftest_harness.h"

#define WAIT_MS 30000
#define REQUEST_MAX 4096

#if defined(__SANITIZE_ADDRESS__) || defined(__GLIBC__)
/* The filter is made for what musl calls. */
static const bool has_sandbox;
#else
static const bool has_sandbox = true;
#endif

FIXTURE(courier)
{
	pid_t pid;
	int bus, records;
	int listener, peer;
	char url[64];
	char request[REQUEST_MAX];
};

static void serve(int bus) __attribute__((noreturn));

static void serve(int bus)
{
	struct courier *c;
	struct err e = ERR_NONE;
	int r = courier_create(&c, bus, &e);

	if (r == 0 && has_sandbox)
		r = allow_only(&calls_courier, &e);
	if (r == 0)
		r = courier_run(c, &e);
	_exit(r == 0 ? 0 : 1);
}

static int listen_at(int family, uint16_t *port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const void *own = family == AF_INET ? (void *)&v4 : (void *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, own, len) < 0 || listen(fd, 4) < 0)
		return -1;
	getsockname(fd, (struct sockaddr *)&v6, &len);
	memcpy(&v4, &v6, sizeof(v4)); /* the port is at the same place */
	*port = ntohs(v4.sin_port);
	return fd;
}

static int give(int bus, const char *name, int fd)
{
	struct bus_message m = { .kind = BUS_GIVE, .service = BUS_COURIER };

	snprintf(m.name, sizeof(m.name), "%s", name);
	return bus_send(bus, &m, fd);
}

static int give_source(int bus, const char *url, uint32_t interval_s)
{
	struct source_config s = { .size = sizeof(s),
				   .interval_s = interval_s };
	AUTO_CLOSE int fd = -1;

	snprintf(s.url, sizeof(s.url), "%s", url);
	fd = fd_sealed(SOURCE_NAME, &s, sizeof(s), NULL);
	return fd < 0 ? fd : give(bus, SOURCE_NAME, fd);
}

FIXTURE_SETUP(courier)
{
	int bus[2], records[2];
	uint16_t port;

	self->peer = -1;
	self->listener = listen_at(AF_INET, &port);
	ASSERT_LE(0, self->listener);
	snprintf(self->url, sizeof(self->url), "http://127.0.0.1:%u/d", port);
	ASSERT_EQ(0, socketpair(AF_UNIX,
				SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
				0, bus));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				records));
	self->pid = fork();
	ASSERT_LE(0, self->pid);
	if (self->pid == 0) {
		close(bus[0]);
		serve(bus[1]);
	}
	close(bus[1]);
	self->bus = bus[0];
	self->records = records[0];
	ASSERT_EQ(0, give(self->bus, "records", records[1]));
	close(records[1]);
	ASSERT_EQ(0, give_source(self->bus, self->url, 1));
	ASSERT_EQ(0, bus_tell(self->bus, BUS_START, 0, NULL));
}

FIXTURE_TEARDOWN(courier)
{
	if (self->pid > 0) {
		kill(self->pid, SIGKILL);
		waitpid(self->pid, NULL, 0);
	}
	fd_close(&self->bus);
	fd_close(&self->records);
	fd_close(&self->peer);
	fd_close(&self->listener);
}

static bool is_there(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

/* Accepts where nobody is connected; reads one request. */
static bool hear(FIXTURE_DATA(courier) * self)
{
	ssize_t n;

	if (self->peer < 0 && is_there(self->listener, WAIT_MS))
		self->peer = accept(self->listener, NULL, NULL);
	if (self->peer < 0 || !is_there(self->peer, WAIT_MS))
		return false;
	n = recv(self->peer, self->request, REQUEST_MAX - 1, 0);
	self->request[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* One request and its answer: status line and headers, body. */
static bool answer(FIXTURE_DATA(courier) * self, const char *head,
		   const char *body)
{
	char text[1024];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head,
			 strlen(body), body);

	return hear(self) &&
	       send(self->peer, text, (size_t)n, MSG_NOSIGNAL) == n;
}

/* What was handed over, as text in `out`; its length, or -1. */
static ssize_t receive(FIXTURE_DATA(courier) * self, char *out, size_t cap)
{
	AUTO_FREE void *data = NULL;
	AUTO_CLOSE int fd = -1;
	struct bus_message m;
	size_t len;

	if (!is_there(self->bus, WAIT_MS) ||
	    bus_receive(self->bus, &m, &fd) != 1 || m.kind != BUS_KEEP ||
	    m.service != BUS_INTAKE || strcmp(m.name, "document") != 0 ||
	    fd_read_sealed(fd, SOURCE_BYTES_MAX + 1, &data, &len, NULL) < 0)
		return -1;
	snprintf(out, cap, "%s", (const char *)data);
	return (ssize_t)len;
}

static bool is_record(FIXTURE_DATA(courier) * self, const char *reason)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;
	ssize_t n;

	if (!is_there(self->records, WAIT_MS))
		return false;
	n = recv(self->records, wire, sizeof(wire), 0);
	return n > 0 && record_parse(wire, (size_t)n, &r) == 0 &&
	       r.kind == RECORD_DOCUMENT_UNREACHABLE &&
	       strcmp(r.values[0].word, self->url) == 0 &&
	       strcmp(r.values[1].word, reason) == 0;
}

TEST_F_TIMEOUT(courier, what_is_new_is_handed_over_once, 120)
{
	char text[64];

	ASSERT_TRUE(answer(self, "200 OK\r\nETag: \"1\"", "one"));
	EXPECT_EQ(&self->request[0],
		  strstr(self->request, "GET /d HTTP/1.1\r\n"));
	EXPECT_EQ(NULL, strstr(self->request, "If-None-Match"));
	ASSERT_EQ(3, receive(self, text, sizeof(text)));
	EXPECT_STREQ("one", text);
	/* The server's word for it comes back; nothing new is nothing. */
	ASSERT_TRUE(answer(self, "304 Not Modified\r\nETag: \"1\"", ""));
	EXPECT_NE(NULL, strstr(self->request, "\r\nIf-None-Match: \"1\"\r\n"));
	ASSERT_TRUE(answer(self, "200 OK", "one"));
	ASSERT_TRUE(answer(self, "200 OK", "two"));
	ASSERT_EQ(3, receive(self, text, sizeof(text)));
	EXPECT_STREQ("two", text);
	/* Other bytes without a tag: the old one is forgotten. */
	ASSERT_TRUE(answer(self, "200 OK", "two"));
	EXPECT_EQ(NULL, strstr(self->request, "If-None-Match"));
	EXPECT_FALSE(is_there(self->records, 0));
}

TEST_F_TIMEOUT(courier, a_server_in_trouble_is_one_record_until_it_answers, 120)
{
	char text[64];

	ASSERT_TRUE(answer(self, "503 Busy", ""));
	EXPECT_TRUE(is_record(self, "the server answers with 503"));
	ASSERT_TRUE(answer(self, "404 Not Found", ""));
	/* Nothing was given, so there is nothing that could be the same. */
	ASSERT_TRUE(answer(self, "304 Not Modified", ""));
	ASSERT_TRUE(answer(self, "200 OK", "one"));
	ASSERT_EQ(3, receive(self, text, sizeof(text)));
	EXPECT_FALSE(is_there(self->records, 0));
	ASSERT_TRUE(answer(self, "500 Oops", ""));
	EXPECT_TRUE(is_record(self, "the server answers with 500"));
}

TEST_F_TIMEOUT(courier, an_answer_that_is_none_is_told_and_asked_for_again, 120)
{
	char text[64];

	ASSERT_TRUE(hear(self));
	send(self->peer, "SSH-2.0\r\n", 9, MSG_NOSIGNAL);
	fd_close(&self->peer);
	EXPECT_TRUE(is_record(self, "no answer"));
	ASSERT_TRUE(answer(self, "200 OK", "one"));
	EXPECT_EQ(3, receive(self, text, sizeof(text)));
}

TEST_F_TIMEOUT(courier, what_is_too_large_is_cut_a_byte_behind_the_limit, 120)
{
	static char block[65536];
	ssize_t left = SOURCE_BYTES_MAX + 65536, n = 0;
	char text[64];

	ASSERT_TRUE(hear(self));
	send(self->peer, "HTTP/1.1 200 OK\r\n\r\n", 19, MSG_NOSIGNAL);
	while (left > 0 && n >= 0) {
		n = send(self->peer, block, sizeof(block), MSG_NOSIGNAL);
		left -= n;
	}
	EXPECT_EQ(SOURCE_BYTES_MAX + 1, receive(self, text, sizeof(text)));
	fd_close(&self->peer);
	ASSERT_TRUE(answer(self, "200 OK", "one"));
	EXPECT_EQ(3, receive(self, text, sizeof(text)));
}

TEST_F_TIMEOUT(courier, another_address_of_ipv6_is_asked_at_once, 120)
{
	AUTO_CLOSE int other = -1;
	uint16_t port;
	char url[64], text[64];

	ASSERT_TRUE(answer(self, "200 OK\r\nETag: \"1\"", "one"));
	ASSERT_EQ(3, receive(self, text, sizeof(text)));
	other = listen_at(AF_INET6, &port);
	if (other < 0)
		SKIP(return, "no IPv6 here");
	snprintf(url, sizeof(url), "http://[::1]:%u", port);
	ASSERT_EQ(0, give_source(self->bus, url, 86400));
	fd_close(&self->peer);
	fd_close(&self->listener);
	self->listener = take_fd(&other);
	ASSERT_TRUE(answer(self, "200 OK", "two"));
	EXPECT_EQ(&self->request[0],
		  strstr(self->request, "GET / HTTP/1.1\r\n"));
	EXPECT_EQ(NULL, strstr(self->request, "If-None-Match"));
	EXPECT_EQ(3, receive(self, text, sizeof(text)));
}

TEST_F_TIMEOUT(courier, settings_that_do_not_hold_change_nothing, 120)
{
	struct source_config s = { .size = sizeof(s), .interval_s = 0 };
	int fd = fd_sealed("s", &s, sizeof(s), NULL);
	char text[64];

	ASSERT_EQ(0, give(self->bus, SOURCE_NAME, fd));
	fd_close(&fd);
	s.interval_s = 1;
	memset(s.url, 'x', sizeof(s.url));
	fd = fd_sealed("s", &s, sizeof(s), NULL);
	ASSERT_EQ(0, give(self->bus, SOURCE_NAME, fd));
	fd_close(&fd);
	fd = fd_sealed("s", &s, sizeof(s) - 1, NULL);
	ASSERT_EQ(0, give(self->bus, SOURCE_NAME, fd));
	fd_close(&fd);
	ASSERT_EQ(0, give_source(self->bus, "http://name/", 1));
	ASSERT_TRUE(answer(self, "200 OK", "one"));
	EXPECT_EQ(3, receive(self, text, sizeof(text)));
}

TEST_F(courier, it_ends_with_init)
{
	int status;

	fd_close(&self->bus);
	ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
	self->pid = 0;
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
