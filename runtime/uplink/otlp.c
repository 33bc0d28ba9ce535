#include "runtime/uplink/otlp.h"

#include <string.h>

#include "runtime/base/fd.h"

#define SCOPE "cloister.uplink"
#define TEMPORALITY_CUMULATIVE 2

struct signal_words {
	const char *resources, *scopes, *items;
};

static const struct signal_words words[OTLP_SIGNAL_COUNT] = {
	[OTLP_LOGS] = { "resourceLogs", "scopeLogs", "logRecords" },
	[OTLP_METRICS] = { "resourceMetrics", "scopeMetrics", "metrics" },
};

const char *const otlp_paths[OTLP_SIGNAL_COUNT] = {
	[OTLP_LOGS] = "/v1/logs",
	[OTLP_METRICS] = "/v1/metrics",
};

void otlp_open(struct json *j, enum otlp_signal signal)
{
	json_open(j, '{');
	json_key(j, words[signal].resources);
	json_open(j, '[');
}

void otlp_close(struct json *j)
{
	json_close(j, ']');
	json_close(j, '}');
}

static void attribute_open(struct json *j, const char *key, const char *type)
{
	json_open(j, '{');
	json_key(j, "key");
	json_text(j, key);
	json_key(j, "value");
	json_open(j, '{');
	json_key(j, type);
}

static void attribute_close(struct json *j)
{
	json_close(j, '}');
	json_close(j, '}');
}

void otlp_attribute_text(struct json *j, const char *key, const char *value)
{
	attribute_open(j, key, "stringValue");
	json_text(j, value);
	attribute_close(j);
}

void otlp_attribute_int(struct json *j, const char *key, int64_t value)
{
	attribute_open(j, key, "intValue");
	json_int_text(j, value);
	attribute_close(j);
}

void otlp_attribute_bool(struct json *j, const char *key, bool value)
{
	attribute_open(j, key, "boolValue");
	json_bool(j, value);
	attribute_close(j);
}

static void put_instance(struct json *j, const struct channel_config *c)
{
	otlp_attribute_text(j, "host.id", c->instance_id);
	otlp_attribute_text(j, "os.type", "linux");
	otlp_attribute_text(j, "os.name", "cloister");
	otlp_attribute_text(j, "os.version", c->image_version);
	for (uint32_t i = 0; i < c->attribute_count; i++)
		otlp_attribute_text(j, c->attributes[i].name,
				    c->attributes[i].value);
}

static void put_container(struct json *j, const struct channel_stream *s)
{
	otlp_attribute_text(j, "aws.ecs.task.family", s->family);
	otlp_attribute_text(j, "aws.ecs.task.id", s->task_id);
	otlp_attribute_text(j, "container.name", s->container);
	otlp_attribute_text(j, "container.image.name", s->image);
}

void otlp_resource_open(struct json *j, enum otlp_signal signal,
			const struct channel_config *config,
			const struct channel_stream *stream)
{
	json_open(j, '{');
	json_key(j, "resource");
	json_open(j, '{');
	json_key(j, "attributes");
	json_open(j, '[');
	otlp_attribute_text(j, "service.name",
			    stream ? stream->family : "cloister");
	put_instance(j, config);
	if (stream)
		put_container(j, stream);
	json_close(j, ']');
	json_close(j, '}');
	json_key(j, words[signal].scopes);
	json_open(j, '[');
	json_open(j, '{');
	json_key(j, "scope");
	json_open(j, '{');
	json_key(j, "name");
	json_text(j, SCOPE);
	json_close(j, '}');
	json_key(j, words[signal].items);
	json_open(j, '[');
}

void otlp_resource_close(struct json *j)
{
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, ']');
	json_close(j, '}');
}

static const char *severity_text(int severity)
{
	static const char *const texts[] = { "TRACE", "DEBUG", "INFO",
					     "WARN",  "ERROR", "FATAL" };

	/* Four numbers per word, from 1 on. */
	return texts[(size_t)(severity - 1) / 4 % ARRAY_SIZE(texts)];
}

void otlp_log_open(struct json *j, const struct otlp_log *log)
{
	json_open(j, '{');
	json_key(j, "timeUnixNano");
	json_uint_text(j, log->time_ns);
	json_key(j, "observedTimeUnixNano");
	json_uint_text(j, log->observed_ns);
	if (log->severity > 0) {
		json_key(j, "severityNumber");
		json_int(j, log->severity);
		json_key(j, "severityText");
		json_text(j, severity_text(log->severity));
	}
	if (log->event_name) {
		json_key(j, "eventName");
		json_text(j, log->event_name);
	}
	json_key(j, "body");
	json_open(j, '{');
	json_key(j, "stringValue");
	json_bytes(j, log->body, log->body_len);
	json_close(j, '}');
	json_key(j, "attributes");
	json_open(j, '[');
}

void otlp_log_close(struct json *j)
{
	json_close(j, ']');
	json_close(j, '}');
}

void otlp_metric_open(struct json *j, const char *name, const char *unit,
		      enum otlp_kind kind)
{
	json_open(j, '{');
	json_key(j, "name");
	json_text(j, name);
	json_key(j, "unit");
	json_text(j, unit);
	json_key(j, kind == OTLP_GAUGE ? "gauge" : "sum");
	json_open(j, '{');
	json_key(j, "dataPoints");
	json_open(j, '[');
}

void otlp_metric_close(struct json *j, enum otlp_kind kind)
{
	json_close(j, ']');
	if (kind != OTLP_GAUGE) {
		json_key(j, "aggregationTemporality");
		json_int(j, TEMPORALITY_CUMULATIVE);
		json_key(j, "isMonotonic");
		json_bool(j, kind == OTLP_COUNTER);
	}
	json_close(j, '}');
	json_close(j, '}');
}

static void put_point_attributes(struct json *j, const struct otlp_point *p)
{
	json_key(j, "attributes");
	json_open(j, '[');
	for (size_t i = 0; i < ARRAY_SIZE(p->keys); i++)
		if (p->keys[i])
			otlp_attribute_text(j, p->keys[i], p->values[i]);
	json_close(j, ']');
}

void otlp_point(struct json *j, const struct otlp_point *p)
{
	json_open(j, '{');
	if (p->start_ns) {
		json_key(j, "startTimeUnixNano");
		json_uint_text(j, p->start_ns);
	}
	json_key(j, "timeUnixNano");
	json_uint_text(j, p->time_ns);
	if (p->keys[0])
		put_point_attributes(j, p);
	if (p->is_double) {
		json_key(j, "asDouble");
		json_double(j, p->real);
	} else {
		json_key(j, "asInt");
		json_int_text(j, p->number);
	}
	json_close(j, '}');
}
