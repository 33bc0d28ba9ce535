/*
 * otlp: OTLP/HTTP requests in JSON encoding, piece by piece.
 *
 * A request is otlp_open(), then for each origin otlp_resource_open(), its
 * log records or metrics, otlp_resource_close(), then otlp_close(). Nothing
 * here knows where the data comes from. 64-bit numbers are strings, enums are
 * numbers, keys are lowerCamelCase.
 * Source: OTLP specification, "JSON Protobuf Encoding"; opentelemetry-proto
 * logs/v1, metrics/v1; OpenTelemetry semantic conventions 1.3x (resource:
 * service, host, os, container, aws.ecs; log.iostream).
 */
#ifndef CLOISTER_UPLINK_OTLP_H
#define CLOISTER_UPLINK_OTLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/channel.h"
#include "runtime/base/json.h"

enum otlp_signal {
	OTLP_LOGS,
	OTLP_METRICS,
	OTLP_SIGNAL_COUNT
};

/* The path below the endpoint that takes `signal`: "/v1/logs", ... */
extern const char *const otlp_paths[OTLP_SIGNAL_COUNT];

void otlp_open(struct json *j, enum otlp_signal signal);
void otlp_close(struct json *j);

/*
 * Opens what belongs to one origin: the instance itself where `stream` is
 * NULL, else the container that the stream belongs to.
 */
void otlp_resource_open(struct json *j, enum otlp_signal signal,
			const struct channel_config *config,
			const struct channel_stream *stream);
void otlp_resource_close(struct json *j);

void otlp_attribute_text(struct json *j, const char *key, const char *value);
void otlp_attribute_int(struct json *j, const char *key, int64_t value);
void otlp_attribute_bool(struct json *j, const char *key, bool value);

struct otlp_log {
	uint64_t time_ns;
	uint64_t observed_ns;
	int severity;			/* SeverityNumber, 0: not known */
	const char *event_name;		/* NULL: none */
	const char *body;
	size_t body_len;
};

/* Opens a log record; attributes may follow; otlp_log_close() ends it. */
void otlp_log_open(struct json *j, const struct otlp_log *log);
void otlp_log_close(struct json *j);

enum otlp_kind {
	OTLP_GAUGE,
	OTLP_COUNTER,		/* cumulative, monotonic sum */
	OTLP_UPDOWN,		/* cumulative sum that may fall */
};

/* Opens a metric; points follow; otlp_metric_close() ends it. */
void otlp_metric_open(struct json *j, const char *name, const char *unit,
		      enum otlp_kind kind);
void otlp_metric_close(struct json *j, enum otlp_kind kind);

struct otlp_point {
	uint64_t start_ns;		/* since when a sum counts, 0: unknown */
	uint64_t time_ns;
	bool is_double;
	int64_t number;
	double real;
	const char *keys[2];		/* NULL: no such attribute */
	const char *values[2];
};

void otlp_point(struct json *j, const struct otlp_point *p);

#endif
