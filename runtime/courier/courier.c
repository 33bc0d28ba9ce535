// SPDX-License-Identifier: MIT
#include "runtime/courier/courier.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "runtime/base/bus.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/base/source.h"
#include "runtime/uplink/http.h"
#include "runtime/uplink/retry.h"

#define PROGRAM "courier"
#define NEVER_MS UINT64_MAX
#define QUICK_RETRIES 7 /* then at the interval: the server is not just slow */
#define WIRE_MAX (2 * SOURCE_BYTES_MAX)
#define REASON_MAX 64

enum token { TOKEN_BUS, TOKEN_SERVER };

#define MARK_BYTES 32

/* What tells one document from another: its BLAKE2b. */
struct mark {
	unsigned char bytes[MARK_BYTES];
};

struct courier {
	int bus;
	int epoll_fd;
	bool has_started;    /* BUS_START came */
	bool is_unreachable; /* and that was told */
	struct source_config config;
	struct url url;
	struct http http;
	char *body;	   /* owned; SOURCE_BYTES_MAX + 1 bytes */
	struct mark given; /* what intake has got; all zero: nothing */
	char tag[ANSWER_TAG_MAX + 1]; /* the server's word for it */
	char headers[ANSWER_TAG_MAX + 32];
	unsigned int attempt; /* failures in a row */
	uint64_t next_ms;     /* of the next request; NEVER_MS */
};

/* ------------------------------------------------------------------ results */

static uint32_t random_number(void)
{
	uint32_t n = 0;

	/* Only spreads retries: a failure to get it may count as 0. */
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) < 0)
		return 0;
	return n;
}

static void ask_later(struct courier *c, uint64_t delay_ms)
{
	c->next_ms = (uint64_t)clock_ms() + delay_ms;
}

static void note_reached(struct courier *c)
{
	c->attempt = 0;
	c->is_unreachable = false;
	ask_later(c, c->config.interval_s * 1000ull);
}

static void note_failure(struct courier *c, const char *reason,
			 int64_t retry_after_s)
{
	uint64_t delay = c->config.interval_s * 1000ull;

	if (c->attempt < QUICK_RETRIES)
		delay = retry_delay_ms(c->attempt++, retry_after_s,
				       random_number());
	ask_later(c, delay);
	if (c->is_unreachable)
		return;
	c->is_unreachable = true;
	RECORD(DOCUMENT_UNREACHABLE, RECORD_W(c->config.url), RECORD_W(reason));
}

static int hand_over(struct courier *c, struct err *e)
{
	AUTO_CLOSE int fd =
		fd_sealed("document", c->body, c->http.answer.body_len, e);

	if (fd < 0)
		return fd;
	return bus_keep(c->bus, BUS_INTAKE, "document", fd, NULL, 0, e);
}

/* Its bytes may hold secrets: none of them stays here. */
static void take_document(struct courier *c)
{
	size_t len = c->http.answer.body_len;
	struct err e = ERR_NONE;
	struct mark mark;
	int r = 0;

	note_reached(c);
	crypto_generichash(mark.bytes, sizeof(mark.bytes),
			   (const unsigned char *)c->body, len, NULL, 0);
	if (memcmp(&mark, &c->given, sizeof(mark)) != 0)
		r = hand_over(c, &e);
	sodium_memzero(c->body, len);
	if (r < 0) {
		/* Nothing is noted: the next answer is handed over. */
		err_print(2, PROGRAM, &e);
		return;
	}
	c->given = mark;
	strcpy(c->tag, c->http.answer.tag);
}

static void take_answer(struct courier *c)
{
	const struct answer *a = &c->http.answer;
	char reason[REASON_MAX];

	if (a->status == 304 && c->tag[0])
		return note_reached(c);
	if (a->status == 200)
		return take_document(c);
	snprintf(reason, sizeof(reason), "the server answers with %u",
		 a->status);
	note_failure(c, reason, a->retry_after_s);
}

static void take_result(struct courier *c, enum http_result r)
{
	if (r == HTTP_ANSWERED)
		take_answer(c);
	if (r == HTTP_FAILED)
		note_failure(c, "no answer", RETRY_AFTER_NONE);
}

/* ----------------------------------------------------------------- requests */

static void ask(struct courier *c)
{
	const struct http_request request = {
		.method = "GET",
		.path = c->url.path[0] ? "" : "/",
		.headers = c->headers,
		.body = "",
	};

	c->next_ms = NEVER_MS;
	c->headers[0] = '\0';
	if (c->tag[0])
		snprintf(c->headers, sizeof(c->headers),
			 "If-None-Match: %s\r\n", c->tag);
	take_result(c, http_ask(&c->http, &c->url, &request,
				(uint64_t)clock_ms()));
}

static int wait_ms(const struct courier *c)
{
	uint64_t now = (uint64_t)clock_ms();
	uint64_t due = c->http.is_busy ? c->http.deadline_ms : c->next_ms;

	if (!c->has_started || due == NEVER_MS)
		return -1;
	if (due <= now)
		return 0;
	return due - now > INT32_MAX ? INT32_MAX : (int)(due - now);
}

