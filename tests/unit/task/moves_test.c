// SPDX-License-Identifier: MIT
/* Every state with every event: where it leads, and the time that is noted. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/moves.h"

#include "kselftest_harness.h"

#define NOW 5000
#define EARLIER 4000

/* What is not here must be refused. */
struct golden {
	uint32_t phase;
	uint32_t event;
	uint32_t to;
	uint32_t time; /* 0: none is noted */
	bool is_once;
};

/* clang-format off */
static const struct golden container_golden[] = {
	{ CONTAINER_PENDING, CONTAINER_PULL_BEGAN, CONTAINER_PENDING,
	  CONTAINER_PULL_STARTED_AT, true },
	{ CONTAINER_PENDING, CONTAINER_HAS_IMAGE, CONTAINER_PULLED,
	  CONTAINER_PULL_STOPPED_AT, true },
	{ CONTAINER_PENDING, CONTAINER_DROPPED, CONTAINER_STOPPED, CONTAINER_FINISHED_AT, false },
	{ CONTAINER_PULLED, CONTAINER_CREATE, CONTAINER_CREATED, CONTAINER_CREATED_AT, false },
	{ CONTAINER_PULLED, CONTAINER_DROPPED, CONTAINER_STOPPED, CONTAINER_FINISHED_AT, false },
	{ CONTAINER_CREATED, CONTAINER_STARTED, CONTAINER_RUNNING, CONTAINER_STARTED_AT, false },
	{ CONTAINER_CREATED, CONTAINER_EXITED, CONTAINER_CREATED, CONTAINER_FINISHED_AT, false },
	{ CONTAINER_CREATED, CONTAINER_DROPPED, CONTAINER_STOPPED, CONTAINER_FINISHED_AT, false },
	{ CONTAINER_CREATED, CONTAINER_WRECKED, CONTAINER_PENDING, 0, false },
	{ CONTAINER_RUNNING, CONTAINER_STOP, CONTAINER_STOPPING, 0, false },
	{ CONTAINER_RUNNING, CONTAINER_EXITED, CONTAINER_ENDING, CONTAINER_FINISHED_AT, false },
	{ CONTAINER_STOPPING, CONTAINER_EXITED, CONTAINER_ENDING, CONTAINER_FINISHED_AT, false },
	{ CONTAINER_ENDING, CONTAINER_EMPTIED, CONTAINER_STOPPED, 0, false },
	{ CONTAINER_ENDING, CONTAINER_RESTART, CONTAINER_PULLED, 0, false },
};

static const struct golden task_golden[] = {
	{ TASK_PENDING, TASK_PULL_BEGAN, TASK_PENDING, TASK_PULL_STARTED_AT, true },
	{ TASK_PENDING, TASK_PULL_ENDED, TASK_PENDING, TASK_PULL_STOPPED_AT, false },
	{ TASK_PENDING, TASK_ALL_STARTED, TASK_RUNNING, TASK_STARTED_AT, false },
	{ TASK_PENDING, TASK_STOP, TASK_STOPPING, TASK_STOPPING_AT, false },
	{ TASK_RUNNING, TASK_PULL_ENDED, TASK_RUNNING, 0, false },
	{ TASK_RUNNING, TASK_STOP, TASK_STOPPING, TASK_STOPPING_AT, false },
	{ TASK_STOPPING, TASK_ALL_STOPPED, TASK_STOPPING, TASK_EXECUTION_STOPPED_AT, false },
	{ TASK_STOPPING, TASK_RELEASED, TASK_STOPPED, TASK_STOPPED_AT, false },
};
/* clang-format on */

static const struct golden *find(const struct golden *rows, size_t count,
				 uint32_t phase, uint32_t event)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].phase == phase && rows[i].event == event)
			return &rows[i];
	return NULL;
}

/* The one time that changed, its value in `*at`; 0: none did. */
static uint32_t noted(const int64_t *times, uint32_t count, int64_t *at)
{
	for (uint32_t i = 0; i < count; i++) {
		*at = times[i];
		if (times[i] != EARLIER)
			return i;
	}
	return 0;
}

