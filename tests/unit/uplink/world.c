#include "tests/unit/uplink/world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "policy/calls.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/uplink/uplink.h"

#define REQUEST_MAX (1024u * 1024u)

#if defined(__SANITIZE_ADDRESS__) || defined(__GLIBC__)
/* The filter is made for what musl calls. */
static const bool has_sandbox;
#else
static const bool has_sandbox = true;
#endif

int world_open(struct world *w)
{
	*w = (struct world){ .pid = -1,
			     .bus = -1,
			     .listener = -1,
			     .status = 200,
			     .answer = "{}" };
	for (size_t i = 0; i < WORLD_KEPT_MAX; i++)
		w->kept[i].fd = -1;
	for (size_t i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		w->connections[i].fd = -1;
	w->operator= json_array();
	w->customer = json_array();
	w->seen = calloc(1, WORLD_LINES_MAX + 1);
	strcpy(w->directory, "/tmp/uplink_test.XXXXXX");
	if (!w->operator|| !w->customer || !w->seen || !mkdtemp(w->directory))
		return -errno;
	world_collector(w, true);
	return w->listener < 0 ? -errno : 0;
}

static void close_connection(struct world_connection *c)
{
	fd_close(&c->fd);
	ptr_free(&c->bytes);
	c->len = 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void world_close(struct world *w)
{
	world_kill(w);
	world_collector(w, false);
	for (size_t i = 0; i < WORLD_KEPT_MAX; i++)
		fd_close(&w->kept[i].fd);
	json_decref(w->operator);
	json_decref(w->customer);
	free(w->seen);
	nftw(w->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ------------------------------------------------------------ init's part */

static void give(struct world *w, const struct world_kept *k)
{
	struct bus_message m = { .kind = BUS_GIVE,
				 .service = BUS_UPLINK,
				 .meta_len = k->meta_len };

	memcpy(m.name, k->name, sizeof(m.name));
	memcpy(m.meta, k->meta, k->meta_len);
	bus_send(w->bus, &m, k->fd);
}

static void serve(struct world *w, int bus)
{
	struct err e = ERR_NONE;
	struct metrics_paths paths = { w->directory, w->directory, "/tmp" };
	struct uplink *u;
	int r;

	r = uplink_create(&u, bus, &paths, &e);
	if (r == 0 && has_sandbox)
		r = allow_only(&calls_uplink, &e);
	if (r == 0)
		r = uplink_run(u, &e);
	if (r < 0)
		err_print(2, "uplink", &e);
	_exit(r < 0);
}

int world_start(struct world *w)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0, pair) < 0)
		return -errno;
	w->is_ready = false;
	w->pid = fork();
	if (w->pid == 0) {
		/* As after exec: the bus is fd 3, and there is no fd more. */
		if (dup2(pair[1], BUS_FD) < 0 ||
		    syscall(SYS_close_range, BUS_FD + 1, ~0u, 0) < 0)
			_exit(1);
		serve(w, BUS_FD);
	}
	close(pair[1]);
	w->bus = pair[0];
	for (size_t i = 0; i < WORLD_KEPT_MAX; i++)
		if (w->kept[i].fd >= 0)
			give(w, &w->kept[i]);
	bus_tell(w->bus, BUS_START, w->restarts++, NULL);
	return 0;
}

static struct world_kept *find(const struct world *w, const char *name)
{
	for (size_t i = 0; i < WORLD_KEPT_MAX; i++)
		if (w->kept[i].fd >= 0 && strcmp(w->kept[i].name, name) == 0)
			return (struct world_kept *)(uintptr_t)&w->kept[i];
	return NULL;
}

void world_forget(struct world *w, const char *name)
{
	struct world_kept *k = find(w, name);

	if (k)
		fd_close(&k->fd);
}

bool world_has(const struct world *w, const char *name)
{
	return find(w, name) != NULL;
}

int world_keep(struct world *w, const char *name, int fd, const void *meta,
	       size_t meta_len)
{
	struct world_kept *k = find(w, name);

	for (size_t i = 0; !k && i < WORLD_KEPT_MAX; i++)
		if (w->kept[i].fd < 0)
			k = &w->kept[i];
	if (!k)
		return -ENOSPC;
	fd_close(&k->fd);
	*k = (struct world_kept){ .fd = fd, .meta_len = (uint32_t)meta_len };
	snprintf(k->name, sizeof(k->name), "%s", name);
	if (meta_len)
		memcpy(k->meta, meta, meta_len);
	return 0;
}

static void hear(struct world *w, const struct bus_message *m, int fd)
{
	struct world_kept *k;

	switch (m->kind) {
	case BUS_KEEP:
		world_keep(w, m->name, fd, m->meta, m->meta_len);
		return;
	case BUS_DROP:
		if (strcmp(m->name, "ring/1") == 0 && world_has(w, "log/1"))
			w->early_drops++;
		k = find(w, m->name);
		if (k)
			fd_close(&k->fd);
		break;
	case BUS_READY:
		w->is_ready = true;
		break;
	case BUS_FLUSHED:
		w->is_flushed = true;
		w->flushed_value = m->value;
		break;
	default:
		break;
	}
	fd_close(&fd);
}

static void listen_to_bus(struct world *w)
{
	static struct bus_message m;
	int fd, r;

	while (w->bus >= 0 && (r = bus_receive(w->bus, &m, &fd)) != -EAGAIN) {
		if (r == 1)
			hear(w, &m, fd);
		else
			fd_close(&w->bus);
	}
}

void world_kill(struct world *w)
{
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
	}
	w->pid = -1;
	/* What it said last counts: init reads to the end before a restart. */
	listen_to_bus(w);
	fd_close(&w->bus);
}

