/* From the pipe to the words of a request. */
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/uplink/otlp.h"
#include "runtime/uplink/stream.h"
#include "runtime/uplink/text.h"

#undef ARRAY_SIZE
#include "kselftest_harness.h"

static const struct channel_config config = { .size = sizeof(config) };
static const struct channel_stream meta = {
	.source = CHANNEL_STDERR,
	.number = 4,
	.task_id = "ab12",
	.family = "fam",
	.container = "web",
	.image = "nginx",
};
static char buffer[512 * 1024];

FIXTURE(stream)
{
	struct stream s;
	int out;
	struct json j;
	struct stream_budget budget;
	json_t *root;
};

FIXTURE_SETUP(stream)
{
	int ends[2];

	self->s = (struct stream){ .number = 4 };
	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	self->s.pipe = ends[0];
	self->out = ends[1];
	ASSERT_EQ(0, ring_create(&self->s.ring, &meta, NULL));
	self->budget = (struct stream_budget){ 1000, 256 * 1024 };
	self->root = NULL;
}

FIXTURE_TEARDOWN(stream)
{
	json_decref(self->root);
	fd_close(&self->out);
	stream_close(&self->s);
}

static int put(FIXTURE_DATA(stream) * self, const void *data, size_t len)
{
	int r = fd_write_all(self->out, data, len);

	return r < 0 ? r : stream_fill(&self->s, 99);
}

static int encode(FIXTURE_DATA(stream) * self)
{
	int n;

	json_decref(self->root);
	json_start(&self->j, buffer, sizeof(buffer));
	otlp_open(&self->j, OTLP_LOGS);
	n = stream_encode(&self->s, &self->j, &config, &self->budget, false, 5);
	otlp_close(&self->j);
	self->root = json_loadb(buffer, self->j.len,
				JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	return n;
}

static json_t *record(FIXTURE_DATA(stream) * self, size_t index)
{
	json_t *r =
		json_array_get(json_object_get(self->root, "resourceLogs"), 0);

	r = json_array_get(json_object_get(r, "scopeLogs"), 0);
	return json_array_get(json_object_get(r, "logRecords"), index);
}

static const char *body(FIXTURE_DATA(stream) * self, size_t index)
{
	const char *s = json_string_value(json_object_get(
		json_object_get(record(self, index), "body"), "stringValue"));

	return s ? s : "(none)";
}

/* The attribute's value as text, whatever its type. */
static const char *attribute(FIXTURE_DATA(stream) * self, size_t index,
			     const char *key)
{
	const json_t *list = json_object_get(record(self, index), "attributes");
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		json_t *v = json_object_get(one, "value");
		void *it = json_object_iter(v);

		if (strcmp(json_string_value(json_object_get(one, "key")),
			   key) != 0)
			continue;
		v = json_object_iter_value(it);
		return json_is_true(v) ? "true" : json_string_value(v);
	}
	return "(none)";
}

TEST_F(stream, lines_become_records_with_stream_number_and_time)
{
	ASSERT_EQ(0, put(self, "one\n\nthree\nfou", 14));
	ASSERT_EQ(3, encode(self));
	EXPECT_STREQ("one", body(self, 0));
	EXPECT_STREQ("", body(self, 1));
	EXPECT_STREQ("three", body(self, 2));
	EXPECT_STREQ("stderr", attribute(self, 0, "log.iostream"));
	EXPECT_STREQ("3", attribute(self, 2, "cloister.log.sequence"));
	EXPECT_STREQ("(none)", attribute(self, 0, "cloister.log.partial"));
	EXPECT_STREQ("99", json_string_value(json_object_get(record(self, 0),
							     "timeUnixNano")));
	EXPECT_TRUE(self->s.is_in_batch);
}

TEST_F(stream, an_unfinished_line_waits_for_its_end)
{
	ASSERT_EQ(0, put(self, "abc", 3));
	EXPECT_FALSE(stream_has_work(&self->s, false));
	EXPECT_EQ(0, encode(self));
	EXPECT_FALSE(self->s.is_in_batch);
	ASSERT_EQ(0, put(self, "def\n", 4));
	EXPECT_TRUE(stream_has_work(&self->s, false));
	ASSERT_EQ(1, encode(self));
	EXPECT_STREQ("abcdef", body(self, 0));
}

TEST_F(stream, the_last_line_needs_no_newline)
{
	ASSERT_EQ(0, put(self, "abc", 3));
	fd_close(&self->out);
	ASSERT_EQ(0, stream_fill(&self->s, 99));
	EXPECT_TRUE(self->s.is_eof);
	EXPECT_FALSE(stream_is_done(&self->s));
	ASSERT_EQ(1, encode(self));
	EXPECT_STREQ("(none)", attribute(self, 0, "cloister.log.partial"));
	EXPECT_FALSE(stream_is_done(&self->s));
	ring_settle(&self->s.ring, true);
	EXPECT_TRUE(stream_is_done(&self->s));
}

