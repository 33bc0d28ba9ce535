// SPDX-License-Identifier: MIT
/* Which tasks there is room for, who waits and for what, who comes first. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "runtime/base/record.h"
#include "runtime/task/placement.h"
#include "wants.h"

#include "kselftest_harness.h"

FIXTURE(placement)
{
	struct fake_engine f;
	struct plan *plan;
	int records[2];
};

FIXTURE_SETUP(placement)
{
	const int type = SOCK_SEQPACKET | SOCK_NONBLOCK;

	ASSERT_EQ(0, fake_engine_init(&self->f));
	self->f.state->task_count = 0;
	ASSERT_EQ(0, socketpair(AF_UNIX, type, 0, self->records));
	record_use_socket(self->records[1]);
	self->plan = NULL;
}

FIXTURE_TEARDOWN(placement)
{
	plan_free(self->plan);
}

/* The plan's tasks, added; the tests give them their needs before. */
#define LAY(...)                                \
	do {                                    \
		self->plan = PLAN(__VA_ARGS__); \
		self->f.g.plan = self->plan;    \
	} while (0)
#define ENTRY(i) (self->plan->tasks.items[i])
#define TASK_AT(t) (self->f.state->tasks[t])
#define PHASE_AT(t) (TASK_AT(t).phase)
#define EXIT_AT(t, ms) \
	engine_exited(&self->f.g, TASK_AT(t).containers[0].pid, EXIT(0), ms)

/* The next record of that kind. */
static bool find_record(int socket, enum record_kind kind, struct record *r,
			char wire[RECORD_WIRE_MAX])
{
	ssize_t n;

	while ((n = read(socket, wire, RECORD_WIRE_MAX)) > 0)
		if (record_parse(wire, (size_t)n, r) == 0 && r->kind == kind)
			return true;
	return false;
}

#define EXPECT_WAITING(what, want, have)                                       \
	do {                                                                   \
		char wire_[RECORD_WIRE_MAX];                                   \
		struct record r_;                                              \
                                                                               \
		ASSERT_TRUE(find_record(self->records[0], RECORD_TASK_WAITING, \
					&r_, wire_));                          \
		EXPECT_STREQ(what, r_.values[2].word);                         \
		EXPECT_EQ(want, r_.values[3].number);                          \
		EXPECT_EQ(have, r_.values[4].number);                          \
	} while (0)
#define EXPECT_NOT_WAITING()                                                \
	do {                                                                \
		char wire_[RECORD_WIRE_MAX];                                \
		struct record r_;                                           \
                                                                            \
		EXPECT_FALSE(find_record(self->records[0],                  \
					 RECORD_TASK_WAITING, &r_, wire_)); \
	} while (0)

/* -------------------------------------------------------------------- needs */

TEST(task_needs_what_it_says_or_what_its_containers_add_up_to)
{
	struct plan_container c[] = {
		{ .cpu_units = 100, .memory_mib = 64 },
		{ .cpu_units = 50,
		  .memory_mib = 64,
		  .memory_reservation_mib = 16 },
		{ .memory_reservation_mib = 8 },
	};
	struct plan_task t = { .containers = { 3, c } };

	EXPECT_EQ(150, needs_of_task(&t).cpu_units);
	EXPECT_EQ(88, needs_of_task(&t).memory_mib);
	t.cpu_units = 256;
	t.memory_mib = 512;
	EXPECT_EQ(256, needs_of_task(&t).cpu_units);
	EXPECT_EQ(512, needs_of_task(&t).memory_mib);
}

TEST(room_is_what_the_machine_has)
{
	struct err e = ERR_NONE;
	struct needs room;

	ASSERT_EQ(0, placement_room(&room, &e));
	EXPECT_EQ(0, room.cpu_units % 1024);
	EXPECT_LE(1024, room.cpu_units);
	EXPECT_LT(0, room.memory_mib);
}

TEST_F(placement, what_can_never_fit_is_refused_with_path_and_figures)
{
	const struct needs room = { 1024, 512 };
	struct change_refusal why;

	LAY({ "a", "a:1", 1, 0, 0 }, { "b", "b:1", 1, 0, 0 });
	ENTRY(0).cpu_units = 1024;
	ENTRY(1).memory_mib = 512;
	EXPECT_EQ(0, placement_check(self->plan, &room, &why));
	ENTRY(1).memory_mib = 513;
	EXPECT_EQ(-EINVAL, placement_check(self->plan, &room, &why));
	EXPECT_STREQ("$.tasks[1].taskDefinition.memory", why.path);
	EXPECT_STREQ("513 MiB are needed, the instance has 512", why.reason);
	ENTRY(0).cpu_units = 1025;
	EXPECT_EQ(-EINVAL, placement_check(self->plan, &room, &why));
	EXPECT_STREQ("$.tasks[0].taskDefinition.cpu", why.path);
	EXPECT_STREQ("1025 units are needed, the instance has 1024",
		     why.reason);
	ENTRY(0).count = 0;
	ENTRY(1).count = 0;
	EXPECT_EQ(0, placement_check(self->plan, &room, &why));
}

