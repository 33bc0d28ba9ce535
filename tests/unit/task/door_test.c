// SPDX-License-Identifier: MIT
/* A door in a network namespace of its own, made among control groups of the
 * test's. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/net/namespace.h"
#include "runtime/oci/oci.h"
#include "runtime/task/door.h"
#include "tests/unit/oci/container.h"

#include "kselftest_harness.h"

FIXTURE(door)
{
	char cgroup[64];
	int network;
	int door;
	int counters;
	struct err e;
};

FIXTURE_SETUP(door)
{
	const struct oci_resources none = { 0 };

	self->network = self->door = self->counters = -1;
	memset(&self->e, 0, sizeof(self->e));
	self->cgroup[0] = '\0';
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	snprintf(self->cgroup, sizeof(self->cgroup), "cloister-test-%d",
		 getpid());
	ASSERT_EQ(0, oci_cgroup_parent(self->cgroup, &none, &self->e))
	TH_LOG("%s", self->e.message);
	ASSERT_EQ(0, oci_network_new(&self->network, &self->e));
}

FIXTURE_TEARDOWN(door)
{
	fd_close(&self->door);
	fd_close(&self->counters);
	fd_close(&self->network);
	if (self->cgroup[0])
		EXPECT_EQ(0, oci_clean(self->cgroup, &self->e));
}

/* From where the caller is; a connected socket or -errno. */
static int dial(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(51679) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, address, &to.sin_addr);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)) == 0)
		return s;
	close(s);
	return -errno;
}

static int dial_there(void *data, int here, struct err *e)
{
	(void)here;
	(void)e;
	return dial(data);
}

static int dial_in(int network, const char *address)
{
	char text[32];

	strcpy(text, address);
	return net_namespace_do(network, dial_there, text, NULL);
}

TEST_F(door, who_is_in_the_tasks_network_finds_it)
{
	AUTO_CLOSE int caller = -1;
	AUTO_CLOSE int accepted = -1;
	char byte = 0;

	ASSERT_EQ(0, door_make(self->cgroup, self->network, &self->door,
			       &self->counters, &self->e))
	TH_LOG("%s", self->e.message);
	caller = dial_in(self->network, "169.254.170.2");
	ASSERT_LE(0, caller);
	accepted = accept4(self->door, NULL, NULL, SOCK_CLOEXEC);
	ASSERT_LE(0, accepted);
	ASSERT_EQ(1, write(caller, "x", 1));
	ASSERT_EQ(1, read(accepted, &byte, 1));
	EXPECT_EQ('x', byte);
}

TEST_F(door, it_has_one_address_in_one_network)
{
	AUTO_CLOSE int other = -1;

	ASSERT_EQ(0, oci_network_new(&other, &self->e));
	ASSERT_EQ(0, door_make(self->cgroup, self->network, &self->door,
			       &self->counters, &self->e));
	EXPECT_EQ(-ECONNREFUSED, dial_in(self->network, "127.0.0.1"));
	EXPECT_EQ(-ENETUNREACH, dial_in(other, "169.254.170.2"));
}

TEST_F(door, it_waits_for_nobody_and_is_closed_on_exec)
{
	ASSERT_EQ(0, door_make(self->cgroup, self->network, &self->door,
			       &self->counters, &self->e));
	EXPECT_EQ(-1, accept4(self->door, NULL, NULL, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->door, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->counters, F_GETFD));
}

TEST_F(door, the_counters_are_those_of_the_tasks_network)
{
	char text[4096];
	ssize_t n;

	ASSERT_EQ(0, door_make(self->cgroup, self->network, &self->door,
			       &self->counters, &self->e));
	n = pread(self->counters, text, sizeof(text) - 1, 0);
	ASSERT_LT(0, n);
	text[n] = '\0';
	EXPECT_NE(NULL, strstr(text, "lo:"));
	/* Loopback alone: two lines of heads and one. */
	n = 0;
	for (const char *c = text; *c; c++)
		n += *c == '\n';
	EXPECT_EQ(3, n);
}

TEST_F(door, a_second_one_at_the_same_place_is_eaddrinuse)
{
	int door = -1, counters = -1;

	ASSERT_EQ(0, door_make(self->cgroup, self->network, &self->door,
			       &self->counters, &self->e));
	EXPECT_EQ(-EADDRINUSE, door_make(self->cgroup, self->network, &door,
					 &counters, &self->e));
	EXPECT_NE(NULL, strstr(self->e.message, "169.254.170.2"));
	EXPECT_EQ(-1, door);
	EXPECT_EQ(-1, counters);
}

TEST_F(door, without_the_tasks_control_group_it_is_enoent)
{
	int door = -1, counters = -1;

	EXPECT_EQ(-ENOENT, door_make("nowhere/at-all", self->network, &door,
				     &counters, &self->e));
	EXPECT_EQ(-1, door);
}

TEST_F(door, the_caller_stays_in_its_own_network)
{
	struct stat before, after;

	ASSERT_EQ(0, stat("/proc/self/ns/net", &before));
	ASSERT_EQ(0, door_make(self->cgroup, self->network, &self->door,
			       &self->counters, &self->e));
	ASSERT_EQ(0, stat("/proc/self/ns/net", &after));
	EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_HARNESS_MAIN
