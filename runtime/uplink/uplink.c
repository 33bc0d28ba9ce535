#include "runtime/uplink/uplink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "runtime/base/bus.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/uplink/customer.h"
#include "runtime/uplink/kernel.h"
#include "runtime/uplink/news.h"
#include "runtime/uplink/operator.h"
#include "runtime/uplink/sampler.h"
#include "runtime/uplink/streams.h"

#define PROGRAM "uplink"
#define EVENTS_MAX 64
#define RECORDS_PER_EVENT 64
#define UNARMED_RETRY_MS 50u /* init's queue was full: ask again */

/* Epoll data. Streams count up from TOKEN_STREAMS. */
enum token {
	TOKEN_BUS,
	TOKEN_KMSG,
	TOKEN_OPERATOR,
	TOKEN_CUSTOMER,
	TOKEN_RECORDS, /* and up: one of each emitter */
	TOKEN_STREAMS = TOKEN_RECORDS + BUS_UPLINK,
};

struct uplink {
	int bus;
	int epoll_fd;
	int records_fds[BUS_UPLINK]; /* by emitter */
	bool has_started;	     /* BUS_START came */
	bool has_ended;		     /* the bus closed */
	bool has_config;
	bool is_flushing;
	uint64_t flush_end_ms;
	uint64_t now_ms, now_ns; /* of this turn of the loop */
	struct channel_config config;
	struct streams streams;
	struct operator operator;
	struct customer customer;
	struct sampler sampler;
	struct kernel kernel;
	struct news news;
};

static void read_clocks(struct uplink *u)
{
	u->now_ms = (uint64_t)clock_ms();
	u->now_ns = clock_ns(CLOCK_REALTIME);
}

