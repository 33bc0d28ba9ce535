// SPDX-License-Identifier: MIT
/* A newer document while tasks run: what may differ, and what then happens. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "fake.h"
#include "runtime/task/change.h"
#include "wants.h"

#include "kselftest_harness.h"

FIXTURE(change)
{
	struct fake_engine f;
	struct plan *plan; /* in force */
	struct change_refusal why;
};

FIXTURE_SETUP(change)
{
	ASSERT_EQ(0, fake_engine_init(&self->f));
	self->f.state->task_count = 0;
	self->f.state->next_pair = 0;
	self->plan = PLAN({ "web", "web:1", 2, 0, 0 });
	self->f.g.plan = self->plan;
}

FIXTURE_TEARDOWN(change)
{
	plan_free(self->plan);
}

/* 0, or what change_check() or change_merge() said. `next` is freed. */
static int change_to(struct fake_engine *f, struct plan **plan,
		     struct plan *next, struct change_refusal *why)
{
	struct plan *merged = NULL;
	struct err e = ERR_NONE;
	int r = change_check(f->state, *plan, next, why);

	if (r == 0)
		r = change_merge(f->state, *plan, next, &merged, &e);
	plan_free(next);
	if (r < 0)
		return r;
	engine_change(&f->g, merged);
	plan_free(*plan);
	*plan = merged;
	return 0;
}

#define CHANGE(...) \
	change_to(&self->f, &self->plan, PLAN(__VA_ARGS__), &self->why)

static const char *image_of(const struct fake_engine *f, uint32_t t)
{
	uint32_t index = f->state->tasks[t].plan_index;

	return f->g.plan->tasks.items[index].containers.items[0].image;
}

/* Tasks in `phase` whose definition has this image. */
static int count_in(const struct fake_engine *f, const char *image,
		    enum task_phase phase)
{
	int n = 0;

	for (uint32_t t = 0; t < f->state->task_count; t++)
		n += f->state->tasks[t].phase == (uint32_t)phase &&
		     strcmp(image_of(f, t), image) == 0;
	return n;
}

#define RUNNING(image) count_in(&self->f, image, TASK_RUNNING)
#define STOPPING(image) count_in(&self->f, image, TASK_STOPPING)
#define TASK_AT(t) (self->f.state->tasks[t])
#define PID_AT(t) (TASK_AT(t).containers[0].pid)
#define EXIT_AT(t, ms) engine_exited(&self->f.g, PID_AT(t), EXIT(0), ms)

/* Ends whatever was told to stop. */
static int end_stopping(struct fake_engine *f, int64_t ms)
{
	int n = 0;

	for (uint32_t t = 0; t < f->state->task_count; t++) {
		struct container_state *c = f->state->tasks[t].containers;

		if (c->phase == CONTAINER_STOPPING)
			n += engine_exited(&f->g, c->pid, SIGTERM, ms);
	}
	return n;
}

static struct engine_difference difference(const struct fake_engine *f)
{
	struct engine_difference d;

	engine_count_difference(&f->g, &d);
	return d;
}

/* ------------------------------------------------------------ the engine */

TEST_F(change, same_document_changes_nothing)
{
	int32_t pids[2];

	STEP(0);
	pids[0] = PID_AT(0);
	pids[1] = PID_AT(1);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 2, 0, 0 }));
	STEP(1);
	EXPECT_EQ(2, RUNNING("web:1"));
	EXPECT_EQ(2, self->f.state->task_count);
	EXPECT_EQ(pids[0], PID_AT(0));
	EXPECT_EQ(pids[1], PID_AT(1));
	EXPECT_FALSE(self->f.g.is_unsettled);
}

TEST_F(change, higher_count_starts_what_is_missing)
{
	int32_t pid;

	STEP(0);
	pid = PID_AT(1);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 5, 0, 0 }));
	STEP(1);
	EXPECT_EQ(5, RUNNING("web:1"));
	EXPECT_EQ(pid, PID_AT(1));
	for (uint32_t i = 0; i < 5; i++)
		for (uint32_t k = 0; k < i; k++)
			EXPECT_STRNE(TASK_AT(i).id, TASK_AT(k).id);
}

