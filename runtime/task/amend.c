// SPDX-License-Identifier: MIT
#include "runtime/task/amend.h"

#include <errno.h>

#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/base/wipe.h"
#include "runtime/task/change.h"
#include "runtime/task/house.h"
#include "runtime/task/placement.h"

static void free_plan(struct plan **p)
{
	plan_free(*p);
}

#define AUTO_PLAN __attribute__((cleanup(free_plan)))

static int read_plan(int fd, struct plan **p, struct err *e)
{
	AUTO_WIPE void *data = NULL;
	size_t len;
	int r = fd_read_sealed(fd, PLAN_BYTES_MAX, &data, &len, e);

	return r < 0 ? r : plan_unpack(data, len, p, e);
}

static int keep_plan(int bus, const struct plan *p, struct err *e)
{
	AUTO_WIPE void *data = NULL;
	AUTO_CLOSE int fd = -1;
	size_t len;
	int r = plan_pack(p, &data, &len, e);

	if (r < 0)
		return r;
	fd = fd_sealed("plan", data, len, e);
	if (fd < 0)
		return fd;
	return bus_keep(bus, BUS_RUNTIME, "plan", fd, NULL, 0, e);
}

static int refuse(int64_t serial, const char *path, const char *reason)
{
	RECORD(CHANGE_REFUSED, RECORD_N(serial), RECORD_W(path),
	       RECORD_W(reason));
	return 0;
}

/* From here on the old plan is gone; its strings live on in the new one. */
static int go_on_with(const struct amend *a, struct plan **merged,
		      int64_t serial, struct err *e)
{
	AUTO_PLAN struct plan *old = *a->plan;
	struct engine_difference d;

	*a->plan = take_ptr(merged);
	a->world->plan = *a->plan;
	engine_change(a->engine, *a->plan);
	engine_count_difference(a->engine, &d);
	RECORD(DOCUMENT_CHANGED, RECORD_N(serial), RECORD_N(d.starts),
	       RECORD_N(d.stops));
	return house_follow(old, *a->plan, e);
}

int amend_take(const struct amend *a, int fd, int64_t serial, struct err *e)
{
	AUTO_PLAN struct plan *next = NULL;
	AUTO_PLAN struct plan *merged = NULL;
	const struct state *state = a->engine->state;
	struct change_refusal why;
	int r = read_plan(fd, &next, e);

	if (r < 0)
		return r;
	if (change_check(state, *a->plan, next, &why) < 0 ||
	    placement_check(next, &a->engine->room, &why) < 0)
		return refuse(serial, why.path, why.reason);
	r = change_merge(state, *a->plan, next, &merged, e);
	if (r == -ENOSPC || r == -EFBIG)
		return refuse(serial, "$.tasks", e->message);
	if (r == 0)
		r = keep_plan(a->bus, merged, e);
	return r < 0 ? r : go_on_with(a, &merged, serial, e);
}