static int watch(struct uplink *u, int fd, unsigned int token, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN, .data = { .u64 = token } };

	if (epoll_ctl(u->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return err_set(e, errno, "epoll_ctl(add %u)", token);
	return 0;
}

int uplink_create(struct uplink **out, int bus,
		  const struct metrics_paths *paths, struct err *e)
{
	AUTO_FREE struct uplink *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return err_set(e, ENOMEM, "calloc(uplink)");
	u->bus = bus;
	for (size_t i = 0; i < ARRAY_SIZE(u->records_fds); i++)
		u->records_fds[i] = -1;
	u->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (u->epoll_fd < 0)
		return err_set(e, errno, "epoll_create1");
	answer_seed();
	read_clocks(u);
	streams_init(&u->streams, bus, u->epoll_fd, TOKEN_STREAMS);
	sampler_init(&u->sampler, paths, u->now_ms, u->now_ns);
	kernel_init(&u->kernel, u->now_ms);
	r = exporter_init(&u->operator.exporter, "operator", u->epoll_fd,
			  TOKEN_OPERATOR, e);
	if (r == 0)
		r = exporter_init(&u->customer.exporter, "customer",
				  u->epoll_fd, TOKEN_CUSTOMER, e);
	if (r == 0)
		r = watch(u, bus, TOKEN_BUS, e);
	if (r == 0)
		*out = take_ptr(&u);
	return r;
}

/* ------------------------------------------------------ what init gives */

static bool is_text(const char *text, size_t cap)
{
	return memchr(text, '\0', cap) != NULL;
}

static bool is_valid_config(const struct channel_config *c)
{
	if (c->size != sizeof(*c) ||
	    c->attribute_count > CHANNEL_ATTRIBUTES_MAX ||
	    !is_text(c->endpoint, sizeof(c->endpoint)) ||
	    !is_text(c->logs_endpoint, sizeof(c->logs_endpoint)) ||
	    !is_text(c->instance_id, sizeof(c->instance_id)) ||
	    !is_text(c->image_version, sizeof(c->image_version)))
		return false;
	for (uint32_t i = 0; i < c->attribute_count; i++)
		if (!is_text(c->attributes[i].name, CHANNEL_ID_MAX) ||
		    !is_text(c->attributes[i].value, CHANNEL_ID_MAX))
			return false;
	return true;
}

static int set_endpoint(struct exporter *x, const char *endpoint, struct err *e)
{
	int r = exporter_set_endpoint(x, endpoint, e);

	return r < 0 ? err_wrap(e, "%s channel", x->name) : 0;
}

static int give_config(struct uplink *u, int fd, struct err *e)
{
	AUTO_CLOSE int given = fd;
	AUTO_FREE struct channel_config *c = NULL;
	void *data = NULL;
	size_t len;
	int r = fd_read_sealed(given, sizeof(*c), &data, &len, e);

	if (r < 0)
		return err_wrap(e, "uplink-config");
	c = data;
	if (len != sizeof(*c) || !is_valid_config(c))
		return err_set(e, EINVAL, "uplink-config: not a valid struct");
	u->config = *c;
	u->has_config = true;
	r = set_endpoint(&u->operator.exporter, c->endpoint, e);
	if (r < 0)
		return r;
	return set_endpoint(
		&u->customer.exporter,
		c->logs_endpoint[0] ? c->logs_endpoint : c->endpoint, e);
}

static int give_records_in(struct uplink *u, enum bus_service from, int fd,
			   struct err *e)
{
	fd_close(&u->records_fds[from]);
	u->records_fds[from] = fd;
	return watch(u, fd, TOKEN_RECORDS + from, e);
}

static const char *const record_sources[BUS_UPLINK] = {
	[BUS_INIT] = "records-in/0",
	[BUS_INTAKE] = "records-in/1",
	[BUS_RUNTIME] = "records-in/2",
	[BUS_COURIER] = "records-in/3",
};

static int give_kmsg(struct uplink *u, int fd, struct err *e)
{
	u->kernel.fd = fd;
	return watch(u, fd, TOKEN_KMSG, e);
}

struct give_row {
	const char *name;
	int (*take)(struct uplink *u, int fd, struct err *e);
};

static const struct give_row gives[] = {
	{ "uplink-config", give_config },
	{ "kmsg", give_kmsg },
};

static int take_give(struct uplink *u, const struct bus_message *m, int fd,
		     struct err *e)
{
	int r;

	if (fd < 0)
		return err_set(e, EBADMSG, "%s came without fd", m->name);
	for (enum bus_service s = BUS_INIT; s < BUS_UPLINK; s++)
		if (strcmp(m->name, record_sources[s]) == 0)
			return give_records_in(u, s, fd, e);
	for (size_t i = 0; i < ARRAY_SIZE(gives); i++)
		if (strcmp(m->name, gives[i].name) == 0)
			return gives[i].take(u, fd, e);
	r = streams_give(&u->streams, m, fd, e);
	return r == -ENOENT ? err_set(e, ENOENT, "bus gave %s", m->name) : r;
}

static void start_flush(struct uplink *u, int64_t bound_ms)
{
	u->is_flushing = true;
	u->flush_end_ms = u->now_ms + (bound_ms > 0 ? (uint64_t)bound_ms : 0);
	exporter_flush(&u->operator.exporter, u->now_ms);
	exporter_flush(&u->customer.exporter, u->now_ms);
	sampler_hurry(&u->sampler, u->now_ms);
}

static int take_message(struct uplink *u, const struct bus_message *m, int fd,
			struct err *e)
{
	struct err refusal = ERR_NONE;

	if (m->kind == BUS_GIVE) {
		/* One bad gift must not take the others' logs with it. */
		if (take_give(u, m, fd, &refusal) < 0)
			err_print(2, PROGRAM, &refusal);
		return 0;
	}
	if (fd >= 0)
		close(fd);
	if (m->kind == BUS_START) {
		u->has_started = true;
		return bus_tell(u->bus, BUS_READY, 0, e);
	}
	if (m->kind == BUS_FLUSH)
		start_flush(u, m->value);
	return 0;
}

static int read_bus(struct uplink *u, struct err *e)
{
	static struct bus_message m;
	int fd;

	for (;;) {
		int r = bus_receive(u->bus, &m, &fd);

		if (r == -EAGAIN || r == -EINTR)
			return 0;
		if (r == 0) {
			u->has_ended = true;
			return 0;
		}
		if (r < 0)
			return err_set(e, -r, "recvmsg(bus)");
		r = take_message(u, &m, fd, e);
		if (r < 0)
			return r;
	}
}

/* ------------------------------------------------------------- records */

/* A record that cannot be read, or that is another's to tell. */
static void refuse_record(struct uplink *u)
{
	u->operator.queue.lost++;
	u->operator.queue.lost_total++;
}

/* Its emitter has ended. init holds the socket too, so that closing alone
   would leave it in the epoll set. */
static void end_records(struct uplink *u, enum bus_service from)
{
	epoll_ctl(u->epoll_fd, EPOLL_CTL_DEL, u->records_fds[from], NULL);
	fd_close(&u->records_fds[from]);
}

static int read_records(struct uplink *u, enum bus_service from, struct err *e)
{
	static char wire[RECORD_WIRE_MAX];

	for (unsigned int i = 0; i < RECORDS_PER_EVENT; i++) {
		ssize_t n = recv(u->records_fds[from], wire, sizeof(wire),
				 MSG_DONTWAIT);
		struct record r;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n < 0)
			return err_set(e, errno, "recv(records-in)");
		if (n == 0) {
			end_records(u, from);
			return 0;
		}
		if (record_parse(wire, (size_t)n, &r) < 0 ||
		    record_rows[r.kind].origin != from) {
			refuse_record(u);
			return 0;
		}
		news_note(&u->news, &r);
		queue_push(&u->operator.queue, &r);
	}
	return 0;
}

