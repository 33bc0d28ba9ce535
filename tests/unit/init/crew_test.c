#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/crew.h"
#include "init/keeper.h"

#include "kselftest_harness.h"

#define EXITED(code) ((code) << 8)

/* A runtime whose process is this test. */
FIXTURE(crew)
{
	struct crew_member *runtime;
	struct crew_member *intake;
	int theirs;
};

FIXTURE_SETUP(crew)
{
	int ends[2];

	crew_prepare();
	self->runtime = crew_of(BUS_RUNTIME);
	self->intake = crew_of(BUS_INTAKE);
	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends));
	self->runtime->state = CREW_ALIVE;
	self->runtime->pid = 4000;
	self->runtime->bus = ends[0];
	self->theirs = ends[1];
}

FIXTURE_TEARDOWN(crew)
{
	close(self->theirs);
	keeper_clear(BUS_RUNTIME);
}

/* The kind of the next message, -1 for none. */
static int next(int sock, struct bus_message *m)
{
	int fd = -1, r = bus_receive(sock, m, &fd);

	if (fd >= 0)
		close(fd);
	return r == 1 ? (int)m->kind : -1;
}

static int keep_plan(void)
{
	struct bus_message m = { .kind = BUS_KEEP, .service = BUS_RUNTIME };
	struct err e = ERR_NONE;
	int fd = open("/dev/null", O_RDONLY);

	strcpy(m.name, "plan");
	return keeper_keep(BUS_INTAKE, &m, &fd, &e);
}

TEST_F(crew, members_are_found_by_service_and_by_living_pid)
{
	EXPECT_EQ(BUS_RUNTIME, self->runtime->row->id);
	EXPECT_EQ(NULL, crew_of(BUS_INIT));
	EXPECT_EQ(self->runtime, crew_of_pid(4000));
	EXPECT_EQ(NULL, crew_of_pid(4001));
	EXPECT_EQ(NULL, crew_of_pid(0));
}

TEST_F(crew, descriptors_come_before_start_and_ends_come_last)
{
	struct bus_message m;

	crew_tell(self->runtime, CREW_TELL_DRAIN, BUS_DRAIN_POWER_BUTTON);
	crew_tell(self->runtime, CREW_TELL_ENDED, EXITED(2));
	crew_tell(self->runtime, CREW_TELL_START, 3);
	ASSERT_TRUE(exits_add(&crew_exits, 77, 9));
	ASSERT_EQ(0, keep_plan());
	crew_pump(self->runtime);
	EXPECT_EQ(BUS_GIVE, next(self->theirs, &m));
	EXPECT_STREQ("plan", m.name);
	EXPECT_EQ(BUS_START, next(self->theirs, &m));
	EXPECT_EQ(3, m.value);
	EXPECT_EQ(BUS_ENDED, next(self->theirs, &m));
	EXPECT_EQ(BUS_INTAKE, m.service);
	EXPECT_EQ(EXITED(2), m.value);
	EXPECT_EQ(BUS_DRAIN, next(self->theirs, &m));
	EXPECT_EQ(BUS_DRAIN_POWER_BUTTON, m.value);
	EXPECT_EQ(BUS_EXITED, next(self->theirs, &m));
	EXPECT_EQ(77, m.pid);
	EXPECT_EQ(9, m.value);
	EXPECT_EQ(-1, next(self->theirs, &m));
}

TEST_F(crew, everything_is_told_once)
{
	struct bus_message m;

	crew_tell(self->runtime, CREW_TELL_START, 0);
	crew_pump(self->runtime);
	crew_pump(self->runtime);
	EXPECT_EQ(BUS_START, next(self->theirs, &m));
	EXPECT_EQ(-1, next(self->theirs, &m));
}

TEST_F(crew, a_full_socket_blocks_and_nothing_is_lost_or_doubled)
{
	struct bus_message m;
	int r, got = 0;

	for (int i = 0; i < EXITS_MAX; i++)
		ASSERT_TRUE(exits_add(&crew_exits, 1000 + i, i));
	crew_pump(self->runtime);
	EXPECT_TRUE(self->runtime->is_blocked);
	do {
		r = next(self->theirs, &m);
		if (r == BUS_EXITED) {
			ASSERT_EQ(1000 + got, m.pid);
			got++;
		}
		crew_pump(self->runtime);
	} while (r >= 0);
	EXPECT_EQ(EXITS_MAX, got);
	EXPECT_FALSE(self->runtime->is_blocked);
}

