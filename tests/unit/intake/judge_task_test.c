// SPDX-License-Identifier: MIT
/* Rules between fields of tasks, and a whole definition in the plan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

/* A document around a list of tasks. */
static enum intake_verdict judge_tasks(const char *instance, const char *tasks,
				       struct plan **p, struct refusal *why)
{
	char document[4096];

	snprintf(document, sizeof(document),
		 "{\"schemaVersion\":1,\"instance\":{\"id\":\"i\"%s},"
		 "\"tasks\":[%s]}",
		 instance, tasks);
	return intake_judge(document, strlen(document), p, why);
}

#define TASK(network, members)                                                 \
	"{\"taskDefinition\":{\"family\":\"t\",\"networkMode\":\"" network     \
	"\",\"containerDefinitions\":[{\"name\":\"a\",\"image\":\"a\"" members \
	"}]}"

TEST(network_modes_of_managed_instances_pass)
{
	static const struct {
		const char *tasks;
		const char *reason;
	} cases[] = {
		{ TASK("host", ",\"memory\":64") "}", "" },
		{ TASK("awsvpc", ",\"memory\":64") "}", "" },
		{ TASK("none", ",\"memory\":64") "}", "" },
		{ TASK("bridge", ",\"memory\":64") "}",
		  "bridge needs $.instance.network" },
		{ TASK("", ",\"memory\":64") "}",
		  "is not one of host, awsvpc, none, bridge" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct refusal why;
		struct plan *p;

		judge_tasks("", cases[i].tasks, &p, &why);
		EXPECT_STREQ(cases[i].reason, why.reason);
		if (cases[i].reason[0])
			EXPECT_STREQ("$.tasks[0].taskDefinition.networkMode",
				     why.path);
		plan_free(p);
	}
}

TEST(network_mode_has_no_default)
{
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks("",
			      "{\"taskDefinition\":{\"family\":\"t\","
			      "\"containerDefinitions\":[{\"name\":\"a\","
			      "\"image\":\"a\",\"memory\":64}]}}",
			      &p, &why));
	EXPECT_STREQ("$.tasks[0].taskDefinition.networkMode", why.path);
	EXPECT_STREQ("is missing", why.reason);
	plan_free(p);
}

TEST(ports_have_no_meaning_without_a_network)
{
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks("",
			      TASK("none", ",\"memory\":64,\"portMappings\":"
					   "[{\"containerPort\":80}]") "}",
			      &p, &why));
	EXPECT_STREQ("has no meaning with networkMode none", why.reason);
	plan_free(p);
}

TEST(memory_is_given_somewhere)
{
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks("", TASK("host", "") "}", &p, &why));
	EXPECT_STREQ("$.tasks[0].taskDefinition.containerDefinitions[0].memory",
		     why.path);
	EXPECT_STREQ("is missing: one of memory, memoryReservation and the "
		     "task's memory has to be given",
		     why.reason);
	plan_free(p);
	EXPECT_EQ(INTAKE_ACCEPTED,
		  judge_tasks("", TASK("host", ",\"memoryReservation\":64") "}",
			      &p, &why));
	plan_free(p);
}

#define FULL_TASK TASK("host", ",\"memory\":64")

TEST(single_placement_takes_one_task)
{
	static const char single[] = ",\"placement\":\"single\"";
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_ACCEPTED,
		  judge_tasks(single, FULL_TASK "}", &p, &why));
	plan_free(p);
	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks(single, FULL_TASK ",\"count\":2}", &p, &why));
	EXPECT_STREQ("$.tasks", why.path);
	EXPECT_STREQ("counts add up to 2, but $.instance.placement is single: "
		     "allowed is 1",
		     why.reason);
	plan_free(p);
	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks(single, FULL_TASK "}," FULL_TASK "}", &p, &why));
	plan_free(p);
	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks(",\"placement\":\"single-use\"",
			      FULL_TASK "}," FULL_TASK "}", &p, &why));
	plan_free(p);
	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks(single,
			      FULL_TASK "}," FULL_TASK ",\"daemon\":true}", &p,
			      &why));
	plan_free(p);
	EXPECT_EQ(INTAKE_ACCEPTED,
		  judge_tasks("", FULL_TASK "}," FULL_TASK "}", &p, &why));
	plan_free(p);
}

TEST(counts_add_up_to_256_at_most)
{
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_ACCEPTED,
		  judge_tasks("", FULL_TASK ",\"count\":255}," FULL_TASK "}",
			      &p, &why));
	plan_free(p);
	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks("", FULL_TASK ",\"count\":256}," FULL_TASK "}",
			      &p, &why));
	EXPECT_STREQ("$.tasks", why.path);
	EXPECT_STREQ("counts add up to 257, allowed is 0 to 256", why.reason);
	plan_free(p);
}

