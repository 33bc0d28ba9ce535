#include "runtime/uplink/stream.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/base/utf8.h"
#include "runtime/uplink/otlp.h"
#include "runtime/uplink/text.h"

#define READ_BYTES 65536

static char window[READ_BYTES];

_Static_assert(sizeof(window) > TEXT_PIECE_MAX,
	       "a full window always holds a whole piece");

const char *const stream_words[3] = {
	[CHANNEL_STDOUT] = "stdout",
	[CHANNEL_STDERR] = "stderr",
};

static bool has_end(const char *text, size_t cap)
{
	return memchr(text, '\0', cap) != NULL;
}

static bool is_made_of(const char *text, const char *set)
{
	return text[0] && strspn(text, set) == strlen(text);
}

bool stream_is_valid_meta(const struct channel_stream *c)
{
	return (c->source == CHANNEL_STDOUT || c->source == CHANNEL_STDERR) &&
	       has_end(c->task_id, sizeof(c->task_id)) &&
	       has_end(c->family, sizeof(c->family)) &&
	       has_end(c->container, sizeof(c->container)) &&
	       has_end(c->image, sizeof(c->image)) &&
	       is_made_of(c->task_id, "0123456789abcdef") &&
	       is_made_of(c->container, "abcdefghijklmnopqrstuvwxyz"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_-");
}

void stream_close(struct stream *s)
{
	fd_close(&s->pipe);
	ring_close(&s->ring);
	*s = (struct stream){ .pipe = -1, .ring = RING_NONE };
}

int stream_fill(struct stream *s, uint64_t now_ns)
{
	ssize_t n = ring_fill(&s->ring, s->pipe, now_ns);

	if (n == -EAGAIN || n == -EINTR)
		return 0;
	if (n == 0)
		s->is_eof = true;
	return n < 0 ? (int)n : 0;
}

static bool has_whole_piece(const struct stream *s, bool is_final)
{
	struct text_piece piece;
	ssize_t n;

	if (ring_waiting_bytes(&s->ring) == 0)
		return false;
	if (is_final)
		return true;
	n = ring_read(&s->ring, ring_state(&s->ring)->rest.start, window,
		      TEXT_PIECE_MAX + 1);
	return n > 0 && text_next_piece(window, (size_t)n, false, &piece);
}

bool stream_has_work(const struct stream *s, bool is_final)
{
	return ring_is_flying(&s->ring) ||
	       ring_state(&s->ring)->rest.gap_lines > 0 ||
	       has_whole_piece(s, is_final || s->is_eof);
}

bool stream_is_done(const struct stream *s)
{
	return s->is_eof && !stream_has_work(s, true);
}

/* The lines from `at` to `end`, being turned into records. */
struct walk {
	const struct stream *stream;
	uint64_t at, end; /* offsets in the ring */
	uint64_t line;
	uint64_t records;
	bool is_final;
	uint64_t now_ns;
};

static void put_common(struct json *j, const struct walk *w)
{
	const struct channel_stream *c = &w->stream->ring.header->stream;

	otlp_attribute_text(j, "log.iostream", stream_words[c->source]);
	otlp_attribute_int(j, "cloister.log.sequence", (int64_t)w->line);
}

static void put_line(struct json *j, const struct walk *w, const char *body,
		     const struct text_piece *piece)
{
	uint64_t time =
		ring_time(&w->stream->ring, w->at + piece->consumed, w->now_ns);
	bool is_partial = !piece->has_newline &&
			  !(w->is_final &&
			    w->at + piece->consumed == w->stream->ring.head);

	otlp_log_open(j, &(struct otlp_log){ .time_ns = time,
					     .observed_ns = time,
					     .body = body,
					     .body_len = piece->body });
	put_common(j, w);
	if (is_partial)
		otlp_attribute_bool(j, "cloister.log.partial", true);
	if (!utf8_is_valid(body, piece->body)) {
		json_open(j, '{');
		json_key(j, "key");
		json_text(j, "cloister.log.original_base64");
		json_key(j, "value");
		json_open(j, '{');
		json_key(j, "stringValue");
		json_base64(j, body, piece->body);
		json_close(j, '}');
		json_close(j, '}');
	}
	otlp_log_close(j);
}

static void put_gap(struct json *j, const struct walk *w,
		    const struct ring_part *part)
{
	static const char body[] = "log lines dropped";
	struct walk first = *w;

	first.line = part->first_line - part->gap_lines;
	otlp_log_open(j, &(struct otlp_log){ .time_ns = w->now_ns,
					     .observed_ns = w->now_ns,
					     .severity = RECORD_WARN,
					     .event_name = "cloister.log.gap",
					     .body = body,
					     .body_len = sizeof(body) - 1 });
	put_common(j, &first);
	otlp_attribute_int(j, "cloister.gap.lines", (int64_t)part->gap_lines);
	otlp_attribute_int(j, "cloister.gap.bytes", (int64_t)part->gap_bytes);
	otlp_log_close(j);
}

/* Writes the pieces of one window; returns the bytes it used. */
static size_t put_window(struct json *j, struct walk *w, size_t len,
			 struct stream_budget *budget)
{
	bool is_final = w->is_final && w->at + len == w->end;
	struct text_piece piece;
	size_t at = 0;

	while (budget->records > 0 && j->len < budget->soft_bytes &&
	       text_next_piece(window + at, len - at, is_final, &piece)) {
		struct json saved = *j;

		put_line(j, w, window + at, &piece);
		if (j->is_full) {
			*j = saved;
			break;
		}
		at += piece.consumed;
		w->at += piece.consumed;
		w->line++;
		w->records++;
		budget->records--;
	}
	return at;
}

static int put_lines(struct json *j, struct walk *w,
		     struct stream_budget *budget)
{
	size_t used = 1;

	while (w->at < w->end && used > 0) {
		uint64_t left = w->end - w->at;
		ssize_t n = ring_read(&w->stream->ring, w->at, window,
				      left < sizeof(window) ? (size_t)left :
							      sizeof(window));

		if (n < 0)
			return (int)n;
		used = put_window(j, w, (size_t)n, budget);
	}
	return 0;
}

/* What a dead predecessor had sent goes out again, all of it or nothing. */
static int encode_flight(struct stream *s, struct json *j, struct walk *w,
			 struct stream_budget *budget)
{
	const struct ring_part *f = &ring_state(&s->ring)->flight;
	struct stream_budget whole = { .records = f->line_count,
				       .soft_bytes = j->cap };
	int r;

	w->at = f->start;
	w->end = f->end;
	w->line = f->first_line;
	w->is_final = true;
	if (f->gap_lines)
		put_gap(j, w, f);
	r = put_lines(j, w, &whole);
	if (r < 0)
		return r;
	if (j->is_full || w->records != f->line_count)
		return 0;
	budget->records -= w->records < budget->records ? w->records :
							  budget->records;
	return (int)(w->records + (f->gap_lines > 0));
}

static int encode_rest(struct stream *s, struct json *j, struct walk *w,
		       struct stream_budget *budget)
{
	const struct ring_part *p = &ring_state(&s->ring)->rest;
	int gap = p->gap_lines > 0;
	int r;

	w->at = p->start;
	w->end = s->ring.head;
	w->line = p->first_line;
	if (gap)
		put_gap(j, w, p);
	r = put_lines(j, w, budget);
	if (r < 0)
		return r;
	if (j->is_full || w->records + (uint64_t)gap == 0)
		return 0;
	r = (int)w->records + gap;
	return ring_take(&s->ring, w->at - p->start, w->records) < 0 ? -EBUSY :
								       r;
}

int stream_encode(struct stream *s, struct json *j,
		  const struct channel_config *config,
		  struct stream_budget *budget, bool is_final, uint64_t now_ns)
{
	struct walk w = { .stream = s,
			  .is_final = is_final || s->is_eof,
			  .now_ns = now_ns };
	struct json saved = *j;
	int n;

	otlp_resource_open(j, OTLP_LOGS, config, &s->ring.header->stream);
	n = ring_is_flying(&s->ring) ? encode_flight(s, j, &w, budget) :
				       encode_rest(s, j, &w, budget);
	otlp_resource_close(j);
	if (n <= 0 || j->is_full)
		*j = saved;
	else
		s->is_in_batch = true;
	return n;
}
