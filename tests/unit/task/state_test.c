#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/task/state.h"

#include "kselftest_harness.h"

#define PAIRS 523776 /* of c0..c1023, without order */

TEST(every_pair_of_categories_is_given_exactly_once)
{
	static bool is_given[STATE_CATEGORIES][STATE_CATEGORIES];
	uint16_t pair[2];

	for (uint32_t n = 0; n < PAIRS; n++) {
		ASSERT_EQ(0, state_category_pair(n, pair));
		ASSERT_LT(pair[0], pair[1]);
		ASSERT_LT(pair[1], STATE_CATEGORIES);
		ASSERT_FALSE(is_given[pair[0]][pair[1]]);
		is_given[pair[0]][pair[1]] = true;
	}
	EXPECT_EQ(-ENOSPC, state_category_pair(PAIRS, pair));
	EXPECT_EQ(-ENOSPC, state_category_pair(UINT32_MAX, pair));
}

static struct plan_task task = { .count = 3 };
static struct plan plan = { .tasks = { 1, &task } };

TEST(tasks_get_ids_and_categories_of_their_own)
{
	struct err e = ERR_NONE;
	struct state *s;
	int fd;

	ASSERT_EQ(0, state_new(&s, &fd, &e));
	ASSERT_EQ(0, state_add_tasks(s, &plan, 0, &e));
	ASSERT_EQ(3, s->task_count);
	for (uint32_t i = 0; i < 3; i++) {
		EXPECT_EQ(32, strspn(s->tasks[i].id, "0123456789abcdef"));
		EXPECT_EQ(32, strlen(s->tasks[i].id));
		for (uint32_t k = 0; k < i; k++) {
			EXPECT_STRNE(s->tasks[k].id, s->tasks[i].id);
			EXPECT_NE(0, memcmp(s->tasks[k].categories,
					    s->tasks[i].categories, 4));
		}
	}
	close(fd);
}

TEST(more_tasks_than_the_table_holds_are_refused)
{
	struct plan_task many = { .count = STATE_TASKS_MAX + 1 };
	struct plan p = { .tasks = { 1, &many } };
	struct err e = ERR_NONE;
	struct state *s;
	int fd;

	ASSERT_EQ(0, state_new(&s, &fd, &e));
	EXPECT_EQ(-ENOSPC, state_add_tasks(s, &p, 0, &e));
	EXPECT_STREQ("513 tasks, room for 512 of 512", e.message);
	EXPECT_EQ(0, s->task_count);
	EXPECT_EQ(0, s->next_pair);
	many.count--;
	EXPECT_EQ(0, state_add_tasks(s, &p, 0, &e));
	close(fd);
}

TEST(tasks_for_which_no_pair_is_left_are_refused_together)
{
	struct err e = ERR_NONE;
	struct state *s;
	int fd;

	ASSERT_EQ(0, state_new(&s, &fd, &e));
	s->next_pair = PAIRS - 2;
	EXPECT_EQ(-ENOSPC, state_add_tasks(s, &plan, 0, &e));
	EXPECT_STREQ("3 tasks, 2 of the boot's 523776 pairs of categories are "
		     "left",
		     e.message);
	EXPECT_EQ(0, s->task_count);
	EXPECT_EQ(PAIRS - 2, s->next_pair);
	s->next_pair = PAIRS - 3;
	EXPECT_EQ(0, state_add_tasks(s, &plan, 0, &e));
	EXPECT_EQ(1022, s->tasks[2].categories[0]);
	EXPECT_EQ(1023, s->tasks[2].categories[1]);
	EXPECT_EQ(-ENOSPC, state_add_tasks(s, &plan, 0, &e));
	close(fd);
}

/* A task that has ended keeps its row, and its pair, until the power is off. */
TEST(a_second_runtime_gives_no_pair_again)
{
	struct state *first, *second;
	struct err e = ERR_NONE;
	int fd;

	ASSERT_EQ(0, state_new(&first, &fd, &e));
	ASSERT_EQ(0, state_add_tasks(first, &plan, 0, &e));
	for (uint32_t i = 0; i < 3; i++)
		first->tasks[i].phase = TASK_STOPPED;
	ASSERT_EQ(0, state_attach(fd, &second, &e));
	ASSERT_EQ(0, state_add_tasks(second, &plan, 0, &e));
	ASSERT_EQ(6, second->task_count);
	for (uint32_t i = 0; i < 6; i++)
		for (uint32_t k = 0; k < i; k++)
			EXPECT_NE(0, memcmp(second->tasks[k].categories,
					    second->tasks[i].categories, 4));
	close(fd);
}

TEST(a_second_runtime_finds_what_the_first_one_wrote)
{
	struct state *first, *second;
	struct err e = ERR_NONE;
	int fd;

	ASSERT_EQ(0, state_new(&first, &fd, &e));
	ASSERT_EQ(0, state_add_tasks(first, &plan, 0, &e));
	first->tasks[1].phase = TASK_RUNNING;
	ASSERT_EQ(0, state_attach(fd, &second, &e));
	EXPECT_NE(first, second);
	EXPECT_EQ(0, memcmp(first, second, sizeof(*first)));
	close(fd);
}

TEST(a_state_of_another_version_is_refused)
{
	struct state *s, *other;
	struct err e = ERR_NONE;
	int fd;

	ASSERT_EQ(0, state_new(&s, &fd, &e));
	s->size++;
	EXPECT_EQ(-EBADMSG, state_attach(fd, &other, &e));
	s->size--;
	s->magic++;
	EXPECT_EQ(-EBADMSG, state_attach(fd, &other, &e));
	s->magic--;
	s->task_count = STATE_TASKS_MAX + 1;
	EXPECT_EQ(-EBADMSG, state_attach(fd, &other, &e));
	s->task_count = 0;
	s->next_pair = PAIRS + 1;
	EXPECT_EQ(-EBADMSG, state_attach(fd, &other, &e));
	s->next_pair = PAIRS;
	EXPECT_EQ(0, state_attach(fd, &other, &e));
	ASSERT_EQ(0, ftruncate(fd, 100));
	EXPECT_EQ(-EBADMSG, state_attach(fd, &other, &e));
	close(fd);
}

TEST_HARNESS_MAIN
