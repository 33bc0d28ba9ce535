#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/task/engine.h"

#include "kselftest_harness.h"

#define EXIT(code) ((code) << 8)
#define CONTAINERS 4

/* A world that does what each container's row says and writes it down. */
struct fake_container {
	int image;    /* 1, 0 or -errno */
	int start;    /* 0 or -errno */
	bool is_busy; /* cgroup not empty */
	uint64_t oom_kills;
	int started, signalled, killed, cleaned;
	int last_signal;
};

struct fake {
	struct fake_container c[CONTAINERS];
	int order[32]; /* containers in the order they were signalled */
	int order_count;
	int released;
	int32_t next_pid;
	struct state *state;
};

static int fake_image(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	if (f->c[c].image < 0)
		return err_set(e, -f->c[c].image, "layer digest");
	return f->c[c].image;
}

static int fake_start(void *ctx, uint32_t t, uint32_t c)
{
	struct fake *f = ctx;

	if (f->c[c].start < 0)
		return f->c[c].start;
	f->c[c].started++;
	f->state->tasks[t].containers[c].pid = ++f->next_pid;
	f->state->tasks[t].containers[c].stop_signal = SIGTERM;
	return 0;
}

static int fake_signal(void *ctx, uint32_t t, uint32_t c, int signo,
		       struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	f->c[c].signalled++;
	f->c[c].last_signal = signo;
	f->order[f->order_count++] = (int)c;
	return 0;
}

static int fake_kill(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	f->c[c].killed++;
	return 0;
}

static int fake_is_empty(void *ctx, uint32_t t, uint32_t c, struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	return !f->c[c].is_busy;
}

static int fake_clean(void *ctx, uint32_t t, uint32_t c, uint64_t *kills,
		      struct err *e)
{
	struct fake *f = ctx;

	(void)t;
	(void)e;
	*kills = f->c[c].oom_kills;
	f->c[c].cleaned++;
	return 0;
}

static void fake_release(void *ctx, uint32_t t)
{
	struct fake *f = ctx;

	(void)t;
	f->released++;
}

static const struct engine_ops fake_ops = {
	fake_image,    fake_start, fake_signal,	 fake_kill,
	fake_is_empty, fake_clean, fake_release,
};

FIXTURE(engine)
{
	struct state *state;
	struct fake fake;
	struct plan plan;
	struct plan_task task;
	struct plan_container containers[CONTAINERS];
	struct plan_dependency dependencies[CONTAINERS];
	struct engine g;
};

static char names[CONTAINERS][2] = { "a", "b", "c", "d" };
static char family[] = "web";

FIXTURE_SETUP(engine)
{
	struct err e = ERR_NONE;
	int fd = -1;

	for (int i = 0; i < CONTAINERS; i++) {
		self->containers[i] = (struct plan_container){
			.name = names[i],
			.is_essential = true,
			.stop_timeout_s = 30,
		};
		self->fake.c[i].image = 1;
	}
	self->task = (struct plan_task){
		.family = family,
		.containers = { 2, self->containers },
		.count = 1,
	};
	self->plan.tasks.count = 1;
	self->plan.tasks.items = &self->task;
	ASSERT_EQ(0, state_new(&self->state, &fd, &e));
	close(fd);
	self->fake.state = self->state;
	ASSERT_EQ(0, state_add_tasks(self->state, &self->plan, &e));
	self->g.state = self->state;
	self->g.plan = &self->plan;
	self->g.ops = &fake_ops;
	self->g.ctx = &self->fake;
}

FIXTURE_TEARDOWN(engine)
{
}

/* Container `i` depends on `on` under `condition`. */
static void depend(struct plan_container *all, struct plan_dependency *d, int i,
		   int on, enum plan_condition condition)
{
	d[i] = (struct plan_dependency){ names[on], condition };
	all[i].depends_on.count = 1;
	all[i].depends_on.items = &d[i];
}

#define PHASE(i) (self->state->tasks[0].containers[i].phase)
#define DEPEND(i, on, condition) \
	depend(self->containers, self->dependencies, i, on, condition)