TEST_F(change, lower_count_stops_the_youngest)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 3, 0, 0 }));
	STEP(1000);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 2, 0, 0 }));
	STEP(2000);
	EXPECT_EQ(2, RUNNING("web:1"));
	EXPECT_EQ(TASK_STOPPING, TASK_AT(2).phase);
	EXPECT_EQ(TASK_STOP_SCHEDULER, TASK_AT(2).stop_code);
	EXPECT_STREQ("Scaling activity initiated by a newer document",
		     TASK_AT(2).reason);
	EXPECT_EQ(1, end_stopping(&self->f, 2001));
	STEP(2001);
	EXPECT_EQ(TASK_STOPPED, TASK_AT(2).phase);
	EXPECT_EQ(2, RUNNING("web:1"));
}

TEST_F(change, lower_count_stops_nothing_where_one_has_ended)
{
	STEP(0);
	EXIT_AT(0, 1);
	STEP(1);
	EXPECT_EQ(TASK_STOPPED, TASK_AT(0).phase);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 1, 0, 0 }));
	STEP(2);
	EXPECT_EQ(1, RUNNING("web:1"));
	EXPECT_EQ(0, STOPPING("web:1"));
}

TEST_F(change, task_that_ended_by_itself_is_not_started_again)
{
	STEP(0);
	EXIT_AT(0, 1);
	STEP(1);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 2, 0, 0 }));
	STEP(2);
	EXPECT_EQ(1, RUNNING("web:1"));
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 3, 0, 0 }));
	STEP(3);
	EXPECT_EQ(2, RUNNING("web:1"));
}

TEST_F(change, count_of_zero_stops_all)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 0, 0, 0 }));
	STEP(1);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(2, end_stopping(&self->f, 2));
	STEP(2);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 1, 0, 0 }));
	STEP(3);
	EXPECT_EQ(1, RUNNING("web:1"));
}

TEST_F(change, entry_that_is_gone_stops_one_that_is_new_starts)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "cache", "cache:1", 1, 0, 0 }));
	STEP(1);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(1, RUNNING("cache:1"));
}

TEST_F(change, entry_that_gets_other_cards_starts_anew)
{
	char mac[] = "02:00:5e:10:00:01", text[] = "10.1.0.5/24", *item = text;
	struct plan_interface card = { .mac_address = mac,
				       .addresses = { 1, &item },
				       .mtu = 1500 };
	struct plan_attachment both[] = { { { 1, &card } }, { { 1, &card } } };
	struct plan *next = PLAN({ "web", "web:1", 2, 0, 0 });

	STEP(0);
	next->tasks.items[0].attachments = (struct plan_attachments){ 2, both };
	ASSERT_EQ(0, change_to(&self->f, &self->plan, next, &self->why));
	STEP(1);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(2, self->f.fake.c[0].signalled);
}

TEST_F(change, other_entries_run_on_untouched)
{
	int32_t pid;

	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 2, 0, 0 },
			    { "cache", "cache:1", 1, 0, 0 }));
	STEP(1);
	pid = PID_AT(2);
	EXPECT_EQ(3, self->f.fake.c[0].started);
	ASSERT_EQ(0, CHANGE({ "cache", "cache:1", 1, 0, 0 },
			    { "web", "web:2", 1, 0, 0 }));
	STEP(2);
	EXPECT_EQ(pid, PID_AT(2));
	EXPECT_EQ(1, RUNNING("cache:1"));
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(2, self->f.fake.c[0].signalled);
}

TEST_F(change, pending_task_that_is_dropped_never_starts)
{
	self->f.fake.c[0].image = 0;
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 1, 0, 0 }));
	self->f.fake.c[0].image = 1;
	STEP(1);
	EXPECT_EQ(1, RUNNING("web:1"));
	EXPECT_EQ(1, self->f.fake.c[0].started);
	EXPECT_EQ(1, count_in(&self->f, "web:1", TASK_STOPPED));
}

TEST_F(change, definition_that_comes_back_starts_anew)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "cache", "cache:1", 1, 0, 0 }));
	STEP(1);
	ASSERT_EQ(0, CHANGE({ "web", "web:1", 1, 0, 0 },
			    { "cache", "cache:1", 1, 0, 0 }));
	STEP(2);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(1, RUNNING("web:1"));
	EXPECT_EQ(1, RUNNING("cache:1"));
}

