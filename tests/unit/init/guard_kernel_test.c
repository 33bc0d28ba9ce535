/*
 * The guards on control groups of our own, where a kernel asks them of real
 * sockets. Needs root, cgroup2 and a network namespace, and says so where it
 * is skipped. Security hooks are tried where this kernel lets us; the guest
 * tests always do. What each program answers by itself: guard_test.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guard.h"
#include "runtime/base/fd.h"
#include "runtime/task/guard.h"

#include "kselftest_harness.h"

static struct guard_endpoints endpoints(const char *telemetry, const char *logs)
{
	struct guard_endpoints out;
	struct err e = ERR_NONE;

	if (guard_endpoints_of(telemetry, logs, &out, &e) < 0)
		abort();
	return out;
}

static const char *const mounts[] = { "/sys/fs/cgroup",
				      "/sys/fs/cgroup/unified" };
static const char *const groups[] = { "host",	      "host/init",
				      "host/intake",  "host/runtime",
				      "host/unpack",  "host/uplink",
				      "host/courier", "host/metadata",
				      "tasks",	      "tasks/t" };

FIXTURE(kernel)
{
	char path[128]; /* of our own tree, "" until made */
	int root;
	int map;
	bool has_hooks;
};

/* The rows before the hooks are attached then. */
static bool is_without_hooks(const struct err *e)
{
	for (size_t i = 0; i < guard_count; i++)
		if (guard_rows[i].lsm && strstr(e->message, guard_rows[i].lsm))
			return e->code == EPERM;
	return false;
}

static bool make_tree(const char *mount, char *path, size_t size)
{
	char file[256];

	snprintf(path, size, "%s/guard-test-%d", mount, getpid());
	snprintf(file, sizeof(file), "%s/cgroup.controllers", mount);
	if (access(file, F_OK) == 0 && mkdir(path, 0700) == 0)
		return true;
	path[0] = '\0';
	return false;
}

FIXTURE_SETUP(kernel)
{
	struct err e = ERR_NONE;
	int r = -ENOENT;

	self->root = self->map = -1;
	for (size_t i = 0; i < ARRAY_SIZE(mounts) && !self->path[0]; i++)
		make_tree(mounts[i], self->path, sizeof(self->path));
	if (!self->path[0])
		SKIP(return, "no cgroup2 that we may make groups in");
	self->root = open(self->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->root);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		ASSERT_EQ(0, mkdirat(self->root, groups[i], 0700));
	r = guard_set_up_at(self->root, "/", &e);
	self->has_hooks = r == 0;
	if (is_without_hooks(&e))
		r = 0;
	if (r == -EPERM || r == -ENOSYS || r == -ENOENT)
		SKIP(return, "no BPF here: %s", e.message);
	ASSERT_EQ(0, r)
	{
		TH_LOG("%s", e.message);
	}
	self->map = guard_take_map();
	ASSERT_LE(0, self->map);
}

FIXTURE_TEARDOWN(kernel)
{
	for (size_t i = ARRAY_SIZE(groups); self->root >= 0 && i-- > 0;)
		unlinkat(self->root, groups[i], AT_REMOVEDIR);
	if (self->path[0])
		rmdir(self->path);
	fd_close(&self->root);
	fd_close(&self->map);
}

static void must(bool is_good)
{
	if (!is_good)
		_exit(101);
}

static socklen_t address_of(const char *text, uint16_t port,
			    struct sockaddr_storage *to)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };

	if (strchr(text, ':')) {
		inet_pton(AF_INET6, text, &v6.sin6_addr);
		memcpy(to, &v6, sizeof(v6));
		return sizeof(v6);
	}
	inet_pton(AF_INET, text, &v4.sin_addr);
	memcpy(to, &v4, sizeof(v4));
	return sizeof(v4);
}

/* An address of IPv6 is usable some time after it was given: when a datagram
   to ourselves arrives. */
static void wait_for_v6(int s)
{
	struct sockaddr_storage own;
	socklen_t len = address_of("fd00:ec2::254", 81, &own);
	const struct sockaddr *a = (const struct sockaddr *)&own;
	bool is_bound = false;
	char byte = 0;

	for (long tries = 0; tries < 1000000; tries++) {
		is_bound = is_bound || bind(s, a, len) == 0;
		if (is_bound && sendto(s, &byte, 1, 0, a, len) == 1 &&
		    recv(s, &byte, 1, MSG_DONTWAIT) == 1)
			return;
		sched_yield();
	}
	must(false);
}

/* Into a group and an empty network; loopback has the forbidden addresses,
   so that nothing but a guard stands between us and them. */
