// SPDX-License-Identifier: MIT
/* Options and signals of the command line, in each of their forms. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/oci/cli/options.h"
#include "runtime/oci/cli/signals.h"

#include "kselftest_harness.h"

#define WORDS_MAX 16

static struct options options;
static struct err e;
static char *left[WORDS_MAX];
static int left_count;

static int parse(enum cli_command command, bool is_in_order, const char *line)
{
	static char text[512];
	char *rest = NULL;
	int count = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = strtok_r(text, " ", &rest); word;
	     word = strtok_r(NULL, " ", &rest))
		left[count++] = word;
	options = (struct options){ .root = NULL };
	e = ERR_NONE;
	return options_parse(command, is_in_order, count, left, &left_count,
			     &options, &e);
}

TEST(values_stand_beside_or_behind_an_equals_sign)
{
	ASSERT_EQ(0, parse(CLI_CREATE, false, "--bundle /a -b /b id"));
	EXPECT_STREQ("/b", options.bundle);
	ASSERT_EQ(0, parse(CLI_CREATE, false, "--bundle=/a=b --pid-file= id"));
	EXPECT_STREQ("/a=b", options.bundle);
	EXPECT_STREQ("", options.pid_file);
	ASSERT_EQ(1, left_count);
	EXPECT_STREQ("id", left[0]);
	EXPECT_EQ(NULL, left[1]);
}

TEST(value_may_look_like_an_option)
{
	ASSERT_EQ(0, parse(CLI_UPDATE, false, "--resources - id"));
	EXPECT_STREQ("-", options.resources);
	ASSERT_EQ(0, parse(CLI_UPDATE, false, "--memory-swap -1 id"));
	EXPECT_STREQ("memory-swap", options.limits.items[0]);
	EXPECT_STREQ("-1", options.limits.items[1]);
}

TEST(flags_are_true_alone_or_as_they_say)
{
	ASSERT_EQ(0, parse(CLI_DELETE, false, "--force id"));
	EXPECT_TRUE(options.is_forced);
	ASSERT_EQ(0, parse(CLI_DELETE, false, "-f --force=false id"));
	EXPECT_FALSE(options.is_forced);
	EXPECT_EQ(-EINVAL, parse(CLI_DELETE, false, "--force=yes id"));
	EXPECT_EQ(-EINVAL, parse(CLI_DELETE, false, "--force= id"));
}

TEST(options_stand_before_or_after_arguments)
{
	ASSERT_EQ(0, parse(CLI_KILL, false, "id --all 9"));
	EXPECT_TRUE(options.is_all);
	ASSERT_EQ(2, left_count);
	EXPECT_STREQ("9", left[1]);
	ASSERT_EQ(0, parse(CLI_KILL, false, "-- id --all"));
	EXPECT_FALSE(options.is_all);
	EXPECT_EQ(2, left_count);
}

TEST(in_order_the_first_argument_ends_the_options)
{
	ASSERT_EQ(0, parse(CLI_EXEC, true, "-t id --tty -x -- --"));
	EXPECT_TRUE(options.is_terminal);
	ASSERT_EQ(5, left_count);
	EXPECT_STREQ("--tty", left[1]);
	EXPECT_STREQ("--", left[3]);
}

TEST(a_letter_means_what_it_means_to_the_command)
{
	ASSERT_EQ(0, parse(CLI_LIST, false, "-f json"));
	EXPECT_STREQ("json", options.format);
	ASSERT_EQ(0, parse(CLI_DELETE, false, "-f id"));
	EXPECT_TRUE(options.is_forced);
}

TEST(options_of_others_are_unknown)
{
	static const char *const rows[] = { "--none",  "--all",	    "-a",
					    "--bundl", "--bundles", "--=x",
					    "-bx",     "---" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_EQ(-EINVAL, parse(CLI_CREATE, false, rows[i]))
		{
			TH_LOG("%s", rows[i]);
		}
	}
	EXPECT_STREQ("unknown option ---", e.message);
}

TEST(missing_value_is_named)
{
	EXPECT_EQ(-EINVAL, parse(CLI_CREATE, false, "id --bundle"));
	EXPECT_STREQ("option --bundle needs a value", e.message);
}

TEST(numbers_are_numbers)
{
	ASSERT_EQ(0, parse(CLI_RUN, false, "--preserve-fds 12 id"));
	EXPECT_EQ(12, options.preserve_fds);
	EXPECT_EQ(-EINVAL, parse(CLI_RUN, false, "--preserve-fds 1x id"));
	EXPECT_EQ(-EINVAL, parse(CLI_RUN, false, "--preserve-fds=-1 id"));
	EXPECT_EQ(-EINVAL, parse(CLI_RUN, false,
				 "--preserve-fds 18446744073709551616 id"));
}

static int parse_many(int times)
{
	static char option[] = "-e";
	static char value[] = "A=1";
	char *words[2 * OPTION_LIST_MAX + 4];
	int count = 0;

	while (times-- > 0) {
		words[count++] = option;
		words[count++] = value;
	}
	options = (struct options){ .root = NULL };
	return options_parse(CLI_EXEC, true, count, words, &left_count,
			     &options, &e);
}

TEST(lists_have_an_end)
{
	EXPECT_EQ(0, parse_many(OPTION_LIST_MAX));
	EXPECT_EQ(OPTION_LIST_MAX, options.env.count);
	EXPECT_EQ(NULL, options.env.items[OPTION_LIST_MAX]);
	EXPECT_EQ(-E2BIG, parse_many(OPTION_LIST_MAX + 1));
}

static int signal_of(const char *text)
{
	int signo = 0;
	int r = signals_parse(text, &signo, &e);

	return r < 0 ? r : signo;
}

TEST(signals_go_by_number_and_name)
{
	EXPECT_EQ(9, signal_of("9"));
	EXPECT_EQ(64, signal_of("64"));
	EXPECT_EQ(SIGTERM, signal_of("TERM"));
	EXPECT_EQ(SIGTERM, signal_of("SIGTERM"));
	EXPECT_EQ(SIGTERM, signal_of("sigterm"));
	EXPECT_EQ(SIGUSR1, signal_of("usr1"));
	EXPECT_EQ(SIGPOLL, signal_of("IO"));
	EXPECT_EQ(SIGCHLD, signal_of("CLD"));
	EXPECT_EQ(34, signal_of("RTMIN"));
	EXPECT_EQ(37, signal_of("SIGRTMIN+3"));
	EXPECT_EQ(64, signal_of("rtmax"));
	EXPECT_EQ(61, signal_of("RTMAX-3"));
}

/* Numbers 1 to 31 each have a name, and it leads back. */
TEST(every_signal_of_the_kernel_has_a_name)
{
	static const char *const names[] = {
		"HUP",	"INT",	  "QUIT", "ILL",  "TRAP",   "ABRT", "BUS",
		"FPE",	"KILL",	  "USR1", "SEGV", "USR2",   "PIPE", "ALRM",
		"TERM", "STKFLT", "CHLD", "CONT", "STOP",   "TSTP", "TTIN",
		"TTOU", "URG",	  "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
		"IO",	"PWR",	  "SYS",
	};

	for (int i = 0; i < 31; i++)
		EXPECT_EQ(i + 1, signal_of(names[i]));
}

TEST(what_is_no_signal_is_refused)
{
	static const char *const rows[] = {
		"",	"0",	  "65",	      "-9",	 "9 ",	    "9x",
		"SIG",	"NONE",	  "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMIN+",
		"SIG9", "RTMAX-", "RTMAX-31", "KILLX",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_EQ(-EINVAL, signal_of(rows[i]))
		{
			TH_LOG("%s", rows[i]);
		}
	}
}

TEST_HARNESS_MAIN
