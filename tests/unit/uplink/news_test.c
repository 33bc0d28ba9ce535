// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "runtime/uplink/news.h"

#include "kselftest_harness.h"

static struct news news;

static void task_is(const char *id, const char *state)
{
	struct record r = {
		.kind = RECORD_TASK_STATE,
		.values = { RECORD_W(id), RECORD_W("family"), RECORD_W(state) },
	};

	news_note(&news, &r);
}

static int64_t running(void)
{
	int64_t own[METRICS_OWN_COUNT] = { 0 };

	news_measure(&news, 0, own);
	return own[METRICS_TASKS_RUNNING];
}

TEST(running_is_counted_until_stopped)
{
	task_is("t1", "PENDING");
	EXPECT_EQ(0, running());
	task_is("t1", "RUNNING");
	task_is("t1", "RUNNING");
	task_is("t2", "RUNNING");
	EXPECT_EQ(2, running());
	task_is("t1", "STOPPED");
	task_is("t9", "STOPPED");
	EXPECT_EQ(1, running());
	EXPECT_EQ(1, news.tasks.count);
}

TEST(containers_are_counted_apart_from_tasks)
{
	struct record r = {
		.kind = RECORD_CONTAINER_STATE,
		.values = { RECORD_W("t1"), RECORD_W("c"),
			    RECORD_W("RUNNING") },
	};
	int64_t own[METRICS_OWN_COUNT] = { 0 };

	news_note(&news, &r);
	news_measure(&news, 0, own);
	EXPECT_EQ(0, own[METRICS_TASKS_RUNNING]);
	EXPECT_EQ(1, own[METRICS_CONTAINERS_RUNNING]);
}

TEST(more_states_than_fit_are_not_counted_and_harm_nothing)
{
	char id[16];

	for (unsigned int i = 0; i < NEWS_STATES_MAX + 10; i++) {
		snprintf(id, sizeof(id), "t%u", i);
		task_is(id, "RUNNING");
	}
	EXPECT_EQ(NEWS_STATES_MAX, running());
}

TEST(what_is_left_of_the_lifetime_goes_with_age_and_may_be_below_zero)
{
	struct record r = {
		.kind = RECORD_LIFETIME_SET,
		.values = { RECORD_N(100), RECORD_N(160) },
	};
	int64_t own[METRICS_OWN_COUNT] = { 0 };

	news_note(&news, &r);
	news_measure(&news, 30, own);
	EXPECT_EQ(70, own[METRICS_DRAIN_IN]);
	EXPECT_EQ(130, own[METRICS_DEAD_IN]);
	r.values[0].number = 20; /* brought forward */
	news_note(&news, &r);
	news_measure(&news, 30, own);
	EXPECT_EQ(-10, own[METRICS_DRAIN_IN]);
}

TEST_HARNESS_MAIN