TEST_F(change, difference_is_what_is_still_to_be_done)
{
	STEP(0);
	EXPECT_EQ(0, difference(&self->f).starts);
	EXPECT_EQ(0, difference(&self->f).stops);
	EXIT_AT(0, 1);
	STEP(1);
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 3, 0, 0 }));
	EXPECT_EQ(3, difference(&self->f).starts);
	EXPECT_EQ(1, difference(&self->f).stops);
	STEP(2);
	EXPECT_EQ(1, difference(&self->f).starts);
	EXPECT_EQ(0, difference(&self->f).stops);
}

/* -------------------------------------------------- which of the two first */

TEST_F(change, changed_definition_stops_the_old_ones_before_it_starts)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 0, 0 }));
	STEP(1);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(0, RUNNING("web:2"));
	EXPECT_EQ(2, self->f.fake.c[0].started);
	EXIT_AT(0, 2);
	STEP(2);
	EXPECT_EQ(1, RUNNING("web:2"));
	EXIT_AT(1, 3);
	STEP(3);
	EXPECT_EQ(2, RUNNING("web:2"));
	EXPECT_FALSE(self->f.g.is_unsettled);
}

TEST_F(change, changed_definition_may_start_before_the_old_ones_stop)
{
	STEP(0);
	self->f.fake.c[0].image = 0;
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 100, 200 }));
	STEP(1);
	EXPECT_EQ(2, RUNNING("web:1"));
	EXPECT_EQ(2, count_in(&self->f, "web:2", TASK_PENDING));
	self->f.fake.c[0].image = 1;
	STEP(2);
	EXPECT_EQ(2, RUNNING("web:2"));
	EXPECT_EQ(2, STOPPING("web:1"));
}

TEST_F(change, old_ones_stay_while_the_new_ones_do_not_run)
{
	STEP(0);
	self->f.fake.c[0].start = -ENOENT;
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 100, 200 }));
	STEP(1);
	EXPECT_EQ(2, RUNNING("web:1"));
	EXPECT_EQ(0, self->f.fake.c[0].signalled);
	EXPECT_EQ(2, count_in(&self->f, "web:2", TASK_STOPPED));
}

TEST_F(change, half_of_them_run_at_any_time)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 50, 100 }));
	STEP(1);
	EXPECT_EQ(1, RUNNING("web:1"));
	EXPECT_EQ(1, STOPPING("web:1"));
	EXPECT_EQ(0, RUNNING("web:2"));
	EXPECT_EQ(1, end_stopping(&self->f, 2));
	STEP(2);
	EXPECT_EQ(1, RUNNING("web:2"));
	EXPECT_EQ(1, STOPPING("web:1"));
	EXPECT_EQ(1, end_stopping(&self->f, 3));
	STEP(3);
	EXPECT_EQ(2, RUNNING("web:2"));
	EXPECT_EQ(0, RUNNING("web:1"));
}

TEST_F(change, third_definition_takes_over_from_both)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 0, 0 }));
	STEP(1);
	ASSERT_EQ(0, CHANGE({ "web", "web:3", 2, 0, 0 }));
	STEP(2);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(2, end_stopping(&self->f, 3));
	STEP(3);
	EXPECT_EQ(0, RUNNING("web:2"));
	EXPECT_EQ(2, RUNNING("web:3"));
}

/* --------------------------------------------------------- crashes, bounds */

TEST_F(change, successor_of_a_crash_goes_on_with_it)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 0, 0 }));
	/* Nothing was done yet; the next runtime has plan and state alone. */
	self->f.g.is_unsettled = true;
	STEP(1);
	EXPECT_EQ(2, STOPPING("web:1"));
	EXPECT_EQ(2, end_stopping(&self->f, 2));
	STEP(2);
	EXPECT_EQ(2, RUNNING("web:2"));
}

TEST_F(change, rows_of_dismissed_tasks_are_used_again)
{
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, CHANGE({ "web", i % 2 ? "web:1" : "web:2", 2, 0,
				      0 }));
		STEP(i);
		end_stopping(&self->f, i);
		STEP(i);
	}
	EXPECT_EQ(2, RUNNING("web:1"));
	EXPECT_GE(4, self->f.state->task_count);
	EXPECT_EQ(2000, self->f.state->next_pair);
	EXPECT_GE(3, self->plan->tasks.count);
}

