#include "init/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/cgroups.h"
#include "init/clock.h"
#include "init/crew.h"
#include "init/devices.h"
#include "init/drain.h"
#include "init/keeper.h"
#include "init/power.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"

#define RECORD_BUFFER_BYTES (1 << 20)
#define SWEEP_POLL_MS 20
#define REFUSALS_SAID 32	/* a broken service must not flood the console */
#define TAKE_AT_ONCE 64		/* messages of one service before the next */

enum source {			/* epoll data below CREW_MAX: a member */
	SOURCE_SIGNALS = CREW_MAX,
	SOURCE_BUTTON,
};

static struct {
	struct supervisor_facts facts;
	int epoll;
	int signals;
	int button;
	int64_t services_ms;		/* all services were started */
	bool has_evidence;
	bool is_ready;			/* BOOT_READY was emitted */
	enum drain_state state;
	enum bus_drain cause;
	int64_t drain_began_ms;
	int64_t deadline_ms;		/* of the state, 0: none */
	unsigned int refusals;
} s = { .epoll = -1, .signals = -1, .button = -1 };

static void on_drain_event(enum drain_event event);

/* ------------------------------------------------------------ preparation */

static int hand_out(enum bus_service to, const char *name, int fd,
		    struct err *e)
{
	AUTO_CLOSE int owned = fd;
	struct bus_message m = { .kind = BUS_KEEP, .service = to };

	strcpy(m.name, name);
	return keeper_keep(BUS_INIT, &m, &owned, e);
}

static int hand_out_records(struct err *e)
{
	static const enum bus_service emitters[] = {
		BUS_INTAKE, BUS_RUNTIME, BUS_UPLINK,
	};
	static const int bytes = RECORD_BUFFER_BYTES;
	int ends[2], r = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, ends) < 0 ||
	    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
		       sizeof(bytes)) < 0)
		return err_set(e, errno, "socketpair(records)");
	record_use_socket(ends[1]);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(emitters); i++)
		r = hand_out(emitters[i], "records",
			     fcntl(ends[1], F_DUPFD_CLOEXEC, 0), e);
	/* Nobody but uplink may read: init keeps this end for it alone. */
	return r < 0 ? r : hand_out(BUS_UPLINK, "records-in", ends[0], e);
}

/* What may be missing: the one that wants it says so in its own words. */
static int hand_out_if_there(enum bus_service to, const char *name, int fd,
			     struct err *e)
{
	if (fd == -ENOENT || fd == -ENODEV) {
		say(2, "init", "no %s: %s", name, e->message);
		return 0;
	}
	return fd < 0 ? fd : hand_out(to, name, fd, e);
}

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

/* Messages and hang-ups are thrown away, but for the one that is waited for. */
static void wait_for_flush(struct crew_member *uplink)
{
	int64_t until = clock_ms() + DRAIN_FLUSH_MS;
	struct pollfd p = { .fd = uplink->bus, .events = POLLIN };
	struct bus_message m = { .kind = BUS_KIND_COUNT };
	int fd, r = -EAGAIN;

	while ((r > 0 || r == -EAGAIN) && m.kind != BUS_FLUSHED &&
	       clock_ms() < until &&
	       poll(&p, 1, (int)(until - clock_ms())) > 0) {
		r = bus_receive(uplink->bus, &m, &fd);
		fd_close(&fd);
	}
}

static void last_words(const char *step, const char *reason)
{
	struct crew_member *uplink = crew_of(BUS_UPLINK);

	RECORD(BOOT_FAILED, RECORD_W(step), RECORD_W(reason));
	if (uplink->state != CREW_ALIVE ||
	    !keeper_has(BUS_UPLINK, "uplink-config") ||
	    bus_tell(uplink->bus, BUS_FLUSH, DRAIN_FLUSH_MS, NULL) < 0)
		return;
	wait_for_flush(uplink);
}