static void enter(int root, const char *group)
{
	struct ifreq lo = { .ifr_name = "lo" };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct in6_ifreq v6 = { .ifr6_prefixlen = 128, .ifr6_ifindex = 1 };
	char path[128];
	int s, s6;

	must(unshare(CLONE_NEWNET) == 0);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	s6 = socket(AF_INET6, SOCK_DGRAM, 0);
	inet_pton(AF_INET, "169.254.169.254", &v4.sin_addr);
	memcpy(&lo.ifr_addr, &v4, sizeof(v4));
	must(ioctl(s, SIOCSIFADDR, &lo) == 0);
	lo.ifr_flags = IFF_UP;
	must(ioctl(s, SIOCSIFFLAGS, &lo) == 0);
	inet_pton(AF_INET6, "fd00:ec2::254", &v6.ifr6_addr);
	must(ioctl(s6, SIOCSIFADDR, &v6) == 0);
	wait_for_v6(s6);
	close(s);
	close(s6);
	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	must(fd_write_file(root, path, "0", NULL) == 0);
}

enum deed { MAKE, BIND, CONNECT, SEND, SEND_RAW };

/* 0 or the errno of the deed. */
static int do_deed(enum deed deed, const char *text)
{
	static const int types[] = { SOCK_STREAM, SOCK_STREAM, SOCK_STREAM,
				     SOCK_DGRAM, SOCK_RAW };
	struct sockaddr_storage to;
	/* Raw sockets of IPv6 refuse an address with a port. */
	socklen_t len = address_of(text, deed == SEND_RAW ? 0 : 80, &to);
	const struct sockaddr *a = (const struct sockaddr *)&to;
	int s = socket(to.ss_family, types[deed],
		       deed == SEND_RAW ? IPPROTO_UDP : 0);
	ssize_t r = s;

	if (s >= 0 && deed == BIND)
		r = bind(s, a, len);
	if (s >= 0 && deed == CONNECT)
		r = connect(s, a, len);
	if (s >= 0 && (deed == SEND || deed == SEND_RAW))
		r = sendto(s, "xxxxxxxxxxxxxxxx", 16, 0, a, len);
	return r < 0 ? errno : 0;
}

/* The errno of the deed in a process of that group; 100 and more: the test
   itself failed. */
static int in_group(int root, const char *group, enum deed deed,
		    const char *text)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		enter(root, group);
		_exit(do_deed(deed, text));
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 102;
}

#define V4 "169.254.169.254"
#define V6 "fd00:ec2::254"

TEST(without_a_root_there_are_no_guards)
{
	struct err e = ERR_NONE;
	int r = guard_set_up_at(-1, "/nowhere", &e);

	if (r == -EPERM || r == -ENOSYS)
		SKIP(return, "no BPF here: %s", e.message);
	EXPECT_EQ(-ENOENT, r);
	EXPECT_STREQ("stat(/nowhere)", e.message);
}

TEST_F(kernel, every_guard_is_read_back_and_one_that_is_not_there_is_missed)
{
	struct err e = ERR_NONE;
	int r = guard_read_back_at(self->root, &e);

	EXPECT_EQ(self->has_hooks ? (int)guard_count : -ENOENT, r);
	EXPECT_EQ(self->has_hooks,
		  !strstr(e.message, "guard bprm_check_security"));
}

TEST_F(kernel, a_guard_that_is_gone_is_missed)
{
	struct err e = ERR_NONE;

	/* A group made anew has the name but not the guard. */
	ASSERT_EQ(0, unlinkat(self->root, "host/uplink", AT_REMOVEDIR));
	ASSERT_EQ(0, mkdirat(self->root, "host/uplink", 0700));
	EXPECT_EQ(-ENOENT, guard_read_back_at(self->root, &e));
	EXPECT_NE(NULL, strstr(e.message, "of host/uplink"));
	EXPECT_EQ(-1, guard_take_map());
}

TEST_F(kernel, the_house_makes_no_internet_socket)
{
	for (size_t i = 1; i <= 4; i++) {
		EXPECT_EQ(EPERM, in_group(self->root, groups[i], MAKE, V4));
		EXPECT_EQ(EPERM, in_group(self->root, groups[i], MAKE, V6));
		EXPECT_EQ(EPERM, in_group(self->root, groups[i], SEND_RAW, V4));
	}
	EXPECT_EQ(0, in_group(self->root, "host/uplink", MAKE, V4));
	EXPECT_EQ(0, in_group(self->root, "host/courier", MAKE, V6));
	EXPECT_EQ(0, in_group(self->root, "tasks/t", MAKE, V6));
}

TEST_F(kernel, the_house_takes_no_address)
{
	EXPECT_EQ(EPERM, in_group(self->root, "host/uplink", BIND, V4));
	EXPECT_EQ(EPERM, in_group(self->root, "host/uplink", BIND, V6));
	EXPECT_EQ(0, in_group(self->root, "tasks/t", BIND, V4));
	EXPECT_EQ(0, in_group(self->root, "tasks/t", BIND, V6));
}