TEST_F(change, tasks_without_a_row_wait_for_one)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "a", "a:1", 256, 0, 0 }));
	STEP(1);
	EXPECT_EQ(256, RUNNING("a:1"));
	ASSERT_EQ(0, CHANGE({ "b", "b:1", 256, 0, 0 }));
	STEP(2);
	EXPECT_EQ(256, STOPPING("a:1"));
	/* Two rows are of the first ones, which stop as well. */
	EXPECT_EQ(STATE_TASKS_MAX, self->f.state->task_count);
	EXPECT_EQ(254, RUNNING("b:1"));
	EXPECT_TRUE(self->f.g.is_unsettled);
	EXPECT_EQ(258, end_stopping(&self->f, 3));
	STEP(3);
	EXPECT_EQ(256, RUNNING("b:1"));
	EXPECT_FALSE(self->f.g.is_unsettled);
}

TEST_F(change, drain_ends_a_change_that_is_under_way)
{
	STEP(0);
	ASSERT_EQ(0, CHANGE({ "web", "web:2", 2, 0, 0 }));
	STEP(1);
	engine_drain(&self->f.g, "test", 0);
	EXPECT_EQ(2, end_stopping(&self->f, 2));
	STEP(2);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	EXPECT_EQ(2, self->f.state->task_count);
}

TEST_F(change, more_entries_than_there_is_room_for_are_refused)
{
	struct want wants[PLAN_TASKS_MAX];
	struct plan *merged, *next;
	struct err e = ERR_NONE;

	STEP(0);
	for (uint32_t i = 0; i < PLAN_TASKS_MAX; i++)
		wants[i] = (struct want){ "many", "many:1", 1, 0, 0 };
	next = wants_plan(wants, PLAN_TASKS_MAX);
	EXPECT_EQ(-ENOSPC,
		  change_merge(self->f.state, self->plan, next, &merged, &e));
	EXPECT_STREQ("256 entries of tasks, and those of earlier documents "
		     "that still stop, are more than 256",
		     e.message);
	next->tasks.count--;
	EXPECT_EQ(0,
		  change_merge(self->f.state, self->plan, next, &merged, &e));
	EXPECT_EQ(PLAN_TASKS_MAX, merged->tasks.count);
	plan_free(merged);
	plan_free(next);
}

/* -------------------------------------------------------- what may differ */

static int check(struct fake_engine *f, const struct plan *now,
		 struct plan *next, struct change_refusal *why)
{
	*why = (struct change_refusal){ .path = "" };
	return change_check(f->state, now, next, why);
}

#define EXPECT_REFUSED(p, r)                                              \
	do {                                                              \
		EXPECT_EQ(-EINVAL,                                        \
			  check(&self->f, self->plan, next, &self->why)); \
		EXPECT_STREQ(p, self->why.path);                          \
		EXPECT_STREQ(r, self->why.reason);                        \
	} while (0)
#define EXPECT_ALLOWED() \
	EXPECT_EQ(0, check(&self->f, self->plan, next, &self->why))

#define FIXED "cannot be changed while the instance runs"

TEST_F(change, members_of_the_instance_that_cannot_change_are_refused)
{
	struct plan *next = PLAN({ "web", "web:1", 2, 0, 0 });
	struct plan_instance *i = &next->instance;
	const struct plan_instance same = *i;
	struct plan_pair attribute = { wants_text(next, "a"),
				       wants_text(next, "b") };

	EXPECT_ALLOWED();
	i->id = wants_text(next, "i-2");
	EXPECT_REFUSED("$.instance.id", FIXED);
	*i = same;
	i->placement = PLAN_SINGLE;
	EXPECT_REFUSED("$.instance.placement", FIXED);
	*i = same;
	i->telemetry_endpoint = wants_text(next, "http://10.0.2.2:1");
	EXPECT_REFUSED("$.instance.telemetry", FIXED);
	*i = same;
	i->network_address = wants_text(next, "10.0.2.15/24");
	EXPECT_REFUSED("$.instance.network", FIXED);
	*i = same;
	i->metadata_is_open = 1;
	EXPECT_REFUSED("$.instance.metadataOptions", FIXED);
	*i = same;
	i->attributes = (struct plan_pairs){ 1, &attribute };
	EXPECT_REFUSED("$.instance.attributes", FIXED);
	plan_free(next);
}