/* ------------------------------------------------------------------ waiting */

TEST_F(placement, task_without_memory_waits_until_it_is_given_back)
{
	LAY({ "a", "a:1", 1, 0, 0 }, { "b", "b:1", 1, 0, 0 });
	ENTRY(0).memory_mib = FAKE_MEMORY_MIB - 100;
	ENTRY(1).memory_mib = 101;
	STEP(1);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(0));
	EXPECT_EQ(TASK_PENDING, PHASE_AT(1));
	EXPECT_EQ(1, self->f.fake.c[0].started);
	EXPECT_WAITING("memory", 101, 100);
	EXPECT_TRUE(engine_is_settled(&self->f.g));
	STEP(2);
	EXPECT_NOT_WAITING();
	EXIT_AT(0, 3);
	EXPECT_EQ(ENGINE_NEVER_MS, STEP(3));
	EXPECT_EQ(TASK_STOPPED, PHASE_AT(0));
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
}

TEST_F(placement, task_with_just_enough_memory_does_not_wait)
{
	LAY({ "a", "a:1", 1, 0, 0 }, { "b", "b:1", 1, 0, 0 });
	ENTRY(0).memory_mib = FAKE_MEMORY_MIB - 100;
	ENTRY(1).memory_mib = 100;
	STEP(1);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
	EXPECT_NOT_WAITING();
}

TEST_F(placement, memory_is_given_back_when_the_task_has_stopped_not_before)
{
	LAY({ "a", "a:1", 1, 0, 0 }, { "b", "b:1", 1, 0, 0 });
	ENTRY(0).memory_mib = FAKE_MEMORY_MIB;
	ENTRY(1).memory_mib = 1;
	STEP(1);
	self->f.fake.c[0].is_busy = true;
	EXIT_AT(0, 2);
	STEP(2);
	EXPECT_EQ(TASK_PENDING, PHASE_AT(1));
	self->f.fake.c[0].is_busy = false;
	STEP(3);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
}

TEST_F(placement, task_without_cpu_waits)
{
	LAY({ "a", "a:1", 2, 0, 0 }, { "b", "b:1", 1, 0, 0 });
	ENTRY(0).cpu_units = FAKE_CPU_UNITS / 2;
	ENTRY(1).cpu_units = 1;
	STEP(1);
	EXPECT_EQ(TASK_PENDING, PHASE_AT(2));
	EXPECT_WAITING("cpu", 1, 0);
	EXIT_AT(1, 2);
	STEP(2);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(2));
}

TEST_F(placement, task_waits_for_a_port_of_the_instance)
{
	char none[] = "";
	struct plan_port port = { 80, none, 0, PLAN_TCP };

	LAY({ "a", "a:1", 2, 0, 0 });
	ENTRY(0).network_mode = PLAN_NETWORK_HOST;
	ENTRY(0).containers.items[0].port_mappings =
		(struct plan_ports){ 1, &port };
	STEP(1);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(0));
	EXPECT_EQ(TASK_PENDING, PHASE_AT(1));
	EXPECT_WAITING("port", 80, 0);
	EXIT_AT(0, 2);
	STEP(2);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
}

TEST_F(placement, ports_of_networks_of_their_own_do_not_collide)
{
	char none[] = "";
	struct plan_port port = { 80, none, 0, PLAN_TCP };

	LAY({ "a", "a:1", 2, 0, 0 });
	ENTRY(0).containers.items[0].port_mappings =
		(struct plan_ports){ 1, &port };
	STEP(1);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
}

TEST_F(placement, smaller_task_does_not_wait_for_a_larger_one_before_it)
{
	LAY({ "a", "a:1", 1, 0, 0 }, { "b", "b:1", 1, 0, 0 },
	    { "c", "c:1", 1, 0, 0 });
	ENTRY(0).memory_mib = 600;
	ENTRY(1).memory_mib = 600;
	ENTRY(2).memory_mib = 400;
	STEP(1);
	EXPECT_EQ(TASK_PENDING, PHASE_AT(1));
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(2));
	EXIT_AT(0, 2);
	STEP(2);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
}

TEST_F(placement, drain_ends_a_task_that_waits)
{
	LAY({ "a", "a:1", 1, 0, 0 }, { "b", "b:1", 1, 0, 0 });
	ENTRY(0).memory_mib = FAKE_MEMORY_MIB;
	ENTRY(1).memory_mib = 1;
	STEP(1);
	engine_drain(&self->f.g, "test", 2);
	STEP(2);
	EXPECT_EQ(TASK_STOPPED, PHASE_AT(1));
	EXIT_AT(0, 3);
	STEP(3);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	EXPECT_EQ(1, self->f.fake.c[0].started);
}

