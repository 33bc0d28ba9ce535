#include <stdlib.h>
#include <string.h>

#include "runtime/base/utf8.h"
#include "runtime/uplink/text.h"

#include "kselftest_harness.h"

static char block[3 * TEXT_PIECE_MAX];

static struct text_piece next(const char *data, size_t len, bool is_final)
{
	struct text_piece p = { .body = 99999 };

	if (!text_next_piece(data, len, is_final, &p))
		p.body = 88888;
	return p;
}

TEST(a_line_ends_at_its_newline_which_is_not_in_the_body)
{
	struct text_piece p = next("ab\ncd\n", 6, false);

	EXPECT_EQ(2, p.body);
	EXPECT_EQ(3, p.consumed);
	EXPECT_TRUE(p.has_newline);
}

TEST(an_empty_line_is_a_line)
{
	EXPECT_EQ(0, next("\n", 1, false).body);
	EXPECT_EQ(1, next("\n", 1, false).consumed);
}

TEST(a_line_without_newline_waits_unless_it_is_the_last)
{
	EXPECT_EQ(88888, next("abc", 3, false).body);
	EXPECT_EQ(3, next("abc", 3, true).body);
	EXPECT_FALSE(next("abc", 3, true).has_newline);
}

TEST(nothing_is_no_line_not_even_at_the_end)
{
	EXPECT_EQ(88888, next("", 0, true).body);
	EXPECT_EQ(88888, next("", 0, false).body);
}

TEST(a_line_of_exactly_the_maximum_stays_whole)
{
	memset(block, 'x', sizeof(block));
	block[TEXT_PIECE_MAX] = '\n';
	EXPECT_EQ(TEXT_PIECE_MAX, next(block, sizeof(block), false).body);
	EXPECT_TRUE(next(block, sizeof(block), false).has_newline);
	EXPECT_EQ(88888, next(block, TEXT_PIECE_MAX, false).body);
}

TEST(a_longer_line_is_cut_at_the_maximum)
{
	memset(block, 'x', sizeof(block));
	EXPECT_EQ(TEXT_PIECE_MAX,
		  next(block, TEXT_PIECE_MAX + 1, false).consumed);
	EXPECT_FALSE(next(block, TEXT_PIECE_MAX + 1, false).has_newline);
}

TEST(the_cut_goes_before_a_character_it_would_divide)
{
	for (size_t before = 1; before <= 3; before++) {
		memset(block, 'x', sizeof(block));
		memcpy(block + TEXT_PIECE_MAX - before, "\xf0\x9f\x98\x80", 4);
		EXPECT_EQ(TEXT_PIECE_MAX - before,
			  next(block, sizeof(block), false).body);
	}
}

TEST(bytes_that_are_no_character_do_not_move_the_cut)
{
	memset(block, 0x80, sizeof(block));
	EXPECT_EQ(TEXT_PIECE_MAX, next(block, sizeof(block), false).body);
	memset(block, 0xf0, sizeof(block));
	EXPECT_EQ(TEXT_PIECE_MAX, next(block, sizeof(block), false).body);
}

TEST(pieces_do_not_depend_on_how_much_is_there)
{
	unsigned int seed = 7;

	for (size_t i = 0; i < sizeof(block); i++) {
		seed = seed * 1103515245 + 12345;
		block[i] = (seed >> 16) % 9000 == 0 ? '\n' : (char)(seed >> 20);
	}
	for (size_t at = 0; at + TEXT_PIECE_MAX + 1 < sizeof(block);) {
		struct text_piece all =
			next(block + at, sizeof(block) - at, false);
		struct text_piece some =
			next(block + at, TEXT_PIECE_MAX + 1, false);

		ASSERT_EQ(all.consumed, some.consumed);
		at += all.consumed;
	}
}

TEST(valid_utf8_is_valid_and_its_neighbours_are_not)
{
	static const struct {
		const char *bytes;
		size_t len, length;
	} rows[] = {
		{ "a", 1, 1 },
		{ "\0", 1, 1 },
		{ "\xc3\xa9", 2, 2 },
		{ "\xc1\xa9", 2, 0 },
		{ "\xc3", 1, 0 },
		{ "\xc3\x29", 2, 0 },
		{ "\xe2\x82\xac", 3, 3 },
		{ "\xe0\x82\xac", 3, 0 },
		{ "\xed\x9f\xbf", 3, 3 },
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xf0\x9f\x98\x80", 4, 4 },
		{ "\xf0\x8f\x98\x80", 4, 0 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		{ "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 },
		{ "\x80", 1, 0 },
		{ "\xe2\x82", 2, 0 },
		{ "\xff", 1, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_EQ(rows[i].length,
			  utf8_length(rows[i].bytes, rows[i].len));
		EXPECT_EQ(rows[i].length > 0,
			  utf8_is_valid(rows[i].bytes, rows[i].len));
	}
}

TEST_HARNESS_MAIN