/* ------------------------------------------------------------- sending */

/* Told at the pace of metrics, so that a refusal cannot breed refusals. */
static void tell_rejected(struct uplink *u, struct exporter *x)
{
	if (x->untold_items == 0)
		return;
	QUEUE_EMIT(&u->operator.queue, EXPORT_REJECTED, RECORD_W(x->name),
		   RECORD_N(x->last_status), RECORD_N(x->untold_items));
	x->untold_items = 0;
}

static void measure(struct uplink *u)
{
	struct streams_totals t = streams_totals(&u->streams);
	const struct exporter *o = &u->operator.exporter;
	const struct exporter *c = &u->customer.exporter;
	int64_t own[METRICS_OWN_COUNT] = {
		[METRICS_OPERATOR_QUEUE] = (int64_t)u->operator.queue.count,
		[METRICS_CUSTOMER_QUEUE] = (int64_t)t.waiting_bytes,
		[METRICS_RECORDS_LOST] = (int64_t)u->operator.queue.lost_total,
		[METRICS_LINES_SENT] = (int64_t)t.sent_lines,
		[METRICS_LINES_DROPPED] = (int64_t)t.dropped_lines,
		[METRICS_BYTES_DROPPED] = (int64_t)t.dropped_bytes,
		[METRICS_OPERATOR_REJECTED] = (int64_t)o->rejected_items,
		[METRICS_CUSTOMER_REJECTED] = (int64_t)c->rejected_items,
		[METRICS_OPERATOR_RETRIES] = (int64_t)o->failures,
		[METRICS_CUSTOMER_RETRIES] = (int64_t)c->failures,
		[METRICS_SAMPLES_DROPPED] =
			(int64_t)u->operator.samples_dropped,
	};

	news_measure(&u->news, clock_age_ms() / 1000, own);
	sampler_sample(&u->sampler, &u->operator, & u->config, own, u->now_ms,
		       u->now_ns);
}

/* What happens once per sample: numbers, and what was counted since. */
static void sample_if_due(struct uplink *u)
{
	if (!u->has_config || u->now_ms < u->sampler.next_ms)
		return;
	streams_tell_gaps(&u->streams, &u->operator.queue);
	kernel_tell_counts(&u->kernel, &u->operator.queue);
	tell_rejected(u, &u->operator.exporter);
	tell_rejected(u, &u->customer.exporter);
	sampler_look(&u->sampler, &u->streams, u->now_ms, u->now_ns);
	measure(u);
}

static bool is_all_sent(const struct uplink *u)
{
	if (!u->operator.exporter.is_set)
		return true;
	return operator_is_empty(&u->operator) &&
	       customer_is_empty(&u->customer, &u->streams, true);
}

/* What is still here when the bound has passed, in records and lines' bytes. */
static int64_t left_behind(const struct uplink *u)
{
	if (is_all_sent(u))
		return 0;
	return 1 + (int64_t)u->operator.queue
			   .count +(int64_t) streams_totals(&u->streams)
			   .waiting_bytes;
}

static int end_flush_if_due(struct uplink *u, bool is_quiet, struct err *e)
{
	if (!u->is_flushing)
		return 0;
	if (u->now_ms < u->flush_end_ms && !(is_quiet && is_all_sent(u)))
		return 0;
	u->is_flushing = false;
	return bus_tell(u->bus, BUS_FLUSHED, left_behind(u), e);
}

