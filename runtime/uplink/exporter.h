/*
 * exporter: one outward channel: its endpoint, its connection, the one batch
 * on its way, and when to try again.
 *
 * The owner asks exporter_is_free(), writes a request into `json`, calls
 * exporter_send(), and hears the outcome from exporter_ready() or
 * exporter_tick(). A batch is tried until the server takes it or says that it
 * never will; meanwhile it stays in memory unchanged. What waits behind it is
 * the owner's, and bounded there.
 * Source: OTLP specification, "OTLP/HTTP".
 */
#ifndef CLOISTER_UPLINK_EXPORTER_H
#define CLOISTER_UPLINK_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/uplink/http.h"
#include "runtime/base/json.h"
#include "runtime/uplink/otlp.h"

#define EXPORTER_BATCH_BYTES (256u * 1024u)	/* no record begins after it */
#define EXPORTER_BATCH_RECORDS 1000u
#define EXPORTER_BUFFER_BYTES (512u * 1024u)	/* room for the last, longest */
#define EXPORTER_FLUSH_RETRY_MS 500u	/* the longest wait while flushing */

enum exporter_outcome {
	EXPORTER_NOTHING,
	EXPORTER_DELIVERED,	/* 2xx: the batch is the server's */
	EXPORTER_REJECTED,	/* it will never be taken */
};

enum exporter_state {
	EXPORTER_IDLE,
	EXPORTER_SENDING,
	EXPORTER_WAITING,	/* until retry_ms */
};

struct exporter {
	const char *name;		/* "operator", "customer" */
	bool is_set;			/* url is */
	bool is_flushing;
	enum exporter_state state;
	struct url url;
	struct http http;
	char answer[ANSWER_BODY_MAX];
	struct json json;		/* the batch */
	enum otlp_signal signal;
	uint64_t items;
	unsigned int attempt;
	uint64_t retry_ms;
	unsigned int last_status;
	uint64_t rejected_items;	/* since the start */
	uint64_t untold_items;		/* of these, in no record yet */
	uint64_t batches;		/* delivered */
	uint64_t failures;		/* attempts that must be repeated */
};

/* Allocates the batch buffer. Returns 0 or -ENOMEM. */
int exporter_init(struct exporter *x, const char *name, int epoll_fd,
		  uint64_t token, struct err *e);

/* Sets or replaces the endpoint. Returns 0 or -EINVAL as url_parse(). */
int exporter_set_endpoint(struct exporter *x, const char *endpoint,
			  struct err *e);

/* True when a batch may be written into x->json (which this empties). */
bool exporter_is_free(const struct exporter *x);
void exporter_begin(struct exporter *x);

/* Sends the batch in x->json, which holds `items` records or metrics. */
void exporter_send(struct exporter *x, enum otlp_signal signal, uint64_t items,
		   uint64_t now_ms);

/* After epoll reported the exporter's token. */
enum exporter_outcome exporter_ready(struct exporter *x, uint64_t now_ms);

/* When the time exporter_next_ms() has come. */
enum exporter_outcome exporter_tick(struct exporter *x, uint64_t now_ms);

/* When to call exporter_tick() at the latest; UINT64_MAX: no need. */
uint64_t exporter_next_ms(const struct exporter *x);

/* From now on do not wait long between attempts. */
void exporter_flush(struct exporter *x, uint64_t now_ms);

#endif