static void act_in_time(struct courier *c)
{
	uint64_t now = (uint64_t)clock_ms();

	if (c->http.is_busy)
		take_result(c, http_expire(&c->http, now));
	else if (c->has_started && c->next_ms <= now)
		ask(c);
}

/* --------------------------------------------------------------- init gives */

static bool is_valid(const struct source_config *s)
{
	return s->size == sizeof(*s) && memchr(s->url, '\0', sizeof(s->url)) &&
	       s->interval_s >= SOURCE_INTERVAL_MIN_S &&
	       s->interval_s <= SOURCE_INTERVAL_MAX_S;
}

/* Another address knows nothing of the tags of the one before. */
static void forget_server(struct courier *c)
{
	http_close(&c->http);
	c->tag[0] = '\0';
	c->attempt = 0;
	c->is_unreachable = false;
	c->next_ms = NEVER_MS;
}

static int use_config(struct courier *c, const struct source_config *s,
		      struct err *e)
{
	bool is_other = strcmp(s->url, c->config.url) != 0;
	struct url url = { .address_len = 0 };
	int r = s->url[0] ? url_parse(s->url, &url, e) : 0;

	if (r < 0)
		return r;
	c->config = *s;
	c->url = url;
	if (!is_other)
		return 0;
	forget_server(c);
	if (s->url[0])
		ask_later(c, 0);
	return 0;
}

static int take_config(struct courier *c, int fd, struct err *e)
{
	AUTO_FREE void *data = NULL;
	struct source_config s;
	size_t len;
	int r = fd_read_sealed(fd, sizeof(s), &data, &len, e);

	if (r < 0)
		return r;
	if (len != sizeof(s))
		return err_set(e, EBADMSG, "%zu bytes", len);
	memcpy(&s, data, sizeof(s));
	return is_valid(&s) ? use_config(c, &s, e) :
			      err_set(e, EBADMSG, "not a valid struct");
}

static void take_gift(struct courier *c, const char *name, int *fd)
{
	struct err e = ERR_NONE;

	if (strcmp(name, "records") == 0)
		record_use_socket(take_fd(fd));
	if (strcmp(name, SOURCE_NAME) == 0 && take_config(c, *fd, &e) < 0) {
		err_wrap(&e, SOURCE_NAME);
		err_print(2, PROGRAM, &e);
	}
}

/* 1: go on, 0: init is gone. */
static int read_bus(struct courier *c, struct err *e)
{
	for (;;) {
		AUTO_CLOSE int fd = -1;
		struct bus_message m;
		int r = bus_receive(c->bus, &m, &fd);

		if (r == -EAGAIN)
			return 1;
		if (r <= 0)
			return r < 0 ? err_set(e, -r, "recvmsg(bus)") : 0;
		if (m.kind == BUS_GIVE)
			take_gift(c, m.name, &fd);
		if (m.kind == BUS_START)
			c->has_started = true;
	}
}

/* --------------------------------------------------------------------- loop */

static int open_loop(struct courier *c, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN,
				  .data = { .u64 = TOKEN_BUS } };

	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll_fd < 0)
		return err_set(e, errno, "epoll_create1");
	if (epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->bus, &ev) < 0)
		return err_set(e, errno, "epoll_ctl(bus)");
	http_init(&c->http, c->epoll_fd, TOKEN_SERVER,
		  &(struct answer_room){ .body = c->body,
					 .body_max = SOURCE_BYTES_MAX + 1,
					 .wire_max = WIRE_MAX,
					 .ends_when_full = true });
	return 0;
}

int courier_create(struct courier **out, int bus, struct err *e)
{
	struct courier *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_set(e, ENOMEM, "calloc(courier)");
	c->bus = bus;
	c->epoll_fd = c->http.fd = -1;
	c->next_ms = NEVER_MS;
	c->body = malloc(SOURCE_BYTES_MAX + 1);
	r = c->body ? open_loop(c, e) : err_set(e, ENOMEM, "malloc(document)");
	if (r < 0)
		courier_free(c);
	else
		*out = c;
	return r;
}

void courier_free(struct courier *c)
{
	http_close(&c->http);
	fd_close(&c->epoll_fd);
	free(c->body);
	free(c);
}

int courier_run(struct courier *c, struct err *e)
{
	int r = 1;

	while (r > 0) {
		struct epoll_event ev;
		int n = epoll_wait(c->epoll_fd, &ev, 1, wait_ms(c));

		if (n < 0 && errno != EINTR)
			return err_set(e, errno, "epoll_wait");
		if (n > 0 && ev.data.u64 == TOKEN_BUS)
			r = read_bus(c, e);
		if (n > 0 && ev.data.u64 == TOKEN_SERVER)
			take_result(c, http_ready(&c->http));
		act_in_time(c);
	}
	return r;
}
