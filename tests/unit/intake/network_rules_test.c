// SPDX-License-Identifier: MIT
/* What tasks of one document may want of the instance's network. */
#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

/* clang-format off */
#define TASK(mode, mapping, rest)                                              \
	"{'taskDefinition':{'family':'t','networkMode':'" mode "',"            \
	"'containerDefinitions':[{'name':'a','image':'i','memory':64,"         \
	"'portMappings':[" mapping "]}]}" rest "}"
#define HOST(mapping) TASK("host", mapping, "")
#define TASKS(list) ",'schemaVersion':1,'tasks':[" list "]"
#define MAPPING_OF(task, n)                                                    \
	"$.tasks[" task "].taskDefinition.containerDefinitions[0]"             \
	".portMappings[" n "]"

static const struct judge_case claims[] = {
	{ TASKS(HOST("{'containerPort':80}") "," HOST("{'containerPort':81}")), NULL, NULL },
	{ TASKS(HOST("{'containerPort':80}") ","
		HOST("{'containerPort':80,'protocol':'udp'}")), NULL, NULL },
	{ TASKS(HOST("{'containerPort':80}") "," TASK("awsvpc", "{'containerPort':80}", "")),
	  NULL, NULL },
	{ TASKS(TASK("awsvpc", "{'containerPort':80}", ",'count':2")), NULL, NULL },
	{ TASKS(TASK("host", "", ",'count':2")), NULL, NULL },
	{ TASKS(HOST("{'containerPort':80}") "," HOST("{'containerPort':80}")),
	  MAPPING_OF("1", "0"), "takes the instance's tcp port 80, as $.tasks[0] does" },
	{ TASKS(HOST("{'containerPort':80,'hostPort':80}") "," HOST("{'containerPort':1},"
		"{'containerPort':80,'hostPort':0}")),
	  MAPPING_OF("1", "1"), "takes the instance's tcp port 80, as $.tasks[0] does" },
	{ TASKS(HOST("") "," HOST("{'containerPort':53,'protocol':'udp'}") ","
		HOST("{'containerPort':53,'protocol':'udp'}")),
	  MAPPING_OF("2", "0"), "takes the instance's udp port 53, as $.tasks[1] does" },
	{ TASKS(TASK("host", "{'containerPort':80}", ",'count':2")),
	  "$.tasks[0].count", "is 2, but each takes the instance's tcp port 80" },
};
/* clang-format on */

TEST(ports_of_the_instance_are_taken_once)
{
	EXPECT_CASES(frame_document, claims);
}

TEST_HARNESS_MAIN
