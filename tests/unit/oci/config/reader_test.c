// SPDX-License-Identifier: MIT
/* The reader of JSON, by texts: what is taken, what is refused and where. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "runtime/oci/config/reader.h"

/* Reads all of `text` without wanting any of it; the fault, or NULL. */
static const char *skip(const char *text, size_t length)
{
	char *copy = malloc(length + 1);
	const char *fault;
	struct reader r;

	memcpy(copy, text, length);
	copy[length] = '\0';
	reader_start(&r, copy, length);
	if (reader_skip(&r))
		reader_is_done(&r);
	fault = r.fault;
	free(copy);
	return fault;
}

static const char *reason(const char *text, size_t length)
{
	const char *fault = skip(text, length);

	return fault ? fault : "";
}

/* clang-format off */
static const char *const good[] = {
	"{}", "[]", " [ ] ", "null", "true", "false", "0", "-0", "-1", "1.5", "1e9",
	"1E+2", "2e-3",
	"\"\"", "\"a\\\"b\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0041\\ud83d\\ude00\"", "\"\xc3\xa9\"",
	"\"\xf0\x9f\x98\x80\"", "{\"a\":[1,{\"b\":null}],\"c\":{}}", "[[[[]]]]",
	"[18446744073709551616]", "\t\r\n[1,\n2]", "\"\\u0000\"", "{\"\":1}", "\"\x7f\"",
};

static const struct {
	const char *text;
	const char *fault;
} bad[] = {
	{ "", "no value" }, { " ", "no value" }, { "nul", "no value" }, { "True", "no value" },
	{ "{", "no key" }, { "[", "no value" }, { "[1", "no comma" }, { "[1 2]", "no comma" },
	{ "[1,]", "no value" }, { "[,1]", "no value" }, { "{\"a\":1,}", "no key" },
	{ "{\"a\"}", "no colon" }, { "{\"a\":}", "no value" }, { "{a:1}", "no key" },
	{ "{1:1}", "no key" }, { "[1}", "no comma" }, { "{]", "no key" }, { "]", "no value" },
	{ "01", "a number that starts with 0" }, { "-01", "a number that starts with 0" },
	{ "00", "a number that starts with 0" }, { "-", "bad number" }, { "1.", "bad number" },
	{ "1e", "bad number" }, { "+1", "no value" }, { ".5", "no value" },
	{ "0x1", "bytes after the end" },
	{ "\"", "a string without end" }, { "\"a", "a string without end" },
	{ "\"\\", "bad escape" }, { "\"\\x\"", "bad escape" }, { "\"\\u12\"", "bad \\u" },
	{ "\"\\u12g4\"", "bad \\u" }, { "\"\n\"", "a control character in a string" },
	{ "\"\\ud800\"", "half a surrogate pair" }, { "\"\\udc00\"", "half a surrogate pair" },
	{ "\"\\ud800\\u0041\"", "half a surrogate pair" },
	{ "\"\\ud83d\\", "half a surrogate pair" },
	{ "\"\xff\"", "not UTF-8" }, { "\"\xc0\x80\"", "not UTF-8" },
	{ "\"\xed\xa0\x80\"", "not UTF-8" },
	{ "\"\xc3", "not UTF-8" }, { "{}{}", "bytes after the end" },
	{ "[] x", "bytes after the end" },
	{ "// a\n{}", "no value" }, { "'a'", "no value" }, { "nullx", "bytes after the end" },
};
/* clang-format on */

TEST(json_is_taken)
{
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(NULL, skip(good[i], strlen(good[i])))
		{
			TH_LOG("%s", good[i]);
		}
	}
}

TEST(anything_else_is_refused_with_the_reason)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_STREQ(bad[i].fault,
			     reason(bad[i].text, strlen(bad[i].text)))
		{
			TH_LOG("%s", bad[i].text);
		}
	}
}

TEST(every_prefix_of_json_is_refused)
{
	static const char whole[] =
		"{\"a\":[1,-2.5e3,\"x\\u0041\"],\"b\":{\"c\":null,\"d\":true}}";

	for (size_t i = 0; i < sizeof(whole) - 1; i++) {
		EXPECT_NE(NULL, skip(whole, i))
		{
			TH_LOG("%zu bytes", i);
		}
	}
}

TEST(a_nul_in_the_text_is_no_end)
{
	EXPECT_STREQ("bytes after the end", reason("{}\0", 3));
	EXPECT_STREQ("a control character in a string", reason("\"a\0b\"", 5));
}

