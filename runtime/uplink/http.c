#include "runtime/uplink/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "runtime/base/fd.h"

#define READ_BYTES 16384

void http_init(struct http *h, int epoll_fd, uint64_t token,
	       const struct answer_room *room)
{
	memset(h, 0, sizeof(*h));
	h->room = *room;
	h->epoll_fd = epoll_fd;
	h->token = token;
	h->fd = -1;
}

/* Closing the only duplicate also takes it out of the epoll set. */
static void disconnect(struct http *h)
{
	fd_close(&h->fd);
	h->is_connecting = false;
}

void http_close(struct http *h)
{
	disconnect(h);
	h->is_busy = false;
	h->body = NULL;
}

static int watch(const struct http *h, int operation, uint32_t events)
{
	struct epoll_event ev = { .events = events,
				  .data = { .u64 = h->token } };

	return epoll_ctl(h->epoll_fd, operation, h->fd, &ev);
}

static int open_connection(struct http *h)
{
	const struct sockaddr *to = (const void *)&h->url.address;
	int on = 1;

	h->fd = socket(to->sa_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (h->fd < 0)
		return -errno;
	/* A request is written whole: waiting for more only delays its end. */
	(void)setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(h->fd, to, h->url.address_len) < 0 && errno != EINPROGRESS)
		return -errno;
	h->is_connecting = true;
	h->is_fresh = true;
	return watch(h, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT) < 0 ? -errno : 0;
}

static enum http_result fail(struct http *h)
{
	http_close(h);
	return HTTP_FAILED;
}

static enum http_result begin(struct http *h)
{
	h->sent = 0;
	answer_start(&h->answer, &h->room);
	if (h->fd < 0)
		return open_connection(h) < 0 ? fail(h) : HTTP_PENDING;
	return watch(h, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT) < 0 ? fail(h) :
								 HTTP_PENDING;
}

enum http_result http_ask(struct http *h, const struct url *url,
			  const struct http_request *request, uint64_t now_ms)
{
	int n;

	if (memcmp(&h->url.address, &url->address, sizeof(url->address)) != 0)
		disconnect(h);
	h->url = *url;
	n = snprintf(h->head, sizeof(h->head),
		     "%s %s%s HTTP/1.1\r\n"
		     "Host: %s\r\n"
		     "User-Agent: cloister\r\n"
		     "%s"
		     "Content-Length: %zu\r\n\r\n",
		     request->method, url->path, request->path, url->authority,
		     request->headers, request->body_len);
	if (n < 0 || (size_t)n >= sizeof(h->head))
		return HTTP_FAILED;
	h->head_len = (size_t)n;
	h->body = request->body;
	h->body_len = request->body_len;
	h->is_busy = true;
	h->deadline_ms = now_ms + HTTP_TIMEOUT_MS;
	return begin(h);
}

enum http_result http_post(struct http *h, const struct url *url,
			   const char *path, const char *body, size_t body_len,
			   uint64_t now_ms)
{
	return http_ask(h, url,
			&(struct http_request){
				.method = "POST",
				.path = path,
				.headers = "Content-Type: application/json\r\n",
				.body = body,
				.body_len = body_len,
			},
			now_ms);
}

/*
 * Between two requests the server may close a kept connection; the request
 * that then meets the end was not looked at, so it goes out again, once.
 */
static enum http_result reopen_or_fail(struct http *h)
{
	bool may_reopen = !h->is_fresh && h->answer.wire_bytes == 0;

	disconnect(h);
	return may_reopen ? begin(h) : fail(h);
}

static ssize_t send_some(struct http *h)
{
	size_t head_left = h->sent < h->head_len ? h->head_len - h->sent : 0;
	size_t body_at = head_left ? 0 : h->sent - h->head_len;
	struct iovec parts[2] = {
		{ .iov_base = h->head + (h->head_len - head_left),
		  .iov_len = head_left },
	};
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };

	/* sendmsg(2) only reads it; iov_base is not const in its struct. */
	memcpy(&parts[1].iov_base, &(const char *){ h->body + body_at },
	       sizeof(parts[1].iov_base));
	parts[1].iov_len = h->body_len - body_at;
	return sendmsg(h->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Returns false when the connection is gone. */
static bool send_request(struct http *h)
{
	while (h->sent < h->head_len + h->body_len) {
		ssize_t n = send_some(h);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		h->sent += (size_t)n;
	}
	return watch(h, EPOLL_CTL_MOD, EPOLLIN) == 0;
}

static enum http_result end_answer(struct http *h)
{
	/* An answer before the whole request: what follows would be garbage. */
	if (h->answer.is_last || h->sent < h->head_len + h->body_len)
		disconnect(h);
	h->is_fresh = false;
	h->is_busy = false;
	h->body = NULL;
	return HTTP_ANSWERED;
}

static enum http_result receive_answer(struct http *h)
{
	static char bytes[READ_BYTES];

	for (;;) {
		ssize_t n = recv(h->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		int r;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return HTTP_PENDING;
		if (n < 0 || (n == 0 && h->answer.wire_bytes == 0))
			return reopen_or_fail(h);
		r = answer_feed(&h->answer, bytes, (size_t)n);
		if (r < 0)
			return fail(h);
		if (r == 1)
			return end_answer(h);
	}
}

static bool has_connected(struct http *h)
{
	int code = 0;
	socklen_t len = sizeof(code);

	if (getsockopt(h->fd, SOL_SOCKET, SO_ERROR, &code, &len) < 0 || code)
		return false;
	h->is_connecting = false;
	return true;
}

enum http_result http_ready(struct http *h)
{
	enum http_result r;

	if (h->fd < 0)
		return HTTP_PENDING;
	if (!h->is_busy) {
		/* Nothing was asked: the server closed, or talks nonsense. */
		disconnect(h);
		return HTTP_PENDING;
	}
	if (h->is_connecting && !has_connected(h))
		return fail(h);
	if (!send_request(h)) {
		/* An early refusal may already wait to be read. */
		r = receive_answer(h);
		return r == HTTP_PENDING && h->fd >= 0 && h->sent > 0 ?
			       reopen_or_fail(h) :
			       r;
	}
	return receive_answer(h);
}

enum http_result http_expire(struct http *h, uint64_t now_ms)
{
	if (!h->is_busy || now_ms < h->deadline_ms)
		return HTTP_PENDING;
	return fail(h);
}
