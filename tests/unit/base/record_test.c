#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/record.h"

#include "kselftest_harness.h"

FIXTURE(records)
{
	int in;
};

FIXTURE_SETUP(records)
{
	int ends[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
	record_use_socket(ends[0]);
	self->in = ends[1];
}

FIXTURE_TEARDOWN(records)
{
	close(self->in);
}

static int next(int in, char *wire, struct record *r)
{
	ssize_t n = recv(in, wire, RECORD_WIRE_MAX, MSG_DONTWAIT);

	return n < 0 ? -errno : record_parse(wire, (size_t)n, r);
}

TEST(every_row_has_a_name_of_its_own_and_fields)
{
	for (int i = 0; i < RECORD_KIND_COUNT; i++) {
		EXPECT_EQ(0, strncmp("cloister.", record_rows[i].name, 9));
		EXPECT_NE(NULL, record_rows[i].fields[0].name);
		for (int k = 0; k < i; k++)
			EXPECT_STRNE(record_rows[k].name, record_rows[i].name);
	}
}

TEST_F(records, a_record_comes_back_as_it_was_emitted)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(0, RECORD(IMAGE_UNPACKED, RECORD_W("nginx:1"),
			    RECORD_W("sha256:ab"), RECORD_N(2),
			    RECORD_N(1u << 30), RECORD_N(-5)));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(RECORD_IMAGE_UNPACKED, r.kind);
	EXPECT_EQ(5, r.count);
	EXPECT_STREQ("nginx:1", r.values[0].word);
	EXPECT_STREQ("sha256:ab", r.values[1].word);
	EXPECT_EQ(1 << 30, r.values[3].number);
	EXPECT_EQ(-5, r.values[4].number);
	EXPECT_LT(0, r.unix_ns);
}

TEST_F(records, characters_outside_the_set_become_question_marks)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(0, RECORD(DOCUMENT_REFUSED, RECORD_W("$.a\n\"b\xff"),
			    RECORD_W(NULL)));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_STREQ("$.a??b?", r.values[0].word);
	EXPECT_STREQ("", r.values[1].word);
}

TEST_F(records, a_long_word_is_cut_at_the_limit)
{
	char wire[RECORD_WIRE_MAX], wide[400];
	struct record r;

	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	ASSERT_EQ(0, RECORD(DOCUMENT_REFUSED, RECORD_W(wide), RECORD_W("")));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(RECORD_WORD_MAX, strlen(r.values[0].word));
	EXPECT_FALSE(record_is_word(wide));
}

TEST_F(records, a_text_holds_json_and_a_word_does_not)
{
	char wire[RECORD_WIRE_MAX], wide[RECORD_TEXT_MAX + 2];
	struct record r;

	ASSERT_EQ(0, RECORD(EVIDENCE, RECORD_N(1), RECORD_W("{\"}"),
			    RECORD_N(1), RECORD_N(1), RECORD_W("ab"),
			    RECORD_W("{\"a\":[\"b\\\n\"]}")));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_STREQ("???", r.values[1].word);
	EXPECT_STREQ("{\"a\":[\"b??\"]}", r.values[5].word);
	memset(wide, '"', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	EXPECT_FALSE(record_is_text(wide));
	EXPECT_TRUE(record_is_text(wide + 1));
	EXPECT_FALSE(record_is_word("\""));
	ASSERT_EQ(0, RECORD(EVIDENCE, RECORD_N(1), RECORD_W(""), RECORD_N(1),
			    RECORD_N(1), RECORD_W(""), RECORD_W(wide)));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(RECORD_TEXT_MAX, strlen(r.values[5].word));
}

TEST(each_row_has_one_emitter)
{
	EXPECT_EQ(BUS_INIT, record_rows[RECORD_EVIDENCE].origin);
	EXPECT_EQ(BUS_INIT, record_rows[RECORD_SERVICE_ENDED].origin);
	EXPECT_EQ(BUS_INTAKE, record_rows[RECORD_DOCUMENT_ACCEPTED].origin);
	EXPECT_EQ(BUS_RUNTIME, record_rows[RECORD_GRANT_GIVEN].origin);
	EXPECT_EQ(BUS_UPLINK, record_rows[RECORD_DENIAL].origin);
}

TEST(every_row_fits_the_wire_and_has_one_text_at_most)
{
	for (int i = 0; i < RECORD_KIND_COUNT; i++) {
		int texts = 0;

		for (int k = 0; k < RECORD_FIELDS_MAX; k++)
			texts += record_rows[i].fields[k].name &&
				 record_rows[i].fields[k].type == RECORD_TEXT;
		EXPECT_GE(1, texts);
	}
	EXPECT_GE(RECORD_WIRE_MAX,
		  24 + RECORD_FIELDS_MAX * (RECORD_WORD_MAX + 3) +
			  RECORD_TEXT_MAX + 3);
}

TEST_F(records, a_count_that_is_not_the_rows_is_refused)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	EXPECT_EQ(-EINVAL, RECORD(DRAIN_ENDED, RECORD_W("x")));
	EXPECT_EQ(-EAGAIN, next(self->in, wire, &r));
}

TEST_F(records, lost_records_are_counted_in_the_next_one)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;
	unsigned int lost = 0, sent = 0;

	while (RECORD(RECORDS_LOST, RECORD_N(1)) == 0)
		sent++;
	lost++;
	EXPECT_EQ(-EAGAIN, RECORD(RECORDS_LOST, RECORD_N(1)));
	lost++;
	for (unsigned int i = 0; i < sent; i++)
		ASSERT_EQ(0, next(self->in, wire, &r));
	ASSERT_EQ(0, RECORD(RECORDS_LOST, RECORD_N(1)));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(lost, r.lost);
	ASSERT_EQ(0, RECORD(RECORDS_LOST, RECORD_N(1)));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(0, r.lost);
}

TEST_F(records, every_cut_of_a_record_is_refused)
{
	char wire[RECORD_WIRE_MAX], cut[RECORD_WIRE_MAX];
	struct record r;
	ssize_t n;

	ASSERT_EQ(0, RECORD(ENGINE_FAULT, RECORD_W("a"), RECORD_W("b"),
			    RECORD_W("c"), RECORD_W("d")));
	n = recv(self->in, wire, sizeof(wire), MSG_DONTWAIT);
	ASSERT_LT(0, n);
	for (ssize_t i = 0; i < n; i++) {
		memcpy(cut, wire, (size_t)n);
		EXPECT_EQ(-EBADMSG, record_parse(cut, (size_t)i, &r));
	}
	memcpy(cut, wire, (size_t)n);
	EXPECT_EQ(0, record_parse(cut, (size_t)n, &r));
	cut[n] = 0;
	EXPECT_EQ(-EBADMSG, record_parse(cut, (size_t)n + 1, &r));
}

TEST_F(records, a_forged_character_is_refused)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;
	ssize_t n;

	ASSERT_EQ(0, RECORD(DRAIN_STARTED, RECORD_W("button"), RECORD_N(1)));
	n = recv(self->in, wire, sizeof(wire), MSG_DONTWAIT);
	ASSERT_LT(0, n);
	/* From the end: the time at the beginning may hold any byte. */
	*(char *)memrchr(wire, 'b', (size_t)n) = '\n';
	EXPECT_EQ(-EBADMSG, record_parse(wire, (size_t)n, &r));
}

TEST_HARNESS_MAIN
