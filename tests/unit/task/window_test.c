// SPDX-License-Identifier: MIT
#include "runtime/task/window.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"

#include "kselftest_harness.h"

#define HOUR INT64_C(3600)
#define DAY (24 * HOUR)
#define MARGIN HOUR

static int64_t at(int year, int month, int day, int hour)
{
	struct tm t = { .tm_year = year - 1900,
			.tm_mon = month - 1,
			.tm_mday = day,
			.tm_hour = hour };

	return timegm(&t);
}

struct cron_case {
	const char *text;
	unsigned int hours; /* a week; 0: refused */
};

static const struct cron_case cron_cases[] = {
	{ "* 0-4 * * *", 28 },
	{ "* 0-4,20-23 * * 1,5", 14 },
	{ "* 21-23 * * 2,3", 4 },
	{ "* 0-2 * * SUN", 2 },
	{ "* 0-2 * * SUN,1,TUE", 6 },
	{ "* 0-4,2-6 * * 0", 6 },
	{ "* 0-23 * * *", 161 },
	{ "* 00-04 * * 06", 4 },
	{ "", 0 },
	{ "* 0-4 * *", 0 },
	{ "* 0-4 * * ", 0 },
	{ "* 0-4 * * * *", 0 },
	{ "* 0-4  * * *", 0 },
	{ " * 0-4 * * *", 0 },
	{ "* 0-4 * * * ", 0 },
	{ "0 0-4 * * *", 0 },
	{ "* 0-4 1 * *", 0 },
	{ "* 0-4 * 1 *", 0 },
	{ "* * * * *", 0 },
	{ "* 4 * * *", 0 },
	{ "* 0-1 * * *", 0 },
	{ "* 4-4 * * *", 0 },
	{ "* 20-4 * * *", 0 },
	{ "* 0-24 * * *", 0 },
	{ "* -4 * * *", 0 },
	{ "* 0- * * *", 0 },
	{ "* 0-4, * * *", 0 },
	{ "* 0-4,, * * *", 0 },
	{ "* 0-4/2 * * *", 0 },
	{ "* 0-99999999999999999999 * * *", 0 },
	{ "* 0-4 * * 7", 0 },
	{ "* 0-4 * * 1,1", 0 },
	{ "* 0-4 * * 1,MON", 0 },
	{ "* 0-4 * * 1-5", 0 },
	{ "* 0-4 * * sun", 0 },
	{ "* 0-4 * * SUNDAY", 0 },
	{ "* 0-4 * * ,1", 0 },
};

TEST(cron_expressions_are_ec2s)
{
	for (size_t i = 0; i < ARRAY_SIZE(cron_cases); i++) {
		const struct cron_case *c = &cron_cases[i];
		struct window w = { { false } };
		const char *why = window_open_cron(&w, c->text);

		EXPECT_EQ(c->hours == 0, why != NULL)
		{
			TH_LOG("%s: %s", c->text, why ? why : "accepted");
		}
		EXPECT_TRUE(!why || record_is_word(why));
		EXPECT_TRUE(why || c->hours == window_total(&w));
	}
}

TEST(days_begin_on_sunday_in_utc)
{
	struct window w = { { false } };

	ASSERT_EQ(NULL, window_open_cron(&w, "* 5-7 * * SAT"));
	EXPECT_TRUE(w.is_open[6 * 24 + 5] && w.is_open[6 * 24 + 6]);
	EXPECT_FALSE(w.is_open[6 * 24 + 4] || w.is_open[6 * 24 + 7]);
}

TEST(range_goes_over_the_end_of_the_week)
{
	const struct plan_time_range r = { 6, 23, 0, 2 };
	unsigned int start, hours;
	struct window w = { { false } };

	window_range(&r, &start, &hours);
	EXPECT_EQ(167, start);
	EXPECT_EQ(3, hours);
	window_open(&w, start, hours);
	EXPECT_TRUE(w.is_open[167] && w.is_open[0] && w.is_open[1]);
	EXPECT_EQ(3, window_total(&w));
}

TEST(range_with_equal_ends_has_no_hours)
{
	const struct plan_time_range r = { 3, 7, 3, 7 };
	unsigned int start, hours;

	window_range(&r, &start, &hours);
	EXPECT_EQ(0, hours);
}

TEST(instance_without_a_window_has_none)
{
	char none[] = "";
	struct plan_instance i = { .event_cron = none };
	struct window w;

	EXPECT_FALSE(window_of_instance(&i, &w));
}

TEST(instance_has_the_hours_of_both_its_forms)
{
	char none[] = "", cron[] = "* 0-4 * * *";
	struct plan_time_range range = { 1, 2, 1, 6 };
	struct plan_instance i = { .event_ranges = { 1, &range },
				   .event_cron = none };
	struct window w;

	EXPECT_TRUE(window_of_instance(&i, &w));
	EXPECT_EQ(4, window_total(&w));
	i = (struct plan_instance){ .event_cron = cron };
	EXPECT_TRUE(window_of_instance(&i, &w));
	EXPECT_EQ(28, window_total(&w));
}

struct choice_case {
	const char *about;
	const char *cron;
	int64_t now, latest, drain;
	enum window_reason reason;
};

