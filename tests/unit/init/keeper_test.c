#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/keeper.h"

#include "kselftest_harness.h"

#define K KEEPER_KEEP
#define D KEEPER_DROP

/* Who may do what, written down independently of the table. */
struct permission {
	enum bus_service sender;
	enum bus_service owner;
	const char *name;
	unsigned int rights;
};

static const struct permission golden[] = {
	{ BUS_INTAKE, BUS_RUNTIME, "plan", K },
	{ BUS_INTAKE, BUS_RUNTIME, "newer", K },
	{ BUS_INTAKE, BUS_INTAKE, "force", K },
	{ BUS_COURIER, BUS_INTAKE, "document", K },
	{ BUS_RUNTIME, BUS_RUNTIME, "plan", K },
	{ BUS_RUNTIME, BUS_COURIER, "source", K },
	{ BUS_RUNTIME, BUS_RUNTIME, "state", K | D },
	{ BUS_RUNTIME, BUS_UPLINK, "uplink-config", K | D },
	{ BUS_RUNTIME, BUS_UPLINK, "log/7", K | D },
	{ BUS_RUNTIME, BUS_METADATA, "task/0", K | D },
	{ BUS_RUNTIME, BUS_METADATA, "door/511", K | D },
	{ BUS_RUNTIME, BUS_METADATA, "counters/7", K | D },
	{ BUS_UPLINK, BUS_UPLINK, "log/7", D },
	{ BUS_UPLINK, BUS_UPLINK, "ring/7", K | D },
};

static const char *const names[] = {
	"document", "plan",	"store",      "state",	      "uplink-config",
	"log/7",    "ring/7",	"records",    "records-in/0", "kmsg",
	"log/",	    "log/07",	"log/x",      "log/7/7",      "log/12345678901",
	"ring/-1",  "planx",	"",	      "saboteur",     "guard",
	"task/0",   "door/511", "counters/7", "task",	      "door/",
	"newer",    "force",	"source",     "identity",     "trust",
};

static unsigned int permitted(enum bus_service sender, enum bus_service owner,
			      const char *name)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
		if (golden[i].sender == sender && golden[i].owner == owner &&
		    strcmp(golden[i].name, name) == 0)
			return golden[i].rights;
	return 0;
}

static struct bus_message message(enum bus_service owner, const char *name)
{
	struct bus_message m = { .kind = BUS_KEEP, .service = owner };

	snprintf(m.name, sizeof(m.name), "%s", name);
	return m;
}

static int keep(enum bus_service sender, enum bus_service owner,
		const char *name)
{
	struct bus_message m = message(owner, name);
	struct err e = ERR_NONE;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r = keeper_keep(sender, &m, &fd, &e);

	if (r < 0)
		close(fd);
	return r;
}

static int drop(enum bus_service sender, enum bus_service owner,
		const char *name)
{
	struct bus_message m = message(owner, name);
	struct err e = ERR_NONE;

	return keeper_drop(sender, &m, &e);
}

TEST(each_service_may_keep_and_drop_what_is_written_and_nothing_else)
{
	for (int s = BUS_INTAKE; s < BUS_SERVICE_COUNT; s++)
		for (int o = 0; o < BUS_SERVICE_COUNT; o++)
			for (size_t n = 0; n < sizeof(names) / sizeof(names[0]);
			     n++) {
				enum bus_service from = (enum bus_service)s;
				enum bus_service to = (enum bus_service)o;
				unsigned int may =
					permitted(from, to, names[n]);

				EXPECT_EQ(may & K ? 0 : -EPERM,
					  keep(from, to, names[n]))
				{
					TH_LOG("%d %d %s", s, o, names[n]);
				}
				EXPECT_EQ(!(may & D) ? -EPERM :
					  may & K    ? 0 :
						       -ENOENT,
					  drop(from, to, names[n]))
				{
					TH_LOG("%d %d %s", s, o, names[n]);
				}
				keeper_clear(to);
			}
}