#define STEP(ms) engine_step(&self->g, ms)
#define EXITED(i, status) \
	engine_exited(&self->g, self->state->tasks[0].containers[i].pid, status)

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
	EXPECT_EQ(TASK_RUNNING, self->state->tasks[0].phase);
	EXPECT_TRUE(engine_is_settled(&self->g));
	EXPECT_FALSE(engine_is_idle(&self->g));
}

TEST_F(engine, a_container_waits_for_its_image)
{
	self->fake.c[1].image = 0;
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	EXPECT_EQ(TASK_PENDING, self->state->tasks[0].phase);
	EXPECT_FALSE(engine_is_settled(&self->g));
	self->fake.c[1].image = 1;
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, start_condition_waits_for_the_start_alone)
{
	self->fake.c[0].image = 0;
	DEPEND(1, 0, PLAN_START);
	STEP(0);
	EXPECT_EQ(CONTAINER_PENDING, PHASE(1));
	self->fake.c[0].image = 1;
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, complete_condition_waits_for_any_exit)
{
	self->containers[0].is_essential = false;
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
	self->containers[0].is_essential = false;
	DEPEND(1, 0, PLAN_SUCCESS);
	STEP(0);
	EXITED(0, EXIT(0));
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
}

TEST_F(engine, success_condition_fails_the_task_after_another_exit)
{
	self->containers[0].is_essential = false;
	DEPEND(1, 0, PLAN_SUCCESS);
	STEP(0);
	EXITED(0, EXIT(1));
	STEP(0);
	EXPECT_EQ(0, self->fake.c[1].started);
	EXPECT_EQ(TASK_STOPPED, self->state->tasks[0].phase);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, self->state->tasks[0].stop_code);
	EXPECT_STREQ("TaskDependencyError: a: Operation canceled",
		     self->state->tasks[0].reason);
}

TEST_F(engine, an_essential_exit_stops_the_others)
{
	STEP(0);
	EXITED(0, EXIT(0));
	EXPECT_EQ(31000, STEP(1000));
	EXPECT_EQ(CONTAINER_STOPPING, PHASE(1));
	EXPECT_EQ(1, self->fake.c[1].signalled);
	EXPECT_EQ(SIGTERM, self->fake.c[1].last_signal);
	EXITED(1, SIGTERM);
	STEP(1500);
	EXPECT_TRUE(engine_is_idle(&self->g));
	EXPECT_EQ(TASK_STOP_ESSENTIAL_EXITED, self->state->tasks[0].stop_code);
	EXPECT_EQ(1, self->fake.released);
}

TEST_F(engine, a_non_essential_exit_leaves_the_others_alone)
{
	self->containers[0].is_essential = false;
	STEP(0);
	EXITED(0, EXIT(1));
	STEP(0);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(1));
	EXPECT_EQ(0, self->fake.c[1].signalled);
}

TEST_F(engine, a_container_that_ignores_the_signal_is_killed_at_its_deadline)
{
	STEP(0);
	engine_drain(&self->g, "test");
	EXPECT_EQ(30000, STEP(0));
	EXPECT_EQ(0, self->fake.c[0].killed);
	STEP(29999);
	EXPECT_EQ(0, self->fake.c[0].killed);
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(30000));
	EXPECT_EQ(1, self->fake.c[0].killed);
	STEP(31000);
	EXPECT_EQ(1, self->fake.c[0].killed);
	EXITED(0, SIGKILL);
	EXITED(1, SIGKILL);
	STEP(31001);
	EXPECT_TRUE(engine_is_idle(&self->g));
	EXPECT_EQ(TASK_STOP_TERMINATION_NOTICE,
		  self->state->tasks[0].stop_code);
}

TEST_F(engine, containers_stop_in_reverse_order_of_their_dependencies)
{
	self->task.containers.count = 3;
	DEPEND(1, 0, PLAN_START);
	DEPEND(2, 1, PLAN_START);
	STEP(0);
	engine_drain(&self->g, "test");
	STEP(0);
	EXPECT_EQ(1, self->fake.order_count);
	EXITED(2, EXIT(0));
	STEP(1);
	EXPECT_EQ(2, self->fake.order_count);
	EXITED(1, EXIT(0));
	STEP(2);
	EXPECT_EQ(2, self->fake.order[0]);
	EXPECT_EQ(1, self->fake.order[1]);
	EXPECT_EQ(0, self->fake.order[2]);
}

