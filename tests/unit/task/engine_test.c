#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "fake.h"

#include "kselftest_harness.h"

FIXTURE(engine)
{
	struct fake_engine f;
};

FIXTURE_SETUP(engine)
{
	ASSERT_EQ(0, fake_engine_init(&self->f));
}

FIXTURE_TEARDOWN(engine)
{
}

TEST(exit_codes_are_as_ecs_reports_them)
{
	for (int code = 0; code < 256; code++)
		EXPECT_EQ(code, engine_exit_code(EXIT(code)));
	for (int signo = 1; signo < 65; signo++)
		EXPECT_EQ(128 + signo, engine_exit_code(signo));
}

TEST_F(engine, containers_without_dependencies_all_start_at_once)
{
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(0));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
	EXPECT_EQ(TASK_RUNNING, self->f.state->tasks[0].phase);
	EXPECT_TRUE(engine_is_settled(&self->f.g));
	EXPECT_FALSE(engine_is_idle(&self->f.g));
}

TEST_F(engine, a_container_waits_for_its_image)
{
	self->f.fake.c[1].image = 0;
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	EXPECT_EQ(TASK_PENDING, self->f.state->tasks[0].phase);
	EXPECT_FALSE(engine_is_settled(&self->f.g));
	self->f.fake.c[1].image = 1;
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, a_task_waits_for_its_network_cards)
{
	self->f.fake.network = 0;
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(0));
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	EXPECT_EQ(0, self->f.fake.c[0].started);
	self->f.fake.network = 1;
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, a_task_whose_network_card_never_comes_fails)
{
	char reason[STATE_REASON_MAX];

	self->f.fake.network = -ETIMEDOUT;
	STEP(0);
	EXPECT_EQ(TASK_STOPPED, self->f.state->tasks[0].phase);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, self->f.state->tasks[0].stop_code);
	snprintf(reason, sizeof(reason),
		 "ResourceInitializationError: network card: %s",
		 strerror(ETIMEDOUT));
	EXPECT_STREQ(reason, self->f.state->tasks[0].reason);
	EXPECT_EQ(0, self->f.fake.c[0].started);
	EXPECT_EQ(1, self->f.fake.released);
}

TEST_F(engine, start_condition_waits_for_the_start_alone)
{
	self->f.fake.c[0].image = 0;
	DEPEND(1, 0, PLAN_START);
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	self->f.fake.c[0].image = 1;
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, complete_condition_waits_for_any_exit)
{
	self->f.containers[0].is_essential = false;
	DEPEND(1, 0, PLAN_COMPLETE);
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	EXPECT_TRUE(EXITED(0, EXIT(3)));
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, success_condition_starts_after_exit_zero)
{
	self->f.containers[0].is_essential = false;
	DEPEND(1, 0, PLAN_SUCCESS);
	STEP(0);
	EXITED(0, EXIT(0));
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, success_condition_fails_the_task_after_another_exit)
{
	self->f.containers[0].is_essential = false;
	DEPEND(1, 0, PLAN_SUCCESS);
	STEP(0);
	EXITED(0, EXIT(1));
	STEP(0);
	EXPECT_EQ(0, self->f.fake.c[1].started);
	EXPECT_EQ(TASK_STOPPED, self->f.state->tasks[0].phase);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, self->f.state->tasks[0].stop_code);
	EXPECT_STREQ("TaskDependencyError: a: Operation canceled",
		     self->f.state->tasks[0].reason);
}

TEST_F(engine, an_essential_exit_stops_the_others)
{
	STEP(0);
	EXITED(0, EXIT(0));
	EXPECT_EQ(31000, STEP(1000));
	EXPECT_EQ(CONTAINER_STOPPING, PHASE(1));
	EXPECT_EQ(1, self->f.fake.c[1].signalled);
	EXPECT_EQ(SIGTERM, self->f.fake.c[1].last_signal);
	EXITED(1, SIGTERM);
	STEP(1500);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	EXPECT_EQ(TASK_STOP_ESSENTIAL_EXITED,
		  self->f.state->tasks[0].stop_code);
	EXPECT_EQ(1, self->f.fake.released);
}

TEST_F(engine, a_non_essential_exit_leaves_the_others_alone)
{
	self->f.containers[0].is_essential = false;
	STEP(0);
	EXITED(0, EXIT(1));
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
	EXPECT_EQ(0, self->f.fake.c[1].signalled);
}

TEST_F(engine, a_container_that_ignores_the_signal_is_killed_at_its_deadline)
{
	STEP(0);
	engine_drain(&self->f.g, "test", 0);
	EXPECT_EQ(30000, STEP(0));
	EXPECT_EQ(0, self->f.fake.c[0].killed);
	STEP(29999);
	EXPECT_EQ(0, self->f.fake.c[0].killed);
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(30000));
	EXPECT_EQ(1, self->f.fake.c[0].killed);
	STEP(31000);
	EXPECT_EQ(1, self->f.fake.c[0].killed);
	EXITED(0, SIGKILL);
	EXITED(1, SIGKILL);
	STEP(31001);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	EXPECT_EQ(TASK_STOP_TERMINATION_NOTICE,
		  self->f.state->tasks[0].stop_code);
}

