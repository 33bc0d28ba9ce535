// SPDX-License-Identifier: MIT
#include "runtime/metadata/server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "runtime/base/bus.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/metadata/answer.h"
#include "runtime/metadata/connection.h"
#include "runtime/metadata/stats.h"
#include "runtime/metadata/tasks.h"

#define SWEEP_MS 1000
#define ID_MAX (CHANNEL_TASK_ID_MAX + 16) /* of a container */
#define STATS_TEXT_MAX (DESCRIPTION_CONTAINERS_MAX * 16384u)

struct place { /* a task with all that is its own here */
	struct task task;
	bool is_waited_for; /* its door is in the epoll set */
	struct connection connections[SERVER_CONNECTIONS];
	struct stats stats[DESCRIPTION_CONTAINERS_MAX];
};

struct server {
	int bus;
	int epoll;
	const struct server_options *options;
	uint32_t open; /* connections of all places */
	int64_t sweep_at_ms;
	char stats_text[STATS_TEXT_MAX];
	struct place *places[DESCRIPTION_TASKS_MAX]; /* NULL: never used */
};

/* Epoll data: what it is, of which place, and which of the connections. */
enum tag { TAG_BUS, TAG_DOOR, TAG_CONNECTION };
#define TAG(kind, n, c) ((uint64_t)(kind) << 32 | (uint64_t)(n) << 8 | (c))

static int watch(struct server *s, int fd, int how, unsigned int events,
		 uint64_t tag)
{
	struct epoll_event ev = { .events = events, .data.u64 = tag };

	return epoll_ctl(s->epoll, how, fd, &ev) < 0 ? -errno : 0;
}

/* ------------------------------------------------------------------ doors */

/* A door is waited for while there is room for one more behind it. */
static void wait_at_door(struct server *s, uint32_t n, bool is_wanted)
{
	struct place *p = s->places[n];

	if (p->task.door < 0 || p->is_waited_for == is_wanted)
		return;
	if (watch(s, p->task.door, is_wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
		  EPOLLIN, TAG(TAG_DOOR, n, 0u)) == 0)
		p->is_waited_for = is_wanted;
}

static void end_connection(struct server *s, uint32_t n, struct connection *c)
{
	connection_close(c);
	s->open--;
	wait_at_door(s, n, true);
}

static void close_door(struct server *s, uint32_t n)
{
	struct place *p = s->places[n];

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (p->connections[i].state != CONNECTION_FREE)
			end_connection(s, n, &p->connections[i]);
	wait_at_door(s, n, false);
	fd_close(&p->task.door);
	memset(p->stats, 0, sizeof(p->stats));
}

static struct connection *free_connection(struct place *p)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (p->connections[i].state == CONNECTION_FREE)
			return &p->connections[i];
	return NULL;
}

/* Asking again and again would help nobody; a newer door may. */
static void give_up_door(struct server *s, uint32_t n, int error)
{
	struct err e = ERR_NONE;

	wait_at_door(s, n, false);
	err_set(&e, error, "accept4(door %" PRIu32 ")", n);
	err_print(2, "metadata", &e);
}

static void on_door(struct server *s, uint32_t n)
{
	struct place *p = s->places[n];
	struct connection *c = free_connection(p);
	AUTO_CLOSE int fd = -1;

	if (!c) {
		wait_at_door(s, n, false);
		return;
	}
	fd = accept4(p->task.door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && errno != EAGAIN && errno != ECONNABORTED) {
		give_up_door(s, n, errno);
		return;
	}
	if (fd < 0 ||
	    watch(s, fd, EPOLL_CTL_ADD, EPOLLIN,
		  TAG(TAG_CONNECTION, n, (uint64_t)(c - p->connections))) < 0)
		return;
	connection_open(c, take_fd(&fd), clock_ms());
	if (s->open++ == 0)
		s->sweep_at_ms = clock_ms() + SWEEP_MS;
}

/* ---------------------------------------------------------------- answers */

static void container_id(const struct description *d, uint32_t c,
			 char id[ID_MAX])
{
	snprintf(id, ID_MAX, "%s-%" PRIu32, d->task_id, c + 1);
}

/* One that does not run has no statistics, as ECS has it. */
static void write_stats(struct server *s, struct place *p,
			const struct description *d, uint32_t c, struct json *j)
{
	const struct description_container *about = &d->containers[c];
	char path[512], id[ID_MAX];
	int r = -ENOENT;

	container_id(d, c, id);
	if (about->is_running &&
	    snprintf(path, sizeof(path), "%s/%s/%s", s->options->tasks,
		     d->task_id, about->name) < (int)sizeof(path))
		r = stats_read(&p->stats[c], path, s->options->proc,
			       strcmp(p->task.counters_id, d->task_id) == 0 ?
				       p->task.counters :
				       -1,
			       NULL);
	if (r == 0)
		stats_write(&p->stats[c], about->name, id, j);
	else
		json_nothing(j);
}