TEST(a_refused_grant_names_task_container_and_capability)
{
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks("",
			      TASK("host", ",\"memory\":64,\"linuxParameters\":"
					   "{\"capabilities\":{\"add\":"
					   "[\"CAP_BPF\"]}}") "}",
			      &p, &why));
	EXPECT_STREQ("t", why.task);
	EXPECT_STREQ("a", why.container);
	EXPECT_STREQ("BPF", why.capability);
	plan_free(p);
	EXPECT_EQ(INTAKE_REFUSED_WITH_PLAN,
		  judge_tasks("", FULL_TASK ",\"count\":-1}", &p, &why));
	EXPECT_STREQ("", why.capability);
	plan_free(p);
}

TEST(all_permits_privileged_and_all)
{
	static const char all[] = ",\"privilegedCapabilities\":[\"ALL\"]";
	struct refusal why;
	struct plan *p;

	EXPECT_EQ(INTAKE_ACCEPTED,
		  judge_tasks(all,
			      TASK("host", ",\"memory\":64,"
					   "\"privileged\":true") "}",
			      &p, &why));
	EXPECT_TRUE(p->tasks.items[0].containers.items[0].is_privileged);
	plan_free(p);
	EXPECT_EQ(INTAKE_ACCEPTED,
		  judge_tasks(all,
			      TASK("host",
				   ",\"memory\":64,\"linuxParameters\":"
				   "{\"capabilities\":{\"add\":"
				   "[\"ALL\"],\"drop\":[\"CAP_BPF\"]}}") "}",
			      &p, &why));
	EXPECT_STREQ("BPF",
		     p->tasks.items[0]
			     .containers.items[0]
			     .linux_parameters.capabilities_drop.items[0]);
	plan_free(p);
}

TEST(image_references_hold)
{
#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const struct {
		const char *image;
		bool is_good;
	} cases[] = {
		{ "nginx", true },
		{ "nginx:1.22-3_x", true },
		{ "localhost:5000/team/web:1", true },
		{ "registry.example/web@sha256:" HEX64, true },
		{ "web:1@sha256:" HEX64, true },
		{ "Web", true },
		{ "web@sha256:" HEX64 "0", false },
		{ "web@sha256:0123", false },
		{ "web@sha512:" HEX64, false },
		{ "web:", false },
		{ ":1", false },
		{ "a//b", false },
		{ "/a", false },
		{ "a/", false },
		{ "../a", false },
		{ "a/../b", false },
		{ "a b", false },
		{ "a:b:c", false },
		{ "https://x/y", false },
		{ "web@", false },
	};
#undef HEX64

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char task[512];
		struct refusal why;
		struct plan *p;
		enum intake_verdict v;

		snprintf(task, sizeof(task),
			 "{\"taskDefinition\":{\"family\":\"t\",\"networkMode\""
			 ":\"host\",\"containerDefinitions\":[{\"name\":\"a\","
			 "\"memory\":64,\"image\":\"%s\"}]}}",
			 cases[i].image);
		v = judge_tasks("", task, &p, &why);
		EXPECT_EQ(cases[i].is_good, v == INTAKE_ACCEPTED)
		TH_LOG("%s: %s", cases[i].image, why.reason);
		plan_free(p);
	}
}

