/*
 * customer: the channel for what tasks wrote, and for events that hold bytes
 * a task chose. Nothing from here may reach the operator's channel.
 *
 * A batch carries events first, then lines of each stream in turn. Lines are
 * acknowledged in their rings only when the server has taken the batch: after
 * a crash the last batch is sent again, with the same sequence numbers.
 */
#ifndef CLOISTER_UPLINK_CUSTOMER_H
#define CLOISTER_UPLINK_CUSTOMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/exporter.h"
#include "runtime/uplink/kmsg.h"
#include "runtime/uplink/streams.h"

#define CUSTOMER_EVENTS_MAX 64u
#define CUSTOMER_SPACING_MS 200u	/* between batches that are not full */

struct customer_event {
	struct channel_stream origin;
	uint64_t unix_ns;
	int64_t pid;
	char comm[KMSG_COMM_MAX];
};

struct customer {
	struct exporter exporter;
	struct customer_event events[CUSTOMER_EVENTS_MAX];
	size_t event_count;
	uint64_t events_lost;
	size_t next_row;	/* the stream that is first in the next batch */
	uint64_t not_before_ms;
};

/*
 * Notes that a process of the container of `origin` was killed for memory.
 * Beyond CUSTOMER_EVENTS_MAX waiting events new ones are counted lost.
 */
void customer_note_oom(struct customer *c, const struct channel_stream *origin,
		       const struct kmsg_event *ev, uint64_t now_ns);

/*
 * Sends the next batch if the channel is free and there is something to send.
 * `is_final`: unfinished last lines count too. Returns 0 or -errno.
 */
int customer_pump(struct customer *c, struct streams *t,
		  const struct channel_config *config, bool is_final,
		  uint64_t now_ms, uint64_t now_ns);

/* Acknowledges or gives up the lines of the batch, once it has an outcome. */
void customer_settle(struct streams *t, enum exporter_outcome outcome);

/* True when nothing is on its way and nothing waits. */
bool customer_is_empty(const struct customer *c, const struct streams *t,
		       bool is_final);

/* When customer_pump() may have something to do that no event announces. */
uint64_t customer_next_ms(const struct customer *c, const struct streams *t,
			  bool is_final);

#endif
