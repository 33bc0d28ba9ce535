/*
 * http: one request at a time to one address over a kept TCP connection.
 *
 * Non-blocking; the owner's epoll set tells when to go on. Order of use:
 * http_init(), http_ask(), then http_ready() for each event and http_expire()
 * when the deadline passed, until the result is not HTTP_PENDING. The
 * connection stays open for the next request unless the server or an error
 * closed it. Needs: socket(2) and connect(2) to the address; no name lookup.
 */
#ifndef CLOISTER_UPLINK_HTTP_H
#define CLOISTER_UPLINK_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/answer.h"
#include "runtime/uplink/url.h"

#define HTTP_TIMEOUT_MS 10000u
#define HTTP_HEAD_MAX 1024u

enum http_result {
	HTTP_PENDING,	/* not finished */
	HTTP_ANSWERED,	/* see answer */
	HTTP_FAILED,	/* no answer: refused, closed, cut, timed out */
};

struct http_request {
	const char *method;
	const char *path;		/* below the URL's own */
	const char *headers;		/* whole lines with CR LF, "" for none */
	const char *body;		/* stays the caller's, until the result */
	size_t body_len;
};

struct http {
	int epoll_fd;			/* not owned */
	uint64_t token;			/* epoll data for our socket */
	int fd;				/* owned, -1: not connected */
	bool is_connecting;
	bool is_busy;			/* a request is on its way */
	bool is_fresh;			/* no request was answered on fd yet */
	uint64_t deadline_ms;
	struct url url;
	char head[HTTP_HEAD_MAX];
	size_t head_len;
	const char *body;		/* the caller's, until the result */
	size_t body_len;
	size_t sent;			/* of head and body together */
	struct answer_room room;
	struct answer answer;
};

/* Bodies of answers go to `room`. */
void http_init(struct http *h, int epoll_fd, uint64_t token,
	       const struct answer_room *room);

/* Closes the connection and forgets a request. */
void http_close(struct http *h);

/*
 * Starts a request to `url`. An open connection to another address is
 * closed first. Nothing may be pending.
 * Returns HTTP_PENDING, or HTTP_FAILED when not even a socket could be had.
 */
enum http_result http_ask(struct http *h, const struct url *url,
			  const struct http_request *request, uint64_t now_ms);

/* POSTs `body` as application/json. */
enum http_result http_post(struct http *h, const struct url *url,
			   const char *path, const char *body, size_t body_len,
			   uint64_t now_ms);

/*
 * Goes on after epoll reported our token. A kept connection that the server
 * has meanwhile closed is opened anew once, unseen by the caller.
 */
enum http_result http_ready(struct http *h);

/* HTTP_FAILED, with the connection closed, if the deadline has passed. */
enum http_result http_expire(struct http *h, uint64_t now_ms);

#endif
