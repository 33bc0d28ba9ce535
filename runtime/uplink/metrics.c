#include "runtime/uplink/metrics.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "runtime/base/fd.h"
#include "runtime/uplink/cgstat.h"
#include "runtime/uplink/otlp.h"

#define FILE_MAX_BYTES 16384

/*
 * A point read from a file. Rows of one metric (the same name) follow each
 * other; each is one point, told apart by the attribute.
 */
struct metric_row {
	const char *file;
	enum cgstat_form form;
	const char *key;
	const char *name;
	const char *unit;
	enum otlp_kind kind;
	double scale; /* 0: an integer as it is; else times this */
	const char *attribute;
	const char *value;
};

#define MICROSECONDS 1e-6
#define KIBIBYTES 1024.0
#define PSI "cloister.container.pressure."

/* clang-format off */
static const struct metric_row container_rows[] = {
	{ "cpu.stat", CGSTAT_KEYED, "user_usec", "container.cpu.time", "s",
	  OTLP_COUNTER, MICROSECONDS, "cpu.mode", "user" },
	{ "cpu.stat", CGSTAT_KEYED, "system_usec", "container.cpu.time", "s",
	  OTLP_COUNTER, MICROSECONDS, "cpu.mode", "system" },
	{ "cpu.stat", CGSTAT_KEYED, "nr_throttled",
	  "cloister.container.cpu.throttled", "{period}", OTLP_COUNTER, 0, NULL, NULL },
	{ "cpu.stat", CGSTAT_KEYED, "throttled_usec",
	  "cloister.container.cpu.throttled.time", "s", OTLP_COUNTER, MICROSECONDS, NULL, NULL },
	{ "memory.current", CGSTAT_FLAT, NULL, "container.memory.usage", "By",
	  OTLP_UPDOWN, 0, NULL, NULL },
	{ "memory.peak", CGSTAT_FLAT, NULL, "cloister.container.memory.peak", "By",
	  OTLP_GAUGE, 0, NULL, NULL },
	/* No limit reads "max": then there is no such point. */
	{ "memory.max", CGSTAT_FLAT, NULL, "cloister.container.memory.limit", "By",
	  OTLP_UPDOWN, 0, NULL, NULL },
	{ "memory.stat", CGSTAT_KEYED, "anon", "container.memory.rss", "By",
	  OTLP_UPDOWN, 0, NULL, NULL },
	{ "memory.stat", CGSTAT_KEYED, "file", "cloister.container.memory.file", "By",
	  OTLP_UPDOWN, 0, NULL, NULL },
	{ "memory.stat", CGSTAT_KEYED, "slab", "cloister.container.memory.slab", "By",
	  OTLP_UPDOWN, 0, NULL, NULL },
	{ "memory.stat", CGSTAT_KEYED, "pgmajfault", "container.memory.paging.faults",
	  "{fault}", OTLP_COUNTER, 0, "system.paging.fault.type", "major" },
	{ "memory.events", CGSTAT_KEYED, "max", "cloister.container.memory.limit_hits",
	  "{event}", OTLP_COUNTER, 0, NULL, NULL },
	{ "memory.events", CGSTAT_KEYED, "oom", "cloister.container.memory.oom",
	  "{event}", OTLP_COUNTER, 0, NULL, NULL },
	{ "memory.events", CGSTAT_KEYED, "oom_kill", "cloister.container.memory.oom_kills",
	  "{process}", OTLP_COUNTER, 0, NULL, NULL },
	{ "io.stat", CGSTAT_NESTED, "rbytes", "container.disk.io", "By",
	  OTLP_COUNTER, 0, "disk.io.direction", "read" },
	{ "io.stat", CGSTAT_NESTED, "wbytes", "container.disk.io", "By",
	  OTLP_COUNTER, 0, "disk.io.direction", "write" },
	{ "io.stat", CGSTAT_NESTED, "rios", "cloister.container.disk.operations",
	  "{operation}", OTLP_COUNTER, 0, "disk.io.direction", "read" },
	{ "io.stat", CGSTAT_NESTED, "wios", "cloister.container.disk.operations",
	  "{operation}", OTLP_COUNTER, 0, "disk.io.direction", "write" },
	{ "pids.current", CGSTAT_FLAT, NULL, "cloister.container.pids", "{process}",
	  OTLP_UPDOWN, 0, NULL, NULL },
	{ "pids.events", CGSTAT_KEYED, "max", "cloister.container.pids.limit_hits",
	  "{event}", OTLP_COUNTER, 0, NULL, NULL },
	{ "cpu.pressure", CGSTAT_PRESSURE, "some", PSI "cpu", "s",
	  OTLP_COUNTER, MICROSECONDS, "cloister.pressure.kind", "some" },
	{ "cpu.pressure", CGSTAT_PRESSURE, "full", PSI "cpu", "s",
	  OTLP_COUNTER, MICROSECONDS, "cloister.pressure.kind", "full" },
	{ "memory.pressure", CGSTAT_PRESSURE, "some", PSI "memory", "s",
	  OTLP_COUNTER, MICROSECONDS, "cloister.pressure.kind", "some" },
	{ "memory.pressure", CGSTAT_PRESSURE, "full", PSI "memory", "s",
	  OTLP_COUNTER, MICROSECONDS, "cloister.pressure.kind", "full" },
	{ "io.pressure", CGSTAT_PRESSURE, "some", PSI "io", "s",
	  OTLP_COUNTER, MICROSECONDS, "cloister.pressure.kind", "some" },
	{ "io.pressure", CGSTAT_PRESSURE, "full", PSI "io", "s",
	  OTLP_COUNTER, MICROSECONDS, "cloister.pressure.kind", "full" },
};

