#include <stdbool.h>

#include "init/exits.h"

#include "kselftest_harness.h"

static struct exits q; /* too large for a stack frame */
static pid_t reused_pid;

static bool is_reused(pid_t pid)
{
	return pid == reused_pid;
}

static void fill(pid_t first, int count)
{
	for (int i = 0; i < count; i++)
		exits_add(&q, first + i, i);
}

TEST(ends_are_sent_in_the_order_they_came)
{
	ASSERT_EQ(NULL, exits_next(&q));
	ASSERT_TRUE(exits_add(&q, 10, 256));
	ASSERT_TRUE(exits_add(&q, 11, 9));
	EXPECT_EQ(10, exits_next(&q)->pid);
	EXPECT_EQ(256, exits_next(&q)->status);
	exits_mark_sent(&q);
	EXPECT_EQ(11, exits_next(&q)->pid);
	EXPECT_EQ(9, exits_next(&q)->status);
	exits_mark_sent(&q);
	EXPECT_EQ(NULL, exits_next(&q));
}

TEST(a_full_queue_of_waiting_ends_takes_no_more_and_loses_none)
{
	fill(1000, EXITS_MAX);
	EXPECT_FALSE(exits_has_room(&q));
	EXPECT_FALSE(exits_add(&q, 1, 0));
	for (int i = 0; i < EXITS_MAX; i++) {
		ASSERT_EQ(1000 + i, exits_next(&q)->pid);
		exits_mark_sent(&q);
	}
	EXPECT_EQ(NULL, exits_next(&q));
}

TEST(only_sent_ends_make_room)
{
	fill(1000, EXITS_MAX);
	exits_mark_sent(&q);
	EXPECT_TRUE(exits_has_room(&q));
	EXPECT_TRUE(exits_add(&q, 7, 0));
	EXPECT_FALSE(exits_has_room(&q));
	EXPECT_FALSE(exits_add(&q, 8, 0));
	EXPECT_EQ(1001, exits_next(&q)->pid);
}

TEST(after_a_rewind_sent_ends_are_sent_again)
{
	fill(20, 3);
	exits_mark_sent(&q);
	exits_mark_sent(&q);
	reused_pid = -1;
	exits_rewind(&q, is_reused);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(20 + i, exits_next(&q)->pid);
		exits_mark_sent(&q);
	}
	EXPECT_EQ(NULL, exits_next(&q));
}

TEST(a_rewind_forgets_the_end_of_a_pid_that_lives_again)
{
	fill(20, 3);
	reused_pid = 21;
	exits_rewind(&q, is_reused);
	EXPECT_EQ(20, exits_next(&q)->pid);
	exits_mark_sent(&q);
	EXPECT_EQ(22, exits_next(&q)->pid);
	exits_mark_sent(&q);
	EXPECT_EQ(NULL, exits_next(&q));
}

TEST(the_ring_goes_round_many_times)
{
	for (int i = 0; i < 3 * EXITS_MAX; i++) {
		ASSERT_TRUE(exits_add(&q, i + 1, i));
		ASSERT_EQ(i + 1, exits_next(&q)->pid);
		exits_mark_sent(&q);
	}
	reused_pid = -1;
	exits_rewind(&q, is_reused);
	EXPECT_EQ(2 * EXITS_MAX + 1, exits_next(&q)->pid);
}

TEST(a_sent_mark_without_a_waiting_end_changes_nothing)
{
	exits_mark_sent(&q);
	EXPECT_EQ(NULL, exits_next(&q));
	ASSERT_TRUE(exits_add(&q, 5, 0));
	EXPECT_EQ(5, exits_next(&q)->pid);
}

TEST_HARNESS_MAIN
