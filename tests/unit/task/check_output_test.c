// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/task/check_output.h"

#include "kselftest_harness.h"

FIXTURE(output)
{
	int reader;
	int writer;
	char text[HEALTH_OUTPUT_MAX + 1];
};

FIXTURE_SETUP(output)
{
	struct err e = ERR_NONE;

	memset(self->text, 'x', sizeof(self->text));
	ASSERT_EQ(0, check_output_open(&self->reader, &self->writer, &e));
}

FIXTURE_TEARDOWN(output)
{
	fd_close(&self->reader);
	fd_close(&self->writer);
}

TEST_F(output, what_was_written_is_read)
{
	ASSERT_EQ(5, write(self->writer, "well\n", 5));
	check_output_read(self->reader, self->text);
	EXPECT_STREQ("well\n", self->text);
}

TEST_F(output, more_than_1024_bytes_are_cut)
{
	char many[3000];

	memset(many, 'm', sizeof(many));
	ASSERT_EQ(3000, write(self->writer, many, sizeof(many)));
	check_output_read(self->reader, self->text);
	EXPECT_EQ(1024, strlen(self->text));
}

TEST_F(output, check_that_holds_the_pipe_open_is_not_waited_for)
{
	check_output_read(self->reader, self->text);
	EXPECT_STREQ("", self->text);
}

TEST_F(output, nul_is_a_space)
{
	ASSERT_EQ(4, write(self->writer, "a\0b\0", 4));
	check_output_read(self->reader, self->text);
	EXPECT_STREQ("a b ", self->text);
}

TEST_F(output, without_a_pipe_there_is_none)
{
	check_output_read(-1, self->text);
	EXPECT_STREQ("", self->text);
}

TEST_F(output, neither_end_goes_to_other_programs)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->reader, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->writer, F_GETFD));
	EXPECT_EQ(0, fcntl(self->writer, F_GETFL) & O_NONBLOCK);
}

TEST(without_descriptors_left_nothing_is_opened)
{
	const struct rlimit none = { 3, 3 };
	struct err e = ERR_NONE;
	int reader, writer;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, check_output_open(&reader, &writer, &e));
	EXPECT_EQ(-1, reader);
	EXPECT_EQ(-1, writer);
}

TEST_HARNESS_MAIN
