/*
 * answer: one HTTP/1.1 response, read as it arrives, bounded.
 *
 * The parser is the http-parser library; this file adds the bounds and picks
 * out what its users need. The server is not trusted: anything it can send ends
 * as a status, or as an error that closes the connection.
 */
#ifndef CLOISTER_UPLINK_ANSWER_H
#define CLOISTER_UPLINK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <http_parser.h>

#define ANSWER_BODY_MAX 16384u	/* of uplink's; the rest is read, not kept */
#define ANSWER_WIRE_MAX 131072u	/* a longer response is an error */
#define ANSWER_TAG_MAX 128u	/* a longer ETag counts as none */

/* Where a body goes, and how much of a response is read. */
struct answer_room {
	char *body;		/* the owner's */
	size_t body_max;	/* kept of a body */
	size_t wire_max;
	bool ends_when_full;	/* the response is over where the room is */
};

struct answer {
	http_parser parser;
	size_t wire_bytes;
	unsigned int status;
	int64_t retry_after_s;		/* RETRY_AFTER_NONE: not given */
	bool is_complete;
	bool is_last;			/* the server will close */
	char tag[ANSWER_TAG_MAX + 1];	/* ETag as it came, "" for none */
	char field[16];
	size_t field_len;
	char value[ANSWER_TAG_MAX + 1];	/* full: longer than anything used */
	size_t value_len;
	size_t body_len;
	struct answer_room room;
};

/*
 * Seeds jansson's hash tables, which would otherwise open /dev/urandom at the
 * first answer, when the sandbox is closed. Once per process.
 */
void answer_seed(void);

/* Begins a response whose body goes to `room`, which is copied. */
void answer_start(struct answer *a, const struct answer_room *room);

/*
 * Takes `len` more bytes of the response; `len` 0 means that the server
 * closed. Returns 1 when the response is complete, 0 when more must come,
 * -EBADMSG when it is no HTTP response or is cut short, -EFBIG when it is too
 * long. Bytes after it make it the connection's last.
 * Source: RFC 9112.
 */
int answer_feed(struct answer *a, const char *data, size_t len);

/*
 * Number of items that a 2xx answer says were not taken
 * (partialSuccess.rejectedLogRecords or rejectedDataPoints), 0 if none or if
 * the body is not such JSON.
 * Source: OTLP specification, "Partial Success".
 */
int64_t answer_rejected(const struct answer *a);

#endif
