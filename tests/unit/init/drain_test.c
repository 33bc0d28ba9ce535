#include <stddef.h>

#include "init/drain.h"

#include "kselftest_harness.h"

/* Written from the header's picture, not from the table of drain.c. */
struct step {
	enum drain_state from;
	enum drain_event event;
	enum drain_state to;
};

static const struct step golden[] = {
	{ DRAIN_IDLE, DRAIN_CAUSE, DRAIN_TASKS },
	{ DRAIN_IDLE, DRAIN_DEADLINE, DRAIN_SWEEP },
	{ DRAIN_TASKS, DRAIN_DEADLINE, DRAIN_SWEEP },
	{ DRAIN_TASKS, DRAIN_TASKS_DONE, DRAIN_SWEEP },
	{ DRAIN_TASKS, DRAIN_RUNTIME_LOST, DRAIN_SWEEP },
	{ DRAIN_TASKS, DRAIN_TIMEOUT, DRAIN_SWEEP },
	{ DRAIN_SWEEP, DRAIN_TASKS_EMPTY, DRAIN_FLUSH },
	{ DRAIN_SWEEP, DRAIN_TIMEOUT, DRAIN_FLUSH },
	{ DRAIN_FLUSH, DRAIN_FLUSHED, DRAIN_STOP },
	{ DRAIN_FLUSH, DRAIN_UPLINK_LOST, DRAIN_STOP },
	{ DRAIN_FLUSH, DRAIN_TIMEOUT, DRAIN_STOP },
	{ DRAIN_STOP, DRAIN_SERVICES_GONE, DRAIN_OFF },
	{ DRAIN_STOP, DRAIN_TIMEOUT, DRAIN_OFF },
};

static enum drain_state expected(enum drain_state from, enum drain_event event)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
		if (golden[i].from == from && golden[i].event == event)
			return golden[i].to;
	return from;
}

TEST(every_event_in_every_state_leads_where_it_should_and_nowhere_else)
{
	for (int s = 0; s < DRAIN_STATE_COUNT; s++)
		for (int v = 0; v < DRAIN_EVENT_COUNT; v++) {
			EXPECT_EQ(expected((enum drain_state)s,
					   (enum drain_event)v),
				  drain_next((enum drain_state)s,
					     (enum drain_event)v))
			{
				TH_LOG("state %d event %d", s, v);
			}
		}
}

TEST(no_event_leads_back)
{
	for (int s = 0; s < DRAIN_STATE_COUNT; s++)
		for (int v = 0; v < DRAIN_EVENT_COUNT; v++) {
			EXPECT_LE(s, (int)drain_next((enum drain_state)s,
						     (enum drain_event)v));
		}
}

TEST(timeouts_alone_lead_from_the_first_cause_to_off_in_bounded_time)
{
	enum drain_state s = drain_next(DRAIN_IDLE, DRAIN_CAUSE);
	int64_t total = 0;

	while (s != DRAIN_OFF) {
		ASSERT_LT(0, s == DRAIN_TASKS ? 1 : drain_bound_ms(s));
		total += drain_bound_ms(s);
		s = drain_next(s, DRAIN_TIMEOUT);
	}
	EXPECT_EQ(30000 + 6000 + 2000, total);
}

TEST(tasks_have_as_long_as_runtime_told_and_a_grace)
{
	EXPECT_EQ(30000, drain_tasks_bound_ms(0, INT64_MAX));
	EXPECT_EQ(35500, drain_tasks_bound_ms(5500, INT64_MAX));
	/* 13 days, which no fixed limit would allow. */
	EXPECT_EQ(INT64_C(13) * 86400000 + 30000,
		  drain_tasks_bound_ms(INT64_C(13) * 86400000, INT64_MAX));
}

TEST(tasks_have_no_longer_than_the_machine)
{
	EXPECT_EQ(20000, drain_tasks_bound_ms(5500, 20000));
	EXPECT_EQ(1, drain_tasks_bound_ms(5500, 0));
	EXPECT_EQ(1, drain_tasks_bound_ms(5500, -1));
}

TEST(tasks_of_a_runtime_that_told_nothing_have_ten_minutes)
{
	EXPECT_EQ(600000, drain_tasks_bound_ms(-1, INT64_MAX));
	EXPECT_EQ(1000, drain_tasks_bound_ms(-1, 1000));
}

TEST(from_the_deadline_on_no_task_is_waited_for)
{
	for (int s = 0; s < DRAIN_STATE_COUNT; s++) {
		EXPECT_LE(DRAIN_SWEEP,
			  drain_next((enum drain_state)s, DRAIN_DEADLINE));
	}
}

TEST(an_instance_that_does_not_drain_has_no_time_bound)
{
	EXPECT_EQ(0, drain_bound_ms(DRAIN_IDLE));
	EXPECT_EQ(DRAIN_IDLE, drain_next(DRAIN_IDLE, DRAIN_TIMEOUT));
}

TEST_HARNESS_MAIN