/* 2026-11-26 is a Thursday. */
TEST(drain_is_in_the_last_window_before_its_time)
{
	const int64_t now = at(2026, 11, 26, 5);
	const struct choice_case cases[] = {
		{ "fourteen days", "* 2-6 * * MON", now, now + 14 * DAY,
		  at(2026, 12, 7, 2), WINDOW_BEGINS },
		{ "begins at the very time", "* 5-9 * * THU", now,
		  now + 14 * DAY, now + 14 * DAY, WINDOW_BEGINS },
		{ "begins an hour too late", "* 6-10 * * THU", now,
		  now + 14 * DAY, at(2026, 12, 3, 6), WINDOW_BEGINS },
		{ "over the year's end", "* 0-4 * * FRI", at(2026, 12, 25, 5),
		  at(2027, 1, 3, 0), at(2027, 1, 1, 0), WINDOW_BEGINS },
		{ "leap day", "* 10-14 * * TUE", at(2028, 2, 28, 0),
		  at(2028, 3, 3, 0), at(2028, 2, 29, 10), WINDOW_BEGINS },
		{ "28 February of another year", "* 10-14 * * MON",
		  at(2027, 2, 24, 0), at(2027, 3, 3, 0), at(2027, 3, 1, 10),
		  WINDOW_BEGINS },
		{ "summer time moves nothing", "* 1-5 * * SUN",
		  at(2027, 3, 25, 0), at(2027, 4, 2, 0), at(2027, 3, 28, 1),
		  WINDOW_BEGINS },
		{ "two a week: the later", "* 2-6 * * MON,WED", now,
		  now + 14 * DAY, at(2026, 12, 9, 2), WINDOW_BEGINS },
		{ "open now, none later", "* 4-8 * * THU", now, now + DAY,
		  at(2026, 11, 26, 7), WINDOW_IS_OPEN },
		{ "open now, and the time is in it", "* 4-8 * * THU", now,
		  now + HOUR, now + HOUR, WINDOW_IS_OPEN },
		{ "open now, too little of it", "* 2-6 * * THU", now, now + DAY,
		  now + DAY, WINDOW_MISSED },
		{ "too little of it, and the time is in it", "* 2-6 * * THU",
		  now, now + HOUR / 2, now + HOUR / 2, WINDOW_IS_OPEN },
		{ "closed until then", "* 2-6 * * MON", now, now + DAY,
		  now + DAY, WINDOW_MISSED },
		{ "no time left", "* 2-6 * * MON", now, now, now,
		  WINDOW_MISSED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct choice_case *c = &cases[i];
		enum window_reason reason;
		struct window w = { { false } };
		int64_t drain;

		ASSERT_EQ(NULL, window_open_cron(&w, c->cron));
		drain = window_choose(&w, c->now, c->latest, MARGIN, &reason);
		EXPECT_EQ(c->drain, drain)
		{
			TH_LOG("%s", c->about);
		}
		EXPECT_EQ(c->reason, reason);
	}
}

TEST(window_that_is_always_open_changes_nothing)
{
	const int64_t now = at(2026, 11, 26, 5);
	enum window_reason reason;
	struct window w = { { false } };

	window_open(&w, 0, WINDOW_HOURS_A_WEEK);
	EXPECT_EQ(now + 14 * DAY,
		  window_choose(&w, now, now + 14 * DAY, MARGIN, &reason));
	EXPECT_EQ(WINDOW_IS_OPEN, reason);
}

/* -------------------------------------- an independent, slow implementation */

/* The calendar's word for it, not ours. */
static bool slow_is_open(const struct window *w, int64_t s)
{
	time_t t = s;
	struct tm tm;

	gmtime_r(&t, &tm);
	return w->is_open[tm.tm_wday * 24 + tm.tm_hour];
}

/* Looks at every minute from the end. */
static int64_t slow_choose(const struct window *w, int64_t now, int64_t latest)
{
	for (int64_t s = latest - latest % 60; s > now; s -= 60)
		if (slow_is_open(w, s) && !slow_is_open(w, s - 60) &&
		    s % HOUR == 0)
			return s;
	return -1;
}

TEST(choice_agrees_with_a_search_through_the_calendar)
{
	unsigned int seed = 20261126;
	enum window_reason reason;

	for (int round = 0; round < 300; round++) {
		struct window w = { { false } };
		int64_t now = at(2026, 1, 1, 0) + rand_r(&seed) % 100000000;
		int64_t latest = now + rand_r(&seed) % (15 * DAY);
		int64_t slow, drain;

		for (int i = rand_r(&seed) % 6; i >= 0; i--)
			window_open(&w, (unsigned)rand_r(&seed) % 168,
				    2 + (unsigned)rand_r(&seed) % 40);
		drain = window_choose(&w, now, latest, MARGIN, &reason);
		slow = slow_choose(&w, now, latest);
		EXPECT_EQ(slow >= 0, reason == WINDOW_BEGINS);
		if (slow >= 0)
			EXPECT_EQ(slow, drain);
		/* Never put off, never in the past. */
		EXPECT_LE(drain, latest);
		EXPECT_GE(drain, now);
		if (reason != WINDOW_MISSED)
			EXPECT_TRUE(slow_is_open(&w, drain));
	}
}

TEST_HARNESS_MAIN
