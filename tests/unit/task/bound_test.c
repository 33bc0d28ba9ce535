// SPDX-License-Identifier: MIT
/* How long a drain takes at most is what the tasks themselves ask for. */
#include "fake.h"

#include "kselftest_harness.h"

FIXTURE(bound)
{
	struct fake_engine f;
};

FIXTURE_SETUP(bound)
{
	ASSERT_EQ(0, fake_engine_init(&self->f));
	self->f.containers[0].stop_timeout_s = 10;
	self->f.containers[1].stop_timeout_s = 20;
	self->f.containers[2].stop_timeout_s = 40;
	self->f.containers[3].stop_timeout_s = 80;
}

FIXTURE_TEARDOWN(bound)
{
}

#define WORK 500
#define BOUND() engine_stop_bound_ms(&self->f.g)

TEST_F(bound, containers_side_by_side_take_as_long_as_the_longest)
{
	EXPECT_EQ(20000 + 2 * WORK, BOUND());
	STEP(0);
	EXPECT_EQ(20000 + 2 * WORK, BOUND());
}

TEST_F(bound, containers_in_a_chain_take_as_long_as_all_of_it)
{
	self->f.task.containers.count = 4;
	DEPEND(1, 0, PLAN_START);
	DEPEND(2, 1, PLAN_START);
	EXPECT_EQ(80000 + 4 * WORK, BOUND());
	DEPEND(3, 2, PLAN_START);
	EXPECT_EQ(150000 + 4 * WORK, BOUND());
}

TEST_F(bound, chain_against_the_order_of_the_list_counts_too)
{
	self->f.task.containers.count = 3;
	DEPEND(0, 1, PLAN_START);
	DEPEND(1, 2, PLAN_START);
	EXPECT_EQ(70000 + 3 * WORK, BOUND());
}

TEST_F(bound, what_has_stopped_takes_no_time)
{
	self->f.containers[1].is_essential = false;
	STEP(0);
	EXITED(1, EXIT(0));
	STEP(0);
	EXPECT_EQ(10000 + WORK, BOUND());
	EXITED(0, EXIT(0));
	STEP(0);
	EXPECT_EQ(0, BOUND());
}

TEST_F(bound, daemons_come_on_top_of_the_longest_task)
{
	struct plan_task tasks[2] = { self->f.task, self->f.task };

	tasks[0].containers.count = 1;
	tasks[1].containers.items = &self->f.containers[2];
	tasks[1].is_daemon = true;
	self->f.plan.tasks = (struct plan_tasks){ 2, tasks };
	STEP(0);
	ASSERT_EQ(2, self->f.state->task_count);
	EXPECT_EQ(10000 + 80000 + 3 * WORK, BOUND());
}

TEST_F(bound, fortnight_is_not_cut)
{
	self->f.task.containers.count = 1;
	self->f.containers[0].stop_timeout_s = 14 * 86400;
	EXPECT_EQ(INT64_C(14) * 86400000 + WORK, BOUND());
}

/* No plan of intake's has one; it must not hang runtime. */
TEST_F(bound, cycle_has_an_end)
{
	DEPEND(0, 1, PLAN_START);
	DEPEND(1, 0, PLAN_START);
	EXPECT_LT(0, BOUND());
}

TEST_HARNESS_MAIN
