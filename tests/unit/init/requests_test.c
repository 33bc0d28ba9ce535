// SPDX-License-Identifier: MIT
/* Who may ask what of init. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/keeper.h"
#include "init/requests.h"
#include "runtime/base/clock.h"

#include "kselftest_harness.h"

FIXTURE(requests)
{
	struct crew_member *runtime, *uplink, *courier, *intake;
};

FIXTURE_SETUP(requests)
{
	crew_prepare();
	self->runtime = crew_of(BUS_RUNTIME);
	self->uplink = crew_of(BUS_UPLINK);
	self->courier = crew_of(BUS_COURIER);
	self->intake = crew_of(BUS_INTAKE);
	told.lifetime = lifetime_birth();
	told.heard_ms = 0;
	told.stop_bound_ms = -1;
}

FIXTURE_TEARDOWN(requests)
{
	keeper_clear(BUS_INTAKE);
}

static void ask(struct crew_member *m, enum bus_kind kind, int64_t value)
{
	const struct bus_message message = { .kind = kind, .value = value };

	requests_handle(m, &message, -1);
}

TEST_F(requests, only_runtime_gives_signs_of_life)
{
	ask(self->uplink, BUS_ALIVE, 0);
	ask(self->courier, BUS_ALIVE, 0);
	EXPECT_EQ(0, told.heard_ms);
	ask(self->runtime, BUS_ALIVE, 0);
	EXPECT_LT(0, told.heard_ms);
}

TEST_F(requests, only_runtime_shortens_the_lifetime_and_nobody_extends_it)
{
	int64_t drain = told.lifetime.drain_at_ms;
	int64_t dead = told.lifetime.dead_at_ms;

	ask(self->intake, BUS_DRAIN_AT, 60);
	ask(self->courier, BUS_DEAD_AT, 60);
	ask(self->runtime, BUS_DRAIN_AT, dead / 1000 + 1);
	EXPECT_EQ(drain, told.lifetime.drain_at_ms);
	EXPECT_EQ(dead, told.lifetime.dead_at_ms);
	ask(self->runtime, BUS_DRAIN_AT, 3600);
	EXPECT_EQ(3600000, told.lifetime.drain_at_ms);
}

TEST_F(requests, the_bound_of_the_stop_is_runtimes_to_tell_and_ends_at_dead_at)
{
	ask(self->uplink, BUS_STOP_BOUND, 5);
	ask(self->runtime, BUS_STOP_BOUND, -1);
	EXPECT_EQ(-1, told.stop_bound_ms);
	ask(self->runtime, BUS_STOP_BOUND, 5);
	EXPECT_EQ(5, told.stop_bound_ms);
	ask(self->runtime, BUS_STOP_BOUND, INT64_MAX);
	EXPECT_EQ(told.lifetime.dead_at_ms, told.stop_bound_ms);
}

/* A document for the next intake, from whoever `m` is. */
static int keep_document(struct crew_member *m)
{
	struct bus_message message = { .kind = BUS_KEEP,
				       .service = BUS_INTAKE,
				       .name = "document" };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	requests_handle(m, &message, fd);
	return fcntl(fd, F_GETFD) < 0 ? -1 : fd;
}

TEST_F(requests, a_newer_document_of_courier_starts_intake_again)
{
	self->intake->state = CREW_ENDED;
	EXPECT_EQ(-1, keep_document(self->uplink)); /* closed */
	EXPECT_EQ(CREW_ENDED, self->intake->state);
	EXPECT_EQ(0, keeper_count(BUS_INTAKE));
	EXPECT_LE(0, keep_document(self->courier));
	EXPECT_EQ(CREW_PAUSED, self->intake->state);
	EXPECT_EQ(1, keeper_count(BUS_INTAKE));
}

TEST_HARNESS_MAIN
