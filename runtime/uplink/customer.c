#include "runtime/uplink/customer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/record.h"
#include "runtime/uplink/otlp.h"

void customer_note_oom(struct customer *c, const struct channel_stream *origin,
		       const struct kmsg_event *ev, uint64_t now_ns)
{
	struct customer_event *event;

	if (c->event_count == CUSTOMER_EVENTS_MAX) {
		c->events_lost++;
		return;
	}
	event = &c->events[c->event_count++];
	*event = (struct customer_event){ .origin = *origin,
					  .unix_ns = now_ns,
					  .pid = ev->pid };
	memcpy(event->comm, ev->comm, sizeof(event->comm));
}

/* The words that ECS itself uses for a container that ran out of memory. */
static void put_event(struct json *j, const struct customer_event *event,
		      const struct channel_config *config)
{
	char body[192];
	int n = snprintf(body, sizeof(body),
			 "OutOfMemoryError: Container killed due to memory "
			 "usage: process %s (pid %lld)",
			 event->comm, (long long)event->pid);

	otlp_resource_open(j, OTLP_LOGS, config, &event->origin);
	otlp_log_open(
		j, &(struct otlp_log){ .time_ns = event->unix_ns,
				       .observed_ns = event->unix_ns,
				       .severity = RECORD_ERROR,
				       .event_name = "cloister.container.oom",
				       .body = body,
				       .body_len = n < 0 ? 0 : strlen(body) });
	otlp_attribute_text(j, "event.name", "cloister.container.oom");
	otlp_attribute_int(j, "process.pid", event->pid);
	otlp_attribute_text(j, "process.executable.name", event->comm);
	otlp_log_close(j);
	otlp_resource_close(j);
}

static uint64_t put_events(struct customer *c,
			   const struct channel_config *config)
{
	struct json *j = &c->exporter.json;
	size_t put = 0;

	while (put < c->event_count && j->len < EXPORTER_BATCH_BYTES)
		put_event(j, &c->events[put++], config);
	memmove(c->events, c->events + put,
		(c->event_count - put) * sizeof(c->events[0]));
	c->event_count -= put;
	return put;
}

static bool has_budget(const struct stream_budget *b, const struct json *j)
{
	return b->records > 0 && j->len < b->soft_bytes;
}

/* Each batch begins with another stream, so that a flood is not alone. */
static int64_t put_streams(struct customer *c, struct streams *t,
			   const struct channel_config *config,
			   struct stream_budget *budget, bool is_final,
			   uint64_t now_ns)
{
	struct json *j = &c->exporter.json;
	size_t first = c->next_row;
	int64_t sum = 0;

	for (size_t i = 0; i < t->count && has_budget(budget, j); i++) {
		size_t at = (first + i) % t->count;
		struct stream *s = &t->rows[at];
		int n;

		if (!s->is_armed || !stream_has_work(s, is_final))
			continue;
		n = stream_encode(s, j, config, budget, is_final, now_ns);
		if (n < 0)
			return n;
		c->next_row = at + 1;
		sum += n;
	}
	return sum;
}

int customer_pump(struct customer *c, struct streams *t,
		  const struct channel_config *config, bool is_final,
		  uint64_t now_ms, uint64_t now_ns)
{
	struct exporter *x = &c->exporter;
	struct stream_budget budget = { .records = EXPORTER_BATCH_RECORDS,
					.soft_bytes = EXPORTER_BATCH_BYTES };
	uint64_t items;
	int64_t lines;

	if (!exporter_is_free(x) || (now_ms < c->not_before_ms && !is_final))
		return 0;
	exporter_begin(x);
	otlp_open(&x->json, OTLP_LOGS);
	items = put_events(c, config);
	lines = put_streams(c, t, config, &budget, is_final, now_ns);
	if (lines < 0)
		return (int)lines;
	items += (uint64_t)lines;
	otlp_close(&x->json);
	if (items == 0)
		return 0;
	c->not_before_ms = has_budget(&budget, &x->json) ?
				   now_ms + CUSTOMER_SPACING_MS :
				   now_ms;
	exporter_send(x, OTLP_LOGS, items, now_ms);
	return 0;
}

void customer_settle(struct streams *t, enum exporter_outcome outcome)
{
	if (outcome == EXPORTER_NOTHING)
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct stream *s = &t->rows[i];

		if (!s->is_in_batch)
			continue;
		s->is_in_batch = false;
		ring_settle(&s->ring, outcome == EXPORTER_DELIVERED);
	}
}

static bool has_work(const struct customer *c, const struct streams *t,
		     bool is_final)
{
	if (c->event_count > 0)
		return true;
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].is_armed &&
		    stream_has_work(&t->rows[i], is_final))
			return true;
	return false;
}

bool customer_is_empty(const struct customer *c, const struct streams *t,
		       bool is_final)
{
	return c->exporter.state == EXPORTER_IDLE && !has_work(c, t, is_final);
}

uint64_t customer_next_ms(const struct customer *c, const struct streams *t,
			  bool is_final)
{
	if (exporter_is_free(&c->exporter) && has_work(c, t, is_final))
		return c->not_before_ms;
	return UINT64_MAX;
}
