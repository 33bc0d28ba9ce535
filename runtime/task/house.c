#include "runtime/task/house.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/bus.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/lifetime.h"
#include "runtime/base/record.h"
#include "runtime/base/source.h"
#include "runtime/image/image.h"
#include "runtime/net/net.h"
#include "runtime/task/guard.h"
#include "runtime/task/window.h"

#define VERSION_PATH "/usr/lib/cloister/version"

static int copy(char *to, size_t cap, const char *from, struct err *e)
{
	int n = snprintf(to, cap, "%s", from);

	if (n < 0 || (size_t)n >= cap)
		return err_set(e, ENAMETOOLONG, "%.32s...", from);
	return 0;
}

static int copy_attributes(const struct plan_pairs *from,
			   struct channel_config *c, struct err *e)
{
	if (from->count > CHANNEL_ATTRIBUTES_MAX)
		return err_set(e, E2BIG, "%u attributes", from->count);
	for (uint32_t i = 0; i < from->count; i++) {
		struct channel_attribute *a = &c->attributes[i];
		int r = copy(a->name, sizeof(a->name), from->items[i].name, e);

		if (r == 0)
			r = copy(a->value, sizeof(a->value),
				 from->items[i].value, e);
		if (r < 0)
			return r;
	}
	c->attribute_count = from->count;
	return 0;
}

int house_channel_config(const struct plan *p, const char *image_version,
			 struct channel_config *c, struct err *e)
{
	const struct plan_instance *i = &p->instance;
	const char *logs = i->telemetry_logs_endpoint[0] ?
				   i->telemetry_logs_endpoint :
				   i->telemetry_endpoint;
	int r;

	*c = (struct channel_config){ .size = sizeof(*c) };
	r = copy(c->endpoint, sizeof(c->endpoint), i->telemetry_endpoint, e);
	if (r == 0)
		r = copy(c->logs_endpoint, sizeof(c->logs_endpoint), logs, e);
	if (r == 0)
		r = copy(c->instance_id, sizeof(c->instance_id), i->id, e);
	if (r == 0)
		r = copy(c->image_version, sizeof(c->image_version),
			 image_version, e);
	return r < 0 ? r : copy_attributes(&i->attributes, c, e);
}

/*
 * Seconds after boot. Asked once, and init only ever shortens: no clock that
 * is set later changes it.
 */
static int64_t drain_after_s(const struct plan_instance *i)
{
	int64_t now_s = (int64_t)time(NULL);
	int64_t latest_s = now_s + i->drain_after_s - clock_age_ms() / 1000;
	enum window_reason reason;
	struct window w;
	int64_t chosen_s;

	if (!window_of_instance(i, &w))
		return i->drain_after_s;
	chosen_s =
		window_choose(&w, now_s, latest_s, LIFETIME_MARGIN_S, &reason);
	RECORD(WINDOW_CHOSEN, RECORD_W(window_reason_words[reason]),
	       RECORD_N(chosen_s), RECORD_N(latest_s));
	return i->drain_after_s - (latest_s - chosen_s);
}

/* init takes whatever is earlier; the image's own, by default. */
static int tell_lifetime(const struct plan *p, struct err *e)
{
	int r = bus_tell(BUS_FD, BUS_DRAIN_AT, drain_after_s(&p->instance), e);

	if (r == 0)
		r = bus_tell(BUS_FD, BUS_DEAD_AT, p->instance.dead_after_s, e);
	return r;
}

static int tell_uplink(const struct plan *p, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	AUTO_FREE struct channel_config *c = malloc(sizeof(*c));
	char version[CHANNEL_ID_MAX];
	int r;

	if (!c)
		return err_set(e, ENOMEM, "malloc(channel_config)");
	r = (int)fd_read_file(AT_FDCWD, VERSION_PATH, version, sizeof(version),
			      e);
	if (r > 0)
		r = house_channel_config(p, version, c, e);
	if (r < 0)
		return r;
	fd = fd_sealed("uplink-config", c, sizeof(*c), e);
	if (fd < 0)
		return fd;
	return bus_keep(BUS_FD, BUS_UPLINK, "uplink-config", fd, NULL, 0, e);
}

/* After the guard: courier asks at once. */
static int tell_courier(const struct plan *p, struct err *e)
{
	const struct plan_instance *i = &p->instance;
	struct source_config s = {
		.size = sizeof(s),
		.interval_s = (uint32_t)i->documents_interval_s,
	};
	AUTO_CLOSE int fd = -1;
	int r = copy(s.url, sizeof(s.url), i->documents_url, e);

	if (r < 0)
		return r;
	fd = fd_sealed(SOURCE_NAME, &s, sizeof(s), e);
	if (fd < 0)
		return fd;
	return bus_keep(BUS_FD, BUS_COURIER, SOURCE_NAME, fd, NULL, 0, e);
}

/* Even without an endpoint: then uplink reaches nothing, for good. */
static int close_guard(const struct plan *p, int map, struct err *e)
{
	const struct plan_instance *i = &p->instance;
	struct guard_endpoints endpoints;
	int r;

	if (guard_endpoints_of(i->telemetry_endpoint,
			       i->telemetry_logs_endpoint, &endpoints, e) < 0)
		err_print(2, "runtime", e);
	if (guard_source_of(i->documents_url, &endpoints.source[0], e) < 0)
		err_print(2, "runtime", e);
	endpoints.metadata_is_open = i->metadata_is_open;
	r = guard_close(map, &endpoints, e);
	if (r == 0 && i->metadata_is_open)
		RECORD(METADATA_OPENED, RECORD_W("enabled"));
	return r;
}

int house_set_up(const struct plan *p, int guard, struct err *e)
{
	int r = tell_lifetime(p, e);

	if (r < 0)
		return r;
	if (p->instance.network_address[0])
		r = net_instance(p->instance.network_address,
				 p->instance.network_gateway, e);
	if (r < 0)
		err_print(2, "runtime", e);
	r = close_guard(p, guard, e);
	if (r == 0 && p->instance.telemetry_endpoint[0])
		r = tell_uplink(p, e);
	if (r == 0 && p->instance.documents_url[0])
		r = tell_courier(p, e);
	return r < 0 ? r : image_setup(e);
}

int house_follow(const struct plan *now, const struct plan *next, struct err *e)
{
	struct window was = { { false } }, is = { { false } };

	window_of_instance(&now->instance, &was);
	window_of_instance(&next->instance, &is);
	if (memcmp(&was, &is, sizeof(was)) == 0 &&
	    now->instance.drain_after_s == next->instance.drain_after_s &&
	    now->instance.dead_after_s == next->instance.dead_after_s)
		return 0;
	return tell_lifetime(next, e);
}

uint64_t house_permitted(const struct plan *p)
{
	const struct plan_strings *names = &p->instance.privileged_capabilities;
	uint64_t set = grant_default_set();

	for (uint32_t i = 0; i < names->count; i++) {
		const struct grant_row *row = grant_find(names->items[i]);

		if (row)
			set |= 1ULL << row->capability;
	}
	return set;
}
