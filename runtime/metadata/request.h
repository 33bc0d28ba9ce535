/* SPDX-License-Identifier: MIT */
/*
 * request: what a task asks, from the bytes that it sent.
 *
 * Pure. http-parser reads the bytes; only method and path count, the rest is
 * read past. One request per connection. Order of use: request_start(),
 * request_feed() for each piece until it is complete, request_judge().
 */
#ifndef CLOISTER_METADATA_REQUEST_H
#define CLOISTER_METADATA_REQUEST_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_URL_MAX 512	/* bytes of the request's target */
#define REQUEST_WIRE_MAX 8192	/* bytes of the whole request */

enum request_what {
	REQUEST_CONTAINER,
	REQUEST_TASK,
	REQUEST_STATS,
	REQUEST_TASK_STATS,
};

struct request {
	struct http_parser parser;
	size_t wire_bytes;
	size_t url_len;
	bool is_url_cut;
	bool is_complete;	/* all headers were read */
	char url[REQUEST_URL_MAX];
};

/* What the answer is to be; `status` is HTTP's. */
struct request_verdict {
	unsigned int status;		/* 200: the rest is valid */
	enum request_what what;
	uint32_t container;		/* index, from 0 */
};

void request_start(struct request *r);

/*
 * Reads on. Returns 0 when more has to come, 1 when the request is complete,
 * -EBADMSG what is no HTTP, -EFBIG headers without end.
 */
int request_feed(struct request *r, const void *data, size_t len);

/*
 * Judges a complete request to the task `task_id` of `count` containers:
 * 404 a path that does not exist there, 405 a method that is not GET, 414 a
 * target that is too long, else 200.
 */
struct request_verdict request_judge(const struct request *r,
				     const char *task_id, uint32_t count);

#endif