int supervisor_prepare(const struct supervisor_facts *facts, struct err *e)
{
	int r;

	s.facts = *facts;
	crew_prepare();
	s.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s.epoll < 0)
		return err_set(e, errno, "epoll_create1");
	r = watch_signals(e);
	if (r == 0)
		r = watch_button(e);
	if (r == 0)
		r = hand_out_records(e);
	if (r == 0)
		power_set_last_words(last_words);
	if (r == 0)
		r = hand_out_if_there(BUS_INTAKE, "document",
				      devices_open_document(e), e);
	if (r == 0)
		r = hand_out_if_there(BUS_RUNTIME, "store",
				      devices_open_store(e), e);
	if (r == 0) {
		int kmsg = devices_open_kmsg(e);

		r = kmsg < 0 ? kmsg : hand_out(BUS_UPLINK, "kmsg", kmsg, e);
	}
	return r;
}

static void panic_if(const char *step, int r, const struct err *e)
{
	if (r < 0)
		init_panic(step, e);
}

/* Brings the epoll set in line with whether the member's socket is full. */
static void watch_member(struct crew_member *m)
{
	struct err e = ERR_NONE;
	unsigned int id = (unsigned int)(m - crew);

	if (m->state != CREW_ALIVE || m->bus < 0)
		return;
	panic_if("watch", watch(m->bus, id,
				m->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN,
				m->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
				&e), &e);
	m->is_watched = true;
}

int supervisor_start(struct err *e)
{
	for (size_t i = 0; i < services_count; i++) {
		int r = crew_start(&crew[i], e);

		if (r < 0)
			return r;
	}
	s.services_ms = clock_ms();
	say(2, "init", "services started");
	return 0;
}

/* ---------------------------------------------------------------- records */

static void emit_evidence(void)
{
	struct err e = ERR_NONE;

	if (s.has_evidence)
		return;
	s.has_evidence = true;
	panic_if("evidence", evidence_emit(&s.facts.counts, &e), &e);
}

static void emit_ready(int64_t first_task_ms)
{
	const struct boot_marks *m = &s.facts.marks;

	if (s.is_ready)
		return;
	s.is_ready = true;
	/* Spans that add up; a first task before the mark is impossible. */
	if (first_task_ms < s.services_ms)
		first_task_ms = s.services_ms;
	RECORD(BOOT_READY, RECORD_N(m->kernel),
	       RECORD_N(m->verity - m->kernel), RECORD_N(m->policy - m->verity),
	       RECORD_N(s.services_ms - m->policy),
	       RECORD_N(first_task_ms - s.services_ms),
	       RECORD_N(first_task_ms));
	say(2, "init", "ready after %lld ms: kernel %lld verity %lld policy "
	    "%lld services %lld first task %lld", (long long)first_task_ms,
	    (long long)m->kernel, (long long)(m->verity - m->kernel),
	    (long long)(m->policy - m->verity),
	    (long long)(s.services_ms - m->policy),
	    (long long)(first_task_ms - s.services_ms));
}

/* ------------------------------------------------------------------ drain */

static void enter_tasks(void)
{
	struct crew_member *runtime = crew_of(BUS_RUNTIME);

	emit_evidence();
	RECORD(DRAIN_STARTED, RECORD_W(bus_drain_words[s.cause]),
	       RECORD_N(DRAIN_TASKS_MS));
	say(2, "init", "drain started (%s)", bus_drain_words[s.cause]);
	crew_tell(runtime, CREW_TELL_DRAIN, s.cause);
	if (runtime->state == CREW_GIVEN_UP)
		on_drain_event(DRAIN_RUNTIME_LOST);
}

static void enter_sweep(void)
{
	struct err e = ERR_NONE;

	if (cgroups_kill_tasks(&e) < 0)
		err_print(2, "init", &e);
}

static void enter_flush(void)
{
	struct crew_member *uplink = crew_of(BUS_UPLINK);

	RECORD(DRAIN_ENDED, RECORD_W(bus_drain_words[s.cause]),
	       RECORD_N(clock_ms() - s.drain_began_ms));
	crew_tell(uplink, CREW_TELL_FLUSH, DRAIN_FLUSH_MS);
	if (uplink->state == CREW_GIVEN_UP)
		on_drain_event(DRAIN_UPLINK_LOST);
}

