/*
 * The network guards: what each program answers, asked of a small interpreter
 * of the instructions they use; then the same programs on control groups of
 * their own, where the kernel asks them of real sockets. The second half
 * needs root, cgroup2 and a network namespace, and says so where it is
 * skipped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/guard.h"
#include "init/guard_code.h"
#include "runtime/base/fd.h"
#include "runtime/task/guard.h"

#include "kselftest_harness.h"

/* ------------------------------------------------------ the interpreter */

#define MAP_FD 77

/* What a program sees: its context, a map's value, a packet. */
struct world {
	union {
		struct bpf_sock_addr address;
		struct __sk_buff packet;
	} question;
	struct guard_endpoints map;
	uint8_t bytes[64];
	uint32_t len; /* of the packet */
};

/* Pointers of the program: a region in the upper half, an offset below. */
enum region { REGION_QUESTION = 1, REGION_MAP, REGION_PACKET };

static uint64_t pointer(enum region region, uint64_t offset)
{
	return (uint64_t)region << 32 | offset;
}

/* The word at a program's pointer; false outside of what it may read. */
static bool read_word(const struct world *w, uint64_t at, uint64_t *value)
{
	const void *const bases[] = { NULL, &w->question, &w->map, w->bytes };
	const size_t sizes[] = { 0, sizeof(w->question), sizeof(w->map),
				 w->len };
	uint64_t region = at >> 32, offset = at & UINT32_MAX;
	uint32_t word;

	if (region < REGION_QUESTION || region > REGION_PACKET ||
	    offset + sizeof(word) > sizes[region])
		return false;
	memcpy(&word, (const char *)bases[region] + offset, sizeof(word));
	*value = word;
	return true;
}

/* In a struct __sk_buff these two are pointers, for the verifier too. */
static bool read_question(const struct world *w, bool is_packet, uint64_t at,
			  uint64_t *value)
{
	if (is_packet &&
	    at == pointer(REGION_QUESTION, offsetof(struct __sk_buff, data)))
		*value = pointer(REGION_PACKET, 0);
	else if (is_packet &&
		 at == pointer(REGION_QUESTION,
			       offsetof(struct __sk_buff, data_end)))
		*value = pointer(REGION_PACKET, w->len);
	else
		return read_word(w, at, value);
	return true;
}

/* The program's answer; -1 for what no verifier would take. */
static int run(const struct bpf_insn *code, size_t len, bool is_packet,
	       const struct world *w)
{
	uint64_t reg[11] = { [BPF_REG_1] = pointer(REGION_QUESTION, 0) };

	for (size_t pc = 0; pc < len; pc++) {
		const struct bpf_insn *i = &code[pc];
		uint64_t *dst = &reg[i->dst_reg], src = reg[i->src_reg];

		switch (i->code) {
		case BPF_LDX | BPF_W | BPF_MEM:
			if (!read_question(w, is_packet, src + (uint64_t)i->off,
					   dst))
				return -1;
			break;
		case BPF_LD | BPF_DW | BPF_IMM:
			if (i->src_reg != BPF_PSEUDO_MAP_VALUE ||
			    i->imm != MAP_FD)
				return -1;
			*dst = pointer(REGION_MAP, 0);
			pc++;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_X:
			*dst = src;
			break;
		case BPF_ALU64 | BPF_MOV | BPF_K:
			*dst = (uint64_t)i->imm;
			break;
		case BPF_ALU64 | BPF_ADD | BPF_K:
			*dst += (uint64_t)i->imm;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_K:
			pc += (uint32_t)*dst != (uint32_t)i->imm ?
				      (size_t)i->off :
				      0;
			break;
		case BPF_JMP32 | BPF_JNE | BPF_X:
			pc += (uint32_t)*dst != (uint32_t)src ? (size_t)i->off :
								0;
			break;
		case BPF_JMP | BPF_JLE | BPF_X:
			pc += *dst <= src ? (size_t)i->off : 0;
			break;
		case BPF_JMP | BPF_EXIT:
			return (int)reg[BPF_REG_0];
		default:
			return -1;
		}
	}
	return -1;
}

typedef size_t builder(struct bpf_insn *code, int map);

static int ask(builder *build, bool is_packet, const struct world *w)
{
	struct bpf_insn code[GUARD_CODE_MAX];
	size_t len = build(code, MAP_FD);

	return len <= GUARD_CODE_MAX ? run(code, len, is_packet, w) : -1;
}

static void set_address(struct world *w, const char *text, uint16_t port)
{
	w->question.address.user_port = htons(port);
	if (strchr(text, ':'))
		inet_pton(AF_INET6, text, w->question.address.user_ip6);
	else
		inet_pton(AF_INET, text, &w->question.address.user_ip4);
}

static int ask_address(builder *build, struct world w, const char *text,
		       uint16_t port)
{
	set_address(&w, text, port);
	return ask(build, false, &w);
}

TEST(the_house_is_refused_whatever_it_asks)
{
	struct world w = { .len = 0 };

	EXPECT_EQ(GUARD_REFUSE, ask(guard_code_refuse, false, &w));
}

