#include "init/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/announce.h"
#include "init/closing.h"
#include "init/crew.h"
#include "init/devices.h"
#include "init/keeper.h"
#include "init/lifetime.h"
#include "init/power.h"
#include "init/requests.h"
#include "init/watchdog.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"

#define TAKE_AT_ONCE 64 /* messages of one service before the next */

/* Epoll data below CREW_MAX means a member. */
enum source {
	SOURCE_SIGNALS = CREW_MAX,
	SOURCE_BUTTON,
};

static struct {
	int epoll;
	int signals;
	int button;
	bool is_silent; /* runtime, and that was said */
} s = { .epoll = -1, .signals = -1, .button = -1 };

static int watch(int fd, unsigned int id, unsigned int events, int how,
		 struct err *e)
{
	struct epoll_event event = { .events = events, .data.u32 = id };

	if (epoll_ctl(s.epoll, how, fd, &event) < 0)
		return err_set(e, errno, "epoll_ctl(%u)", id);
	return 0;
}

static int watch_signals(struct err *e)
{
	sigset_t set;

	/* Everything but faults waits in the signalfd, most of it unheeded:
	   no signal is a way to make PID 1 do something. */
	sigfillset(&set);
	sigdelset(&set, SIGSEGV);
	sigdelset(&set, SIGBUS);
	sigdelset(&set, SIGILL);
	sigdelset(&set, SIGFPE);
	sigdelset(&set, SIGABRT);
	sigdelset(&set, SIGSYS);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return err_set(e, errno, "sigprocmask");
	s.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signals < 0)
		return err_set(e, errno, "signalfd");
	return watch(s.signals, SOURCE_SIGNALS, EPOLLIN, EPOLL_CTL_ADD, e);
}

static int watch_button(struct err *e)
{
	s.button = devices_open_button(e);
	if (s.button == -ENODEV) {
		say(2, "init", "no power button: %s", e->message);
		return 0;
	}
	if (s.button < 0)
		return s.button;
	return watch(s.button, SOURCE_BUTTON, EPOLLIN, EPOLL_CTL_ADD, e);
}

_Static_assert(KEEPER_MAX + 256 < SERVICES_OPEN_FILES,
	       "init and uplink may hold all that can be kept");

int supervisor_prepare(struct err *e)
{
	static const struct rlimit files = { SERVICES_OPEN_FILES,
					     SERVICES_OPEN_FILES };
	int r;

	if (setrlimit(RLIMIT_NOFILE, &files) < 0)
		return err_set(e, errno, "setrlimit(%d files)",
			       SERVICES_OPEN_FILES);
	crew_prepare();
	power_set_last_words(announce_failure);
	told.lifetime = lifetime_birth();
	requests_announce_lifetime();
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s.epoll < 0)
		return err_set(e, errno, "epoll_create1");
	r = watch_signals(e);
	return r < 0 ? r : watch_button(e);
}

/* Brings the epoll set in line with whether the member's socket is full. */
static void watch_member(struct crew_member *m)
{
	struct err e = ERR_NONE;
	unsigned int id = (unsigned int)(m - crew);

	if (m->state != CREW_ALIVE || m->bus < 0)
		return;
	must("watch",
	     watch(m->bus, id, m->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN,
		   m->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, &e),
	     &e);
	m->is_watched = true;
}

int supervisor_start(struct err *e)
{
	for (size_t i = 0; i < services_count; i++) {
		int r = crew_start(&crew[i], e);

		if (r < 0)
			return r;
	}
	say(2, "init", "services started");
	return 0;
}

/* --------------------------------------------------------------- messages */

/*
 * Takes at most `limit` messages. A service that closes its bus while it
 * should run on, or sends rubbish, is broken: its end by SIGKILL is what the
 * table can deal with.
 */
static void take_messages(struct crew_member *m, int limit)
{
	struct bus_message message;
	int fd, r = 1;

	while (m->bus >= 0 && r > 0 && limit-- > 0) {
		r = bus_receive(m->bus, &message, &fd);
		if (r > 0)
			requests_handle(m, &message, fd);
	}
	if (r > 0 || r == -EAGAIN || m->bus < 0)
		return;
	fd_close(&m->bus);
	if (r < 0 || !m->row->is_one_shot)
		kill(m->pid, SIGKILL);
}

/* ----------------------------------------------------------------- reaping */

static void on_intake_end(const struct crew_member *m, int status)
{
	struct crew_member *runtime = crew_of(BUS_RUNTIME);

	/* Nobody needs it any more; a newer one waits for the next intake. */
	if (m->state == CREW_ENDED)
		keeper_forget(BUS_INTAKE, "document");
	crew_tell(runtime, CREW_TELL_ENDED, status);
	announce_evidence();
	/* Once a document is in force, a later one that is refused is none. */
	if (!keeper_has(BUS_INTAKE, "force"))
		requests_start_drain(BUS_DRAIN_DOCUMENT_REFUSED);
}