TEST_F(placement, newer_definition_waits_for_the_place_of_the_older)
{
	LAY({ "a", "a:1", 1, 0, 0 }, { "a", "a:2", 1, 0, 200 });
	ENTRY(0).memory_mib = 600;
	ENTRY(1).memory_mib = 600;
	ENTRY(1).count = 0;
	STEP(1);
	ENTRY(0).count = 0;
	ENTRY(1).count = 1;
	self->f.g.is_unsettled = true;
	STEP(2);
	EXPECT_EQ(TASK_STOPPING, PHASE_AT(0));
	EXPECT_EQ(TASK_PENDING, PHASE_AT(1));
	EXIT_AT(0, 3);
	STEP(3);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
}

/* ------------------------------------------------------------------ daemons */

static void make_daemon(struct plan_task *t, bool is_critical)
{
	t->is_daemon = true;
	t->is_critical = is_critical;
}

TEST_F(placement, daemon_starts_before_all_others)
{
	LAY({ "web", "web:1", 2, 0, 0 }, { "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(1), false);
	self->f.fake.c[0].image = 0;
	STEP(1);
	EXPECT_EQ(0, self->f.fake.c[0].started);
	EXPECT_WAITING("daemons", 0, 0);
	EXPECT_FALSE(engine_is_settled(&self->f.g));
	self->f.fake.c[0].image = 1;
	STEP(2);
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(0));
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(2));
	/* The daemon has the first pid. */
	EXPECT_EQ(1, TASK_AT(2).containers[0].pid);
}

TEST_F(placement, daemon_stops_after_all_others)
{
	LAY({ "web", "web:1", 1, 0, 0 }, { "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(1), true);
	STEP(1);
	engine_drain(&self->f.g, "Instance draining: test", 2);
	STEP(2);
	EXPECT_EQ(TASK_STOPPING, PHASE_AT(0));
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(1));
	EXIT_AT(0, 3);
	STEP(3);
	EXPECT_EQ(TASK_STOPPED, PHASE_AT(0));
	EXPECT_EQ(TASK_STOPPING, PHASE_AT(1));
	EXPECT_STREQ("Instance draining: test", TASK_AT(1).reason);
	EXIT_AT(1, 4);
	STEP(4);
	EXPECT_TRUE(engine_is_idle(&self->f.g));
	EXPECT_FALSE(engine_has_lost_daemon(&self->f.g));
}

TEST_F(placement, critical_daemon_that_ends_is_a_loss)
{
	LAY({ "web", "web:1", 1, 0, 0 }, { "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(1), true);
	STEP(1);
	EXPECT_FALSE(engine_has_lost_daemon(&self->f.g));
	EXIT_AT(1, 2);
	STEP(2);
	EXPECT_TRUE(engine_has_lost_daemon(&self->f.g));
	EXPECT_EQ(TASK_RUNNING, PHASE_AT(0));
}

TEST_F(placement, critical_daemon_that_cannot_start_is_a_loss)
{
	LAY({ "web", "web:1", 1, 0, 0 }, { "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(1), true);
	self->f.fake.c[0].image = -ENOENT;
	STEP(1);
	EXPECT_TRUE(engine_has_lost_daemon(&self->f.g));
}

TEST_F(placement, daemon_that_is_not_critical_is_no_loss)
{
	LAY({ "web", "web:1", 1, 0, 0 }, { "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(1), false);
	STEP(1);
	EXIT_AT(1, 2);
	STEP(2);
	EXPECT_FALSE(engine_has_lost_daemon(&self->f.g));
}

TEST_F(placement, instance_is_done_when_only_daemons_are_left)
{
	LAY({ "web", "web:1", 1, 0, 0 }, { "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(1), true);
	STEP(1);
	EXPECT_FALSE(engine_is_done(&self->f.g));
	EXIT_AT(0, 2);
	STEP(2);
	EXPECT_TRUE(engine_is_done(&self->f.g));
	EXPECT_FALSE(engine_is_idle(&self->f.g));
}

TEST_F(placement, instance_of_daemons_alone_is_never_done)
{
	LAY({ "agent", "agent:1", 1, 0, 0 });
	make_daemon(&ENTRY(0), false);
	STEP(1);
	EXIT_AT(0, 2);
	STEP(2);
	EXPECT_FALSE(engine_is_done(&self->f.g));
	EXPECT_TRUE(engine_is_idle(&self->f.g));
}

TEST_HARNESS_MAIN