static const struct metric_row instance_rows[] = {
	{ "meminfo", CGSTAT_KEYED, "MemTotal", "system.memory.limit", "By",
	  OTLP_UPDOWN, KIBIBYTES, NULL, NULL },
	{ "meminfo", CGSTAT_KEYED, "MemFree", "system.memory.usage", "By",
	  OTLP_UPDOWN, KIBIBYTES, "system.memory.state", "free" },
	{ "meminfo", CGSTAT_KEYED, "Cached", "system.memory.usage", "By",
	  OTLP_UPDOWN, KIBIBYTES, "system.memory.state", "cached" },
	{ "meminfo", CGSTAT_KEYED, "MemAvailable", "system.linux.memory.available", "By",
	  OTLP_UPDOWN, KIBIBYTES, NULL, NULL },
};

/* One point of a metric for each service that lives as long as the machine. */
#define EACH_SERVICE(file, form, key, name, unit, kind, scale) \
	{ "host/init/" file, form, key, name, unit, kind, scale, \
	  "cloister.service", "init" }, \
	{ "host/runtime/" file, form, key, name, unit, kind, scale, \
	  "cloister.service", "runtime" }, \
	{ "host/courier/" file, form, key, name, unit, kind, scale, \
	  "cloister.service", "courier" }, \
	{ "host/uplink/" file, form, key, name, unit, kind, scale, \
	  "cloister.service", "uplink" }, \
	{ "host/metadata/" file, form, key, name, unit, kind, scale, \
	  "cloister.service", "metadata" }

/* The house's own share of the machine. */
static const struct metric_row service_rows[] = {
	EACH_SERVICE("memory.current", CGSTAT_FLAT, NULL,
		     "cloister.service.memory.usage", "By", OTLP_UPDOWN, 0),
	EACH_SERVICE("memory.stat", CGSTAT_KEYED, "anon",
		     "cloister.service.memory.anonymous", "By", OTLP_UPDOWN, 0),
	EACH_SERVICE("cpu.stat", CGSTAT_KEYED, "usage_usec",
		     "cloister.service.cpu.time", "s", OTLP_COUNTER, MICROSECONDS),
};

struct decimal_row {
	const char *file;
	unsigned int index;
	const char *name;
	const char *unit;
};

static const struct decimal_row decimal_rows[] = {
	{ "loadavg", 0, "system.cpu.load_average.1m", "{thread}" },
	{ "loadavg", 1, "system.cpu.load_average.5m", "{thread}" },
	{ "loadavg", 2, "system.cpu.load_average.15m", "{thread}" },
	{ "uptime", 0, "system.uptime", "s" },
};

struct own_row {
	const char *name;
	const char *unit;
	enum otlp_kind kind;
	const char *attribute;
	const char *value;
};

