/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "init/canon.h"
#include "runtime/base/record.h"

#include "kselftest_harness.h"

static struct canon c;

TEST(members_and_items_are_separated_by_commas_alone)
{
	struct err e = ERR_NONE;

	canon_start(&c);
	canon_open(&c, NULL, '{');
	canon_word(&c, "a", "x y");
	canon_open(&c, "b", '[');
	canon_number(&c, NULL, -1);
	canon_open(&c, NULL, '{');
	canon_close(&c, '}');
	canon_open(&c, NULL, '[');
	canon_close(&c, ']');
	canon_close(&c, ']');
	canon_number(&c, "n", INT64_MAX);
	canon_close(&c, '}');
	EXPECT_EQ(0, canon_end(&c, &e));
	EXPECT_STREQ("{\"a\":\"x y\",\"b\":[-1,{},[]],"
		     "\"n\":9223372036854775807}",
		     c.text);
	EXPECT_EQ(strlen(c.text), c.len);
}

TEST(what_json_would_escape_becomes_a_question_mark)
{
	canon_start(&c);
	canon_word(&c, NULL, "a\"b\\c\n{}\x7f\xff");
	EXPECT_STREQ("\"a?b?c?????\"", c.text);
	EXPECT_TRUE(record_is_text(c.text));
}

TEST(a_long_word_is_cut)
{
	char wide[400];

	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	canon_start(&c);
	canon_word(&c, NULL, wide);
	EXPECT_EQ(RECORD_WORD_MAX + 2, c.len);
	EXPECT_EQ('"', c.text[c.len - 1]);
}

TEST(a_document_that_does_not_fit_is_efbig_and_stays_in_its_buffer)
{
	struct err e = ERR_NONE;

	canon_start(&c);
	canon_open(&c, NULL, '[');
	for (int i = 0; i < CANON_MAX; i++)
		canon_number(&c, NULL, 1);
	canon_close(&c, ']');
	EXPECT_EQ(-EFBIG, canon_end(&c, &e));
	EXPECT_GT(CANON_MAX, c.len);
	EXPECT_EQ(c.len, strlen(c.text));
}

TEST_HARNESS_MAIN