static void write_all_stats(struct server *s, struct place *p,
			    const struct description *d, struct json *j)
{
	json_open(j, '{');
	for (uint32_t c = 0; c < d->count; c++) {
		char id[ID_MAX];

		container_id(d, c, id);
		json_key(j, id);
		write_stats(s, p, d, c, j);
	}
	json_close(j, '}');
}

static char *answer_stats(struct server *s, struct place *p,
			  const struct description *d,
			  const struct request_verdict *v, size_t *len)
{
	struct json j;

	json_start(&j, s->stats_text, sizeof(s->stats_text));
	if (v->what == REQUEST_STATS)
		write_stats(s, p, d, v->container, &j);
	else
		write_all_stats(s, p, d, &j);
	return j.is_full ? answer_new(503, NULL, 0, len) :
			   answer_new(200, j.text, j.len, len);
}

static char *answer_text(const struct description *d, struct description_text x,
			 size_t *len)
{
	return x.len ? answer_new(200, tasks_text(d, x), x.len, len) :
		       answer_new(503, NULL, 0, len);
}

static size_t pending(const struct place *p)
{
	size_t sum = 0;

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		sum += p->connections[i].answer_len;
	return sum;
}

/* The answer to a complete request. */
static char *find_answer(struct server *s, struct place *p,
			 const struct connection *c, size_t *len)
{
	const struct description *d = tasks_described(&p->task);
	struct request_verdict v;

	if (!throttle_take(&p->task.throttle, clock_ns(CLOCK_BOOTTIME) / 1000,
			   s->options->per_s))
		return answer_new(429, NULL, 0, len);
	if (!d || pending(p) > SERVER_PENDING_MAX)
		return answer_new(503, NULL, 0, len);
	v = request_judge(&c->request, d->task_id, d->count);
	if (v.status != 200)
		return answer_new(v.status, NULL, 0, len);
	switch (v.what) {
	case REQUEST_CONTAINER:
		return answer_text(d, d->containers[v.container].json, len);
	case REQUEST_TASK:
		return answer_text(d, d->task, len);
	case REQUEST_STATS:
	case REQUEST_TASK_STATS:
		return answer_stats(s, p, d, &v, len);
	}
	return NULL;
}

/* ------------------------------------------------------------- connections */

static void on_request(struct server *s, uint32_t n, struct connection *c,
		       int status)
{
	struct place *p = s->places[n];
	size_t len = 0;
	char *answer = status == 200 ?
			       find_answer(s, p, c, &len) :
			       answer_new((unsigned int)status, NULL, 0, &len);

	if (!answer) {
		end_connection(s, n, c);
		return;
	}
	connection_answer(c, answer, len);
}

/* What it waits for: room to send, or the other side. */
static void rewatch(struct server *s, uint32_t n, uint32_t i)
{
	struct connection *c = &s->places[n]->connections[i];

	if (watch(s, c->fd, EPOLL_CTL_MOD,
		  c->state == CONNECTION_WRITES ? EPOLLOUT : EPOLLIN,
		  TAG(TAG_CONNECTION, n, i)) < 0)
		end_connection(s, n, c);
}

static void on_connection(struct server *s, uint32_t n, uint32_t i)
{
	struct connection *c = &s->places[n]->connections[i];
	int r;

	if (c->state == CONNECTION_READS) {
		r = connection_read(c);
		if (r == 0)
			return;
		if (r < 0) {
			end_connection(s, n, c);
			return;
		}
		on_request(s, n, c, r);
	}
	if (c->state == CONNECTION_FREE)
		return;
	if (connection_go_on(c))
		end_connection(s, n, c);
	else
		rewatch(s, n, i);
}

/* Connections whose time is over. */
static void sweep(struct server *s)
{
	int64_t now = clock_ms();

	if (s->open == 0 || now < s->sweep_at_ms)
		return;
	s->sweep_at_ms = now + SWEEP_MS;
	for (uint32_t n = 0; n < DESCRIPTION_TASKS_MAX; n++) {
		struct place *p = s->places[n];

		for (size_t i = 0; p && i < SERVER_CONNECTIONS; i++)
			if (p->connections[i].state != CONNECTION_FREE &&
			    p->connections[i].deadline_ms <= now)
				end_connection(s, n, &p->connections[i]);
	}
}

/* --------------------------------------------------------------------- bus */

static struct place *place_at(struct server *s, uint32_t n)
{
	struct place *p = s->places[n];

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->task.door = p->task.counters = -1;
	s->places[n] = p;
	return p;
}