/* --------------------------------------------------------- runtime's part */

int world_configure(struct world *w, const char *host)
{
	struct channel_config c = { .size = sizeof(c) };
	int fd;

	snprintf(c.endpoint, sizeof(c.endpoint), "http://%s:%u/op", host,
		 w->port);
	snprintf(c.logs_endpoint, sizeof(c.logs_endpoint), "http://%s:%u/cu",
		 host, w->port);
	strcpy(c.instance_id, "i-test");
	strcpy(c.image_version, "1.2.3");
	fd = fd_sealed("config", &c, sizeof(c), NULL);
	return world_keep(w, "uplink-config", fd, NULL, 0);
}

int world_stream(struct world *w, uint32_t n, enum channel_source source)
{
	struct channel_stream s = { .source = source, .number = n };
	char name[BUS_NAME_MAX];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	strcpy(s.task_id, "0123456789abcdef0123456789abcdef");
	strcpy(s.family, "sample");
	strcpy(s.container, "web");
	strcpy(s.image, "nginx");
	snprintf(name, sizeof(name), "log/%u", n);
	world_keep(w, name, ends[0], &s, sizeof(s));
	return ends[1];
}

/* ------------------------------------------------------- the collector's */

void world_collector(struct world *w, bool is_on)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(w->port),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int on = 1;

	fd_close(&w->listener);
	for (size_t i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		close_connection(&w->connections[i]);
	if (!is_on)
		return;
	w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(w->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(w->listener, (struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(w->listener, 8) < 0)
		fd_close(&w->listener);
	else if (getsockname(w->listener, (struct sockaddr *)&a, &len) == 0)
		w->port = ntohs(a.sin_port);
}

static json_int_t attribute_int(const json_t *record, const char *key)
{
	const json_t *list = json_object_get(record, "attributes");
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *name =
			json_string_value(json_object_get(one, "key"));
		const json_t *value = json_object_get(one, "value");
		const char *text =
			json_string_value(json_object_get(value, "intValue"));

		if (name && strcmp(name, key) == 0 && text)
			return strtoll(text, NULL, 10);
	}
	return -1;
}

/* Test lines are "line N ..." with N their number. */
static void note_record(struct world *w, const json_t *record)
{
	const char *body = json_string_value(json_object_get(
		json_object_get(record, "body"), "stringValue"));
	json_int_t number = attribute_int(record, "cloister.log.sequence");
	json_int_t gap = attribute_int(record, "cloister.gap.lines");

	if (gap > 0) {
		w->gap_lines += (uint64_t)gap;
		return;
	}
	if (!body || number < 1 || number > (json_int_t)WORLD_LINES_MAX)
		return;
	if (strncmp(body, "line ", 5) == 0 &&
	    strtoll(body + 5, NULL, 10) != number)
		w->mismatched++;
	if (w->seen[number] < 255)
		w->seen[number]++;
	if ((uint64_t)number > w->top)
		w->top = (uint64_t)number;
}

static void note_logs(struct world *w, const json_t *root)
{
	const json_t *resource, *scope, *record;
	size_t i, k, m;

	json_array_foreach(json_object_get(root, "resourceLogs"), i, resource)
		json_array_foreach(json_object_get(resource, "scopeLogs"), k,
				   scope)
			json_array_foreach(json_object_get(scope, "logRecords"),
					   m, record) note_record(w, record);
}

static void take_request(struct world *w, const char *head, const char *body,
			 size_t len)
{
	bool is_customer = strncmp(head, "POST /cu/", 9) == 0;
	json_t *root = json_loadb(body, len, JSON_REJECT_DUPLICATES, NULL);

	w->requests++;
	if (!root) {
		w->mismatched++;
		return;
	}
	if (w->status != 200) {
		json_decref(root);
		return;
	}
	w->accepted++;
	if (is_customer)
		note_logs(w, root);
	json_array_append_new(is_customer ? w->customer : w->operator, root);
}

static void answer(const struct world *w, int fd)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 %u Word\r\nContent-Length: %zu\r\n"
			 "Content-Type: application/json\r\n\r\n%s",
			 w->status, strlen(w->answer), w->answer);

	send(fd, text, (size_t)n, MSG_NOSIGNAL);
}