static void enter_stop(void)
{
	for (size_t i = 0; i < services_count; i++)
		if (crew[i].state == CREW_PAUSED)
			crew[i].state = CREW_ENDED;
	crew_signal_all(SIGTERM);
	if (!crew_is_anyone_left())
		on_drain_event(DRAIN_SERVICES_GONE);
}

static void enter_off(void)
{
	power_off_after_drain(s.cause);
}

static void (*const entries[DRAIN_STATE_COUNT])(void) = {
	[DRAIN_TASKS] = enter_tasks,
	[DRAIN_SWEEP] = enter_sweep,
	[DRAIN_FLUSH] = enter_flush,
	[DRAIN_STOP] = enter_stop,
	[DRAIN_OFF] = enter_off,
};

static void on_drain_event(enum drain_event event)
{
	enum drain_state to = drain_next(s.state, event);
	int64_t bound = drain_bound_ms(to);

	if (to == s.state)
		return;
	if (event == DRAIN_TIMEOUT)
		say(2, "init", "drain: step %d took longer than %lld ms",
		    (int)s.state, (long long)drain_bound_ms(s.state));
	s.state = to;
	s.deadline_ms = bound ? clock_ms() + bound : 0;
	entries[to]();
}

static void start_drain(enum bus_drain cause)
{
	if (s.state != DRAIN_IDLE)
		return;
	s.cause = cause;
	s.drain_began_ms = clock_ms();
	on_drain_event(DRAIN_CAUSE);
}

/* --------------------------------------------------------------- messages */

static void refuse(const struct crew_member *m, const struct err *e)
{
	if (s.refusals++ < REFUSALS_SAID)
		say(2, "init", "refused from %s: %s: %s", m->row->word,
		    e->message, strerror(e->code));
}

static int on_keep(struct crew_member *m, const struct bus_message *message,
		   int *fd, struct err *e)
{
	return keeper_keep(m->row->id, message, fd, e);
}

static int on_drop(struct crew_member *m, const struct bus_message *message,
		   int *fd, struct err *e)
{
	(void)fd;
	return keeper_drop(m->row->id, message, e);
}

static int on_ready(struct crew_member *m, const struct bus_message *message,
		    int *fd, struct err *e)
{
	(void)fd;
	(void)e;
	if (m->row->id == BUS_RUNTIME)
		emit_ready(message->value);
	return 0;
}

static int on_ask_drain(struct crew_member *m,
			const struct bus_message *message, int *fd,
			struct err *e)
{
	(void)fd;
	if (message->value < 0 || message->value >= BUS_DRAIN_COUNT)
		return err_set(e, ERANGE, "%s asks to drain, cause %lld",
			       m->row->word, (long long)message->value);
	start_drain((enum bus_drain)message->value);
	return 0;
}

static int on_drained(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e)
{
	(void)m;
	(void)message;
	(void)fd;
	(void)e;
	on_drain_event(DRAIN_TASKS_DONE);
	return 0;
}

static int on_flushed(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e)
{
	(void)m;
	(void)message;
	(void)fd;
	(void)e;
	on_drain_event(DRAIN_FLUSHED);
	return 0;
}

#define FROM(id) (1u << (id))
#define FROM_ALL (FROM(BUS_INTAKE) | FROM(BUS_RUNTIME) | FROM(BUS_UPLINK))

struct request_row {
	unsigned int senders;	/* FROM(), or-ed; others are refused */
	int (*handle)(struct crew_member *m, const struct bus_message *message,
		      int *fd, struct err *e);
};

static const struct request_row requests[BUS_KIND_COUNT] = {
	[BUS_KEEP] = { FROM_ALL, on_keep },
	[BUS_DROP] = { FROM_ALL, on_drop },
	[BUS_READY] = { FROM_ALL, on_ready },
	[BUS_ASK_DRAIN] = { FROM(BUS_RUNTIME), on_ask_drain },
	[BUS_DRAINED] = { FROM(BUS_RUNTIME), on_drained },
	[BUS_FLUSHED] = { FROM(BUS_UPLINK), on_flushed },
};