TEST_F(change, lifetime_can_only_be_shortened)
{
	struct plan *next = PLAN({ "web", "web:1", 2, 0, 0 });

	self->plan->instance.drain_after_s = 600;
	self->plan->instance.dead_after_s = 900;
	next->instance.drain_after_s = 500;
	next->instance.dead_after_s = 900;
	EXPECT_ALLOWED();
	next->instance.drain_after_s = 601;
	EXPECT_REFUSED("$.instance.lifetime",
		       "can only be shortened while the instance runs");
	next->instance.drain_after_s = 600;
	next->instance.dead_after_s = 901;
	EXPECT_REFUSED("$.instance.lifetime",
		       "can only be shortened while the instance runs");
	plan_free(next);
}

TEST_F(change, permissions_can_only_be_taken_away)
{
	struct plan *next = PLAN({ "web", "web:1", 2, 0, 0 });
	char *had[] = { wants_text(next, "BPF"), wants_text(next, "PERFMON") };
	char *more[] = { wants_text(next, "BPF"),
			 wants_text(next, "SYS_ADMIN") };

	self->plan->instance.privileged_capabilities =
		(struct plan_strings){ 2, had };
	next->instance.privileged_capabilities =
		(struct plan_strings){ 1, had };
	EXPECT_ALLOWED();
	next->instance.privileged_capabilities =
		(struct plan_strings){ 2, more };
	EXPECT_REFUSED("$.instance.privilegedCapabilities",
		       "can only be taken away while the instance runs");
	plan_free(next);
	self->plan->instance.privileged_capabilities =
		(struct plan_strings){ 0 };
}

TEST_F(change, scale_in_and_window_change_freely)
{
	struct plan *next = PLAN({ "web", "web:1", 2, 0, 0 });

	next->instance.scale_in_after_s = 60;
	next->instance.event_cron = wants_text(next, "* 0-4 * * *");
	EXPECT_ALLOWED();
	plan_free(next);
}

TEST_F(change, refused_document_changes_nothing)
{
	struct plan *next = PLAN({ "web", "web:1", 2, 0, 0 });

	next->is_refused = true;
	EXPECT_REFUSED("$", "the document was refused");
	plan_free(next);
}

TEST_F(change, draining_instance_takes_no_document)
{
	struct plan *next = PLAN({ "web", "web:1", 3, 0, 0 });

	STEP(0);
	engine_drain(&self->f.g, "test", 0);
	EXPECT_REFUSED("$", "the instance drains");
	plan_free(next);
}

TEST_F(change, single_placement_takes_another_task_after_the_first_ended)
{
	struct plan *next = PLAN({ "web", "web:2", 1, 0, 0 });

	self->plan->tasks.items[0].count = 1;
	self->plan->instance.placement = PLAN_SINGLE;
	next->instance.placement = PLAN_SINGLE;
	STEP(0);
	EXPECT_REFUSED("$.tasks",
		       "has a second task, but $.instance.placement is single "
		       "and the first one has not stopped");
	next->tasks.items[0].count = 0;
	EXPECT_ALLOWED();
	next->tasks.items[0].count = 1;
	EXIT_AT(0, 1);
	STEP(1);
	EXPECT_ALLOWED();
	plan_free(next);
}

TEST_F(change, single_use_placement_never_takes_another_task)
{
	struct plan *next = PLAN({ "web", "web:2", 1, 0, 0 });
	struct plan *again = PLAN({ "web", "web:1", 1, 0, 0 });

	self->plan->tasks.items[0].count = 1;
	self->plan->instance.placement = PLAN_SINGLE_USE;
	next->instance.placement = PLAN_SINGLE_USE;
	again->instance.placement = PLAN_SINGLE_USE;
	EXPECT_ALLOWED();
	STEP(0);
	EXIT_AT(0, 1);
	STEP(1);
	EXPECT_REFUSED("$.tasks", "has a second task, but $.instance.placement "
				  "is single-use");
	EXPECT_EQ(0,
		  change_check(self->f.state, self->plan, again, &self->why));
	self->plan->tasks.items[0].count = 0;
	EXPECT_EQ(-EINVAL,
		  change_check(self->f.state, self->plan, again, &self->why));
	plan_free(again);
	plan_free(next);
}

TEST_HARNESS_MAIN
