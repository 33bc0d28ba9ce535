/* SPDX-License-Identifier: MIT */
/*
 * connection: one request and its answer on a socket that never blocks.
 *
 * Order of use: connection_open(); connection_read() for each event until it
 * says what was asked; connection_answer(); connection_go_on() for each
 * event until it is over; connection_close().
 */
#ifndef CLOISTER_METADATA_CONNECTION_H
#define CLOISTER_METADATA_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/metadata/request.h"

enum connection_state {
	CONNECTION_FREE,
	CONNECTION_READS,
	CONNECTION_WRITES,
	CONNECTION_LINGERS,	/* all was sent: until the other side has seen it */
};

struct connection {
	enum connection_state state;
	int fd;				/* owned, unless FREE */
	int64_t deadline_ms;
	struct request request;
	char *answer;			/* owned; NULL: none yet */
	size_t answer_len;
	size_t sent;
	size_t lingered;		/* bytes read past */
};

void connection_open(struct connection *c, int fd, int64_t now_ms);

void connection_close(struct connection *c);

/* Reads: 0 when more has to come, the HTTP status of a request that cannot be
 * answered, 200 when it is complete; -errno when the other side is gone. */
int connection_read(struct connection *c);

/* Takes the answer over and begins to send it. */
void connection_answer(struct connection *c, char *answer, size_t len);

/* Sends, then lingers: true when the connection is over. */
bool connection_go_on(struct connection *c);

#endif