TEST(a_number_has_one_to_ten_digits_and_no_leading_zero)
{
	EXPECT_EQ(0, keep(BUS_RUNTIME, BUS_UPLINK, "log/0"));
	EXPECT_EQ(0, keep(BUS_RUNTIME, BUS_UPLINK, "log/1234567890"));
	EXPECT_EQ(-EPERM, keep(BUS_RUNTIME, BUS_UPLINK, "log/00"));
	EXPECT_EQ(-EPERM, keep(BUS_RUNTIME, BUS_UPLINK, "log/12345678901"));
	EXPECT_EQ(-EPERM, keep(BUS_RUNTIME, BUS_UPLINK, "log/1 "));
}

TEST(a_second_plan_of_intake_is_eexist_and_the_first_stays)
{
	ASSERT_EQ(0, keep(BUS_INTAKE, BUS_RUNTIME, "plan"));
	EXPECT_EQ(-EEXIST, keep(BUS_INTAKE, BUS_RUNTIME, "plan"));
	EXPECT_EQ(0, keep(BUS_RUNTIME, BUS_RUNTIME, "plan"));
	EXPECT_TRUE(keeper_has(BUS_RUNTIME, "plan"));
	EXPECT_EQ(1, keeper_count(BUS_RUNTIME));
}

TEST(state_may_be_replaced_and_the_old_descriptor_is_closed)
{
	struct bus_message m = message(BUS_RUNTIME, "state");
	struct err e = ERR_NONE;
	int ends[2], fd;
	char c;

	ASSERT_EQ(0, pipe(ends));
	fd = ends[1];
	ASSERT_EQ(0, keeper_keep(BUS_RUNTIME, &m, &fd, &e));
	EXPECT_EQ(-1, fd);
	ASSERT_EQ(0, keep(BUS_RUNTIME, BUS_RUNTIME, "state"));
	EXPECT_EQ(0, read(ends[0], &c, 1));
	EXPECT_EQ(1, keeper_count(BUS_RUNTIME));
}

TEST(a_newer_document_takes_the_place_of_the_one_before)
{
	struct err e = ERR_NONE;
	struct bus_message m = message(BUS_INTAKE, "document");
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ASSERT_EQ(0, keeper_keep(BUS_INIT, &m, &fd, &e));
	EXPECT_EQ(0, keep(BUS_COURIER, BUS_INTAKE, "document"));
	EXPECT_EQ(0, keep(BUS_COURIER, BUS_INTAKE, "document"));
	EXPECT_EQ(1, keeper_count(BUS_INTAKE));
	keeper_forget(BUS_INTAKE, "trust");
	EXPECT_EQ(1, keeper_count(BUS_INTAKE));
	keeper_forget(BUS_INTAKE, "document");
	EXPECT_EQ(0, keeper_count(BUS_INTAKE));
}

TEST(a_keep_without_descriptor_is_ebadf)
{
	struct bus_message m = message(BUS_RUNTIME, "plan");
	struct err e = ERR_NONE;
	int fd = -1;

	EXPECT_EQ(-EBADF, keeper_keep(BUS_INTAKE, &m, &fd, &e));
	EXPECT_FALSE(keeper_has(BUS_RUNTIME, "plan"));
}

TEST(a_refused_descriptor_stays_with_the_caller)
{
	struct bus_message m = message(BUS_RUNTIME, "plan");
	struct err e = ERR_NONE;
	int fd = open("/dev/null", O_RDONLY);

	EXPECT_EQ(-EPERM, keeper_keep(BUS_UPLINK, &m, &fd, &e));
	EXPECT_LE(0, fcntl(fd, F_GETFD));
}

TEST(streams_are_bounded_and_a_drop_makes_room)
{
	const struct rlimit many = { 2 * KEEPER_STREAMS_MAX,
				     2 * KEEPER_STREAMS_MAX };
	char name[BUS_NAME_MAX];

	if (setrlimit(RLIMIT_NOFILE, &many) < 0)
		SKIP(return, "needs %d descriptors", 2 * KEEPER_STREAMS_MAX);
	for (int i = 0; i < KEEPER_STREAMS_MAX; i++) {
		snprintf(name, sizeof(name), "log/%d", i);
		ASSERT_EQ(0, keep(BUS_RUNTIME, BUS_UPLINK, name));
	}
	EXPECT_EQ(-ENOSPC, keep(BUS_RUNTIME, BUS_UPLINK, "log/9999"));
	EXPECT_EQ(0, keep(BUS_UPLINK, BUS_UPLINK, "ring/1"));
	ASSERT_EQ(0, drop(BUS_UPLINK, BUS_UPLINK, "log/17"));
	EXPECT_EQ(0, keep(BUS_RUNTIME, BUS_UPLINK, "log/9999"));
}

