// SPDX-License-Identifier: MIT
/* Volumes of a task and what of them a container takes from another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/intake/cases.h"

#include "kselftest_harness.h"

#define HEAD                                                              \
	"{'schemaVersion':1,'instance':{'id':'i-1'},'tasks':["            \
	"{'taskDefinition':{'family':'web','memory':'512','networkMode':" \
	"'none','volumes':[{'name':'v'},{'name':'w'}],"                   \
	"'containerDefinitions':["

static const struct judge_frame frame = {
	.document = HEAD "@]}}]}",
	.path = "$.tasks[0].taskDefinition.containerDefinitions",
	.refused = INTAKE_REFUSED_WITH_PLAN,
};

/* clang-format off */
#define POINT(volume, path) "{'sourceVolume':'" volume "','containerPath':'" path "'}"
#define FROM(name) "{'sourceContainer':'" name "'}"
#define C(name, members) "{'name':'" name "','image':'i'" members "}"

static const struct judge_case from_cases[] = {
	{ C("a", ",'mountPoints':[" POINT("v", "/v") "]") ","
	  C("b", ",'volumesFrom':[" FROM("a") "]"), NULL, NULL },
	{ C("b", ",'volumesFrom':[" FROM("a") "]") "," C("a", ""), NULL, NULL },
	{ C("a", ",'volumesFrom':[]"), NULL, NULL },
	{ C("a", ",'volumesFrom':[{'sourceContainer':'b','readOnly':true}]") "," C("b", ""),
	  NULL, NULL },
	{ C("a", ",'volumesFrom':[{}]"), "[0].volumesFrom[0].sourceContainer", "is missing" },
	{ C("a", ",'volumesFrom':[{'sourceContainer':'b','readOnly':'yes'}]") "," C("b", ""),
	  "[0].volumesFrom[0].readOnly", "is a string, expected is true or false" },
	{ C("a", ",'volumesFrom':[" FROM("z") "]"), "[0].volumesFrom[0].sourceContainer",
	  "no container has this name" },
	{ C("a", ",'volumesFrom':[" FROM("a") "]"), "[0].volumesFrom[0].sourceContainer",
	  "is the container itself" },
	{ C("a", ",'volumesFrom':[" FROM("b") "," FROM("b") "]") "," C("b", ""),
	  "[0].volumesFrom[1].sourceContainer", "is listed already" },
	{ C("a", ",'volumesFrom':[" FROM("b") "]") "," C("b", ",'volumesFrom':[" FROM("a") "]"),
	  "[0].volumesFrom", "the container takes its own volumes, through others" },
	/* The first one stands before the circle, not in it. */
	{ C("x", ",'volumesFrom':[" FROM("a") "]") "," C("a", ",'volumesFrom':[" FROM("b") "]") ","
	  C("b", ",'volumesFrom':[" FROM("a") "]"), "[1].volumesFrom",
	  "the container takes its own volumes, through others" },
	{ C("a", ",'mountPoints':[" POINT("v", "/v") "]") ","
	  C("b", ",'volumesFrom':[" FROM("a") "],'linuxParameters':{'tmpfs':["
	  "{'containerPath':'/v/','size':1}]}"), "[1].volumesFrom[0]",
	  "brings a mount point to where the container has a tmpfs" },
};

static const char chain[] =
	C("c", ",'volumesFrom':[{'sourceContainer':'b','readOnly':true}]") ","
	C("b", ",'volumesFrom':[" FROM("a") "],'mountPoints':[" POINT("w", "/w") "]") ","
	C("a", ",'mountPoints':[" POINT("v", "/v") "]");

static const char rivals[] =
	C("a", ",'mountPoints':[" POINT("v", "/x") "," POINT("v", "/y") "]") ","
	C("b", ",'mountPoints':[{'sourceVolume':'w','containerPath':'/x/','readOnly':true}]") ","
	C("c", ",'volumesFrom':[" FROM("a") "," FROM("b") "],"
	  "'mountPoints':[" POINT("w", "/y/") "]");

#define OF_BOTH ",'volumesFrom':[" FROM("a") "," FROM("b") "]"
/* clang-format on */

TEST(volumes_from_hold)
{
	EXPECT_CASES(frame, from_cases);
}

static struct plan *judge(const char *containers)
{
	char *document = judge_document(&frame, containers);
	struct plan *p = NULL;
	struct refusal why;

	if (document)
		intake_judge(document, strlen(document), &p, &why);
	free(document);
	return p;
}

static const struct plan_mount_points *points(const struct plan *p,
					      uint32_t container)
{
	return &p->tasks.items[0].containers.items[container].mount_points;
}

TEST(mount_points_are_inherited_through_others)
{
	struct plan *p = judge(chain);
	const struct plan_mount_points *m;

	ASSERT_NE(NULL, p);
	m = points(p, 0);
	ASSERT_EQ(2, m->count);
	EXPECT_STREQ("/w", m->items[0].container_path);
	EXPECT_STREQ("v", m->items[1].source_volume);
	EXPECT_STREQ("/v", m->items[1].container_path);
	EXPECT_TRUE(m->items[0].is_read_only);
	EXPECT_TRUE(m->items[1].is_read_only);
	m = points(p, 1);
	ASSERT_EQ(2, m->count);
	EXPECT_FALSE(m->items[0].is_read_only);
	EXPECT_FALSE(m->items[1].is_read_only);
	EXPECT_EQ(1, points(p, 2)->count);
	EXPECT_EQ(0, p->tasks.items[0].containers.items[0].volumes_from.count);
	plan_free(p);
}

TEST(own_mount_points_win_and_later_sources_over_earlier_ones)
{
	struct plan *p = judge(rivals);
	const struct plan_mount_points *m;

	ASSERT_NE(NULL, p);
	m = points(p, 2);
	ASSERT_EQ(2, m->count);
	EXPECT_STREQ("/y/", m->items[0].container_path);
	EXPECT_STREQ("w", m->items[0].source_volume);
	EXPECT_STREQ("/x/", m->items[1].container_path);
	EXPECT_STREQ("w", m->items[1].source_volume);
	EXPECT_TRUE(m->items[1].is_read_only);
	plan_free(p);
}

/* 16 mount points each of `name`, `first` in all their paths. */
static size_t put_many(char *at, size_t room, const char *name, int first)
{
	size_t n = (size_t)snprintf(
		at, room, "{'name':'%s','image':'i','mountPoints':[", name);

	for (int i = 0; i < 16; i++)
		n += (size_t)snprintf(at + n, room - n,
				      "%s{'sourceVolume':'v','containerPath':"
				      "'/%d/%d'}",
				      i ? "," : "", first, i);
	return n + (size_t)snprintf(at + n, room - n, "]},");
}

TEST(a_container_has_32_mount_points_at_most_with_those_it_takes)
{
	char text[8192], said[1024] = "";
	struct judge_case c = { .text = text };
	size_t n = 0;

	for (int i = 1; i <= 2; i++)
		n += put_many(text + n, sizeof(text) - n, i == 1 ? "a" : "b",
			      i);
	strcpy(text + n, C("c", OF_BOTH));
	EXPECT_EQ(0, judge_case_fails(&frame, &c, said)) TH_LOG("%s", said);
	strcpy(text + n,
	       C("c", OF_BOTH ",'mountPoints':[" POINT("v", "/v") "]"));
	c.path = "[2].volumesFrom[1]";
	c.reason = "makes more than 32 mount points of the container";
	EXPECT_EQ(0, judge_case_fails(&frame, &c, said)) TH_LOG("%s", said);
}

TEST_HARNESS_MAIN