TEST_F(stream, a_long_line_is_cut_and_says_so)
{
	static char line[TEXT_PIECE_MAX + 2];

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	ASSERT_EQ(0, put(self, line, sizeof(line)));
	ASSERT_EQ(2, encode(self));
	EXPECT_EQ(TEXT_PIECE_MAX, strlen(body(self, 0)));
	EXPECT_STREQ("true", attribute(self, 0, "cloister.log.partial"));
	EXPECT_STREQ("x", body(self, 1));
	EXPECT_STREQ("(none)", attribute(self, 1, "cloister.log.partial"));
}

TEST_F(stream, invalid_utf8_is_kept_beside_its_readable_form)
{
	ASSERT_EQ(0, put(self,
			 "a\xff"
			 "b\nok\n",
			 7));
	ASSERT_EQ(2, encode(self));
	EXPECT_STREQ("a\xef\xbf\xbd"
		     "b",
		     body(self, 0));
	EXPECT_STREQ("Yf9i",
		     attribute(self, 0, "cloister.log.original_base64"));
	EXPECT_STREQ("(none)",
		     attribute(self, 1, "cloister.log.original_base64"));
}

TEST_F(stream, a_nul_byte_is_only_a_byte)
{
	ASSERT_EQ(0, put(self, "a\0b\n", 4));
	ASSERT_EQ(1, encode(self));
	EXPECT_EQ(3, json_string_length(json_object_get(
			     json_object_get(record(self, 0), "body"),
			     "stringValue")));
}

TEST_F(stream, the_worst_lines_of_one_batch_fit_the_buffer)
{
	static char line[TEXT_PIECE_MAX];

	memset(line, 0x01, sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (unsigned int i = 0; i < 40; i++)
		ASSERT_EQ(0, put(self, line, sizeof(line)));
	EXPECT_LT(0, encode(self));
	EXPECT_NE(NULL, self->root);
	EXPECT_FALSE(self->j.is_full);
	EXPECT_LE(256 * 1024, self->j.len);
}

TEST_F(stream, a_gap_stands_before_the_lines_that_follow_it)
{
	ASSERT_EQ(0, put(self, "1\n2\n", 4));
	ASSERT_EQ(2, encode(self));
	ring_settle(&self->s.ring, false);
	ASSERT_EQ(0, put(self, "3\n", 2));
	ASSERT_EQ(2, encode(self));
	EXPECT_STREQ("2", attribute(self, 0, "cloister.gap.lines"));
	EXPECT_STREQ("4", attribute(self, 0, "cloister.gap.bytes"));
	EXPECT_STREQ("1", attribute(self, 0, "cloister.log.sequence"));
	EXPECT_STREQ("3", body(self, 1));
	EXPECT_STREQ("3", attribute(self, 1, "cloister.log.sequence"));
}

TEST_F(stream, a_gap_alone_is_sent_too)
{
	ASSERT_EQ(0, put(self, "1\n", 2));
	ASSERT_EQ(1, encode(self));
	ring_settle(&self->s.ring, false);
	EXPECT_TRUE(stream_has_work(&self->s, false));
	ASSERT_EQ(1, encode(self));
	EXPECT_STREQ("1", attribute(self, 0, "cloister.gap.lines"));
	ring_settle(&self->s.ring, true);
	EXPECT_FALSE(stream_has_work(&self->s, false));
	EXPECT_EQ(1, ring_state(&self->s.ring)->dropped_lines);
}

TEST_F(stream, a_flight_of_the_dead_goes_out_again_and_nothing_else)
{
	static char first[sizeof(buffer)];
	size_t len;

	ASSERT_EQ(0, put(self, "1\n2\n", 4));
	ASSERT_EQ(2, encode(self));
	len = self->j.len;
	memcpy(first, buffer, len);
	ASSERT_EQ(0, put(self, "3\n", 2));
	ASSERT_EQ(2, encode(self));
	EXPECT_EQ(len, self->j.len);
	EXPECT_EQ(0, memcmp(first, buffer, len));
}

TEST_F(stream, a_budget_leaves_the_rest_for_the_next_batch)
{
	ASSERT_EQ(0, put(self, "1\n2\n3\n", 6));
	self->budget.records = 2;
	ASSERT_EQ(2, encode(self));
	EXPECT_EQ(0, self->budget.records);
	ring_settle(&self->s.ring, true);
	self->budget.records = 2;
	ASSERT_EQ(1, encode(self));
	EXPECT_STREQ("3", attribute(self, 0, "cloister.log.sequence"));
}

TEST(meta_data_is_checked)
{
	struct channel_stream c = meta;

	EXPECT_TRUE(stream_is_valid_meta(&c));
	c.source = 3;
	EXPECT_FALSE(stream_is_valid_meta(&c));
	c = meta;
	strcpy(c.container, "../web");
	EXPECT_FALSE(stream_is_valid_meta(&c));
	strcpy(c.container, "");
	EXPECT_FALSE(stream_is_valid_meta(&c));
	c = meta;
	strcpy(c.task_id, "ab/cd");
	EXPECT_FALSE(stream_is_valid_meta(&c));
	c = meta;
	memset(c.image, 'x', sizeof(c.image));
	EXPECT_FALSE(stream_is_valid_meta(&c));
}

TEST_HARNESS_MAIN
