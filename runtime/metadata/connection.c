// SPDX-License-Identifier: MIT
#include "runtime/metadata/connection.h"

#include <errno.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"
#include "runtime/metadata/server.h"

#define PIECE_BYTES 4096

void connection_open(struct connection *c, int fd, int64_t now_ms)
{
	c->state = CONNECTION_READS;
	c->fd = fd;
	c->deadline_ms = now_ms + SERVER_CONNECTION_MS;
	c->answer = NULL;
	c->answer_len = c->sent = c->lingered = 0;
	request_start(&c->request);
}

void connection_close(struct connection *c)
{
	fd_close(&c->fd);
	ptr_free(&c->answer);
	c->answer_len = 0;
	c->state = CONNECTION_FREE;
}

int connection_read(struct connection *c)
{
	char piece[PIECE_BYTES];
	ssize_t n = recv(c->fd, piece, sizeof(piece), 0);
	int r;

	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	r = request_feed(&c->request, piece, (size_t)n);
	if (r < 0)
		return r == -EFBIG ? 431 : 400;
	return r ? 200 : 0;
}

void connection_answer(struct connection *c, char *answer, size_t len)
{
	c->answer = answer;
	c->answer_len = len;
	c->state = CONNECTION_WRITES;
}

/* What was not read would make the kernel take back what was sent. */
static bool linger(struct connection *c)
{
	char piece[PIECE_BYTES];
	ssize_t n = recv(c->fd, piece, sizeof(piece), 0);

	if (n < 0)
		return errno != EAGAIN;
	c->lingered += (size_t)n;
	return n == 0 || c->lingered > SERVER_LINGER_MAX;
}

bool connection_go_on(struct connection *c)
{
	if (c->state == CONNECTION_LINGERS)
		return linger(c);
	while (c->sent < c->answer_len) {
		ssize_t n = send(c->fd, c->answer + c->sent,
				 c->answer_len - c->sent, MSG_NOSIGNAL);

		if (n < 0)
			return errno != EAGAIN;
		c->sent += (size_t)n;
	}
	ptr_free(&c->answer);
	c->answer_len = 0;
	c->state = CONNECTION_LINGERS;
	return shutdown(c->fd, SHUT_WR) < 0;
}
