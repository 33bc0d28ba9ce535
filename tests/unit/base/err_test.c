#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/err.h"

#include "kselftest_harness.h"

/* What the printer wrote, as text; the pipe holds it all. */
static void read_back(int fd, char *text, size_t cap)
{
	ssize_t n = read(fd, text, cap - 1);

	text[n > 0 ? n : 0] = '\0';
}

TEST(set_names_the_call_and_returns_the_negative_code)
{
	struct err e = ERR_NONE;

	ASSERT_EQ(-ENOENT, err_set(&e, ENOENT, "open(%s)", "/x"));
	EXPECT_EQ(ENOENT, e.code);
	EXPECT_STREQ("open(/x)", e.message);
	EXPECT_FALSE(e.is_truncated);
}

TEST(set_without_a_code_is_an_input_output_error)
{
	struct err e = ERR_NONE;

	EXPECT_EQ(-EIO, err_set(&e, 0, "call"));
	EXPECT_EQ(EIO, e.code);
}

TEST(set_and_wrap_take_no_error_at_all)
{
	EXPECT_EQ(-EPERM, err_set(NULL, EPERM, "call"));
	EXPECT_EQ(-EIO, err_wrap(NULL, "outer"));
}

TEST(wrap_puts_the_context_in_front_and_keeps_the_code)
{
	struct err e = ERR_NONE;

	err_set(&e, EPERM, "mount(%s)", "proc");
	ASSERT_EQ(-EPERM, err_wrap(&e, "row %d", 3));
	EXPECT_STREQ("row 3: mount(proc)", e.message);
}

TEST(a_message_that_does_not_fit_says_so)
{
	struct err e = ERR_NONE;
	char wide[ERR_MESSAGE_MAX + 8];

	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	err_set(&e, EIO, "%s", wide);
	EXPECT_TRUE(e.is_truncated);
	EXPECT_EQ(ERR_MESSAGE_MAX - 1, (int)strlen(e.message));
	err_wrap(&e, "outer");
	EXPECT_EQ(0, strncmp("outer: xxx", e.message, 10));
}

TEST(print_is_one_line_with_program_message_and_reason)
{
	struct err e = ERR_NONE;
	char text[256];
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	err_set(&e, ENOENT, "open(/x)");
	err_print(ends[1], "init", &e);
	read_back(ends[0], text, sizeof(text));
	EXPECT_STREQ("init: open(/x): No such file or directory\n", text);
}

TEST(say_cuts_a_line_that_is_too_long_and_still_ends_it)
{
	char wide[4096], text[4096];
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	memset(wide, 'y', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	say(ends[1], "p", "%s", wide);
	read_back(ends[0], text, sizeof(text));
	EXPECT_LT(strlen(text), 1025);
	EXPECT_EQ('\n', text[strlen(text) - 1]);
}

TEST_HARNESS_MAIN
