#include "runtime/task/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/guard_map.h"
#include "runtime/base/record.h"
#include "runtime/base/wipe.h"
#include "runtime/image/image.h"
#include "runtime/task/amend.h"
#include "runtime/net/card.h"
#include "runtime/task/cards.h"
#include "runtime/task/house.h"
#include "runtime/task/placement.h"
#include "runtime/task/plan.h"
#include "runtime/task/world.h"

enum tag { TAG_BUS, TAG_TIMER, TAG_UNPACKER, TAG_CGROUP, TAG_LINKS };

struct loop {
	int epoll;
	int timer;
	int plan_fd; /* kept things, -1 until given */
	int state_fd;
	int store_fd;
	int guard_fd;
	int newer_fd; /* a plan that may follow, until it is judged */
	int64_t newer_serial;
	bool is_started; /* BUS_START came */
	bool is_asked_to_drain;
	bool is_drained_told;
	bool is_idle_told;
	bool is_loss_told;
	int64_t bound_told_ms;	    /* -1: not yet */
	int64_t alive_at_ms;	    /* the next sign of life */
	bool has_unpacker;	    /* its fd is in the epoll set */
	enum bus_drain drain_cause; /* valid if is_asked_to_drain */
	struct plan *plan;
	struct engine engine; /* valid once plan is set */
	struct world *world;
};

static int watch(struct loop *l, int fd, enum tag tag, struct err *e)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = tag };

	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return err_set(e, errno, "epoll_ctl(add %d)", (int)tag);
	return 0;
}