TEST_F(engine, containers_stop_in_reverse_order_of_their_dependencies)
{
	self->f.task.containers.count = 3;
	DEPEND(1, 0, PLAN_START);
	DEPEND(2, 1, PLAN_START);
	STEP(0);
	engine_drain(&self->f.g, "test", 0);
	STEP(0);
	EXPECT_EQ(1, self->f.fake.order_count);
	EXITED(2, EXIT(0));
	STEP(1);
	EXPECT_EQ(2, self->f.fake.order_count);
	EXITED(1, EXIT(0));
	STEP(2);
	EXPECT_EQ(2, self->f.fake.order[0]);
	EXPECT_EQ(1, self->f.fake.order[1]);
	EXPECT_EQ(0, self->f.fake.order[2]);
}

TEST_F(engine, stopped_means_that_the_cgroup_is_empty)
{
	STEP(0);
	self->f.fake.c[0].is_busy = true;
	EXITED(0, EXIT(0));
	STEP(0);
	EXPECT_EQ(CONTAINER_ENDING, PHASE(0));
	EXPECT_EQ(0, self->f.fake.c[0].cleaned);
	EXPECT_LT(0, self->f.fake.c[0].killed);
	self->f.fake.c[0].is_busy = false;
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(1, self->f.fake.c[0].cleaned);
}

TEST_F(engine, a_refused_image_stops_the_task_and_says_why)
{
	self->f.fake.c[0].image = -EBADMSG;
	STEP(0);
	EXITED(1, SIGTERM);
	STEP(0);
	EXPECT_EQ(TASK_STOPPED, self->f.state->tasks[0].phase);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, self->f.state->tasks[0].stop_code);
	EXPECT_STREQ("CannotPullContainerError: layer digest",
		     self->f.state->tasks[0].containers[0].reason);
}

TEST_F(engine, a_container_that_cannot_start_stops_the_task_if_essential)
{
	self->f.fake.c[1].start = -ENOENT;
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(1));
	EXPECT_EQ(CONTAINER_STOPPING, PHASE(0));
	EXPECT_STREQ("CannotStartContainerError: No such file or directory",
		     self->f.state->tasks[0].reason);
}

TEST_F(engine, a_container_that_cannot_start_is_alone_if_not_essential)
{
	self->f.fake.c[1].start = -ENOENT;
	self->f.containers[1].is_essential = false;
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(1));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	EXPECT_EQ(TASK_RUNNING, self->f.state->tasks[0].phase);
}

TEST_F(engine, out_of_memory_is_the_reason_only_if_it_killed_the_container)
{
	struct container_state *c = self->f.state->tasks[0].containers;

	STEP(0);
	self->f.fake.c[0].oom_kills = 1;
	self->f.fake.c[1].oom_kills = 1;
	EXITED(0, SIGKILL);
	EXITED(1, EXIT(0));
	STEP(0);
	EXPECT_STREQ("OutOfMemoryError: Container killed due to memory usage",
		     c[0].reason);
	EXPECT_STREQ("", c[1].reason);
}

TEST_F(engine, a_kill_of_ours_is_not_out_of_memory)
{
	STEP(0);
	engine_drain(&self->f.g, "test", 0);
	STEP(0);
	STEP(30000);
	self->f.fake.c[0].oom_kills = 1;
	EXITED(0, SIGKILL);
	STEP(30001);
	EXPECT_STREQ("", self->f.state->tasks[0].containers[0].reason);
}

TEST_F(engine, a_half_started_container_is_removed_and_starts_afresh)
{
	PHASE(0) = CONTAINER_CREATED;
	self->f.fake.c[0].is_busy = true;
	STEP(0);
	EXPECT_EQ(0, self->f.fake.c[0].started);
	EXPECT_LT(0, self->f.fake.c[0].killed);
	self->f.fake.c[0].is_busy = false;
	STEP(0);
	EXPECT_EQ(1, self->f.fake.c[0].cleaned);
	EXPECT_EQ(1, self->f.fake.c[0].started);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
}

TEST_F(engine, a_drain_before_the_start_starts_nothing)
{
	engine_drain(&self->f.g, "test", 0);
	STEP(0);
	EXPECT_EQ(0, self->f.fake.c[0].started);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	EXPECT_EQ(1, self->f.fake.released);
}

TEST_F(engine, an_unknown_or_repeated_exit_changes_nothing)
{
	STEP(0);
	EXPECT_FALSE(engine_exited(&self->f.g, 4711, EXIT(0), 0));
	EXPECT_FALSE(engine_exited(&self->f.g, 0, EXIT(0), 0));
	EXPECT_TRUE(EXITED(0, EXIT(0)));
	EXPECT_FALSE(EXITED(0, EXIT(9)));
	EXPECT_EQ(EXIT(0), self->f.state->tasks[0].containers[0].wait_status);
}

TEST_HARNESS_MAIN