static void on_given_up(struct crew_member *m)
{
	requests_start_drain(BUS_DRAIN_SERVICE_FAILED);
	closing_event(m->row->id == BUS_RUNTIME ? DRAIN_RUNTIME_LOST :
						  DRAIN_UPLINK_LOST);
}

static void on_end(struct crew_member *m, int status)
{
	/* What it said last counts, e.g. intake's plan. */
	take_messages(m, INT32_MAX);
	crew_note_end(m, status, !closing_is_final());
	announce_change("service");
	if (m->row->id == BUS_INTAKE)
		on_intake_end(m, status);
	if (m->row->id == BUS_RUNTIME) /* the next one is given its time */
		told.heard_ms = clock_age_ms();
	if (m->state == CREW_GIVEN_UP)
		on_given_up(m);
}

/* Services first and by pid: they are seen even while the queue is full. */
static void reap_services(void)
{
	for (size_t i = 0; i < services_count; i++) {
		int status;

		if (crew[i].state == CREW_ALIVE &&
		    waitpid(crew[i].pid, &status, WNOHANG) == crew[i].pid)
			on_end(&crew[i], status);
	}
}

static void reap(void)
{
	int status;
	pid_t pid;

	reap_services();
	while (exits_has_room(&crew_exits) &&
	       (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct crew_member *m = crew_of_pid(pid);

		if (m)
			on_end(m, status);
		else
			exits_add(&crew_exits, pid, status);
	}
}

/* -------------------------------------------------------------------- loop */

static void start_due(void)
{
	int64_t now = clock_ms();

	for (size_t i = 0; i < services_count; i++) {
		struct err e = ERR_NONE;

		if (crew[i].state != CREW_PAUSED || crew[i].start_at_ms > now)
			continue;
		if (crew_start(&crew[i], &e) < 0) {
			err_print(2, "init", &e);
			crew_note_end(&crew[i], 127 << 8, true);
			if (crew[i].state == CREW_GIVEN_UP)
				on_given_up(&crew[i]);
		}
		/* A new uplink has not heard it. */
		if (crew[i].row->id == BUS_UPLINK)
			requests_announce_lifetime();
		announce_change("service");
	}
}

static void check_lifetime(void)
{
	switch (lifetime_phase(&told.lifetime, clock_age_ms())) {
	case LIFETIME_WORK:
		break;
	case LIFETIME_DRAIN:
		requests_start_drain(BUS_DRAIN_LIFETIME);
		break;
	case LIFETIME_OVER:
		closing_deadline(told.lifetime.dead_at_ms);
		break;
	}
}

/* Before its first start and while it pauses, runtime owes no sign of life. */
static void check_runtime(void)
{
	const struct crew_member *m = crew_of(BUS_RUNTIME);
	int64_t now = clock_age_ms();
	enum watchdog_verdict verdict;

	if (m->state != CREW_ALIVE)
		told.heard_ms = now;
	verdict = watchdog_judge(now - told.heard_ms);
	if (verdict == WATCHDOG_KILL && !s.is_silent)
		say(2, "init", "runtime gives no sign of life: kill");
	if (verdict == WATCHDOG_KILL)
		kill(m->pid, SIGKILL);
	s.is_silent = verdict != WATCHDOG_WELL;
	if (verdict != WATCHDOG_STARVE)
		watchdog_feed(now);
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (!a || !b)
		return a + b;
	return a < b ? a : b;
}

/*
 * Milliseconds until something is due, WATCHDOG_FEED_MS at most: the kernel
 * counts them on a clock that stands still while the machine sleeps.
 */
static int wait_ms(void)
{
	int64_t now = clock_ms();
	int64_t due = earlier(earlier(closing_due_ms(), announce_due_ms()),
			      crew_next_start_ms());
	int64_t left = lifetime_left_ms(&told.lifetime, clock_age_ms());

	/* Past dead-at the bounds of the drain's steps are all that counts. */
	if (left <= 0 || left > WATCHDOG_FEED_MS)
		left = WATCHDOG_FEED_MS;
	if (due && due - now < left)
		left = due > now ? due - now : 0;
	return (int)left;
}

static void on_event(const struct epoll_event *event)
{
	struct signalfd_siginfo info;
	unsigned int id = event->data.u32;

	if (id < CREW_MAX && crew[id].state == CREW_ALIVE)
		take_messages(&crew[id], TAKE_AT_ONCE);
	if (id == SOURCE_BUTTON && devices_is_pressed(s.button))
		requests_start_drain(BUS_DRAIN_POWER_BUTTON);
	if (id == SOURCE_SIGNALS)
		while (read(s.signals, &info, sizeof(info)) > 0)
			; /* reaping does not need the details */
}

void supervisor_run(void)
{
	struct epoll_event events[16];

	for (;;) {
		int n;

		reap();
		start_due();
		check_lifetime();
		check_runtime();
		closing_check();
		announce_check();
		for (size_t i = 0; i < services_count; i++) {
			crew_pump(&crew[i]);
			watch_member(&crew[i]);
		}
		n = epoll_wait(s.epoll, events, ARRAY_SIZE(events), wait_ms());
		for (int i = 0; i < n; i++)
			on_event(&events[i]);
	}
}
