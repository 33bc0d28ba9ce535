/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/census.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

#define UID "Uid:\t0\t902\t0\t0\n"
#define EFFECTIVE "CapEff:\t00000000a80425fb\n"
#define BOUNDING "CapBnd:\t000001ffffffffff\n"
#define PRIVS "NoNewPrivs:\t1\n"
#define SECCOMP "Seccomp:\t2\n"

static int parse(const char *text, struct census_rights *r)
{
	struct err e = ERR_NONE;

	return census_parse_status(text, r, &e);
}

TEST(rights_are_read_from_their_own_lines)
{
	struct census_rights r;

	ASSERT_EQ(0,
		  parse("Name:\tuplink\n" UID EFFECTIVE BOUNDING PRIVS SECCOMP
			"Seccomp_filters:\t1\n",
			&r));
	EXPECT_EQ(902, r.uid);
	EXPECT_EQ(0xa80425fb, r.effective);
	EXPECT_EQ(0x1ffffffffff, r.bounding);
	EXPECT_EQ(1, r.no_new_privs);
	EXPECT_EQ(2, r.seccomp);
}

TEST(a_key_counts_at_the_start_of_a_line_alone)
{
	struct census_rights r;

	ASSERT_EQ(0, parse("Name:\tx CapEff: ff Seccomp: 0\n" UID EFFECTIVE
				   BOUNDING PRIVS SECCOMP,
			   &r));
	EXPECT_EQ(0xa80425fb, r.effective);
	EXPECT_EQ(2, r.seccomp);
}

TEST(each_missing_line_is_ebadmsg)
{
	struct census_rights r;

	EXPECT_EQ(-EBADMSG, parse("", &r));
	EXPECT_EQ(-EBADMSG, parse(EFFECTIVE BOUNDING PRIVS SECCOMP, &r));
	EXPECT_EQ(-EBADMSG, parse(UID BOUNDING PRIVS SECCOMP, &r));
	EXPECT_EQ(-EBADMSG, parse(UID EFFECTIVE PRIVS SECCOMP, &r));
	EXPECT_EQ(-EBADMSG, parse(UID EFFECTIVE BOUNDING SECCOMP, &r));
	EXPECT_EQ(-EBADMSG, parse(UID EFFECTIVE BOUNDING PRIVS, &r));
	EXPECT_EQ(-EBADMSG, parse("Uid:\t0\nCapEff:\t\n", &r));
}

TEST(the_kernel_writes_what_is_read)
{
	struct census_rights r;
	struct err e = ERR_NONE;
	char text[4096];

	ASSERT_LT(0, fd_read_file(AT_FDCWD, "/proc/self/status", text,
				  sizeof(text), &e));
	ASSERT_EQ(0, parse(text, &r));
	EXPECT_EQ(geteuid(), r.uid);
}

TEST_HARNESS_MAIN
