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
#define GOOD ROOTHASH " " SALTED " cloister.blocks=123"

/* `ours` amid the words that the kernel must be given, without one of them. */
static int parse_without(const char *ours, size_t without, struct cmdline *c,
			 struct err *e)
{
	char text[CMDLINE_MAX] = "";

	for (size_t i = 0; i < cmdline_count; i++) {
		if (i == cmdline_count / 2)
			strcat(strcat(text, ours), " ");
		if (i != without)
			strcat(strcat(text, cmdline_words[i]), " ");
	}
	return cmdline_parse(strcat(text, "\n"), c, e);
}

static int parse(const char *ours)
{
	struct err e = ERR_NONE;
	struct cmdline c;

	return parse_without(ours, SIZE_MAX, &c, &e);
}

TEST(three_parameters_among_the_kernels_own_are_taken)
{
	struct err e = ERR_NONE;
	struct cmdline c;

	ASSERT_EQ(0, parse_without(GOOD, SIZE_MAX, &c, &e));
	EXPECT_STREQ(HASH, c.root_hash);
	EXPECT_STREQ(SALT, c.salt);
	EXPECT_EQ(123, c.blocks);
}

TEST(each_missing_word_of_the_kernels_is_enoent_and_named)
{
	ASSERT_LT(10, cmdline_count);
	for (size_t i = 0; i < cmdline_count; i++) {
		struct err e = ERR_NONE;
		struct cmdline c;

		EXPECT_EQ(-ENOENT, parse_without(GOOD, i, &c, &e));
		EXPECT_STREQ(cmdline_words[i], e.message);
	}
}

TEST(each_word_of_the_kernels_given_twice_is_eexist)
{
	for (size_t i = 0; i < cmdline_count; i++) {
		char text[512];

		snprintf(text, sizeof(text), GOOD " %s", cmdline_words[i]);
		EXPECT_EQ(-EEXIST, parse(text));
	}
}

TEST(each_word_of_the_kernels_with_another_value_is_einval)
{
	for (size_t i = 0; i < cmdline_count; i++) {
		char text[512];

		snprintf(text, sizeof(text), GOOD " %s0", cmdline_words[i]);
		EXPECT_EQ(-EINVAL, parse(text));
	}
	EXPECT_EQ(-EINVAL, parse(GOOD " lockdown=none"));
	EXPECT_EQ(-EINVAL, parse(GOOD " lockdown"));
}

TEST(a_word_that_is_not_listed_is_einval_and_named)
{
	static const char *const words[] = { "nokaslr", "single",
					     "quiet",	"init=/bin/sh",
					     "--",	"mitigations=off" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct err e = ERR_NONE;
		struct cmdline c;
		char text[512];

		snprintf(text, sizeof(text), GOOD " %s", words[i]);
		EXPECT_EQ(-EINVAL, parse_without(text, SIZE_MAX, &c, &e));
		EXPECT_NE(NULL, strstr(e.message, words[i]));
	}
}

TEST(what_the_claims_rest_on_is_among_the_words)
{
	static const char *const golden[] = {
		"enforcing=1",
		"lockdown=integrity",
		"module.sig_enforce=1",
		"panic=-1",
		"oops=panic",
		"init_on_alloc=1",
		"slab_nomerge",
		"vsyscall=none",
		"ia32_emulation=off",
		"debugfs=off",
		"cgroup_no_v1=all",
		"lsm=landlock,lockdown,yama,integrity,selinux,bpf",
	};

	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		size_t n = 0;

		while (n < cmdline_count &&
		       strcmp(cmdline_words[n], golden[i]) != 0)
			n++;
		EXPECT_NE(cmdline_count, n)
		{
			TH_LOG("%s", golden[i]);
		}
	}
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

	ASSERT_EQ(0, parse_without(ROOTHASH " " SALTED
					    " cloister.blocks=268435456",
				   SIZE_MAX, &c, &e));
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
}

TEST_HARNESS_MAIN