TEST(tasks_are_refused_the_metadata_service_alone)
{
	static const struct {
		builder *build;
		const char *address;
		int answer;
	} rows[] = {
		{ guard_code_metadata4, "169.254.169.254", GUARD_REFUSE },
		{ guard_code_metadata4, "169.254.169.253", GUARD_PASS },
		{ guard_code_metadata4, "254.169.254.169", GUARD_PASS },
		{ guard_code_metadata4, "169.254.170.2", GUARD_PASS },
		{ guard_code_metadata4, "0.0.0.0", GUARD_PASS },
		{ guard_code_metadata6, "fd00:ec2::254", GUARD_REFUSE },
		{ guard_code_metadata6, "::ffff:169.254.169.254",
		  GUARD_REFUSE },
		{ guard_code_metadata6, "fd00:ec2::253", GUARD_PASS },
		{ guard_code_metadata6, "fd00:ec2:0:0:1::254", GUARD_PASS },
		{ guard_code_metadata6, "fd00:ec2:0:1::254", GUARD_PASS },
		{ guard_code_metadata6, "fd01:ec2::254", GUARD_PASS },
		{ guard_code_metadata6, "::ffff:169.254.169.253", GUARD_PASS },
		{ guard_code_metadata6, "::", GUARD_PASS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world w = { .len = 0 };

		EXPECT_EQ(rows[i].answer,
			  ask_address(rows[i].build, w, rows[i].address, 80))
		{
			TH_LOG("%s", rows[i].address);
		}
	}
}

static struct guard_endpoints endpoints(const char *telemetry, const char *logs)
{
	struct guard_endpoints out;
	struct err e = ERR_NONE;

	if (guard_endpoints_of(telemetry, logs, &out, &e) < 0)
		abort();
	return out;
}

TEST(uplink_passes_to_its_endpoints_alone)
{
	struct world w = { .map = endpoints("http://10.0.2.2:4318/v1",
					    "http://[fd00::5]:80") };

	EXPECT_EQ(1, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4318));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4319));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.3", 4318));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 80));
	EXPECT_EQ(1, ask_address(guard_code_endpoints6, w, "fd00::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd00::5", 4318));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd00::6", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "fd01::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "::ffff:10.0.2.2",
				 4318));
}

TEST(uplink_passes_to_the_second_endpoint_too)
{
	struct world w = { .map = endpoints("http://[fd00::5]:80",
					    "http://10.0.2.2") };

	EXPECT_EQ(1, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4318));
	EXPECT_EQ(1, ask_address(guard_code_endpoints6, w, "fd00::5", 80));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "0.0.0.0", 0));
}

TEST(an_empty_map_passes_nothing)
{
	struct world w = { .map = endpoints("", "") };

	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "0.0.0.0", 0));
	EXPECT_EQ(0, ask_address(guard_code_endpoints6, w, "::", 0));
	EXPECT_EQ(0, ask_address(guard_code_endpoints4, w, "10.0.2.2", 4318));
}

TEST(a_text_that_is_no_endpoint_is_refused)
{
	struct guard_endpoints out;
	struct err e = ERR_NONE;

	EXPECT_EQ(-EINVAL, guard_endpoints_of("http://name", "", &out, &e));
	EXPECT_EQ(0, out.at[0].family);
	EXPECT_EQ(-EINVAL,
		  guard_endpoints_of("http://1.2.3.4", "ftp", &out, &e));
	EXPECT_EQ(AF_INET, out.at[0].family);
	EXPECT_EQ(0, out.at[1].family);
}

static int ask_packet(uint16_t protocol, const char *to, uint32_t len)
{
	struct world w = { .len = len };
	bool is_v6 = strchr(to, ':');

	w.question.packet.protocol = htons(protocol);
	inet_pton(is_v6 ? AF_INET6 : AF_INET, to, w.bytes + (is_v6 ? 24 : 16));
	return ask(guard_code_metadata_packets, true, &w);
}

TEST(packets_to_the_metadata_service_are_dropped)
{
	EXPECT_EQ(0, ask_packet(0x0800, "169.254.169.254", 60));
	EXPECT_EQ(0, ask_packet(0x0800, "169.254.169.254", 20));
	EXPECT_EQ(1, ask_packet(0x0800, "169.254.169.253", 20));
	EXPECT_EQ(0, ask_packet(0x86dd, "fd00:ec2::254", 40));
	EXPECT_EQ(0, ask_packet(0x86dd, "::ffff:169.254.169.254", 40));
	EXPECT_EQ(1, ask_packet(0x86dd, "fd00:ec2::253", 40));
}

TEST(packets_without_a_whole_header_are_dropped)
{
	EXPECT_EQ(0, ask_packet(0x0800, "10.0.2.2", 19));
	EXPECT_EQ(0, ask_packet(0x86dd, "fd00::5", 39));
	EXPECT_EQ(1, ask_packet(0x0800, "10.0.2.2", 20));
	EXPECT_EQ(1, ask_packet(0x86dd, "fd00::5", 40));
}

/* ------------------------------------------------------------ the kernel */

static const char *const mounts[] = { "/sys/fs/cgroup",
				      "/sys/fs/cgroup/unified" };
static const char *const groups[] = { "host",	     "host/init",
				      "host/intake", "host/runtime",
				      "host/unpack", "host/uplink",
				      "tasks",	     "tasks/t" };

FIXTURE(kernel)
{
	char path[128]; /* of our own tree, "" until made */
	int root;
	int map;
};

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
	r = guard_set_up_at(self->root, &e);
	if (r == -EPERM || r == -ENOSYS)
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

TEST_F(kernel, every_guard_is_read_back)
{
	struct err e = ERR_NONE;

	EXPECT_EQ((int)guard_count, guard_read_back_at(self->root, &e));
	/* A group made anew has the name but not the guard. */
	ASSERT_EQ(0, unlinkat(self->root, "host/uplink", AT_REMOVEDIR));
	ASSERT_EQ(0, mkdirat(self->root, "host/uplink", 0700));
	EXPECT_EQ(-ENOENT, guard_read_back_at(self->root, &e));
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

TEST(without_a_map_uplink_is_not_let_out)
{
	struct guard_endpoints none = endpoints("", "");
	struct err e = ERR_NONE;

	EXPECT_GT(0, guard_close(-1, &none, &e));
}

TEST_HARNESS_MAIN