TEST_F(engine, stopped_means_that_the_cgroup_is_empty)
{
	STEP(0);
	self->fake.c[0].is_busy = true;
	EXITED(0, EXIT(0));
	STEP(0);
	EXPECT_EQ(CONTAINER_ENDING, PHASE(0));
	EXPECT_EQ(0, self->fake.c[0].cleaned);
	EXPECT_LT(0, self->fake.c[0].killed);
	self->fake.c[0].is_busy = false;
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(0));
	EXPECT_EQ(1, self->fake.c[0].cleaned);
}

TEST_F(engine, a_refused_image_stops_the_task_and_says_why)
{
	self->fake.c[0].image = -EBADMSG;
	STEP(0);
	EXITED(1, SIGTERM);
	STEP(0);
	EXPECT_EQ(TASK_STOPPED, self->state->tasks[0].phase);
	EXPECT_EQ(TASK_STOP_FAILED_TO_START, self->state->tasks[0].stop_code);
	EXPECT_STREQ("CannotPullContainerError: layer digest",
		     self->state->tasks[0].containers[0].reason);
}

TEST_F(engine, a_container_that_cannot_start_stops_the_task_if_essential)
{
	self->fake.c[1].start = -ENOENT;
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(1));
	EXPECT_EQ(CONTAINER_STOPPING, PHASE(0));
	EXPECT_STREQ("CannotStartContainerError: No such file or directory",
		     self->state->tasks[0].reason);
}

TEST_F(engine, a_container_that_cannot_start_is_alone_if_not_essential)
{
	self->fake.c[1].start = -ENOENT;
	self->containers[1].is_essential = false;
	STEP(0);
	EXPECT_EQ(CONTAINER_STOPPED, PHASE(1));
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
	EXPECT_EQ(TASK_RUNNING, self->state->tasks[0].phase);
}

TEST_F(engine, out_of_memory_is_the_reason_only_if_it_killed_the_container)
{
	struct container_state *c = self->state->tasks[0].containers;

	STEP(0);
	self->fake.c[0].oom_kills = 1;
	self->fake.c[1].oom_kills = 1;
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
	engine_drain(&self->g, "test");
	STEP(0);
	STEP(30000);
	self->fake.c[0].oom_kills = 1;
	EXITED(0, SIGKILL);
	STEP(30001);
	EXPECT_STREQ("", self->state->tasks[0].containers[0].reason);
}

TEST_F(engine, a_half_started_container_is_removed_and_starts_afresh)
{
	PHASE(0) = CONTAINER_STARTING;
	self->fake.c[0].is_busy = true;
	STEP(0);
	EXPECT_EQ(0, self->fake.c[0].started);
	EXPECT_LT(0, self->fake.c[0].killed);
	self->fake.c[0].is_busy = false;
	STEP(0);
	EXPECT_EQ(1, self->fake.c[0].cleaned);
	EXPECT_EQ(1, self->fake.c[0].started);
	EXPECT_EQ(CONTAINER_RUNNING, PHASE(0));
}

TEST_F(engine, a_drain_before_the_start_starts_nothing)
{
	engine_drain(&self->g, "test");
	STEP(0);
	EXPECT_EQ(0, self->fake.c[0].started);
	EXPECT_TRUE(engine_is_idle(&self->g));
	EXPECT_EQ(1, self->fake.released);
}

TEST_F(engine, an_unknown_or_repeated_exit_changes_nothing)
{
	STEP(0);
	EXPECT_FALSE(engine_exited(&self->g, 4711, EXIT(0)));
	EXPECT_FALSE(engine_exited(&self->g, 0, EXIT(0)));
	EXPECT_TRUE(EXITED(0, EXIT(0)));
	EXPECT_FALSE(EXITED(0, EXIT(9)));
	EXPECT_EQ(EXIT(0), self->state->tasks[0].containers[0].wait_status);
}

TEST_HARNESS_MAIN
