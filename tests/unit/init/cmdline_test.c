#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "init/cmdline.h"

#include "kselftest_harness.h"

#define A16 "aaaaaaaaaaaaaaaa"
#define HASH A16 A16 A16 "0123456789abcdef"
#define SALT "fedcba9876543210" A16 A16 A16
#define ROOTHASH "cloister.roothash=" HASH
#define SALTED "cloister.salt=" SALT
#define GOOD                                             \
	"console=ttyS0 " ROOTHASH " lsm=selinux " SALTED \
	" cloister.blocks=123 quiet"

static int parse(const char *text)
{
	struct err e = ERR_NONE;
	struct cmdline c;

	return cmdline_parse(text, &c, &e);
}

TEST(three_parameters_among_the_kernels_own_are_taken)
{
	struct err e = ERR_NONE;
	struct cmdline c;

	ASSERT_EQ(0, cmdline_parse(GOOD "\n", &c, &e));
	EXPECT_STREQ(HASH, c.root_hash);
	EXPECT_STREQ(SALT, c.salt);
	EXPECT_EQ(123, c.blocks);
}

TEST(a_missing_parameter_is_enoent)
{
	EXPECT_EQ(-ENOENT, parse(""));
	EXPECT_EQ(-ENOENT, parse(ROOTHASH " " SALTED));
	EXPECT_EQ(-ENOENT, parse(ROOTHASH " cloister.blocks=1"));
	EXPECT_EQ(-ENOENT, parse(SALTED " cloister.blocks=1"));
}

TEST(a_parameter_given_twice_is_eexist_even_with_the_same_value)
{
	EXPECT_EQ(-EEXIST, parse(GOOD " " ROOTHASH));
	EXPECT_EQ(-EEXIST, parse(GOOD " cloister.blocks=124"));
}

TEST(a_hash_of_another_length_or_alphabet_is_einval)
{
	EXPECT_EQ(-EINVAL, parse("cloister.roothash="));
	EXPECT_EQ(-EINVAL, parse("cloister.roothash=" HASH "0"));
	EXPECT_EQ(-EINVAL, parse("cloister.roothash=" A16 A16 A16));
	EXPECT_EQ(-EINVAL,
		  parse("cloister.roothash=" A16 A16 A16 "0123456789ABCDEF"));
	EXPECT_EQ(-EINVAL,
		  parse("cloister.salt=" A16 A16 A16 "012345678 abcdef"));
}

TEST(blocks_are_a_plain_decimal_number_in_range)
{
	struct err e = ERR_NONE;
	struct cmdline c;

	ASSERT_EQ(0, cmdline_parse(ROOTHASH " " SALTED
					    " cloister.blocks=268435456",
				   &c, &e));
	EXPECT_EQ(CMDLINE_BLOCKS_MAX, c.blocks);
	EXPECT_EQ(-EINVAL, parse("cloister.blocks=268435457"));
	EXPECT_EQ(-EINVAL, parse("cloister.blocks=99999999999999999999"));
	EXPECT_EQ(-EINVAL, parse("cloister.blocks=0"));
	EXPECT_EQ(-EINVAL, parse("cloister.blocks=01"));
	EXPECT_EQ(-EINVAL, parse("cloister.blocks=-1"));
	EXPECT_EQ(-EINVAL, parse("cloister.blocks=1k"));
	EXPECT_EQ(-EINVAL, parse("cloister.blocks="));
}

TEST(any_other_word_of_our_prefix_is_einval)
{
	EXPECT_EQ(-EINVAL, parse(GOOD " cloister.shell=1"));
	EXPECT_EQ(-EINVAL, parse(GOOD " cloister.roothash"));
	EXPECT_EQ(-EINVAL, parse(GOOD " cloister."));
	EXPECT_EQ(0, parse(GOOD " cloisters=1 xcloister.y=1 init=/bin/sh"));
}

TEST_HARNESS_MAIN