/* A whole definition as one brings it from ECS, and all of it in the plan. */
TEST(every_supported_field_arrives_in_the_plan)
{
	static const char task[] =
		"{\"count\":3,\"taskDefinition\":{\"family\":\"shop\","
		"\"networkMode\":\"awsvpc\",\"cpu\":\"1 vCPU\",\"memory\":"
		"\"2 GB\",\"requiresCompatibilities\":[\"MANAGED_INSTANCES\"],"
		"\"volumes\":[{\"name\":\"cart\",\"host\":{}}],"
		"\"containerDefinitions\":[{\"name\":\"front\",\"image\":"
		"\"front:2\",\"command\":[\"-v\"],\"entryPoint\":[\"/front\"],"
		"\"environment\":[{\"name\":\"LANG\",\"value\":\"C\"}],"
		"\"workingDirectory\":\"/srv\",\"user\":\"5:6\",\"cpu\":512,"
		"\"memory\":700,\"memoryReservation\":600,\"essential\":true,"
		"\"dependsOn\":[{\"containerName\":\"setup\",\"condition\":"
		"\"SUCCESS\"}],\"stopTimeout\":7,\"readonlyRootFilesystem\":"
		"true,\"linuxParameters\":{\"initProcessEnabled\":true,"
		"\"capabilities\":{\"drop\":[\"CAP_CHOWN\"]},\"tmpfs\":[{"
		"\"containerPath\":\"/t\",\"size\":9,\"mountOptions\":[\"rw\"]"
		"}]},\"ulimits\":[{\"name\":\"nofile\",\"softLimit\":10,"
		"\"hardLimit\":20}],\"mountPoints\":[{\"sourceVolume\":\"cart\""
		",\"containerPath\":\"/cart\",\"readOnly\":true}],"
		"\"portMappings\":[{\"containerPort\":80,\"hostPort\":80,"
		"\"protocol\":\"udp\"}]},{\"name\":\"setup\",\"image\":"
		"\"setup\",\"essential\":false}]}}";
	const struct plan_container *c;
	const struct plan_task *t;
	struct refusal why;
	struct plan *p;

	ASSERT_EQ(INTAKE_ACCEPTED, judge_tasks("", task, &p, &why))
	TH_LOG("%s %s", why.path, why.reason);
	t = &p->tasks.items[0];
	c = &t->containers.items[0];
	EXPECT_EQ(3, t->count);
	EXPECT_STREQ("shop", t->family);
	EXPECT_EQ(PLAN_NETWORK_AWSVPC, t->network_mode);
	EXPECT_EQ(1024, t->cpu_units);
	EXPECT_EQ(2048, t->memory_mib);
	EXPECT_STREQ("cart", t->volumes.items[0].name);
	EXPECT_STREQ("front", c->name);
	EXPECT_STREQ("front:2", c->image);
	EXPECT_STREQ("-v", c->command.items[0]);
	EXPECT_STREQ("/front", c->entry_point.items[0]);
	EXPECT_STREQ("LANG", c->environment.items[0].name);
	EXPECT_STREQ("C", c->environment.items[0].value);
	EXPECT_STREQ("/srv", c->working_directory);
	EXPECT_STREQ("5:6", c->user);
	EXPECT_EQ(512, c->cpu_units);
	EXPECT_EQ(700, c->memory_mib);
	EXPECT_EQ(600, c->memory_reservation_mib);
	EXPECT_EQ(1, c->depends_on.count);
	EXPECT_STREQ("setup", c->depends_on.items[0].container_name);
	EXPECT_EQ(PLAN_SUCCESS, c->depends_on.items[0].condition);
	EXPECT_EQ(7, c->stop_timeout_s);
	EXPECT_TRUE(c->is_read_only_root);
	EXPECT_TRUE(c->linux_parameters.has_init_process);
	EXPECT_STREQ("CHOWN", c->linux_parameters.capabilities_drop.items[0]);
	EXPECT_STREQ("/t", c->linux_parameters.tmpfs.items[0].container_path);
	EXPECT_EQ(9, c->linux_parameters.tmpfs.items[0].size_mib);
	EXPECT_STREQ("rw", c->linux_parameters.tmpfs.items[0].options.items[0]);
	EXPECT_STREQ("nofile", c->ulimits.items[0].name);
	EXPECT_EQ(10, c->ulimits.items[0].soft);
	EXPECT_EQ(20, c->ulimits.items[0].hard);
	EXPECT_STREQ("cart", c->mount_points.items[0].source_volume);
	EXPECT_STREQ("/cart", c->mount_points.items[0].container_path);
	EXPECT_TRUE(c->mount_points.items[0].is_read_only);
	EXPECT_EQ(80, c->port_mappings.items[0].container_port);
	EXPECT_EQ(PLAN_UDP, c->port_mappings.items[0].protocol);
	EXPECT_FALSE(t->containers.items[1].is_essential);
	EXPECT_EQ(30, t->containers.items[1].stop_timeout_s);
	plan_free(p);
}

TEST(docker_labels_arrive_in_the_plan)
{
	const struct plan_pairs *labels;
	struct refusal why;
	struct plan *p;

	ASSERT_EQ(INTAKE_ACCEPTED,
		  judge_tasks("",
			      TASK("host", ",\"memory\":64,\"dockerLabels\":"
					   "{\"tier\":\"front\"}") "}",
			      &p, &why));
	labels = &p->tasks.items[0].containers.items[0].docker_labels;
	ASSERT_EQ(1, labels->count);
	EXPECT_STREQ("tier", labels->items[0].name);
	EXPECT_STREQ("front", labels->items[0].value);
	plan_free(p);
}

TEST_HARNESS_MAIN