static const struct own_row own_rows[METRICS_OWN_COUNT] = {
	[METRICS_OPERATOR_QUEUE] = { "cloister.uplink.queue.records", "{record}", OTLP_UPDOWN,
		"cloister.channel", "operator" },
	[METRICS_CUSTOMER_QUEUE] = { "cloister.uplink.queue.bytes", "By", OTLP_UPDOWN,
		"cloister.channel", "customer" },
	[METRICS_RECORDS_LOST] = { "cloister.uplink.records.lost", "{record}", OTLP_COUNTER,
		"cloister.channel", "operator" },
	[METRICS_LINES_SENT] = { "cloister.uplink.lines.sent", "{line}", OTLP_COUNTER,
		NULL, NULL },
	[METRICS_LINES_DROPPED] = { "cloister.uplink.lines.dropped", "{line}", OTLP_COUNTER,
		NULL, NULL },
	[METRICS_BYTES_DROPPED] = { "cloister.uplink.bytes.dropped", "By", OTLP_COUNTER,
		NULL, NULL },
	[METRICS_OPERATOR_REJECTED] = { "cloister.uplink.items.rejected", "{item}", OTLP_COUNTER,
		"cloister.channel", "operator" },
	[METRICS_CUSTOMER_REJECTED] = { "cloister.uplink.items.rejected", "{item}", OTLP_COUNTER,
		"cloister.channel", "customer" },
	[METRICS_OPERATOR_RETRIES] = { "cloister.uplink.retries", "{attempt}", OTLP_COUNTER,
		"cloister.channel", "operator" },
	[METRICS_CUSTOMER_RETRIES] = { "cloister.uplink.retries", "{attempt}", OTLP_COUNTER,
		"cloister.channel", "customer" },
	[METRICS_SAMPLES_DROPPED] = { "cloister.uplink.samples.dropped", "{request}",
		OTLP_COUNTER, NULL, NULL },
	[METRICS_TASKS_RUNNING] = { "cloister.tasks.running", "{task}", OTLP_UPDOWN,
		NULL, NULL },
	[METRICS_CONTAINERS_RUNNING] = { "cloister.containers.running", "{container}",
		OTLP_UPDOWN, NULL, NULL },
	[METRICS_DRAIN_IN] = { "cloister.lifetime.drain_in", "s", OTLP_GAUGE, NULL, NULL },
	[METRICS_DEAD_IN] = { "cloister.lifetime.dead_in", "s", OTLP_GAUGE, NULL, NULL },
};
/* clang-format on */

/* One resource being written: points of one metric come one after another. */
struct sheet {
	struct json *j;
	uint64_t start_ns, now_ns;
	const char *open_name; /* metric that is open, or NULL */
	enum otlp_kind open_kind;
	unsigned int metrics;
};

static void sheet_end(struct sheet *s)
{
	if (s->open_name)
		otlp_metric_close(s->j, s->open_kind);
	s->open_name = NULL;
}

static void sheet_point(struct sheet *s, const char *name, const char *unit,
			enum otlp_kind kind, struct otlp_point p)
{
	if (!s->open_name || strcmp(s->open_name, name) != 0) {
		sheet_end(s);
		otlp_metric_open(s->j, name, unit, kind);
		s->open_name = name;
		s->open_kind = kind;
		s->metrics++;
	}
	p.start_ns = kind == OTLP_GAUGE ? 0 : s->start_ns;
	p.time_ns = s->now_ns;
	otlp_point(s->j, &p);
}

static struct otlp_point scaled(int64_t n, double scale)
{
	if (scale > 0)
		return (struct otlp_point){ .is_double = true,
					    .real = (double)n * scale };
	return (struct otlp_point){ .number = n };
}

/* Every file is read once: rows of one file stand together in the table. */
static void put_rows(struct sheet *s, int dirfd, const struct metric_row *rows,
		     size_t count)
{
	char text[FILE_MAX_BYTES];
	const char *loaded = "";
	ssize_t len = -1;
	int64_t n;

	for (size_t i = 0; i < count; i++) {
		const struct metric_row *r = &rows[i];
		struct otlp_point p;

		if (strcmp(loaded, r->file) != 0)
			len = fd_read_file(dirfd, r->file, text, sizeof(text),
					   NULL);
		loaded = r->file;
		if (len < 0 || !cgstat_read(r->form, text, r->key, &n))
			continue;
		p = scaled(n, r->scale);
		p.keys[0] = r->attribute;
		p.values[0] = r->value;
		sheet_point(s, r->name, r->unit, r->kind, p);
	}
}