static int take_door(struct server *s, uint32_t n, const struct bus_message *m,
		     int *fd, struct err *e)
{
	struct task *t = &s->places[n]->task;
	int r;

	close_door(s, n);
	r = tasks_take_id(m->meta, m->meta_len, t->door_id, e);
	if (r < 0)
		return r;
	t->door = take_fd(fd);
	t->throttle = (struct throttle){ 0 };
	wait_at_door(s, n, true);
	return 0;
}

static int take_counters(struct server *s, uint32_t n,
			 const struct bus_message *m, int *fd, struct err *e)
{
	struct task *t = &s->places[n]->task;
	int r;

	fd_close(&t->counters);
	r = tasks_take_id(m->meta, m->meta_len, t->counters_id, e);
	if (r == 0)
		t->counters = take_fd(fd);
	return r;
}

static int take_description(struct server *s, uint32_t n,
			    const struct bus_message *m, int *fd, struct err *e)
{
	struct task *t = &s->places[n]->task;
	int r = tasks_take_description(t, *fd, e);

	(void)m;
	/* Only of this task: a newer one may have its door here already. */
	if (r < 0 || !t->about->is_over ||
	    strcmp(t->about->task_id, t->door_id) != 0)
		return r;
	close_door(s, n);
	fd_close(&t->counters);
	return 0;
}

static int on_given(struct server *s, const struct bus_message *m, int *fd,
		    struct err *e)
{
	static const struct {
		const char *name;
		int (*take)(struct server *s, uint32_t n,
			    const struct bus_message *m, int *fd,
			    struct err *e);
	} rows[] = {
		{ "door/", take_door },
		{ "counters/", take_counters },
		{ "task/", take_description },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].name);
		unsigned long n;

		if (strncmp(m->name, rows[i].name, len) != 0)
			continue;
		n = strtoul(m->name + len, NULL, 10);
		if (n >= DESCRIPTION_TASKS_MAX)
			return err_set(e, ERANGE, "%s", m->name);
		if (!place_at(s, (uint32_t)n))
			return err_set(e, ENOMEM, "calloc(place)");
		return rows[i].take(s, (uint32_t)n, m, fd, e);
	}
	return 0;
}

/* 1: the bus has ended. What cannot be taken is said and nothing else. */
static int on_bus(struct server *s, struct err *e)
{
	for (;;) {
		AUTO_CLOSE int fd = -1;
		struct bus_message m;
		struct err why = ERR_NONE;
		int r = bus_receive(s->bus, &m, &fd);

		if (r == -EAGAIN)
			return 0;
		if (r == 0)
			return 1;
		if (r < 0)
			return err_set(e, -r, "recvmsg(bus)");
		if (m.kind == BUS_GIVE && on_given(s, &m, &fd, &why) < 0)
			err_print(2, "metadata", &why);
	}
}

static int on_event(struct server *s, uint64_t tag, struct err *e)
{
	uint32_t n = (uint32_t)(tag >> 8 & 0xffffff);

	switch ((enum tag)(tag >> 32)) {
	case TAG_BUS:
		return on_bus(s, e);
	case TAG_DOOR:
		on_door(s, n);
		return 0;
	case TAG_CONNECTION:
		on_connection(s, n, (uint32_t)(tag & 0xff));
		return 0;
	}
	return 0;
}

/* -------------------------------------------------------------------- life */

int server_create(struct server **out, int bus,
		  const struct server_options *options, struct err *e)
{
	struct server *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, ENOMEM, "calloc(server)");
	s->bus = bus;
	s->options = options;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	r = s->epoll < 0 ?
		    -errno :
		    watch(s, bus, EPOLL_CTL_ADD, EPOLLIN, TAG(TAG_BUS, 0u, 0u));
	if (r < 0) {
		server_free(s);
		return err_set(e, -r, "epoll(bus)");
	}
	*out = s;
	return 0;
}

/* One event at a time: what it ends cannot be in a list of others. */
int server_run(struct server *s, struct err *e)
{
	int r = 0;

	while (r == 0) {
		struct epoll_event ev;
		int n = epoll_wait(s->epoll, &ev, 1, s->open ? SWEEP_MS : -1);

		if (n < 0 && errno != EINTR)
			return err_set(e, errno, "epoll_wait");
		if (n > 0)
			r = on_event(s, ev.data.u64, e);
		sweep(s);
	}
	return r < 0 ? r : 0;
}

void server_free(struct server *s)
{
	for (uint32_t n = 0; s && n < DESCRIPTION_TASKS_MAX; n++) {
		if (!s->places[n])
			continue;
		close_door(s, n);
		fd_close(&s->places[n]->task.counters);
		ptr_free(&s->places[n]->task.about);
		ptr_free(&s->places[n]);
	}
	if (s)
		fd_close(&s->epoll);
	free(s);
}