static void arm(struct loop *l, int64_t when_ms)
{
	struct itimerspec at = { 0 };

	if (when_ms != ENGINE_NEVER_MS) {
		at.it_value.tv_sec = when_ms / 1000;
		at.it_value.tv_nsec = (when_ms % 1000) * 1000000 + 1;
	}
	timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static int attach_state(struct loop *l, struct state **s, struct err *e)
{
	int r;

	if (l->state_fd >= 0)
		return state_attach(l->state_fd, s, e);
	r = state_new(s, &l->state_fd, e);
	if (r == 0)
		r = state_add_tasks(*s, l->plan, clock_ms(), e);
	if (r == 0)
		r = bus_keep(BUS_FD, BUS_RUNTIME, "state", l->state_fd, NULL, 0,
			     e);
	return r;
}

static void drain_tasks(struct loop *l)
{
	struct state *s = l->engine.state;
	char reason[STATE_REASON_MAX];

	s->drain_deadline_ms = clock_ms() + engine_stop_bound_ms(&l->engine);
	snprintf(reason, sizeof(reason), "Instance draining: %s",
		 bus_drain_words[l->drain_cause]);
	engine_drain(&l->engine, reason, clock_ms());
}

static int watch_links(struct loop *l, struct err *e)
{
	int r = net_card_watch(&l->world->links_fd, e);

	return r < 0 ? r : watch(l, l->world->links_fd, TAG_LINKS, e);
}

/* Then nothing of the document starts, and the instance drains. */
static int refuse_what_never_fits(struct loop *l, struct err *e)
{
	struct change_refusal why;

	if (placement_check(l->plan, &l->engine.room, &why) == 0)
		return 0;
	RECORD(PLACEMENT_REFUSED, RECORD_W(why.path), RECORD_W(why.reason));
	l->plan->tasks.count = 0;
	return bus_tell(BUS_FD, BUS_ASK_DRAIN, BUS_DRAIN_DOCUMENT_REFUSED, e);
}

/*
 * The plan is there: the house is set up for it, and the tables are laid.
 * The state is kept only once it is whole, so a crash before that starts over.
 */
static int take_plan(struct loop *l, struct err *e)
{
	AUTO_WIPE void *data = NULL;
	struct state *s = NULL;
	size_t len;
	int r = fd_read_sealed(l->plan_fd, PLAN_BYTES_MAX, &data, &len, e);

	if (r == 0)
		r = plan_unpack(data, len, &l->plan, e);
	if (r == 0)
		r = placement_room(&l->engine.room, e);
	/* From here on only what this document permits to tasks. */
	if (r == 0)
		r = calls_enter_runtime(house_permitted(l->plan), e);
	if (r == 0)
		r = house_set_up(l->plan, l->guard_fd, e);
	if (r == 0)
		r = refuse_what_never_fits(l, e);
	if (r == 0)
		r = attach_state(l, &s, e);
	if (r != 0)
		return err_wrap(e, "plan");
	l->world = calloc(1, sizeof(*l->world));
	if (!l->world)
		return err_set(e, ENOMEM, "calloc(world)");
	world_init(l->world, s, l->plan, BUS_FD, l->store_fd, l->epoll,
		   TAG_CGROUP);
	r = watch_links(l, e);
	if (r < 0)
		return r;
	world_recover(l->world);
	l->engine = (struct engine){
		.state = s,
		.plan = l->plan,
		.ops = &world_ops,
		.ctx = l->world,
		.room = l->engine.room,
		.is_unsettled = true,
	};
	/* A drain may be older than this plan, or than this process. */
	if (s->is_draining)
		l->is_asked_to_drain = true;
	else if (l->is_asked_to_drain)
		drain_tasks(l);
	return 0;
}

/* Tells init once when each task runs or never will: the boot is over. */
static int tell_ready(struct loop *l, struct err *e)
{
	struct state *s = l->engine.state;

	if (s->is_ready_told || !engine_is_settled(&l->engine))
		return 0;
	s->is_ready_told = true;
	return bus_tell(BUS_FD, BUS_READY, clock_ms(), e);
}

static int tell_drained(struct loop *l, struct err *e)
{
	if (!l->is_asked_to_drain || l->is_drained_told)
		return 0;
	if (l->plan && !engine_is_idle(&l->engine))
		return 0;
	l->is_drained_told = true;
	return bus_tell(BUS_FD, BUS_DRAINED, 0, e);
}

/*
 * scaleInAfter: once every task has ended and the time has passed, the
 * instance asks for its own end. Returns the deadline to wait for.
 */
static int64_t tell_idle(struct loop *l)
{
	int64_t after_s = l->plan->instance.scale_in_after_s;
	struct state *s = l->engine.state;
	struct err e = ERR_NONE;

	if (l->is_idle_told || s->is_draining || after_s < 0 ||
	    !engine_is_done(&l->engine))
		return ENGINE_NEVER_MS;
	if (s->idle_since_ms < 0)
		s->idle_since_ms = clock_ms();
	if (clock_ms() < s->idle_since_ms + after_s * 1000)
		return s->idle_since_ms + after_s * 1000;
	l->is_idle_told = true;
	if (bus_tell(BUS_FD, BUS_ASK_DRAIN, BUS_DRAIN_TASKS_ENDED, &e) < 0)
		err_print(2, "runtime", &e);
	return ENGINE_NEVER_MS;
}

/* What an instance without a critical daemon does may be wrong. */
static int tell_lost_daemon(struct loop *l, struct err *e)
{
	if (l->is_loss_told || l->engine.state->is_draining ||
	    !engine_has_lost_daemon(&l->engine))
		return 0;
	l->is_loss_told = true;
	return bus_tell(BUS_FD, BUS_ASK_DRAIN, BUS_DRAIN_DAEMON_STOPPED, e);
}

/* A full queue is a busy init: it hears it the next time. */
static void tell_bound(struct loop *l)
{
	int64_t bound_ms = engine_stop_bound_ms(&l->engine);

	if (bound_ms == l->bound_told_ms ||
	    bus_tell(BUS_FD, BUS_STOP_BOUND, bound_ms, NULL) < 0)
		return;
	l->bound_told_ms = bound_ms;
}

static int watch_unpacker(struct loop *l, struct err *e)
{
	int fd = images_work(&l->world->images);

	if (fd < 0 || l->has_unpacker)
		return 0;
	l->has_unpacker = true;
	return watch(l, fd, TAG_UNPACKER, e);
}

/* Says that this loop lives; returns when to say it again. */
static int64_t tell_alive(struct loop *l)
{
	if (clock_ms() < l->alive_at_ms)
		return l->alive_at_ms;
	/* A full queue is a busy init: it hears the next one. */
	bus_tell(BUS_FD, BUS_ALIVE, 0, NULL);
	l->alive_at_ms = clock_ms() + BUS_ALIVE_EVERY_MS;
	return l->alive_at_ms;
}

/* Everything that may follow from what has happened, then the timer. */
static int settle(struct loop *l, struct err *e)
{
	int64_t next = ENGINE_NEVER_MS, idle, unpack, cards;
	int64_t alive = tell_alive(l);
	unsigned int refused;
	int r = 0;

	if (!l->plan) {
		arm(l, alive);
		return tell_drained(l, e);
	}
	do {
		refused = l->world->images.refused;
		next = engine_step(&l->engine, clock_ms());
		r = watch_unpacker(l, e);
	} while (r == 0 && refused != l->world->images.refused);
	tell_bound(l);
	idle = tell_idle(l);
	unpack = images_expire(&l->world->images, clock_ms());
	next = idle < next ? idle : next;
	cards = cards_deadline(l->world);
	next = cards < next ? cards : next;
	next = alive < next ? alive : next;
	arm(l, unpack < next ? unpack : next);
	tell_changes(l->world);
	if (r == 0)
		r = tell_lost_daemon(l, e);
	if (r == 0)
		r = tell_ready(l, e);
	if (r == 0)
		r = tell_drained(l, e);
	return r;
}

static void keep_given(struct loop *l, const char *name, int *fd)
{
	const struct {
		const char *name;
		int *slot;
	} slots[] = {
		{ "plan", &l->plan_fd },   { "state", &l->state_fd },
		{ "store", &l->store_fd }, { GUARD_MAP_NAME, &l->guard_fd },
		{ "newer", &l->newer_fd },
	};

	if (strcmp(name, "records") == 0)
		record_use_socket(take_fd(fd));
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		if (strcmp(name, slots[i].name) != 0)
			continue;
		fd_close(slots[i].slot);
		*slots[i].slot = take_fd(fd);
	}
}