/* ---------------------------------------------------------------- loop */

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int next_timeout(const struct uplink *u)
{
	uint64_t next = u->has_config ? u->sampler.next_ms : UINT64_MAX;

	next = earlier(next, exporter_next_ms(&u->operator.exporter));
	next = earlier(next, exporter_next_ms(&u->customer.exporter));
	next = earlier(next, customer_next_ms(&u->customer, &u->streams,
					      u->is_flushing));
	if (u->streams.has_unarmed && u->has_started)
		next = earlier(next, u->now_ms + UNARMED_RETRY_MS);
	if (u->is_flushing)
		next = is_all_sent(u) ? u->now_ms :
					earlier(next, u->flush_end_ms);
	if (next == UINT64_MAX)
		return -1;
	if (next <= u->now_ms)
		return 0;
	/* A clock that jumped must not make us sleep for ever. */
	return (int)earlier(next - u->now_ms, METRICS_INTERVAL_MS);
}

static struct kernel_sinks sinks_of(struct uplink *u)
{
	return (struct kernel_sinks){ &u->operator.queue, &u->customer,
				      &u->sampler };
}

static int dispatch(struct uplink *u, uint64_t token, struct err *e)
{
	const struct kernel_sinks sinks = sinks_of(u);
	int r;

	if (token >= TOKEN_RECORDS && token < TOKEN_STREAMS)
		return read_records(
			u, (enum bus_service)(token - TOKEN_RECORDS), e);
	switch (token) {
	case TOKEN_BUS:
		return read_bus(u, e);
	case TOKEN_KMSG:
		r = kernel_ready(&u->kernel, &sinks, u->now_ms, u->now_ns);
		return r < 0 ? err_set(e, -r, "read(kmsg)") : 0;
	case TOKEN_OPERATOR:
		exporter_ready(&u->operator.exporter, u->now_ms);
		return 0;
	case TOKEN_CUSTOMER:
		customer_settle(&u->streams,
				exporter_ready(&u->customer.exporter,
					       u->now_ms));
		return 0;
	default:
		r = streams_ready(&u->streams, (size_t)(token - TOKEN_STREAMS),
				  u->now_ns, e);
		/* Its container is about to go: measure it once more. */
		if (r > 0)
			sampler_hurry(&u->sampler, u->now_ms);
		return r < 0 ? r : 0;
	}
}

/* What time, not an event, brings; then whatever can be sent now. */
static int tick(struct uplink *u, bool is_quiet, struct err *e)
{
	const struct kernel_sinks sinks = sinks_of(u);
	int r;

	if (u->has_started && u->streams.has_unarmed) {
		r = streams_arm(&u->streams, u->now_ns, e);
		if (r < 0)
			return r;
		sampler_look(&u->sampler, &u->streams, u->now_ms, u->now_ns);
	}
	kernel_retry(&u->kernel, &sinks, u->now_ms, u->now_ns);
	exporter_tick(&u->operator.exporter, u->now_ms);
	customer_settle(&u->streams,
			exporter_tick(&u->customer.exporter, u->now_ms));
	streams_sweep(&u->streams, &u->operator.queue, sampler_leave,
		      &u->sampler);
	sample_if_due(u);
	operator_pump(&u->operator, & u->config, u->now_ms);
	r = customer_pump(&u->customer, &u->streams, &u->config, u->is_flushing,
			  u->now_ms, u->now_ns);
	if (r < 0)
		return err_set(e, -r, "pread(ring)");
	return end_flush_if_due(u, is_quiet, e);
}

int uplink_run(struct uplink *u, struct err *e)
{
	struct epoll_event events[EVENTS_MAX];

	while (!u->has_ended) {
		int n = epoll_wait(u->epoll_fd, events, EVENTS_MAX,
				   next_timeout(u));
		int r;

		if (n < 0 && errno != EINTR)
			return err_set(e, errno, "epoll_wait");
		read_clocks(u);
		for (int i = 0; i < n; i++) {
			r = dispatch(u, events[i].data.u64, e);
			if (r < 0)
				return r;
		}
		r = tick(u, n <= 0, e);
		if (r < 0)
			return r;
	}
	return 0;
}
