#include <errno.h>

#include "init/lockdown.h"

#include "kselftest_harness.h"

static char word[LOCKDOWN_WORD_MAX];

static int level_of(const char *text)
{
	struct err e = ERR_NONE;

	return lockdown_level_of(text, word, &e);
}

TEST(integrity_and_confidentiality_pass)
{
	EXPECT_EQ(0, level_of("none [integrity] confidentiality"));
	EXPECT_STREQ("integrity", word);
	EXPECT_EQ(0, level_of("none integrity [confidentiality]"));
	EXPECT_STREQ("confidentiality", word);
}

TEST(no_lockdown_or_an_unknown_level_is_eperm)
{
	EXPECT_EQ(-EPERM, level_of("[none] integrity confidentiality"));
	EXPECT_EQ(-EPERM, level_of("[] integrity confidentiality"));
	EXPECT_EQ(-EPERM, level_of("[integrity2]"));
}

TEST(another_shape_is_ebadmsg)
{
	EXPECT_EQ(-EBADMSG, level_of(""));
	EXPECT_EQ(-EBADMSG, level_of("none integrity confidentiality"));
	EXPECT_EQ(-EBADMSG, level_of("[integrity"));
	EXPECT_EQ(-EBADMSG, level_of("[integrityintegrityintegrity]"));
}

TEST_HARNESS_MAIN