static void begin_drain(struct loop *l, int64_t cause)
{
	if (cause < 0 || cause >= BUS_DRAIN_COUNT)
		cause = BUS_DRAIN_SERVICE_FAILED;
	l->is_asked_to_drain = true;
	l->drain_cause = (enum bus_drain)cause;
	if (l->plan)
		drain_tasks(l);
}

/* The serial number of a document comes with its plan. */
static void note_serial(struct loop *l, const struct bus_message *m)
{
	if (strcmp(m->name, "newer") == 0 &&
	    m->meta_len == sizeof(l->newer_serial))
		memcpy(&l->newer_serial, m->meta, sizeof(l->newer_serial));
}

/* One that came before a crash is judged again: it changes nothing then. */
static int take_newer(struct loop *l, struct err *e)
{
	const struct amend a = { &l->engine, l->world, &l->plan, BUS_FD };
	int r = amend_take(&a, l->newer_fd, l->newer_serial, e);

	fd_close(&l->newer_fd);
	return r < 0 ? err_wrap(e, "newer plan") : 0;
}

static int handle_message(struct loop *l, const struct bus_message *m, int *fd,
			  struct err *e)
{
	int r = 0;

	switch ((enum bus_kind)m->kind) {
	case BUS_GIVE:
		note_serial(l, m);
		keep_given(l, m->name, fd);
		break;
	case BUS_START:
		l->is_started = true;
		break;
	case BUS_EXITED:
		if (l->plan)
			engine_exited(&l->engine, (int32_t)m->pid,
				      (int)m->value, clock_ms());
		break;
	case BUS_DRAIN:
		begin_drain(l, m->value);
		break;
	case BUS_KEEP:
	case BUS_DROP:
	case BUS_READY:
	case BUS_ASK_DRAIN:
	case BUS_DRAINED:
	case BUS_FLUSHED:
	case BUS_ALIVE:
	case BUS_DRAIN_AT:
	case BUS_DEAD_AT:
	case BUS_STOP_BOUND:
	case BUS_GRANT:
	case BUS_FLUSH:
	case BUS_ENDED:
	case BUS_KIND_COUNT:
		break;
	}
	if (l->is_started && l->plan_fd >= 0 && !l->plan)
		r = take_plan(l, e);
	if (r == 0 && l->plan && l->newer_fd >= 0)
		r = take_newer(l, e);
	return r;
}

