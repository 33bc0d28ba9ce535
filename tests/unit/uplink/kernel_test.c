/* The pace of kernel messages, and the state tables of metrics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/uplink/kernel.h"
#include "runtime/uplink/metrics.h"

#include "kselftest_harness.h"

#define DENIAL                                                                 \
	"5,%u,1,-;audit: type=1400 audit(1.2:3): avc:  denied  { read } for  " \
	"pid=9 scontext=a:b:c:s0 tcontext=a:b:c:s0 tclass=file permissive=0\n"

FIXTURE(kernel)
{
	struct kernel k;
	struct queue *queue;
	struct customer *customer;
	struct sampler sampler;
	struct kernel_sinks sinks;
};

FIXTURE_SETUP(kernel)
{
	kernel_init(&self->k, 1000);
	self->queue = calloc(1, sizeof(*self->queue));
	self->customer = calloc(1, sizeof(*self->customer));
	ASSERT_NE(NULL, self->queue);
	ASSERT_NE(NULL, self->customer);
	sampler_init(&self->sampler, NULL, 0, 0);
	self->sinks = (struct kernel_sinks){ self->queue, self->customer,
					     &self->sampler };
}

FIXTURE_TEARDOWN(kernel)
{
	free(self->queue);
	free(self->customer);
}

static void deny(FIXTURE_DATA(kernel) * self, unsigned int first,
		 unsigned int count, uint64_t now_ms)
{
	char text[512];

	for (unsigned int i = first; i < first + count; i++) {
		int n = snprintf(text, sizeof(text), DENIAL, i);

		kernel_take(&self->k, text, (size_t)n, &self->sinks, now_ms, 1);
	}
}

TEST_F(kernel, a_burst_passes_and_what_exceeds_it_is_counted)
{
	deny(self, 1, KERNEL_BURST + 30, 1000);
	EXPECT_EQ(KERNEL_BURST, self->queue->count);
	EXPECT_EQ(30, self->k.lost);
	kernel_tell_counts(&self->k, self->queue);
	EXPECT_EQ(KERNEL_BURST + 1, self->queue->count);
	kernel_tell_counts(&self->k, self->queue);
	EXPECT_EQ(KERNEL_BURST + 1, self->queue->count);
}

#define SECCOMP                                                        \
	"5,%u,1,-;audit: type=1326 audit(1.2:3): subj=a:b:c:s0 sig=9 " \
	"syscall=39\n"
#define GRANTED                                                              \
	"5,%u,1,-;audit: type=1400 audit(1.2:3): avc:  granted  { %s } for " \
	" pid=9 scontext=a:b:c:s0 tcontext=a:b:c:s0 tclass=capability\n"

static void take(FIXTURE_DATA(kernel) * self, const char *text)
{
	kernel_take(&self->k, text, strlen(text), &self->sinks, 1000, 1);
}

static struct queue_record *pop(FIXTURE_DATA(kernel) * self)
{
	static struct queue_record one;

	return queue_pop(self->queue, &one) ? &one : NULL;
}

TEST_F(kernel, a_flood_of_one_kind_does_not_hide_another)
{
	char text[256];

	deny(self, 1, KERNEL_BURST + 30, 1000);
	snprintf(text, sizeof(text), SECCOMP, KERNEL_BURST + 31);
	take(self, text);
	EXPECT_EQ(KERNEL_BURST + 1, self->queue->count);
	EXPECT_EQ(30, self->k.lost);
}

TEST_F(kernel, uses_of_a_grant_are_counted_and_told_once)
{
	struct queue_record *r;
	char text[256];

	for (unsigned int i = 1; i <= 500; i++) {
		snprintf(text, sizeof(text), GRANTED, i,
			 i % 5 ? "net_admin" : "sys_admin");
		take(self, text);
	}
	EXPECT_EQ(0, self->queue->count);
	kernel_tell_counts(&self->k, self->queue);
	ASSERT_EQ(2, self->queue->count);
	r = pop(self);
	EXPECT_EQ(RECORD_GRANT_USED, r->record.kind);
	EXPECT_STREQ("a:b:c:s0", r->record.values[0].word);
	EXPECT_STREQ("capability", r->record.values[1].word);
	EXPECT_STREQ("net_admin", r->record.values[2].word);
	EXPECT_EQ(400, r->record.values[3].number);
	EXPECT_EQ(100, pop(self)->record.values[3].number);
	kernel_tell_counts(&self->k, self->queue);
	EXPECT_EQ(NULL, pop(self));
}

TEST_F(kernel, uses_without_a_row_are_lost_and_counted)
{
	char text[256], word[16];

	for (unsigned int i = 1; i <= USES_MAX + 3; i++) {
		snprintf(word, sizeof(word), "p%u", i);
		snprintf(text, sizeof(text), GRANTED, i, word);
		take(self, text);
	}
	EXPECT_EQ(3, self->k.lost);
	kernel_tell_counts(&self->k, self->queue);
	EXPECT_EQ(USES_MAX + 1, self->queue->count);
}

TEST_F(kernel, what_the_audit_queue_lost_is_counted_once)
{
	take(self, "4,1,1,-;audit: audit_lost=3 audit_rate_limit=0 x\n");
	take(self, "4,2,1,-;audit: audit_lost=3 audit_rate_limit=0 x\n");
	take(self, "4,3,1,-;audit: audit_lost=10 audit_rate_limit=0 x\n");
	EXPECT_EQ(10, self->k.lost);
}

TEST_F(kernel, a_change_of_the_policy_is_a_record)
{
	struct queue_record *r;

	take(self, "5,1,1,-;audit: type=1404 audit(1.2:3): enforcing=0 "
		   "old_enforcing=1 res=1\n");
	r = pop(self);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(RECORD_POLICY_CHANGED, r->record.kind);
	EXPECT_STREQ("enforcing", r->record.values[0].word);
	EXPECT_EQ(0, r->record.values[1].number);
}

TEST_F(kernel, time_gives_new_room_and_not_more_than_a_burst)
{
	deny(self, 1, KERNEL_BURST, 1000);
	deny(self, 1 + KERNEL_BURST, KERNEL_PER_SECOND + 5, 2000);
	EXPECT_EQ(KERNEL_BURST + KERNEL_PER_SECOND, self->queue->count);
	EXPECT_EQ(5, self->k.lost);
	deny(self, 1 + KERNEL_BURST + KERNEL_PER_SECOND + 5, KERNEL_BURST + 7,
	     900000000);
	EXPECT_EQ(12, self->k.lost);
}

TEST_F(kernel, overwritten_messages_are_counted_by_their_numbers)
{
	deny(self, 10, 1, 1000);
	EXPECT_EQ(0, self->k.lost);
	deny(self, 15, 1, 1000);
	EXPECT_EQ(4, self->k.lost);
	deny(self, 3, 1, 1000);
	EXPECT_EQ(4, self->k.lost);
}

TEST_F(kernel, an_oom_kill_in_an_unknown_container_waits_and_is_no_event)
{
	static const char text[] =
		"6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),"
		"cpuset=web,mems_allowed=0,oom_memcg=/tasks/ab/web,"
		"task_memcg=/tasks/ab/web,task=hog,pid=77,uid=0\n";

	kernel_take(&self->k, text, sizeof(text) - 1, &self->sinks, 1, 1);
	kernel_retry(&self->k, &self->sinks, KERNEL_OOM_WAIT_MS, 1);
	EXPECT_EQ(1, self->k.waiting_count);
	EXPECT_EQ(0, self->k.unmatched_oom);
	kernel_retry(&self->k, &self->sinks, KERNEL_OOM_WAIT_MS + 1, 1);
	EXPECT_EQ(0, self->k.waiting_count);
	EXPECT_EQ(1, self->k.unmatched_oom);
	for (int i = 0; i < (int)KERNEL_OOM_WAITING_MAX + 2; i++)
		kernel_take(&self->k, text, sizeof(text) - 1, &self->sinks, 1,
			    1);
	EXPECT_EQ(KERNEL_OOM_WAITING_MAX, self->k.waiting_count);
	EXPECT_EQ(3, self->k.unmatched_oom);
	EXPECT_EQ(0, self->customer->event_count);
}

TEST_F(kernel, an_oom_kill_is_told_when_its_container_comes_later)
{
	static const char text[] =
		"6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),"
		"cpuset=web,mems_allowed=0,oom_memcg=/tasks/ab/web,"
		"task_memcg=/tasks/ab/web,task=hog,pid=77,uid=0\n";
	struct metrics_container web = {
		.origin = { .task_id = "ab", .container = "web" },
	};

	kernel_take(&self->k, text, sizeof(text) - 1, &self->sinks, 1, 1);
	EXPECT_EQ(0, self->customer->event_count);
	self->sampler.rows = &web;
	self->sampler.count = 1;
	kernel_retry(&self->k, &self->sinks, 2, 2);
	EXPECT_EQ(1, self->customer->event_count);
	kernel_retry(&self->k, &self->sinks, 3, 3);
	EXPECT_EQ(1, self->customer->event_count);
	EXPECT_EQ(0, self->k.unmatched_oom);
}

TEST_HARNESS_MAIN
