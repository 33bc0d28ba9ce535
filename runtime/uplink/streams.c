#include "runtime/uplink/streams.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "runtime/base/fd.h"

#define GROW 16u

void streams_init(struct streams *t, int bus, int epoll_fd, uint64_t token)
{
	*t = (struct streams){ .bus = bus,
			       .epoll_fd = epoll_fd,
			       .token = token };
}

/* "log/12" with prefix "log/" gives 12; 0 when it does not match. */
static uint32_t number_after(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);
	char *end;
	unsigned long n;

	if (strncmp(name, prefix, len) != 0 || name[len] < '1' ||
	    name[len] > '9')
		return 0;
	errno = 0;
	n = strtoul(name + len, &end, 10);
	return errno || *end || n > UINT32_MAX ? 0 : (uint32_t)n;
}

static struct stream *find(struct streams *t, uint32_t number)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].number == number)
			return &t->rows[i];
	return NULL;
}

static int grow(struct streams *t)
{
	struct stream *more;

	if (t->count % GROW)
		return 0;
	more = reallocarray(t->rows, t->count + GROW, sizeof(*more));
	if (!more)
		return -ENOMEM;
	t->rows = more;
	return 0;
}

/* The row of `number`, made if it is not there yet. */
static int find_or_add(struct streams *t, uint32_t number, struct stream **row)
{
	*row = find(t, number);
	if (!*row)
		*row = find(t, 0);
	if (!*row) {
		if (t->count == STREAMS_MAX)
			return -ENOSPC;
		if (grow(t) < 0)
			return -ENOMEM;
		*row = &t->rows[t->count++];
		**row = (struct stream){ .pipe = -1, .ring = RING_NONE };
	}
	(*row)->number = number;
	t->has_unarmed = true;
	return 0;
}

static int give_ring(struct stream *s, int fd, struct err *e)
{
	int r = ring_attach(&s->ring, fd, e);

	if (r < 0)
		close(fd);
	return r < 0 ? -EINVAL : 0;
}

/* The meta data waits in a fresh ring; a ring that init kept has it too. */
static int give_pipe(struct stream *s, const struct bus_message *m, int fd,
		     struct err *e)
{
	struct channel_stream c;

	s->pipe = fd;
	if (s->ring.header)
		return 0;
	if (m->meta_len != sizeof(c))
		return err_set(e, EINVAL, "%s: meta of %u bytes", m->name,
			       m->meta_len);
	memcpy(&c, m->meta, sizeof(c));
	if (!stream_is_valid_meta(&c))
		return err_set(e, EINVAL, "%s: meta data", m->name);
	s->meta = c;
	return 0;
}

int streams_give(struct streams *t, const struct bus_message *m, int fd,
		 struct err *e)
{
	uint32_t log = number_after(m->name, "log/");
	uint32_t ring = number_after(m->name, "ring/");
	AUTO_CLOSE int given = fd;
	struct stream *s;
	int r;

	if (!log && !ring)
		return -ENOENT;
	r = find_or_add(t, log ? log : ring, &s);
	if (r < 0)
		return err_set(e, -r, "stream %s", m->name);
	/* A number is used once per boot, and given once per process. */
	if (ring ? s->ring.header != NULL : s->pipe >= 0)
		return err_set(e, EEXIST, "bus gave %s again", m->name);
	return ring ? give_ring(s, take_fd(&given), e) :
		      give_pipe(s, m, take_fd(&given), e);
}

static int keep_ring(struct streams *t, struct stream *s, struct err *e)
{
	char name[BUS_NAME_MAX];
	int r;

	if (s->ring.header)
		return 0;
	r = ring_create(&s->ring, &s->meta, e);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "ring/%u", s->number);
	r = bus_keep(t->bus, BUS_UPLINK, name, s->ring.fd, NULL, 0, e);
	if (r < 0)
		ring_close(&s->ring);
	return r;
}

static int watch_pipe(struct streams *t, struct stream *s, struct err *e)
{
	struct epoll_event ev = {
		.events = EPOLLIN,
		.data = { .u64 = t->token + (uint64_t)(s - t->rows) },
	};

	if (s->pipe < 0) {
		/* Only the ring is left: its pipe had ended and was dropped. */
		s->is_eof = true;
		return 0;
	}
	if (epoll_ctl(t->epoll_fd, EPOLL_CTL_ADD, s->pipe, &ev) < 0)
		return err_set(e, errno, "epoll_ctl(log/%u)", s->number);
	return 0;
}

/*
 * init holds a duplicate of the pipe, so closing ours does not take it out of
 * the epoll set (epoll(7), question 6).
 */
static void end_pipe(struct streams *t, struct stream *s)
{
	if (s->pipe >= 0)
		(void)epoll_ctl(t->epoll_fd, EPOLL_CTL_DEL, s->pipe, NULL);
	fd_close(&s->pipe);
}

