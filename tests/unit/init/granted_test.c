/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/granted.h"

#include "kselftest_harness.h"

static struct canon c;

static struct grant_note note_of(const char *task, const char *container,
				 uint64_t set)
{
	struct grant_note n = { .set = set };

	snprintf(n.task, sizeof(n.task), "%s", task);
	snprintf(n.container, sizeof(n.container), "%s", container);
	snprintf(n.label, sizeof(n.label), "task_net_t:s0:c1,c2");
	return n;
}

static int take(const struct grant_note *n)
{
	struct err e = ERR_NONE;

	return granted_take(n, sizeof(*n), &e);
}

static const char *written(void)
{
	canon_start(&c);
	granted_write(&c);
	return c.text;
}

#define NONE "\"grants\":[],\"grants_more\":0"

TEST(a_note_is_listed_until_its_container_ends)
{
	struct grant_note n = note_of("ab12", "web", 1u << 12);

	granted_clear();
	ASSERT_EQ(0, take(&n));
	EXPECT_STREQ("\"grants\":[{\"task\":\"ab12\",\"container\":\"web\","
		     "\"label\":\"task_net_t:s0:c1,c2\","
		     "\"capabilities\":\"0000000000001000\"}],"
		     "\"grants_more\":0",
		     written());
	n = note_of("ab12", "other", 0);
	ASSERT_EQ(0, take(&n));
	EXPECT_STRNE(NONE, written());
	n = note_of("ab12", "web", 0);
	ASSERT_EQ(0, take(&n));
	EXPECT_STREQ(NONE, written());
}

TEST(a_newer_note_takes_the_place_of_the_older)
{
	struct grant_note n = note_of("ab12", "web", 1);

	granted_clear();
	ASSERT_EQ(0, take(&n));
	n.set = 2;
	ASSERT_EQ(0, take(&n));
	EXPECT_EQ(NULL, strstr(written(), "0000000000000001"));
	EXPECT_NE(NULL, strstr(written(), "0000000000000002"));
}

TEST(more_than_fit_are_counted)
{
	struct grant_note n;
	char task[16];

	granted_clear();
	for (int i = 0; i < GRANTED_MAX + 2; i++) {
		snprintf(task, sizeof(task), "t%d", i);
		n = note_of(task, "web", 1);
		ASSERT_EQ(0, take(&n));
	}
	EXPECT_NE(NULL, strstr(written(), "\"grants_more\":2"));
	n = note_of("t65", "web", 0);
	ASSERT_EQ(0, take(&n));
	EXPECT_NE(NULL, strstr(written(), "\"grants_more\":1"));
}

TEST(what_is_no_note_is_ebadmsg_and_changes_nothing)
{
	struct grant_note n = note_of("ab12", "web", 1);
	struct err e = ERR_NONE;

	granted_clear();
	EXPECT_EQ(-EBADMSG, granted_take(&n, sizeof(n) - 1, &e));
	n.task[0] = '"';
	EXPECT_EQ(-EBADMSG, take(&n));
	n = note_of("ab12", "a\nb", 1);
	EXPECT_EQ(-EBADMSG, take(&n));
	n = note_of("ab12", "web", 1);
	memset(n.label, 'x', sizeof(n.label));
	EXPECT_EQ(-EBADMSG, take(&n));
	n = note_of("ab12", "web", 1);
	memset(n.container, 'x', sizeof(n.container));
	EXPECT_EQ(-EBADMSG, take(&n));
	EXPECT_STREQ(NONE, written());
}

TEST_HARNESS_MAIN