static void put_streams(struct sheet *s, const struct metrics_container *c)
{
	const struct {
		const char *name, *unit;
		enum otlp_kind kind;
		uint64_t n;
	} rows[] = {
		{ "cloister.log.lines.sent", "{line}", OTLP_COUNTER,
		  c->lines.sent_lines },
		{ "cloister.log.lines.dropped", "{line}", OTLP_COUNTER,
		  c->lines.dropped_lines },
		{ "cloister.log.bytes.dropped", "By", OTLP_COUNTER,
		  c->lines.dropped_bytes },
		{ "cloister.log.bytes.queued", "By", OTLP_UPDOWN,
		  c->lines.queued_bytes },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		sheet_point(s, rows[i].name, rows[i].unit, rows[i].kind,
			    scaled((int64_t)rows[i].n, 0));
}

static int open_cgroup(const struct metrics_paths *paths,
		       const struct channel_stream *c)
{
	char path[CHANNEL_TASK_ID_MAX + CHANNEL_NAME_MAX + 16];
	AUTO_CLOSE int root = openat(AT_FDCWD, paths->cgroup,
				     O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return -errno;
	snprintf(path, sizeof(path), "tasks/%s/%s", c->task_id, c->container);
	return openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

unsigned int metrics_put_container(struct json *j,
				   const struct metrics_paths *paths,
				   const struct channel_config *config,
				   const struct metrics_container *c,
				   uint64_t now_ns)
{
	AUTO_CLOSE int dirfd = open_cgroup(paths, &c->origin);
	struct sheet s = { .j = j,
			   .start_ns = c->first_seen_ns,
			   .now_ns = now_ns };
	struct json saved = *j;

	if (dirfd < 0 && !c->has_news)
		return 0;
	otlp_resource_open(j, OTLP_METRICS, config, &c->origin);
	if (dirfd >= 0)
		put_rows(&s, dirfd, container_rows, ARRAY_SIZE(container_rows));
	put_streams(&s, c);
	sheet_end(&s);
	otlp_resource_close(j);
	if (!j->is_full)
		return s.metrics;
	*j = saved;
	return 0;
}

static void put_decimals(struct sheet *s, int dirfd)
{
	char text[256];
	double d;

	for (size_t i = 0; i < ARRAY_SIZE(decimal_rows); i++) {
		const struct decimal_row *r = &decimal_rows[i];

		if (fd_read_file(dirfd, r->file, text, sizeof(text), NULL) >
			    0 &&
		    cgstat_decimal(text, r->index, &d))
			sheet_point(s, r->name, r->unit, OTLP_GAUGE,
				    (struct otlp_point){ .is_double = true,
							 .real = d });
	}
}

static void put_data_use(struct sheet *s, const char *path)
{
	static const char name[] = "system.filesystem.usage";
	struct otlp_point p = {
		.keys = { "system.filesystem.state",
			  "system.filesystem.mountpoint" },
		.values = { "used", "/data" },
	};
	struct statvfs v;

	if (statvfs(path, &v) < 0)
		return;
	p.number = (int64_t)((v.f_blocks - v.f_bfree) * v.f_frsize);
	sheet_point(s, name, "By", OTLP_UPDOWN, p);
	p.values[0] = "free";
	p.number = (int64_t)(v.f_bfree * v.f_frsize);
	sheet_point(s, name, "By", OTLP_UPDOWN, p);
}

static void put_own(struct sheet *s, const int64_t own[METRICS_OWN_COUNT])
{
	for (size_t i = 0; i < METRICS_OWN_COUNT; i++) {
		struct otlp_point p = scaled(own[i], 0);

		p.keys[0] = own_rows[i].attribute;
		p.values[0] = own_rows[i].value;
		sheet_point(s, own_rows[i].name, own_rows[i].unit,
			    own_rows[i].kind, p);
	}
}

unsigned int metrics_put_instance(struct json *j,
				  const struct metrics_paths *paths,
				  const struct channel_config *config,
				  const int64_t own[METRICS_OWN_COUNT],
				  uint64_t start_ns, uint64_t now_ns)
{
	AUTO_CLOSE int proc =
		openat(AT_FDCWD, paths->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int cgroup = openat(AT_FDCWD, paths->cgroup,
				       O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct sheet s = { .j = j, .start_ns = start_ns, .now_ns = now_ns };
	struct json saved = *j;

	otlp_resource_open(j, OTLP_METRICS, config, NULL);
	if (proc >= 0) {
		put_rows(&s, proc, instance_rows, ARRAY_SIZE(instance_rows));
		put_decimals(&s, proc);
	}
	if (cgroup >= 0)
		put_rows(&s, cgroup, service_rows, ARRAY_SIZE(service_rows));
	put_data_use(&s, paths->data);
	put_own(&s, own);
	sheet_end(&s);
	otlp_resource_close(j);
	if (!j->is_full)
		return s.metrics;
	*j = saved;
	return 0;
}