static int read_bus(struct loop *l, struct err *e)
{
	for (;;) {
		AUTO_CLOSE int fd = -1;
		struct bus_message m;
		int r = bus_receive(BUS_FD, &m, &fd);

		if (r == -EAGAIN)
			return 0;
		if (r <= 0)
			return err_set(e, r < 0 ? -r : EPIPE, "recvmsg(bus)");
		r = handle_message(l, &m, &fd, e);
		if (r < 0)
			return r;
	}
}

/* Level-triggered POLLPRI rests until the file is read again. */
static void forget_cgroup_event(struct loop *l)
{
	for (uint32_t t = 0; t < l->engine.state->task_count; t++) {
		for (uint32_t c = 0; c < PLAN_CONTAINERS_MAX; c++) {
			int fd = l->world->tasks[t].containers[c].events_fd;
			char text[128];

			if (fd >= 0 && pread(fd, text, sizeof(text), 0) < 0)
				continue;
		}
	}
}

static void finish_unpacker(struct loop *l)
{
	l->has_unpacker = false;
	epoll_ctl(l->epoll, EPOLL_CTL_DEL, l->world->images.unpacker.reply_fd,
		  NULL);
	images_finish(&l->world->images);
}

static int handle_event(struct loop *l, uint64_t tag, struct err *e)
{
	uint64_t expirations;

	switch ((enum tag)tag) {
	case TAG_BUS:
		return read_bus(l, e);
	case TAG_TIMER:
		if (read(l->timer, &expirations, sizeof(expirations)) < 0)
			return errno == EAGAIN ?
				       0 :
				       err_set(e, errno, "read(timer)");
		return 0;
	case TAG_UNPACKER:
		if (l->world)
			finish_unpacker(l);
		return 0;
	case TAG_CGROUP:
		if (l->world)
			forget_cgroup_event(l);
		if (l->world)
			world_hear_checks(l->world);
		return 0;
	case TAG_LINKS:
		if (l->world)
			net_card_forget_news(l->world->links_fd);
		return 0;
	}
	return 0;
}

static int open_loop(struct loop *l, struct err *e)
{
	int r;

	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll < 0)
		return err_set(e, errno, "epoll_create1");
	l->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->timer < 0)
		return err_set(e, errno, "timerfd_create(CLOCK_BOOTTIME)");
	r = watch(l, BUS_FD, TAG_BUS, e);
	if (r == 0)
		r = watch(l, l->timer, TAG_TIMER, e);
	return r;
}

int loop_run(struct err *e)
{
	struct loop l = {
		.plan_fd = -1,
		.state_fd = -1,
		.store_fd = -1,
		.guard_fd = -1,
		.newer_fd = -1,
		.bound_told_ms = -1,
	};
	int r = open_loop(&l, e);

	while (r == 0) {
		struct epoll_event ev;
		int n = epoll_wait(l.epoll, &ev, 1, -1);

		if (n < 0 && errno != EINTR)
			return err_set(e, errno, "epoll_wait");
		if (n > 0)
			r = handle_event(&l, ev.data.u64, e);
		if (r == 0)
			r = settle(&l, e);
	}
	return r;
}
