#include "runtime/uplink/operator.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/base/clock.h"
#include "runtime/uplink/otlp.h"

static void drop_first_sample(struct operator* o)
{
	free(o->samples[0].text);
	o->sample_count--;
	memmove(o->samples, o->samples + 1,
		o->sample_count * sizeof(o->samples[0]));
}

void operator_add_sample(struct operator* o, const struct json *j,
			 uint64_t metrics)
{
	char *copy = malloc(j->len);

	if (!copy) {
		o->samples_dropped++;
		return;
	}
	memcpy(copy, j->text, j->len);
	if (o->sample_count == OPERATOR_SAMPLES_MAX) {
		drop_first_sample(o);
		o->samples_dropped++;
	}
	o->samples[o->sample_count++] =
		(struct operator_sample){ copy, j->len, metrics };
}

static void put_fields(struct json *j, const struct record *r)
{
	const struct record_row *row = &record_rows[r->kind];

	for (size_t i = 0; i < r->count; i++) {
		if (row->fields[i].type == RECORD_NUMBER)
			otlp_attribute_int(j, row->fields[i].name,
					   r->values[i].number);
		else
			otlp_attribute_text(j, row->fields[i].name,
					    r->values[i].word);
	}
}

static void put_record(struct json *j, const struct record *r, uint64_t now_ns)
{
	const struct record_row *row = &record_rows[r->kind];

	otlp_log_open(j, &(struct otlp_log){ .time_ns = r->unix_ns,
					     .observed_ns = now_ns,
					     .severity = (int)row->severity,
					     .event_name = row->name,
					     .body = row->name,
					     .body_len = strlen(row->name) });
	/* Collectors older than the eventName field look for the attribute. */
	otlp_attribute_text(j, "event.name", row->name);
	otlp_attribute_int(j, "cloister.boot_ns", (int64_t)r->boot_ns);
	put_fields(j, r);
	otlp_log_close(j);
}

static void note_lost(struct queue *q)
{
	uint64_t lost = q->lost;

	if (lost == 0)
		return;
	q->lost = 0;
	QUEUE_EMIT(q, RECORDS_LOST, RECORD_N(lost));
}

static void send_records(struct operator* o,
			 const struct channel_config *config, uint64_t now_ms)
{
	static struct queue_record one;
	struct json *j = &o->exporter.json;
	uint64_t now_ns = clock_ns(CLOCK_REALTIME);
	uint64_t items = 0;

	note_lost(&o->queue);
	exporter_begin(&o->exporter);
	otlp_open(j, OTLP_LOGS);
	otlp_resource_open(j, OTLP_LOGS, config, NULL);
	while (items < EXPORTER_BATCH_RECORDS &&
	       j->len < EXPORTER_BATCH_BYTES && queue_pop(&o->queue, &one)) {
		put_record(j, &one.record, now_ns);
		items++;
	}
	otlp_resource_close(j);
	otlp_close(j);
	exporter_send(&o->exporter, OTLP_LOGS, items, now_ms);
}

static void send_sample(struct operator* o, uint64_t now_ms)
{
	const struct operator_sample *s = &o->samples[0];
	struct json *j = &o->exporter.json;
	uint64_t metrics = s->metrics;

	exporter_begin(&o->exporter);
	memcpy(j->text, s->text, s->len);
	j->len = s->len;
	drop_first_sample(o);
	exporter_send(&o->exporter, OTLP_METRICS, metrics, now_ms);
}

void operator_pump(struct operator* o, const struct channel_config *config,
		   uint64_t now_ms)
{
	bool has_records = o->queue.count > 0 || o->queue.lost > 0;

	if (!exporter_is_free(&o->exporter))
		return;
	if (o->sample_count > 0 && (o->is_metrics_turn || !has_records)) {
		o->is_metrics_turn = false;
		send_sample(o, now_ms);
	} else if (has_records) {
		o->is_metrics_turn = true;
		send_records(o, config, now_ms);
	}
}

bool operator_is_empty(const struct operator* o)
{
	return o->exporter.state == EXPORTER_IDLE && o->queue.count == 0 &&
	       o->queue.lost == 0 && o->sample_count == 0;
}