static bool is_of_same(const struct stream *a, const struct stream *b)
{
	const struct channel_stream *x = &a->ring.header->stream;
	const struct channel_stream *y = &b->ring.header->stream;

	return x->source == y->source && strcmp(x->task_id, y->task_id) == 0 &&
	       strcmp(x->container, y->container) == 0;
}

/*
 * What a container wrote before its restart is over when the restarted one has
 * a stream: another process may hold the old pipe's end for ever, and each
 * restart would leave a stream behind. What waits in the pipe is still read.
 */
static void end_the_older(struct streams *t, struct stream *s, uint64_t now_ns)
{
	for (size_t i = 0; i < t->count; i++) {
		struct stream *other = &t->rows[i];
		struct stream *old = other->number < s->number ? other : s;

		if (other == s || !other->is_armed || old->pipe < 0 ||
		    !is_of_same(s, other))
			continue;
		stream_fill(old, now_ns);
		old->is_eof = true;
		end_pipe(t, old);
	}
}

int streams_arm(struct streams *t, uint64_t now_ns, struct err *e)
{
	t->has_unarmed = false;
	for (size_t i = 0; i < t->count; i++) {
		struct stream *s = &t->rows[i];
		int r;

		if (!s->number || s->is_armed)
			continue;
		r = keep_ring(t, s, e);
		if (r == -EAGAIN) {
			t->has_unarmed = true;
			return 0;
		}
		if (r == 0)
			r = watch_pipe(t, s, e);
		if (r < 0)
			return r;
		s->is_armed = true;
		end_the_older(t, s, now_ns);
	}
	return 0;
}

int streams_ready(struct streams *t, size_t index, uint64_t now_ns,
		  struct err *e)
{
	struct stream *s;
	int r;

	if (index >= t->count || t->rows[index].pipe < 0)
		return 0;
	s = &t->rows[index];
	r = stream_fill(s, now_ns);
	if (r < 0)
		return err_set(e, -r, "splice(log/%u to its ring)", s->number);
	if (!s->is_eof)
		return 0;
	end_pipe(t, s);
	return 1;
}

static void tell_gap(struct stream *s, struct queue *q)
{
	const struct channel_stream *c;
	uint64_t lines, bytes;

	ring_tell(&s->ring, &lines, &bytes);
	if (lines == 0)
		return;
	c = &s->ring.header->stream;
	QUEUE_EMIT(q, LOG_GAP, RECORD_W(c->task_id), RECORD_W(c->container),
		   RECORD_W(stream_words[c->source]), RECORD_N(lines),
		   RECORD_N(bytes));
}

void streams_tell_gaps(struct streams *t, struct queue *q)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].is_armed)
			tell_gap(&t->rows[i], q);
}

/*
 * The pipe first: if we die in between, a ring alone says that its pipe had
 * ended. The other way round its bytes would be read into a new ring.
 */
static int drop_both(struct streams *t, const struct stream *s)
{
	static const char *const prefixes[] = { "log/", "ring/" };
	char name[BUS_NAME_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		int r;

		snprintf(name, sizeof(name), "%s%u", prefixes[i], s->number);
		r = bus_drop(t->bus, BUS_UPLINK, name, NULL);
		if (r < 0)
			return r;
	}
	return 0;
}

static void count_gone(struct streams *t, const struct ring *ring)
{
	const struct ring_commit *c = ring_state(ring);

	t->gone_sent_lines += c->sent_lines;
	t->gone_dropped_lines += c->dropped_lines;
	t->gone_dropped_bytes += c->dropped_bytes;
}

void streams_sweep(struct streams *t, struct queue *q,
		   void (*leave)(void *context, const struct ring *ring),
		   void *context)
{
	for (size_t i = 0; i < t->count; i++) {
		struct stream *s = &t->rows[i];

		if (!s->is_armed || !stream_is_done(s))
			continue;
		tell_gap(s, q);
		/* A full bus: the sweep after the next event tries again. */
		if (drop_both(t, s) < 0)
			return;
		count_gone(t, &s->ring);
		leave(context, &s->ring);
		stream_close(s);
	}
}

struct streams_totals streams_totals(const struct streams *t)
{
	struct streams_totals sum = {
		.sent_lines = t->gone_sent_lines,
		.dropped_lines = t->gone_dropped_lines,
		.dropped_bytes = t->gone_dropped_bytes,
	};

	for (size_t i = 0; i < t->count; i++) {
		const struct ring_commit *c;

		if (!t->rows[i].ring.header)
			continue;
		c = ring_state(&t->rows[i].ring);
		sum.sent_lines += c->sent_lines;
		sum.dropped_lines += c->dropped_lines;
		sum.dropped_bytes += c->dropped_bytes;
		sum.waiting_bytes += ring_waiting_bytes(&t->rows[i].ring);
	}
	return sum;
}