TEST(levels_are_limited)
{
	char text[2 * READER_LEVELS_MAX + 3];

	for (size_t n = READER_LEVELS_MAX; n <= READER_LEVELS_MAX + 1; n++) {
		memset(text, '[', n);
		memset(text + n, ']', n);
		EXPECT_STREQ(n == READER_LEVELS_MAX ? "" : "too many levels",
			     reason(text, 2 * n));
	}
}

TEST(strings_are_decoded_in_place)
{
	char text[] = "\"A\\u00e9\\u20ac\\ud83d\\ude00\\n\" \"b\\u0000c\"";
	struct reader_text out;
	struct reader r;

	reader_start(&r, text, strlen(text));
	ASSERT_TRUE(reader_take_text(&r, &out));
	EXPECT_STREQ("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n", out.bytes);
	EXPECT_EQ(11, out.length);
	EXPECT_FALSE(out.has_nul);
	EXPECT_TRUE(out.bytes > text && out.bytes < text + sizeof(text));
	ASSERT_TRUE(reader_take_text(&r, &out));
	EXPECT_TRUE(out.has_nul);
	EXPECT_EQ(3, out.length);
	EXPECT_TRUE(reader_is_done(&r));
}

/* Strings are read eight bytes at a time. */
TEST(strings_end_and_go_on_at_every_place)
{
	static const struct {
		const char *written, *read; /* NULL: it is refused */
	} rows[] = {
		{ "", "" },	  { "\\\"", "\"" },
		{ "\\n", "\n" },  { "\xc3\xa9", "\xc3\xa9" },
		{ "\xff", NULL }, { "\x1f", NULL },
		{ "\x80", NULL },
	};
	static const char before[] = "aZ~ !#[]^_`{|}\x7f 0123456789";
	char text[64], wanted[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int at = 0; at < (int)sizeof(before); at++) {
			struct reader_text out;
			struct reader r;
			int n = snprintf(text, sizeof(text), "\"%.*s%sb%s\"",
					 at, before, rows[i].written, before);

			reader_start(&r, text, (size_t)n);
			ASSERT_EQ(rows[i].read != NULL,
				  reader_take_text(&r, &out));
			if (!rows[i].read)
				continue;
			n = snprintf(wanted, sizeof(wanted), "%.*s%sb%s", at,
				     before, rows[i].read, before);
			EXPECT_STREQ(wanted, out.bytes);
			EXPECT_EQ((size_t)n, out.length);
			EXPECT_TRUE(reader_is_done(&r));
		}
}

TEST(integers_keep_64_bits)
{
	static const struct {
		const char *text;
		bool is_integer, is_negative;
		uint64_t magnitude;
	} rows[] = {
		{ "0", true, false, 0 },
		{ "-0", true, true, 0 },
		{ "18446744073709551615", true, false, UINT64_MAX },
		{ "-9223372036854775808", true, true, 1ULL << 63 },
		{ "18446744073709551616", false, false, 0 },
		{ "99999999999999999999999", false, false, 0 },
		{ "1.0", false, false, 0 },
		{ "1e3", false, false, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[32];
		struct reader_integer n;
		struct reader r;

		strcpy(text, rows[i].text);
		reader_start(&r, text, strlen(text));
		ASSERT_TRUE(reader_take_integer(&r, &n));
		EXPECT_EQ(rows[i].is_integer, n.is_integer);
		EXPECT_EQ(rows[i].is_negative, n.is_negative);
		if (n.is_integer)
			EXPECT_EQ(rows[i].magnitude, n.magnitude);
		EXPECT_TRUE(reader_is_done(&r));
	}
}

TEST(a_fault_stays_and_names_its_line_and_column)
{
	char text[] = "{\n \"a\\nb\": 1,\n  x}";
	struct reader_text key;
	struct reader r;

	reader_start(&r, text, strlen(text));
	ASSERT_TRUE(reader_enter(&r));
	ASSERT_TRUE(reader_key(&r, &key));
	EXPECT_STREQ("a\nb", key.bytes);
	ASSERT_TRUE(reader_skip(&r));
	EXPECT_FALSE(reader_key(&r, &key));
	EXPECT_STREQ("no key", r.fault);
	EXPECT_EQ(3, r.line);
	EXPECT_EQ(3, reader_column(&r));
	EXPECT_EQ(READER_NOTHING, reader_next(&r));
	EXPECT_FALSE(reader_item(&r));
	EXPECT_FALSE(reader_enter(&r));
	EXPECT_FALSE(reader_take_null(&r));
	EXPECT_FALSE(reader_is_done(&r));
}

TEST_HARNESS_MAIN
