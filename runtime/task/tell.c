// SPDX-License-Identifier: MIT
#include "runtime/task/tell.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/bus.h"
#include "runtime/base/clock.h"
#include "runtime/base/description.h"
#include "runtime/base/fd.h"
#include "runtime/task/describe.h"
#include "runtime/task/door.h"
#include "runtime/task/world.h"

#define CLOCK_SET_MS 1000

_Static_assert(STATE_TASKS_MAX <= DESCRIPTION_TASKS_MAX,
	       "each row of the table has a name on the bus");
_Static_assert(PLAN_CONTAINERS_MAX <= DESCRIPTION_CONTAINERS_MAX,
	       "each container of a task has its place in a description");

static int keep(struct world *w, const char *word, uint32_t t, int fd,
		bool has_id, struct err *e)
{
	char name[BUS_NAME_MAX];

	snprintf(name, sizeof(name), "%s/%" PRIu32, word, t);
	return bus_keep(w->bus, BUS_METADATA, name, fd,
			has_id ? w->state->tasks[t].id : NULL,
			has_id ? CHANNEL_TASK_ID_MAX : 0, e);
}

/* What was never kept is not missed. */
static void drop(struct world *w, const char *word, uint32_t t)
{
	char name[BUS_NAME_MAX];

	snprintf(name, sizeof(name), "%s/%" PRIu32, word, t);
	bus_drop(w->bus, BUS_METADATA, name, NULL);
}

int tell_door(struct world *w, uint32_t t, const char *cgroup, struct err *e)
{
	AUTO_CLOSE int door = -1;
	AUTO_CLOSE int counters = -1;
	int r = door_make(cgroup, w->tasks[t].network_fd, &door, &counters, e);

	if (r == 0)
		r = keep(w, "door", t, door, true, e);
	if (r == 0)
		r = keep(w, "counters", t, counters, true, e);
	if (r == 0)
		tell_recovered(w, t);
	return r;
}

void tell_recovered(struct world *w, uint32_t t)
{
	w->telling.tasks[t].is_open = true;
	w->telling.tasks[t].is_known = false;
	w->telling.tasks[t].hash = 0;
}

/* FNV-1a; never 0. Nobody gains by two that are the same. */
static uint64_t hash_of(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

static int send_block(struct world *w, uint32_t t, const void *data, size_t len,
		      struct err *e)
{
	AUTO_CLOSE int fd = fd_sealed("description", data, len, e);

	return fd < 0 ? fd : keep(w, "task", t, fd, false, e);
}

/* Looks and does not ask: an image that nobody wants yet stays unwanted. */
static void find_digests(struct world *w, struct describe_input *in)
{
	const struct task_state *task = &w->state->tasks[in->t];
	const struct plan_containers *list =
		&w->plan->tasks.items[task->plan_index].containers;

	for (uint32_t c = 0; c < list->count; c++) {
		const struct image_reply *reply = images_look(
			&w->images, list->items[c].image, list->items[c].user);

		in->digests[c] = reply ? reply->manifest_digest : "";
	}
}

/*
 * Read in two calls, so never quite the same: only a clock that was set makes
 * every time another one.
 */
static int64_t born_unix_ms(struct telling *t)
{
	int64_t now =
		(int64_t)(clock_ns(CLOCK_REALTIME) / 1000000) - clock_ms();

	if (now - t->born_unix_ms > CLOCK_SET_MS ||
	    t->born_unix_ms - now > CLOCK_SET_MS)
		t->born_unix_ms = now;
	return t->born_unix_ms;
}

static int tell_task(struct world *w, uint32_t t, struct err *e)
{
	struct describe_input in = {
		.plan = w->plan,
		.state = w->state,
		.t = t,
		.born_unix_ms = born_unix_ms(&w->telling),
	};
	AUTO_FREE void *data = NULL;
	size_t len = 0;
	uint64_t hash;
	int r;

	find_digests(w, &in);
	r = describe_task(&in, &data, &len, e);
	if (r < 0)
		return r;
	hash = hash_of(data, len);
	if (hash == w->telling.tasks[t].hash)
		return 0;
	r = send_block(w, t, data, len, e);
	if (r == 0)
		w->telling.tasks[t].hash = hash;
	return r;
}

static unsigned int count_unpacked(const struct images *im)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < im->count; i++)
		n += im->entries[i].phase == IMAGES_READY;
	return n;
}

/* True, and noted, if what all descriptions say has changed. */
static bool is_common_new(struct world *w)
{
	struct tell_common *old = &w->telling.common;
	const struct tell_common now = {
		.plan = w->plan,
		.drain_deadline_ms = w->state->drain_deadline_ms,
		.images = count_unpacked(&w->images),
	};
	bool is_new = now.plan != old->plan || now.images != old->images ||
		      now.drain_deadline_ms != old->drain_deadline_ms;

	*old = now;
	return is_new;
}

/* Compares first: this is done after every event, and few tasks change. */
static void tell_if_new(struct world *w, uint32_t t)
{
	const struct task_state *now = &w->state->tasks[t];
	struct task_state *old = &w->telling.tasks[t].state;
	struct err e = ERR_NONE;

	if (w->telling.tasks[t].is_known && memcmp(old, now, sizeof(*now)) == 0)
		return;
	if (tell_task(w, t, &e) == 0) {
		*old = *now;
		w->telling.tasks[t].is_known = true;
	} else if (e.code != EAGAIN) {
		err_print(2, "runtime", &e);
	}
}

void tell_changes(struct world *w)
{
	bool is_all = is_common_new(w);

	for (uint32_t t = 0; t < w->state->task_count; t++) {
		if (is_all)
			w->telling.tasks[t].is_known = false;
		if (w->telling.tasks[t].is_open)
			tell_if_new(w, t);
	}
}

void tell_end(struct world *w, uint32_t t)
{
	struct description over;
	struct err e = ERR_NONE;

	if (!w->telling.tasks[t].is_open)
		return;
	w->telling.tasks[t].is_open = false;
	describe_over(&w->state->tasks[t], &over);
	if (send_block(w, t, &over, sizeof(over), &e) < 0)
		err_print(2, "runtime", &e);
	drop(w, "door", t);
	drop(w, "counters", t);
}
