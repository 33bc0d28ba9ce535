#include "init/backoff.h"

#include "kselftest_harness.h"

TEST(the_pause_doubles_up_to_the_longest)
{
	static const int64_t pauses[] = { 100, 200, 400, 800, 1600 };
	struct backoff b = { .count = 0 };

	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++)
		EXPECT_EQ(pauses[i], backoff_ended(&b, 1000 + (int64_t)i));
}

TEST(the_sixth_end_within_the_window_gives_up)
{
	struct backoff b = { .count = 0 };

	for (int64_t i = 0; i < 5; i++)
		ASSERT_LT(0, backoff_ended(&b, i * 10000));
	EXPECT_EQ(-1, backoff_ended(&b, 59999));
}

TEST(an_end_that_is_a_window_old_does_not_count)
{
	struct backoff b = { .count = 0 };

	for (int64_t i = 0; i < 5; i++)
		ASSERT_LT(0, backoff_ended(&b, i * 10000));
	EXPECT_EQ(1600, backoff_ended(&b, 60000));
	EXPECT_EQ(-1, backoff_ended(&b, 60001));
}

TEST(ends_far_apart_go_on_for_ever_with_the_first_pause)
{
	struct backoff b = { .count = 0 };

	for (int64_t i = 0; i < 1000; i++)
		ASSERT_EQ(BACKOFF_FIRST_MS,
			  backoff_ended(&b, i * BACKOFF_WINDOW_MS));
}

TEST_HARNESS_MAIN
