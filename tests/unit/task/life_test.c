// SPDX-License-Identifier: MIT
/*
 * What the engine does by itself while a task runs: restarts, health checks,
 * dependencies that take too long.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "fake.h"

#include "kselftest_harness.h"

#define SECOND INT64_C(1000)

FIXTURE(life)
{
	struct fake_engine f;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(0, fake_engine_init(&self->f));
	self->f.containers[0].restart = (struct plan_restart){
		.attempt_period_s = 60,
	};
}

FIXTURE_TEARDOWN(life)
{
}

#define TASK (self->f.state->tasks[0])
#define HEALTH(i) (STATE(i).health)
#define CHECKED(i, status, ms) \
	engine_exited(&self->f.g, HEALTH(i).pid, status, ms)

static char check[] = "CMD", program[] = "/check";
static char *command[] = { check, program };

static void give_health(struct fake_engine *f, int i)
{
	f->containers[i].health = (struct plan_health){
		.command = { 2, command },
		.interval_s = 30,
		.timeout_s = 5,
		.retries = 3,
	};
}

/* ----------------------------------------------------------------- restarts */

TEST_F(life, container_without_a_policy_is_not_restarted)
{
	STEP(0);
	EXPECT_TRUE(EXITED_AT(0, EXIT(1), 100 * SECOND));
	STEP(100 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(TASK_STOPPING, TASK.phase);
}

TEST_F(life, container_that_ran_for_the_attempt_period_is_restarted)
{
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	EXPECT_TRUE(EXITED_AT(0, EXIT(1), 60 * SECOND));
	EXPECT_EQ(61 * SECOND, STEP(60 * SECOND));
	EXPECT_EQ(CONTAINER_PULLED, PHASE(0));
	EXPECT_EQ(1, self->f.fake.c[0].cleaned);
	EXPECT_EQ(TASK_RUNNING, TASK.phase);
	EXPECT_EQ(61 * SECOND, STEP(61 * SECOND - 1));
	EXPECT_EQ(1, self->f.fake.c[0].started);
	STEP(61 * SECOND);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	EXPECT_EQ(2, self->f.fake.c[0].started);
	EXPECT_EQ(1, STATE(0).restarts);
	EXPECT_FALSE(STATE(0).has_ended);
	EXPECT_EQ(TASK_RUNNING, TASK.phase);
}

TEST_F(life, container_that_ran_too_shortly_is_not_restarted)
{
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	EXPECT_TRUE(EXITED_AT(0, EXIT(1), 60 * SECOND - 1));
	STEP(60 * SECOND - 1);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(TASK_STOP_ESSENTIAL_EXITED, TASK.stop_code);
}

TEST_F(life, period_counts_from_the_last_start)
{
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	EXITED_AT(0, EXIT(1), 60 * SECOND);
	STEP(60 * SECOND);
	STEP(61 * SECOND);
	EXITED_AT(0, EXIT(1), 120 * SECOND);
	STEP(120 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
}

TEST_F(life, ignored_exit_code_ends_for_good)
{
	int64_t ignored[] = { 3, 143 };

	self->f.containers[0].restart.is_enabled = true;
	self->f.containers[0].restart.ignored_exit_codes =
		(struct plan_ints){ 2, ignored };
	STEP(0);
	EXITED_AT(0, EXIT(4), 60 * SECOND);
	STEP(60 * SECOND);
	STEP(61 * SECOND);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	EXITED_AT(0, SIGTERM, 200 * SECOND);
	STEP(200 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
}

TEST_F(life, restarts_come_later_and_later)
{
	static const int64_t delays[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	int64_t now = 0;

	self->f.containers[0].restart.is_enabled = true;
	STEP(now);
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		now += 60 * SECOND;
		EXITED_AT(0, EXIT(1), now);
		EXPECT_EQ(now + delays[i] * SECOND, STEP(now));
		now += delays[i] * SECOND;
		STEP(now);
		EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	}
}

TEST_F(life, stopping_task_restarts_nothing)
{
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	engine_drain(&self->f.g, "test", 0);
	STEP(60 * SECOND);
	EXITED_AT(0, EXIT(0), 61 * SECOND);
	STEP(61 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(1, self->f.fake.c[0].started);
}

TEST_F(life, drain_while_a_restart_waits_ends_the_container)
{
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	EXITED_AT(0, EXIT(7), 60 * SECOND);
	STEP(60 * SECOND);
	engine_drain(&self->f.g, "test", 0);
	STEP(60 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_TRUE(STATE(0).has_ended);
	EXPECT_EQ(EXIT(7), STATE(0).wait_status);
}

TEST_F(life, restart_that_cannot_start_ends_the_task)
{
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	EXITED_AT(0, EXIT(1), 60 * SECOND);
	STEP(60 * SECOND);
	self->f.fake.c[0].start = -ENOMEM;
	STEP(61 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_LE(TASK_STOPPING, TASK.phase);
	EXPECT_EQ(0, strncmp(STATE(0).reason, "CannotStartContainerError", 25));
}

/* ------------------------------------------------------------------- health */

TEST_F(life, container_without_a_check_is_never_checked)
{
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(0));
	EXPECT_EQ(HEALTH_NONE, HEALTH(0).status);
}

TEST_F(life, first_check_comes_after_an_interval)
{
	give_health(&self->f, 0);
	EXPECT_EQ(30 * SECOND, STEP(0));
	EXPECT_EQ(HEALTH_UNKNOWN, HEALTH(0).status);
	EXPECT_EQ(30 * SECOND, STEP(29 * SECOND));
	EXPECT_EQ(0, self->f.fake.c[0].checks);
	EXPECT_EQ(35 * SECOND, STEP(30 * SECOND));
	EXPECT_EQ(1, self->f.fake.c[0].checks);
	EXPECT_TRUE(CHECKED(0, EXIT(0), 31 * SECOND));
	EXPECT_EQ(HEALTH_HEALTHY, HEALTH(0).status);
	EXPECT_EQ(61 * SECOND, STEP(31 * SECOND));
}

/* Runs one check at `ms` that ends at once. */
#define CHECK_AT(ms, status)                         \
	do {                                         \
		STEP(ms);                            \
		ASSERT_NE(0, HEALTH(0).pid);         \
		EXPECT_TRUE(CHECKED(0, status, ms)); \
		STEP(ms);                            \
	} while (0)

TEST_F(life, as_many_failures_as_retries_make_it_unhealthy)
{
	give_health(&self->f, 0);
	STEP(0);
	CHECK_AT(30 * SECOND, EXIT(1));
	CHECK_AT(60 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNKNOWN, HEALTH(0).status);
	CHECK_AT(90 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	CHECK_AT(120 * SECOND, EXIT(0));
	EXPECT_EQ(HEALTH_HEALTHY, HEALTH(0).status);
}

TEST_F(life, success_between_failures_begins_the_count_anew)
{
	give_health(&self->f, 0);
	STEP(0);
	CHECK_AT(30 * SECOND, EXIT(1));
	CHECK_AT(60 * SECOND, EXIT(1));
	CHECK_AT(90 * SECOND, EXIT(0));
	CHECK_AT(120 * SECOND, SIGKILL);
	CHECK_AT(150 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_HEALTHY, HEALTH(0).status);
	CHECK_AT(180 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
}

TEST_F(life, failures_in_the_start_period_do_not_count)
{
	give_health(&self->f, 0);
	self->f.containers[0].health.start_period_s = 100;
	STEP(0);
	for (int i = 1; i <= 3; i++)
		CHECK_AT(i * 30 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNKNOWN, HEALTH(0).status);
	for (int i = 4; i <= 6; i++)
		CHECK_AT(i * 30 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
}

TEST_F(life, first_success_ends_the_start_period)
{
	give_health(&self->f, 0);
	self->f.containers[0].health.start_period_s = 300;
	STEP(0);
	CHECK_AT(30 * SECOND, EXIT(0));
	for (int i = 2; i <= 4; i++)
		CHECK_AT(i * 30 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
}

TEST_F(life, check_over_its_time_is_killed_and_has_failed)
{
	give_health(&self->f, 0);
	self->f.containers[0].health.retries = 1;
	STEP(0);
	STEP(30 * SECOND);
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(35 * SECOND));
	EXPECT_EQ(1, self->f.fake.c[0].checks_ended);
	STEP(36 * SECOND);
	EXPECT_EQ(1, self->f.fake.c[0].checks_ended);
	EXPECT_TRUE(CHECKED(0, SIGKILL, 36 * SECOND));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
	EXPECT_EQ(66 * SECOND, STEP(36 * SECOND));
}

TEST_F(life, check_that_cannot_start_has_failed)
{
	give_health(&self->f, 0);
	self->f.containers[0].health.retries = 1;
	self->f.fake.c[0].check = -ENOENT;
	STEP(0);
	EXPECT_EQ(60 * SECOND, STEP(30 * SECOND));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
}

TEST_F(life, container_that_stops_is_checked_no_more)
{
	give_health(&self->f, 0);
	STEP(0);
	STEP(30 * SECOND);
	engine_drain(&self->f.g, "test", 0);
	STEP(31 * SECOND);
	EXPECT_EQ(1, self->f.fake.c[0].checks_ended);
	EXPECT_EQ(HEALTH_NONE, HEALTH(0).status);
	STEP(60 * SECOND);
	EXPECT_EQ(1, self->f.fake.c[0].checks);
}

TEST_F(life, end_of_the_container_while_a_check_runs_is_its_own)
{
	int32_t check_pid;

	give_health(&self->f, 0);
	STEP(0);
	STEP(30 * SECOND);
	check_pid = HEALTH(0).pid;
	EXPECT_TRUE(EXITED_AT(0, EXIT(5), 31 * SECOND));
	EXPECT_FALSE(
		engine_exited(&self->f.g, check_pid, SIGKILL, 31 * SECOND));
	STEP(31 * SECOND);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(EXIT(5), STATE(0).wait_status);
}

TEST_F(life, restarted_container_is_judged_anew)
{
	give_health(&self->f, 0);
	self->f.containers[0].restart.is_enabled = true;
	STEP(0);
	CHECK_AT(30 * SECOND, EXIT(0));
	EXITED_AT(0, EXIT(1), 61 * SECOND);
	STEP(61 * SECOND);
	EXPECT_EQ(92 * SECOND, STEP(62 * SECOND));
	EXPECT_EQ(HEALTH_UNKNOWN, HEALTH(0).status);
}

TEST_F(life, output_and_exit_code_are_of_the_last_check)
{
	give_health(&self->f, 0);
	STEP(0);
	EXPECT_STREQ("", HEALTH(0).output);
	CHECK_AT(30 * SECOND, EXIT(3));
	EXPECT_STREQ("check 1", HEALTH(0).output);
	EXPECT_EQ(3, HEALTH(0).exit_code);
	CHECK_AT(60 * SECOND, SIGKILL);
	EXPECT_STREQ("check 2", HEALTH(0).output);
	EXPECT_EQ(137, HEALTH(0).exit_code);
}

TEST_F(life, status_has_its_time)
{
	give_health(&self->f, 0);
	STEP(5 * SECOND);
	EXPECT_EQ(5 * SECOND, HEALTH(0).since_ms);
	CHECK_AT(35 * SECOND, EXIT(0));
	EXPECT_EQ(35 * SECOND, HEALTH(0).since_ms);
	CHECK_AT(65 * SECOND, EXIT(0));
	EXPECT_EQ(35 * SECOND, HEALTH(0).since_ms);
}

#define TASK_HEALTH() health_of_task(&TASK, &self->f.task)

TEST_F(life, health_of_a_task_is_the_worst_of_its_essential_containers)
{
	EXPECT_EQ(HEALTH_NONE, TASK_HEALTH());
	give_health(&self->f, 0);
	give_health(&self->f, 1);
	/* Not running yet is UNKNOWN, not without a check. */
	EXPECT_EQ(HEALTH_UNKNOWN, TASK_HEALTH());
	HEALTH(0).status = HEALTH_HEALTHY;
	EXPECT_EQ(HEALTH_UNKNOWN, TASK_HEALTH());
	HEALTH(1).status = HEALTH_HEALTHY;
	EXPECT_EQ(HEALTH_HEALTHY, TASK_HEALTH());
	HEALTH(1).status = HEALTH_UNHEALTHY;
	EXPECT_EQ(HEALTH_UNHEALTHY, TASK_HEALTH());
	HEALTH(0).status = HEALTH_UNKNOWN;
	EXPECT_EQ(HEALTH_UNHEALTHY, TASK_HEALTH());
	self->f.containers[1].is_essential = false;
	EXPECT_EQ(HEALTH_UNKNOWN, TASK_HEALTH());
	self->f.containers[0].is_essential = false;
	EXPECT_EQ(HEALTH_NONE, TASK_HEALTH());
}

/* ------------------------------------------------------------- dependencies */

TEST_F(life, healthy_condition_waits_for_a_successful_check)
{
	give_health(&self->f, 0);
	DEPEND(1, 0, PLAN_HEALTHY);
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	CHECK_AT(30 * SECOND, EXIT(1));
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	CHECK_AT(60 * SECOND, EXIT(0));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
	/* Only the start asks. */
	for (int i = 3; i <= 5; i++)
		CHECK_AT(i * 30 * SECOND, EXIT(1));
	EXPECT_EQ(HEALTH_UNHEALTHY, HEALTH(0).status);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(life, healthy_condition_fails_when_the_other_has_stopped)
{
	give_health(&self->f, 0);
	self->f.containers[0].is_essential = false;
	DEPEND(1, 0, PLAN_HEALTHY);
	STEP(0);
	EXITED_AT(0, EXIT(0), 10 * SECOND);
	STEP(10 * SECOND);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, TASK.stop_code);
	EXPECT_EQ(0, strncmp(STATE(1).reason, "TaskDependencyError: a", 22));
}

TEST_F(life, start_timeout_gives_up_on_a_dependency)
{
	self->f.containers[0].is_essential = false;
	self->f.containers[0].start_timeout_s = 20;
	DEPEND(1, 0, PLAN_SUCCESS);
	EXPECT_EQ(25 * SECOND, STEP(5 * SECOND));
	EXPECT_EQ(25 * SECOND, STEP(25 * SECOND - 1));
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	STEP(25 * SECOND);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, TASK.stop_code);
	EXPECT_EQ(0, strncmp(STATE(1).reason, "TaskDependencyError: a", 22));
}

TEST_F(life, start_timeout_is_over_once_the_dependency_has_done)
{
	self->f.containers[0].is_essential = false;
	self->f.containers[0].start_timeout_s = 20;
	DEPEND(1, 0, PLAN_SUCCESS);
	STEP(0);
	EXITED_AT(0, EXIT(0), 19 * SECOND);
	STEP(19 * SECOND);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(30 * SECOND));
	EXPECT_EQ(TASK_RUNNING, TASK.phase);
}

TEST_F(life, start_timeout_does_not_bound_the_start_condition)
{
	self->f.containers[0].start_timeout_s = 20;
	self->f.fake.c[0].image = 0;
	DEPEND(1, 0, PLAN_START);
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(0));
	STEP(30 * SECOND);
	EXPECT_EQ(TASK_PENDING, TASK.phase);
}

TEST_HARNESS_MAIN