static void take_bytes(struct world *w, struct world_connection *c)
{
	const char *end, *length;
	size_t head, body;

	c->bytes[c->len] = '\0';
	end = strstr(c->bytes, "\r\n\r\n");
	length = strstr(c->bytes, "Content-Length: ");
	if (!end || !length)
		return;
	head = (size_t)(end - c->bytes) + 4;
	body = strtoul(length + 16, NULL, 10);
	if (c->len < head + body)
		return;
	take_request(w, c->bytes, c->bytes + head, body);
	memmove(c->bytes, c->bytes + head + body, c->len - head - body);
	c->len -= head + body;
	answer(w, c->fd);
}

static void read_connection(struct world *w, struct world_connection *c)
{
	ssize_t n = recv(c->fd, c->bytes + c->len, REQUEST_MAX - 1 - c->len,
			 MSG_DONTWAIT);

	if (n > 0) {
		c->len += (size_t)n;
		take_bytes(w, c);
	} else if (n == 0 || errno != EAGAIN) {
		close_connection(c);
	}
}

static void accept_connection(struct world *w)
{
	int fd = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < WORLD_CONNECTIONS_MAX; i++) {
		if (w->connections[i].fd >= 0)
			continue;
		w->connections[i].fd = fd;
		w->connections[i].bytes = malloc(REQUEST_MAX);
		return;
	}
	fd_close(&fd);
}

/* ---------------------------------------------------------------- turning */

void world_turn(struct world *w, int ms)
{
	struct pollfd p[2 + WORLD_CONNECTIONS_MAX];

	p[0] = (struct pollfd){ .fd = w->bus, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = w->listener, .events = POLLIN };
	for (size_t i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		p[2 + i] = (struct pollfd){ .fd = w->connections[i].fd,
					    .events = POLLIN };
	if (poll(p, 2 + WORLD_CONNECTIONS_MAX, ms) <= 0)
		return;
	if (p[0].revents)
		listen_to_bus(w);
	for (size_t i = 0; i < WORLD_CONNECTIONS_MAX; i++)
		if (p[2 + i].revents && w->connections[i].fd >= 0)
			read_connection(w, &w->connections[i]);
	if (p[1].revents)
		accept_connection(w);
}

bool world_until(struct world *w, bool (*is_done)(struct world *w), int ms)
{
	int64_t end = clock_ms() + ms;

	while (!is_done(w)) {
		if (clock_ms() >= end)
			return false;
		world_turn(w, 50);
	}
	return true;
}

static bool is_flushed(struct world *w)
{
	return w->is_flushed;
}

bool world_flush(struct world *w, int ms)
{
	w->is_flushed = false;
	bus_tell(w->bus, BUS_FLUSH, ms, NULL);
	return world_until(w, is_flushed, ms + 2000);
}

uint64_t world_count_seen(const struct world *w, uint64_t n)
{
	uint64_t count = 0;

	for (uint64_t i = 1; i <= n; i++)
		count += w->seen[i] > 0;
	return count;
}

bool world_holds(const json_t *channel, const char *needle)
{
	char *text = json_dumps(channel, JSON_COMPACT);
	bool is_there = text && strstr(text, needle);

	free(text);
	return is_there;
}