TEST_F(crew, a_member_that_does_not_live_is_told_nothing)
{
	struct bus_message m;

	self->runtime->state = CREW_PAUSED;
	crew_tell(self->runtime, CREW_TELL_DRAIN, 0);
	crew_pump(self->runtime);
	EXPECT_EQ(-1, next(self->theirs, &m));
}

TEST_F(crew, a_broken_socket_is_no_reason_to_wait_for_room)
{
	close(self->theirs);
	self->theirs = -1;
	crew_tell(self->runtime, CREW_TELL_DRAIN, 0);
	crew_pump(self->runtime);
	EXPECT_FALSE(self->runtime->is_blocked);
}

TEST_F(crew, a_service_that_ended_pauses_and_is_given_up_at_the_sixth_end)
{
	for (unsigned int i = 1; i <= 5; i++) {
		self->runtime->state = CREW_ALIVE;
		crew_note_end(self->runtime, SIGKILL, true);
		ASSERT_EQ(CREW_PAUSED, self->runtime->state);
		EXPECT_EQ(i, self->runtime->restarts);
		EXPECT_LT(0, self->runtime->start_at_ms);
		EXPECT_EQ(-1, self->runtime->bus);
		EXPECT_EQ(0, self->runtime->pid);
	}
	self->runtime->state = CREW_ALIVE;
	crew_note_end(self->runtime, SIGKILL, true);
	EXPECT_EQ(CREW_GIVEN_UP, self->runtime->state);
	EXPECT_EQ(5, self->runtime->restarts);
}

TEST_F(crew, a_one_shot_service_ends_whatever_its_status)
{
	self->intake->state = CREW_ALIVE;
	crew_note_end(self->intake, EXITED(0), true);
	EXPECT_EQ(CREW_ENDED, self->intake->state);
	self->intake->state = CREW_ALIVE;
	crew_note_end(self->intake, SIGSEGV, true);
	EXPECT_EQ(CREW_ENDED, self->intake->state);
}

TEST_F(crew, a_one_shot_service_is_started_again_for_something_new)
{
	self->intake->state = CREW_ENDED;
	crew_want(self->intake);
	EXPECT_EQ(CREW_PAUSED, self->intake->state);
	EXPECT_LT(0, crew_next_start_ms());
	EXPECT_EQ(1, self->intake->restarts);
}

TEST_F(crew, what_is_new_while_it_lives_is_for_the_next_one)
{
	self->intake->state = CREW_ALIVE;
	crew_want(self->intake);
	EXPECT_EQ(CREW_ALIVE, self->intake->state);
	crew_note_end(self->intake, EXITED(0), true);
	EXPECT_EQ(CREW_PAUSED, self->intake->state);
	EXPECT_EQ(1, self->intake->restarts);
}

TEST_F(crew, what_is_new_starts_nobody_while_the_machine_stops)
{
	self->intake->state = CREW_ALIVE;
	crew_want(self->intake);
	crew_note_end(self->intake, EXITED(0), false);
	EXPECT_EQ(CREW_ENDED, self->intake->state);
}

TEST_F(crew, others_take_what_is_new_as_it_comes)
{
	crew_want(self->runtime);
	EXPECT_EQ(CREW_ALIVE, self->runtime->state);
	EXPECT_FALSE(self->runtime->is_wanted);
}

TEST_F(crew, nobody_starts_again_while_the_machine_stops)
{
	crew_note_end(self->runtime, EXITED(0), false);
	EXPECT_EQ(CREW_ENDED, self->runtime->state);
	EXPECT_FALSE(crew_is_anyone_left());
	EXPECT_EQ(0, crew_next_start_ms());
}

TEST_F(crew, the_earliest_pause_is_the_next_start)
{
	self->runtime->state = CREW_PAUSED;
	self->runtime->start_at_ms = 500;
	crew_of(BUS_UPLINK)->state = CREW_PAUSED;
	crew_of(BUS_UPLINK)->start_at_ms = 400;
	EXPECT_EQ(400, crew_next_start_ms());
	EXPECT_TRUE(crew_is_anyone_left());
	crew_of(BUS_UPLINK)->state = CREW_ENDED;
	EXPECT_EQ(500, crew_next_start_ms());
}

TEST_HARNESS_MAIN
