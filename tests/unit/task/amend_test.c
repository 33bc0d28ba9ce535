// SPDX-License-Identifier: MIT
/* A newer plan that comes in over the bus: all of it, or nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake.h"
#include "runtime/base/bus.h"
#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/task/amend.h"
#include "runtime/task/house.h"
#include "wants.h"

#include "kselftest_harness.h"

static int followed;

/* The house itself is not of this test. */
int house_follow(const struct plan *now, const struct plan *next, struct err *e)
{
	(void)now;
	(void)next;
	(void)e;
	followed++;
	return 0;
}

FIXTURE(amend)
{
	struct fake_engine f;
	struct plan *plan;
	struct world *world;
	int bus[2];
	int records[2];
	struct amend a;
};

FIXTURE_SETUP(amend)
{
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;

	ASSERT_EQ(0, fake_engine_init(&self->f));
	self->f.state->task_count = 0;
	self->plan = PLAN({ "web", "web:1", 2, 0, 0 });
	self->f.g.plan = self->plan;
	self->world = calloc(1, sizeof(*self->world));
	ASSERT_EQ(0, socketpair(AF_UNIX, type, 0, self->bus));
	ASSERT_EQ(0, socketpair(AF_UNIX, type, 0, self->records));
	record_use_socket(self->records[1]);
	self->a = (struct amend){ &self->f.g, self->world, &self->plan,
				  self->bus[1] };
	STEP(0);
}

FIXTURE_TEARDOWN(amend)
{
	plan_free(self->plan);
	free(self->world);
}

/* The plan's block in a sealed memfd; the plan is freed. */
static int sealed(struct plan *p)
{
	AUTO_FREE void *data = NULL;
	size_t len = 0;
	int r = plan_pack(p, &data, &len, NULL);

	plan_free(p);
	return r < 0 ? r : fd_sealed("plan", data, len, NULL);
}

#define TAKE(p) amend_take(&self->a, sealed(p), 7, &e)

/* The next record that says something; -1 for none. */
static int next_record(int socket, struct record *r, char wire[RECORD_WIRE_MAX])
{
	ssize_t n = read(socket, wire, RECORD_WIRE_MAX);

	return n < 0 ? -1 : record_parse(wire, (size_t)n, r);
}

static bool find_record(int socket, enum record_kind kind, struct record *r,
			char wire[RECORD_WIRE_MAX])
{
	while (next_record(socket, r, wire) == 0)
		if (r->kind == kind)
			return true;
	return false;
}

TEST_F(amend, newer_plan_is_kept_and_comes_into_force)
{
	char wire[RECORD_WIRE_MAX];
	struct bus_message m;
	struct plan *kept = NULL;
	struct err e = ERR_NONE;
	AUTO_FREE void *data = NULL;
	struct record r;
	size_t len;
	int fd;

	ASSERT_EQ(0, TAKE(PLAN({ "cache", "cache:1", 1, 0, 0 })));
	ASSERT_EQ(1, bus_receive(self->bus[0], &m, &fd));
	EXPECT_EQ(BUS_KEEP, m.kind);
	EXPECT_EQ(BUS_RUNTIME, m.service);
	EXPECT_STREQ("plan", m.name);
	ASSERT_EQ(0, fd_read_sealed(fd, PLAN_BYTES_MAX, &data, &len, &e));
	ASSERT_EQ(0, plan_unpack(data, len, &kept, &e));
	ASSERT_EQ(2, kept->tasks.count);
	EXPECT_STREQ("web", kept->tasks.items[0].family);
	EXPECT_EQ(0, kept->tasks.items[0].count);
	EXPECT_STREQ("cache", kept->tasks.items[1].family);
	EXPECT_EQ(self->plan, self->world->plan);
	EXPECT_EQ(self->plan, self->f.g.plan);
	EXPECT_EQ(1, followed);
	ASSERT_TRUE(find_record(self->records[0], RECORD_DOCUMENT_CHANGED, &r,
				wire));
	EXPECT_EQ(7, r.values[0].number);
	EXPECT_EQ(1, r.values[1].number);
	EXPECT_EQ(2, r.values[2].number);
	plan_free(kept);
	close(fd);
}

TEST_F(amend, plan_that_may_not_follow_changes_nothing)
{
	struct plan *before = self->plan;
	struct plan *next = PLAN({ "cache", "cache:1", 1, 0, 0 });
	char wire[RECORD_WIRE_MAX];
	struct bus_message m;
	struct err e = ERR_NONE;
	struct record r;
	int fd;

	next->instance.id = wants_text(next, "i-2");
	EXPECT_EQ(0, TAKE(next));
	EXPECT_EQ(before, self->plan);
	EXPECT_EQ(before, self->f.g.plan);
	EXPECT_EQ(0, followed);
	EXPECT_EQ(-EAGAIN, bus_receive(self->bus[0], &m, &fd));
	ASSERT_TRUE(
		find_record(self->records[0], RECORD_CHANGE_REFUSED, &r, wire));
	EXPECT_EQ(7, r.values[0].number);
	EXPECT_STREQ("$.instance.id", r.values[1].word);
	EXPECT_STREQ("cannot be changed while the instance runs",
		     r.values[2].word);
}

TEST_F(amend, what_is_no_plan_is_an_error)
{
	struct plan *before = self->plan;
	struct err e = ERR_NONE;
	int fd = fd_sealed("plan", "nothing", 7, &e);

	EXPECT_EQ(-EBADMSG, amend_take(&self->a, fd, 7, &e));
	EXPECT_EQ(before, self->plan);
	close(fd);
}

TEST_F(amend, plan_that_cannot_be_kept_does_not_come_into_force)
{
	struct plan *before = self->plan;
	struct err e = ERR_NONE;

	close(self->bus[0]);
	EXPECT_EQ(-EPIPE, TAKE(PLAN({ "cache", "cache:1", 1, 0, 0 })));
	EXPECT_EQ(before, self->plan);
	EXPECT_EQ(before, self->f.g.plan);
}

TEST_HARNESS_MAIN
