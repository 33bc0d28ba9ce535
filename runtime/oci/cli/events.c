// SPDX-License-Identifier: MIT
/* The command events: statistics, and kills for lack of memory. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/statistics.h"
#include "runtime/oci/cli/store.h"

#define DEFAULT_INTERVAL_MS 5000

/* Go's form, as engines pass it: "5s", "1m30s", "500ms". */
static int parse_duration(const char *text, int64_t *out_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "ms", 1 },
		      { "s", 1000 },
		      { "m", 60000 },
		      { "h", 3600000 } };
	const char *at = text;

	*out_ms = 0;
	while (*at) {
		char *end;
		unsigned long n = strtoul(at, &end, 10);
		size_t i = 0;

		if (end == at || *at < '0' || *at > '9' || n > 1000000)
			return -EINVAL;
		while (i < ARRAY_SIZE(units) &&
		       strncmp(end, units[i].unit, strlen(units[i].unit)) != 0)
			i++;
		if (i == ARRAY_SIZE(units))
			return -EINVAL;
		*out_ms += (int64_t)n * units[i].ms;
		at = end + strlen(units[i].unit);
	}
	return *out_ms > 0 && *out_ms <= INT_MAX ? 0 : -EINVAL;
}

struct watch {
	const struct store *store;
	int64_t interval_ms;
	int end_fd;    /* cgroup.events */
	int memory_fd; /* memory.events.local; -1: no such controller */
	uint64_t kills;
};

static int print(const char *text, size_t length, struct err *e)
{
	int r = fd_write_all(STDOUT_FILENO, text, length);

	return r < 0 ? err_set(e, -r, "write(standard output)") : 0;
}

static int print_statistics(const struct store *s, struct err *e)
{
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = statistics_json(s->id, s->state.cgroup, &text, &length, e);

	return r < 0 ? r : print(text, length, e);
}

static int print_kills(struct watch *w, struct err *e)
{
	const char *id = w->store->id; /* nothing in an id needs an escape */
	char line[STORE_ID_MAX + 64];
	uint64_t kills;
	int n;

	if (w->memory_fd < 0 ||
	    oci_oom_kills(w->store->state.cgroup, &kills, NULL) < 0 ||
	    kills == w->kills)
		return 0;
	w->kills = kills;
	n = snprintf(line, sizeof(line), "{\"type\":\"oom\",\"id\":\"%s\"}\n",
		     id);
	return print(line, (size_t)n, e);
}

/* Returns 1 at the end of the container. */
static int wait_change(struct watch *w, int64_t deadline_ms, struct err *e)
{
	struct pollfd changed[] = {
		{ .fd = w->end_fd, .events = POLLPRI },
		{ .fd = w->memory_fd, .events = POLLPRI },
	};
	int64_t left_ms = deadline_ms - clock_ms();

	if (left_ms > 0 &&
	    poll(changed, ARRAY_SIZE(changed), (int)left_ms) < 0 &&
	    errno != EINTR)
		return err_set(e, errno, "poll(cgroup events)");
	return oci_is_empty(w->store->state.cgroup, e);
}

static int follow(struct watch *w, struct err *e)
{
	int64_t deadline_ms = clock_ms() + w->interval_ms;
	int r = oci_is_empty(w->store->state.cgroup, e);

	while (r == 0) {
		r = wait_change(w, deadline_ms, e);
		if (r < 0 || print_kills(w, e) < 0)
			return -e->code;
		if (r == 0 && clock_ms() >= deadline_ms) {
			r = print_statistics(w->store, e);
			deadline_ms = clock_ms() + w->interval_ms;
		}
	}
	return r < 0 ? r : 0;
}

static int watch(const struct store *s, int64_t interval_ms, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	AUTO_CLOSE int end_fd = -1;
	AUTO_CLOSE int memory_fd = -1;
	struct watch w = { .store = s, .interval_ms = interval_ms };
	int r = oci_cgroup_open(s->state.cgroup, &dir, e);

	if (r == 0)
		r = oci_events_fd(s->state.cgroup, &end_fd, e);
	if (r < 0)
		return r;
	memory_fd = openat(dir, "memory.events.local", O_RDONLY | O_CLOEXEC);
	w.end_fd = end_fd;
	w.memory_fd = memory_fd;
	if (oci_oom_kills(s->state.cgroup, &w.kills, NULL) < 0)
		w.kills = 0;
	return follow(&w, e);
}

static int show(const struct store *s, const struct options *o, struct err *e)
{
	int64_t interval_ms = DEFAULT_INTERVAL_MS;
	enum status status;
	int r;

	if (o->interval && parse_duration(o->interval, &interval_ms) < 0)
		return err_set(e, EINVAL, "option --interval %s", o->interval);
	r = store_status(s, &status, e);
	if (r < 0)
		return r;
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_set(e, ESRCH, "container not running");
	return o->is_stats ? print_statistics(s, e) : watch(s, interval_ms, e);
}

int command_events(struct cli *cli, struct err *e)
{
	struct store s;
	int r = store_get(&s, cli->options.root, cli->arguments[0], STORE_LOOK,
			  e);

	if (r == 0)
		r = show(&s, &cli->options, e);
	store_close(&s);
	return r;
}
