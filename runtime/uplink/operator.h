/*
 * operator: the channel for records and metrics. Only what record.h and
 * metrics.h name goes here; no byte that a task chose.
 *
 * Records wait in the queue, samples (finished metric requests) in a short
 * list of their own; both drop their oldest. The two take turns.
 */
#ifndef CLOISTER_UPLINK_OPERATOR_H
#define CLOISTER_UPLINK_OPERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/exporter.h"
#include "runtime/uplink/queue.h"

#define OPERATOR_SAMPLES_MAX 8u
#define OPERATOR_SAMPLE_BYTES EXPORTER_BATCH_BYTES

struct operator_sample {
	char *text;		/* owned */
	size_t len;
	uint64_t metrics;
};

struct operator {
	struct exporter exporter;
	struct queue queue;
	struct operator_sample samples[OPERATOR_SAMPLES_MAX];
	size_t sample_count;
	uint64_t samples_dropped;
	bool is_metrics_turn;
};

/* Appends one metric request (copied). Without memory it counts as dropped. */
void operator_add_sample(struct operator *o, const struct json *j,
			 uint64_t metrics);

/* Sends the next batch if the channel is free and there is something. */
void operator_pump(struct operator *o, const struct channel_config *config,
		   uint64_t now_ms);

/* True when nothing is on its way and nothing waits. */
bool operator_is_empty(const struct operator *o);

#endif