#define EARLIER_TIMES(times)                                      \
	do {                                                      \
		for (size_t i_ = 0; i_ < ARRAY_SIZE(times); i_++) \
			(times)[i_] = EARLIER;                    \
	} while (0)

TEST(each_event_of_a_container_is_as_listed_or_refused)
{
	for (uint32_t p = 0; p < CONTAINER_PHASE_COUNT; p++) {
		for (uint32_t v = 0; v < CONTAINER_EVENT_COUNT; v++) {
			const struct golden *g =
				find(container_golden,
				     ARRAY_SIZE(container_golden), p, v);
			struct container_state c = { .phase = p };
			int64_t at;

			EARLIER_TIMES(c.at_ms);
			EXPECT_EQ(g ? 0 : -EPROTO, moves_container(&c, v, NOW));
			EXPECT_EQ(g ? g->to : p, c.phase);
			EXPECT_EQ(g && !g->is_once ? g->time : 0,
				  noted(c.at_ms, CONTAINER_TIME_COUNT, &at))
			TH_LOG("%s in %s", container_event_words[v],
			       container_phase_words[p]);
		}
	}
}

TEST(each_event_of_a_task_is_as_listed_or_refused)
{
	for (uint32_t p = 0; p < TASK_PHASE_COUNT; p++) {
		for (uint32_t v = 0; v < TASK_EVENT_COUNT; v++) {
			const struct golden *g = find(
				task_golden, ARRAY_SIZE(task_golden), p, v);
			struct task_state t = { .phase = p };
			int64_t at;

			EARLIER_TIMES(t.at_ms);
			EXPECT_EQ(g ? 0 : -EPROTO, moves_task(&t, v, NOW));
			EXPECT_EQ(g ? g->to : p, t.phase);
			EXPECT_EQ(g && !g->is_once ? g->time : 0,
				  noted(t.at_ms, TASK_TIME_COUNT, &at))
			TH_LOG("%s in %s", task_event_words[v],
			       task_phase_words[p]);
		}
	}
}

TEST(times_that_are_noted_once_are_of_the_first)
{
	struct container_state c = { .phase = CONTAINER_PENDING };
	struct task_state t = { .phase = TASK_PENDING };

	EXPECT_EQ(0, moves_container(&c, CONTAINER_PULL_BEGAN, 1));
	EXPECT_EQ(0, moves_container(&c, CONTAINER_PULL_BEGAN, 2));
	EXPECT_EQ(1, c.at_ms[CONTAINER_PULL_STARTED_AT]);
	EXPECT_EQ(0, moves_task(&t, TASK_PULL_BEGAN, 1));
	EXPECT_EQ(0, moves_task(&t, TASK_PULL_BEGAN, 2));
	EXPECT_EQ(1, t.at_ms[TASK_PULL_STARTED_AT]);
	EXPECT_EQ(0, moves_task(&t, TASK_PULL_ENDED, 3));
	EXPECT_EQ(0, moves_task(&t, TASK_PULL_ENDED, 4));
	EXPECT_EQ(4, t.at_ms[TASK_PULL_STOPPED_AT]);
}

/* ----------------------------------------------------------- in ECS's words */

TEST(known_status_is_in_the_words_of_the_agent)
{
	static const char *const words[CONTAINER_PHASE_COUNT] = {
		"PENDING", "PULLED",  "CREATED", "RUNNING",
		"RUNNING", "RUNNING", "STOPPED",
	};

	for (uint32_t p = 0; p < CONTAINER_PHASE_COUNT; p++) {
		struct container_state c = { .phase = p };

		EXPECT_STREQ(words[p], moves_known(&c));
		c.restarts = 1;
		EXPECT_STREQ(p == CONTAINER_STOPPED ? "STOPPED" : "RUNNING",
			     moves_known(&c));
	}
}

