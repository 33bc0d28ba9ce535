#include "runtime/uplink/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/uplink/otlp.h"

#define GROW 16u

void sampler_init(struct sampler *s, const struct metrics_paths *paths,
		  uint64_t now_ms, uint64_t now_ns)
{
	*s = (struct sampler){ .paths = paths,
			       .start_ns = now_ns,
			       .next_ms = now_ms + METRICS_FIRST_MS };
}

static struct metrics_container *
find(const struct sampler *s, const char *task_id, const char *container)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->rows[i].origin.task_id, task_id) == 0 &&
		    strcmp(s->rows[i].origin.container, container) == 0)
			return &s->rows[i];
	return NULL;
}

const struct channel_stream *sampler_find(const struct sampler *s,
					  const char *task_id,
					  const char *container)
{
	const struct metrics_container *c = find(s, task_id, container);

	return c ? &c->origin : NULL;
}

static struct metrics_container *
add(struct sampler *s, const struct channel_stream *origin, uint64_t now_ns)
{
	struct metrics_container *more;

	if (s->count == METRICS_CONTAINERS_MAX)
		return NULL;
	if (s->count % GROW == 0) {
		more = reallocarray(s->rows, s->count + GROW, sizeof(*more));
		if (!more)
			return NULL;
		s->rows = more;
	}
	s->rows[s->count] =
		(struct metrics_container){ .origin = *origin,
					    .first_seen_ns = now_ns };
	return &s->rows[s->count++];
}

static void hurry(struct sampler *s, uint64_t at_ms)
{
	if (s->next_ms > at_ms)
		s->next_ms = at_ms;
}

void sampler_hurry(struct sampler *s, uint64_t now_ms)
{
	hurry(s, now_ms);
}

static void add_up(struct metrics_lines *sum, const struct ring *ring)
{
	const struct ring_commit *state = ring_state(ring);

	sum->sent_lines += state->sent_lines;
	sum->dropped_lines += state->dropped_lines;
	sum->dropped_bytes += state->dropped_bytes;
	sum->queued_bytes += ring_waiting_bytes(ring);
}

void sampler_leave(void *sampler, const struct ring *ring)
{
	const struct channel_stream *origin = &ring->header->stream;
	struct metrics_container *c =
		find(sampler, origin->task_id, origin->container);

	if (c)
		add_up(&c->gone, ring);
}

static void look_at(struct sampler *s, const struct ring *ring, uint64_t now_ms,
		    uint64_t now_ns)
{
	const struct channel_stream *origin = &ring->header->stream;
	struct metrics_container *c =
		find(s, origin->task_id, origin->container);

	if (!c) {
		c = add(s, origin, now_ns);
		hurry(s, now_ms + METRICS_FIRST_MS);
	}
	if (!c)
		return;
	c->has_news = true;
	add_up(&c->lines, ring);
}

static uint64_t all_lines(const struct metrics_lines *l)
{
	return l->sent_lines + l->dropped_lines;
}

void sampler_look(struct sampler *s, const struct streams *t, uint64_t now_ms,
		  uint64_t now_ns)
{
	for (size_t i = 0; i < s->count; i++) {
		struct metrics_container *c = &s->rows[i];

		c->lines = c->gone;
		c->has_news = all_lines(&c->gone) > c->reported_lines;
	}
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].is_armed)
			look_at(s, &t->rows[i].ring, now_ms, now_ns);
}

/* One metric request that is being filled. */
struct request {
	struct operator* operator;
	struct json json;
	uint64_t metrics;
};

static void begin(struct request *r, char *buffer)
{
	json_start(&r->json, buffer, OPERATOR_SAMPLE_BYTES);
	otlp_open(&r->json, OTLP_METRICS);
	r->metrics = 0;
}

static void end(struct request *r)
{
	otlp_close(&r->json);
	if (r->metrics > 0 && !r->json.is_full)
		operator_add_sample(r->operator, & r->json, r->metrics);
}

/* Returns false when the container is gone. */
static bool sample_container(struct sampler *s, struct request *r,
			     const struct channel_config *config,
			     struct metrics_container *c, uint64_t now_ns)
{
	char *buffer = r->json.text;
	unsigned int n;

	/* Leave room to close: one container needs some 8 KiB. */
	if (r->json.len > OPERATOR_SAMPLE_BYTES - 32768) {
		end(r);
		begin(r, buffer);
	}
	n = metrics_put_container(&r->json, s->paths, config, c, now_ns);
	r->metrics += n;
	c->reported_lines = all_lines(&c->lines);
	return n > 0;
}

void sampler_sample(struct sampler *s, struct operator* o,
		    const struct channel_config *config,
		    const int64_t own[METRICS_OWN_COUNT], uint64_t now_ms,
		    uint64_t now_ns)
{
	static char buffer[OPERATOR_SAMPLE_BYTES];
	struct request r = { .operator= o };

	s->next_ms = now_ms + METRICS_INTERVAL_MS;
	begin(&r, buffer);
	r.metrics += metrics_put_instance(&r.json, s->paths, config, own,
					  s->start_ns, now_ns);
	for (size_t i = 0; i < s->count;) {
		if (sample_container(s, &r, config, &s->rows[i], now_ns))
			i++;
		else
			s->rows[i] = s->rows[--s->count];
	}
	end(&r);
}
