/* SPDX-License-Identifier: MIT */
/*
 * server: the task metadata endpoint: serves each task, through its own door,
 * what runtime told of it, and what its containers use.
 *
 * A task is known by the socket that its request came in on. Each has its own
 * connections, its own rate and its own share of memory, so what one does is
 * felt by it alone; every connection ends after one answer and CONNECTION_MS
 * at the latest. The bus only brings; this process says nothing to anybody of
 * the house.
 */
#ifndef CLOISTER_METADATA_SERVER_H
#define CLOISTER_METADATA_SERVER_H

#include "runtime/base/err.h"

#define SERVER_CONNECTIONS 8	/* of one task at once; others wait */
#define SERVER_CONNECTION_MS 5000
#define SERVER_PENDING_MAX (512u << 10)	/* bytes of answers, of one task */
#define SERVER_LINGER_MAX (64u << 10)	/* bytes read past, after the answer */

struct server_options {
	const char *tasks;	/* directory of the tasks' control groups */
	const char *proc;
	unsigned int per_s;	/* THROTTLE_PER_S */
};

struct server;

/* Takes all its long-lived memory. `bus` is borrowed. */
int server_create(struct server **s, int bus, const struct server_options *options,
		  struct err *e);

/* Serves until the bus ends or breaks; returns -errno, or 0 when it ended. */
int server_run(struct server *s, struct err *e);

/* Closes and frees everything; NULL is allowed. */
void server_free(struct server *s);

#endif