TEST(desired_status_follows_the_task_and_the_end)
{
	for (uint32_t p = 0; p < TASK_PHASE_COUNT; p++) {
		struct task_state t = { .phase = p };
		struct container_state c = { .phase = CONTAINER_RUNNING };
		const char *word = p >= TASK_STOPPING ? "STOPPED" : "RUNNING";

		EXPECT_STREQ(word, moves_task_desired(&t));
		EXPECT_STREQ(word, moves_desired(&t, &c));
		c.phase = CONTAINER_STOPPED;
		EXPECT_STREQ("STOPPED", moves_desired(&t, &c));
	}
}

TEST(times_are_told_as_unix_time)
{
	int64_t now = (int64_t)(clock_ns(CLOCK_REALTIME) / 1000000u);
	int64_t told = moves_unix_ms(clock_ms());

	EXPECT_EQ(0, moves_unix_ms(0));
	EXPECT_GE(told, now - 1);
	EXPECT_LE(told, now + 60000);
}

/* --------------------------------------------------------------- the engine */

FIXTURE(moves)
{
	struct fake_engine f;
	int records[2];
};

FIXTURE_SETUP(moves)
{
	ASSERT_EQ(0, fake_engine_init(&self->f));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				self->records));
	record_use_socket(self->records[1]);
}

FIXTURE_TEARDOWN(moves)
{
}

/* Counts records of a kind among those that wait. */
static int count_records(int socket, enum record_kind kind)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;
	ssize_t len;
	int n = 0;

	while ((len = read(socket, wire, sizeof(wire))) > 0)
		n += record_parse(wire, (size_t)len, &r) == 0 && r.kind == kind;
	return n;
}

TEST_F(moves, life_of_a_task_is_timed)
{
	const struct task_state *t = self->f.state->tasks;
	const struct container_state *c = t->containers;

	self->f.task.containers.count = 1;
	self->f.fake.c[0].image = 0;
	STEP(100);
	self->f.fake.c[0].image = 1;
	STEP(200);
	engine_drain(&self->f.g, "test", 300);
	STEP(310);
	EXITED_AT(0, SIGTERM, 400);
	STEP(410);
	EXPECT_EQ(100, c->at_ms[CONTAINER_PULL_STARTED_AT]);
	EXPECT_EQ(200, c->at_ms[CONTAINER_PULL_STOPPED_AT]);
	EXPECT_EQ(200, c->at_ms[CONTAINER_CREATED_AT]);
	EXPECT_EQ(200, c->at_ms[CONTAINER_STARTED_AT]);
	EXPECT_EQ(400, c->at_ms[CONTAINER_FINISHED_AT]);
	EXPECT_EQ(100, t->at_ms[TASK_PULL_STARTED_AT]);
	EXPECT_EQ(200, t->at_ms[TASK_PULL_STOPPED_AT]);
	EXPECT_EQ(200, t->at_ms[TASK_STARTED_AT]);
	EXPECT_EQ(300, t->at_ms[TASK_STOPPING_AT]);
	EXPECT_EQ(410, t->at_ms[TASK_EXECUTION_STOPPED_AT]);
	EXPECT_EQ(410, t->at_ms[TASK_STOPPED_AT]);
	EXPECT_EQ(0, count_records(self->records[0], RECORD_ENGINE_FAULT));
}

TEST_F(moves, impossible_event_is_a_fault_that_changes_nothing)
{
	self->f.task.containers.count = 1;
	STEP(100);
	/* No runtime of ours leaves this behind: running, and its end noted. */
	PHASE(0) = CONTAINER_PULLED;
	STATE(0).restarts = 1;
	STATE(0).restart_at_ms = ENGINE_NEVER_MS;
	EXPECT_FALSE(EXITED_AT(0, EXIT(0), 200));
	EXPECT_EQ(CONTAINER_PULLED, PHASE(0));
	EXPECT_EQ(1, count_records(self->records[0], RECORD_ENGINE_FAULT));
}

TEST_HARNESS_MAIN
