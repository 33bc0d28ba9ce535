#include <errno.h>

#include "init/lifetime.h"
#include "init/watchdog.h"
#include "runtime/base/clock.h"

#include "kselftest_harness.h"

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

TEST(a_machine_is_born_with_both_deadlines)
{
	struct lifetime l = lifetime_birth();

	EXPECT_EQ(14 * DAY_MS - HOUR_MS, l.drain_at_ms);
	EXPECT_EQ(14 * DAY_MS, l.dead_at_ms);
}

TEST(a_deadline_moves_forward_only)
{
	struct lifetime l = lifetime_birth();

	EXPECT_EQ(1, lifetime_shorten(&l.drain_at_ms, 600, NULL));
	EXPECT_EQ(600000, l.drain_at_ms);
	EXPECT_EQ(0, lifetime_shorten(&l.drain_at_ms, 600, NULL));
	EXPECT_EQ(600000, l.drain_at_ms);
	EXPECT_EQ(-EPERM, lifetime_shorten(&l.drain_at_ms, 601, NULL));
	EXPECT_EQ(600000, l.drain_at_ms);
	EXPECT_EQ(14 * DAY_MS, l.dead_at_ms);
}

TEST(the_deadlines_of_the_image_cannot_be_extended)
{
	static const int64_t later_s[] = {
		14 * 86400 + 1,
		INT64_MAX / 1000 + 1, /* would wrap around as milliseconds */
		INT64_MAX,
	};
	struct lifetime l = lifetime_birth();

	EXPECT_EQ(0, lifetime_shorten(&l.dead_at_ms, 14 * 86400, NULL));
	for (size_t i = 0; i < sizeof(later_s) / sizeof(later_s[0]); i++) {
		EXPECT_EQ(-EPERM,
			  lifetime_shorten(&l.dead_at_ms, later_s[i], NULL));
		EXPECT_EQ(-EPERM,
			  lifetime_shorten(&l.drain_at_ms, later_s[i], NULL));
	}
	EXPECT_EQ(-ERANGE, lifetime_shorten(&l.dead_at_ms, -1, NULL));
	EXPECT_EQ(-ERANGE, lifetime_shorten(&l.dead_at_ms, INT64_MIN, NULL));
	EXPECT_EQ(14 * DAY_MS, l.dead_at_ms);
	EXPECT_EQ(14 * DAY_MS - HOUR_MS, l.drain_at_ms);
}

TEST(each_phase_begins_at_its_deadline_and_not_before)
{
	static const struct lifetime l = { 2000, 5000 };

	EXPECT_EQ(LIFETIME_WORK, lifetime_phase(&l, 1999));
	EXPECT_EQ(LIFETIME_DRAIN, lifetime_phase(&l, 2000));
	EXPECT_EQ(LIFETIME_DRAIN, lifetime_phase(&l, 4999));
	EXPECT_EQ(LIFETIME_OVER, lifetime_phase(&l, 5000));
	EXPECT_EQ(LIFETIME_OVER, lifetime_phase(&l, INT64_MAX));
}

TEST(an_end_before_the_drain_is_an_end)
{
	static const struct lifetime l = { 5000, 2000 };

	EXPECT_EQ(LIFETIME_WORK, lifetime_phase(&l, 1999));
	EXPECT_EQ(1, lifetime_left_ms(&l, 1999));
	EXPECT_EQ(LIFETIME_OVER, lifetime_phase(&l, 2000));
}

TEST(the_time_left_leads_to_each_deadline_in_turn)
{
	static const struct lifetime l = { 2000, 5000 };

	EXPECT_EQ(2000, lifetime_left_ms(&l, 0));
	EXPECT_EQ(1, lifetime_left_ms(&l, 1999));
	EXPECT_EQ(3000, lifetime_left_ms(&l, 2000));
	EXPECT_EQ(0, lifetime_left_ms(&l, 5000));
	EXPECT_EQ(0, lifetime_left_ms(&l, 6000));
}

/* Ten hours of work, one of sleep: what the clocks say and what is true. */
TEST(slewing_the_clocks_does_not_change_the_age)
{
	EXPECT_EQ(11 * HOUR_MS,
		  clock_age_of(10 * HOUR_MS, 11 * HOUR_MS, 10 * HOUR_MS));
	EXPECT_EQ(11 * HOUR_MS,
		  clock_age_of(10 * HOUR_MS, 10 * HOUR_MS, 9 * HOUR_MS));
	EXPECT_EQ(11 * HOUR_MS,
		  clock_age_of(10 * HOUR_MS, 12 * HOUR_MS, 11 * HOUR_MS));
}

TEST(the_age_goes_on)
{
	int64_t before = clock_age_ms();
	int64_t after = clock_age_ms();

	EXPECT_LT(0, before);
	EXPECT_LE(before, after);
}

TEST(a_silent_runtime_is_ended_before_the_machine_is)
{
	EXPECT_EQ(WATCHDOG_WELL, watchdog_judge(0));
	EXPECT_EQ(WATCHDOG_WELL, watchdog_judge(89999));
	EXPECT_EQ(WATCHDOG_KILL, watchdog_judge(90000));
	EXPECT_EQ(WATCHDOG_KILL, watchdog_judge(119999));
	EXPECT_EQ(WATCHDOG_STARVE, watchdog_judge(120000));
	EXPECT_EQ(WATCHDOG_STARVE, watchdog_judge(INT64_MAX));
}

TEST_HARNESS_MAIN