TEST_F(kernel, tasks_do_not_reach_the_metadata_service)
{
	static const char *const addresses[] = { V4, V6, "::ffff:" V4 };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		EXPECT_EQ(EPERM, in_group(self->root, "tasks/t", CONNECT,
					  addresses[i]));
		EXPECT_EQ(EPERM,
			  in_group(self->root, "tasks/t", SEND, addresses[i]));
	}
	EXPECT_EQ(EPERM, in_group(self->root, "tasks/t", SEND_RAW, V4));
	EXPECT_EQ(EPERM, in_group(self->root, "tasks/t", SEND_RAW, V6));
	/* The same without a guard: nobody listens, but it gets there. */
	EXPECT_EQ(ECONNREFUSED, in_group(self->root, ".", CONNECT, V4));
	EXPECT_EQ(ECONNREFUSED, in_group(self->root, ".", CONNECT, V6));
	EXPECT_EQ(0, in_group(self->root, ".", SEND_RAW, V4));
	EXPECT_EQ(0, in_group(self->root, ".", SEND_RAW, V6));
	EXPECT_EQ(0, in_group(self->root, ".", SEND, "::ffff:" V4));
}

TEST_F(kernel, tasks_reach_the_metadata_service_where_it_is_open)
{
	struct guard_endpoints open = endpoints("http://1.2.3.4", "");
	struct err e = ERR_NONE;

	open.metadata_is_open = 1;
	ASSERT_EQ(0, guard_close(self->map, &open, &e));
	EXPECT_EQ(ECONNREFUSED, in_group(self->root, "tasks/t", CONNECT, V4));
	EXPECT_EQ(ECONNREFUSED, in_group(self->root, "tasks/t", CONNECT, V6));
	EXPECT_EQ(0, in_group(self->root, "tasks/t", SEND, "::ffff:" V4));
	EXPECT_EQ(0, in_group(self->root, "tasks/t", SEND_RAW, V4));
	EXPECT_EQ(0, in_group(self->root, "tasks/t", SEND_RAW, V6));
	/* It opens nothing to the house. */
	EXPECT_EQ(EPERM, in_group(self->root, "host/uplink", CONNECT, V4));
}

TEST_F(kernel, uplink_reaches_what_the_frozen_map_says)
{
	static const enum deed deeds[] = { CONNECT, SEND };
	struct guard_endpoints wanted =
		endpoints("http://" V4 ":80", "http://[" V6 "]:80");
	struct guard_endpoints other = endpoints("http://1.2.3.4", "");
	struct err e = ERR_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		EXPECT_EQ(EPERM,
			  in_group(self->root, "host/uplink", deeds[i], V4));
		EXPECT_EQ(EPERM,
			  in_group(self->root, "host/uplink", deeds[i], V6));
	}
	ASSERT_EQ(0, guard_close(self->map, &wanted, &e));
	EXPECT_EQ(ECONNREFUSED,
		  in_group(self->root, "host/uplink", CONNECT, V4));
	EXPECT_EQ(ECONNREFUSED,
		  in_group(self->root, "host/uplink", CONNECT, V6));
	EXPECT_EQ(0, in_group(self->root, "host/uplink", SEND, V4));
	EXPECT_EQ(EPERM,
		  in_group(self->root, "host/uplink", CONNECT, "127.0.0.1"));
	EXPECT_EQ(EPERM, in_group(self->root, "host/uplink", SEND, "::1"));
	/* Runtime that started again, and one that was taken over. */
	EXPECT_EQ(0, guard_close(self->map, &wanted, &e));
	EXPECT_EQ(-EPERM, guard_close(self->map, &other, &e));
	EXPECT_EQ(EPERM,
		  in_group(self->root, "host/uplink", CONNECT, "1.2.3.4"));
}

TEST_F(kernel, courier_reaches_the_source_of_the_map_and_uplink_does_not)
{
	struct guard_endpoints wanted = endpoints("http://1.2.3.4", "");
	struct err e = ERR_NONE;

	ASSERT_EQ(0,
		  guard_source_of("http://" V4 ":80", &wanted.source[0], &e));
	EXPECT_EQ(EPERM, in_group(self->root, "host/courier", CONNECT, V4));
	ASSERT_EQ(0, guard_close(self->map, &wanted, &e));
	EXPECT_EQ(ECONNREFUSED,
		  in_group(self->root, "host/courier", CONNECT, V4));
	EXPECT_EQ(EPERM, in_group(self->root, "host/courier", CONNECT, V6));
	EXPECT_EQ(EPERM,
		  in_group(self->root, "host/courier", CONNECT, "127.0.0.1"));
	EXPECT_EQ(EPERM, in_group(self->root, "host/courier", SEND, V4));
	EXPECT_EQ(EPERM, in_group(self->root, "host/courier", BIND, V4));
	EXPECT_EQ(EPERM, in_group(self->root, "host/uplink", CONNECT, V4));
}

TEST_HARNESS_MAIN