FIXTURE(giving)
{
	int ours;
	int theirs;
};

FIXTURE_SETUP(giving)
{
	int ends[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends));
	self->ours = ends[0];
	self->theirs = ends[1];
}

FIXTURE_TEARDOWN(giving)
{
	close(self->ours);
	close(self->theirs);
}

static int take(int sock, struct bus_message *m)
{
	int fd, r = bus_receive(sock, m, &fd);

	if (fd >= 0)
		close(fd);
	return r;
}

TEST_F(giving, what_another_keeps_is_given_once_with_its_meta_data)
{
	struct bus_message m = message(BUS_UPLINK, "log/3");
	struct err e = ERR_NONE;
	int fd = open("/dev/null", O_RDONLY);

	m.meta_len = 5;
	memcpy(m.meta, "stuff", 5);
	ASSERT_EQ(0, keeper_keep(BUS_RUNTIME, &m, &fd, &e));
	ASSERT_EQ(0, keeper_give(BUS_UPLINK, self->ours));
	ASSERT_EQ(0, keeper_give(BUS_UPLINK, self->ours));
	memset(&m, 0, sizeof(m));
	ASSERT_EQ(1, take(self->theirs, &m));
	EXPECT_EQ(BUS_GIVE, m.kind);
	EXPECT_EQ(BUS_UPLINK, m.service);
	EXPECT_STREQ("log/3", m.name);
	ASSERT_EQ(5, m.meta_len);
	EXPECT_EQ(0, memcmp("stuff", m.meta, 5));
	EXPECT_EQ(-EAGAIN, take(self->theirs, &m));
}

TEST_F(giving, what_a_service_keeps_for_itself_comes_only_after_a_restart)
{
	struct bus_message m;

	ASSERT_EQ(0, keep(BUS_UPLINK, BUS_UPLINK, "ring/3"));
	ASSERT_EQ(0, keeper_give(BUS_UPLINK, self->ours));
	EXPECT_EQ(-EAGAIN, take(self->theirs, &m));
	keeper_renew(BUS_UPLINK);
	ASSERT_EQ(0, keeper_give(BUS_UPLINK, self->ours));
	ASSERT_EQ(1, take(self->theirs, &m));
	EXPECT_STREQ("ring/3", m.name);
}

TEST_F(giving, nothing_goes_to_a_service_it_was_not_kept_for)
{
	struct bus_message m;

	ASSERT_EQ(0, keep(BUS_INTAKE, BUS_RUNTIME, "plan"));
	ASSERT_EQ(0, keeper_give(BUS_UPLINK, self->ours));
	EXPECT_EQ(-EAGAIN, take(self->theirs, &m));
}

TEST_F(giving, a_full_queue_is_eagain_and_the_rest_follows_later)
{
	const struct rlimit many = { 4096, 4096 };
	struct bus_message m;
	char name[BUS_NAME_MAX];
	int r, got = 0;

	setrlimit(RLIMIT_NOFILE, &many);
	for (int i = 0; i < 900; i++) {
		snprintf(name, sizeof(name), "log/%d", i);
		ASSERT_EQ(0, keep(BUS_RUNTIME, BUS_UPLINK, name));
	}
	ASSERT_EQ(-EAGAIN, keeper_give(BUS_UPLINK, self->ours));
	do {
		r = keeper_give(BUS_UPLINK, self->ours);
		while (take(self->theirs, &m) == 1)
			got++;
	} while (r == -EAGAIN);
	EXPECT_EQ(0, r);
	EXPECT_EQ(900, got);
}

TEST_HARNESS_MAIN
