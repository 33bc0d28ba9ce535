// SPDX-License-Identifier: MIT
/* Which ports tasks map, claim and are given. */
#include "runtime/task/ports.h"
#include "runtime/task/state.h"

#include "kselftest_harness.h"

static char none[] = "", range[] = "8000-8002";

FIXTURE(ports)
{
	struct plan_port mappings[3];
	struct plan_container containers[2];
	struct plan_task task;
};

FIXTURE_SETUP(ports)
{
	self->mappings[0] = (struct plan_port){ 80, none, 8080, PLAN_TCP };
	self->mappings[1] = (struct plan_port){ 53, none, 0, PLAN_UDP };
	self->mappings[2] = (struct plan_port){ 0, range, 0, PLAN_TCP };
	self->containers[0] = (struct plan_container){
		.port_mappings = { 1, &self->mappings[0] }
	};
	self->containers[1] = (struct plan_container){
		.port_mappings = { 2, &self->mappings[1] }
	};
	self->task = (struct plan_task){
		.network_mode = PLAN_NETWORK_BRIDGE,
		.containers = { 2, self->containers },
	};
}

FIXTURE_TEARDOWN(ports)
{
}

TEST_F(ports, ranges_are_counted_port_by_port)
{
	struct port_count count = ports_count(&self->task);

	EXPECT_EQ(5, count.all);
	EXPECT_EQ(4, count.dynamic);
	self->task.containers.count = 0;
	count = ports_count(&self->task);
	EXPECT_EQ(0, count.all);
}

TEST_F(ports, each_row_has_dynamic_ports_of_its_own)
{
	struct port_mapping first[PORTS_OF_TASK_MAX], next[PORTS_OF_TASK_MAX];

	ASSERT_EQ(5, ports_map(&self->task, 0, first));
	ASSERT_EQ(5, ports_map(&self->task, 1, next));
	EXPECT_EQ(8080, first[0].outer);
	EXPECT_EQ(80, first[0].inner);
	EXPECT_EQ(0, first[0].container);
	EXPECT_EQ(PORTS_DYNAMIC_FIRST, first[1].outer);
	EXPECT_EQ(53, first[1].inner);
	EXPECT_EQ(PLAN_UDP, first[1].protocol);
	EXPECT_EQ(1, first[1].container);
	for (size_t i = 2; i < 5; i++) {
		EXPECT_EQ(8000 + i - 2, first[i].inner);
		EXPECT_EQ(first[i - 1].outer + 1, first[i].outer);
	}
	EXPECT_EQ(first[1].outer + PORTS_DYNAMIC_MAX, next[1].outer);
	EXPECT_EQ(8080, next[0].outer);
}

TEST_F(ports, last_row_has_its_ports_below_65536)
{
	struct port_mapping out[PORTS_OF_TASK_MAX];

	ASSERT_EQ(5, ports_map(&self->task, STATE_TASKS_MAX - 1, out));
	EXPECT_LT(PORTS_DYNAMIC_FIRST, out[4].outer);
	EXPECT_GT(65536 - PORTS_DYNAMIC_MAX, out[1].outer);
}

TEST_F(ports, claims_are_what_the_mode_makes_of_them)
{
	struct port_claim claim;
	uint32_t at = 0;

	ASSERT_TRUE(ports_next_claim(&self->task, &at, &claim));
	EXPECT_EQ(8080, claim.ports.first);
	EXPECT_FALSE(ports_next_claim(&self->task, &at, &claim));
	self->task.network_mode = PLAN_NETWORK_HOST;
	at = 0;
	ASSERT_TRUE(ports_next_claim(&self->task, &at, &claim));
	EXPECT_EQ(80, claim.ports.first);
	ASSERT_TRUE(ports_next_claim(&self->task, &at, &claim));
	EXPECT_EQ(53, claim.ports.first);
	ASSERT_TRUE(ports_next_claim(&self->task, &at, &claim));
	EXPECT_EQ(8000, claim.ports.first);
	EXPECT_EQ(8002, claim.ports.last);
	EXPECT_EQ(1, claim.container);
	EXPECT_EQ(1, claim.mapping);
	EXPECT_FALSE(ports_next_claim(&self->task, &at, &claim));
	self->task.network_mode = PLAN_NETWORK_AWSVPC;
	at = 0;
	EXPECT_FALSE(ports_next_claim(&self->task, &at, &claim));
}

TEST_HARNESS_MAIN