static void handle(struct crew_member *m, const struct bus_message *message,
		   int fd)
{
	const struct request_row *row = &requests[message->kind];
	AUTO_CLOSE int owned = fd;
	struct err e = ERR_NONE;
	int r;

	if (!row->handle || !(row->senders & FROM(m->row->id)))
		r = err_set(&e, EPERM, "message of kind %u", message->kind);
	else
		r = row->handle(m, message, &owned, &e);
	if (r < 0)
		refuse(m, &e);
}

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
			handle(m, &message, fd);
	}
	if (r > 0 || r == -EAGAIN || m->bus < 0)
		return;
	fd_close(&m->bus);
	if (r < 0 || !m->row->is_one_shot)
		kill(m->pid, SIGKILL);
}

/* ----------------------------------------------------------------- reaping */

static void on_intake_end(int status)
{
	struct crew_member *runtime = crew_of(BUS_RUNTIME);

	keeper_clear(BUS_INTAKE);
	crew_tell(runtime, CREW_TELL_ENDED, status);
	emit_evidence();
	if (status != 0 || !keeper_has(BUS_RUNTIME, "plan"))
		start_drain(BUS_DRAIN_DOCUMENT_REFUSED);
}

static void on_given_up(struct crew_member *m)
{
	start_drain(BUS_DRAIN_SERVICE_FAILED);
	on_drain_event(m->row->id == BUS_RUNTIME ? DRAIN_RUNTIME_LOST
						 : DRAIN_UPLINK_LOST);
}

static void on_end(struct crew_member *m, int status)
{
	/* What it said last counts, e.g. intake's plan. */
	take_messages(m, INT32_MAX);
	crew_note_end(m, status, s.state < DRAIN_STOP);
	if (m->row->id == BUS_INTAKE)
		on_intake_end(status);
	if (m->state == CREW_GIVEN_UP)
		on_given_up(m);
	if (s.state == DRAIN_STOP && !crew_is_anyone_left())
		on_drain_event(DRAIN_SERVICES_GONE);
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
	}
}

static void check_drain(void)
{
	if (s.state == DRAIN_SWEEP && !cgroups_has_tasks())
		on_drain_event(DRAIN_TASKS_EMPTY);
	if (s.deadline_ms && clock_ms() >= s.deadline_ms)
		on_drain_event(DRAIN_TIMEOUT);
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (!a || !b)
		return a + b;
	return a < b ? a : b;
}

/* Milliseconds until something is due, -1 for no time bound. */
static int wait_ms(void)
{
	int64_t now = clock_ms();
	int64_t due = earlier(s.deadline_ms, crew_next_start_ms());

	if (s.state == DRAIN_SWEEP)
		due = earlier(due, now + SWEEP_POLL_MS);
	if (!due)
		return -1;
	return due > now ? (int)(due - now) : 0;
}

static void on_event(const struct epoll_event *event)
{
	struct signalfd_siginfo info;
	unsigned int id = event->data.u32;

	if (id < CREW_MAX && crew[id].state == CREW_ALIVE)
		take_messages(&crew[id], TAKE_AT_ONCE);
	if (id == SOURCE_BUTTON && devices_is_pressed(s.button))
		start_drain(BUS_DRAIN_POWER_BUTTON);
	if (id == SOURCE_SIGNALS)
		while (read(s.signals, &info, sizeof(info)) > 0)
			;	/* reaping does not need the details */
}

void supervisor_run(void)
{
	struct epoll_event events[16];

	for (;;) {
		int n;

		reap();
		start_due();
		check_drain();
		for (size_t i = 0; i < services_count; i++) {
			crew_pump(&crew[i]);
			watch_member(&crew[i]);
		}
		n = epoll_wait(s.epoll, events, ARRAY_SIZE(events), wait_ms());
		for (int i = 0; i < n; i++)
			on_event(&events[i]);
	}
}
