/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/announce.h"
#include "runtime/base/record.h"

#include "kselftest_harness.h"

#define IS_OFF 42

/* In the place of the C library's: this machine goes on. */
int reboot(int how)
{
	_exit(how == RB_POWER_OFF ? IS_OFF : 1);
}

/* What became of a child that judged `r`, and the record that it emitted. */
static int judge(int r, const char *why, char wire[RECORD_WIRE_MAX],
		 struct record *record)
{
	struct err e = ERR_NONE;
	int ends[2], status;
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	if (fork() == 0) {
		record_use_socket(ends[1]);
		if (r < 0)
			err_set(&e, -r, "%s", why);
		announce_judge(r, &e);
		_exit(0);
	}
	close(ends[1]);
	if (wait(&status) < 0 || !WIFEXITED(status))
		return -1;
	n = recv(ends[0], wire, RECORD_WIRE_MAX, 0);
	close(ends[0]);
	record->kind = RECORD_KIND_COUNT;
	if (n > 0 && record_parse(wire, (size_t)n, record) < 0)
		return -1;
	return WEXITSTATUS(status);
}

TEST(a_kernel_that_is_not_as_it_was_is_told_and_ends_the_machine)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(IS_OFF, judge(-ESTALE, "policy is 00", wire, &r));
	ASSERT_EQ(RECORD_INTEGRITY_LOST, r.kind);
	EXPECT_STREQ("policy is 00", r.values[0].word);
	ASSERT_EQ(IS_OFF, judge(-ENOENT, "guard 8 of host", wire, &r));
	EXPECT_EQ(RECORD_INTEGRITY_LOST, r.kind);
	ASSERT_EQ(IS_OFF, judge(-EPERM, "SELinux does not enforce", wire, &r));
	EXPECT_EQ(RECORD_INTEGRITY_LOST, r.kind);
}

TEST(what_could_only_not_be_asked_ends_nothing)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	EXPECT_EQ(0, judge(-ENOMEM, "read(policy)", wire, &r));
	EXPECT_EQ(RECORD_KIND_COUNT, r.kind);
	EXPECT_EQ(0, judge(0, "", wire, &r));
	EXPECT_EQ(RECORD_KIND_COUNT, r.kind);
	EXPECT_EQ(0, judge(1, "", wire, &r));
	EXPECT_EQ(RECORD_KIND_COUNT, r.kind);
}

TEST_HARNESS_MAIN
