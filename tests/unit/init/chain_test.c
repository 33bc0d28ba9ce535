/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init/chain.h"
#include "runtime/base/record.h"

#include "kselftest_harness.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static int fact;       /* what the facts are made of */
static int result;     /* what the writer returns */
static size_t filling; /* words more */

static int write_facts(struct canon *c, struct err *e)
{
	canon_number(c, "fact", fact);
	for (size_t i = 0; i < filling; i++)
		canon_word(c, NULL, "0123456789012345678901234567890123456789");
	return result < 0 ? err_set(e, -result, "facts") : 0;
}

FIXTURE(chain)
{
	struct chain c;
	struct err e;
	int in;
};

FIXTURE_SETUP(chain)
{
	int ends[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
	record_use_socket(ends[0]);
	self->in = ends[1];
	self->e = (struct err)ERR_NONE;
	chain_start(&self->c, write_facts);
	fact = 1;
	result = 0;
	filling = 0;
}

FIXTURE_TEARDOWN(chain)
{
	close(self->in);
}

static int next(int in, char wire[RECORD_WIRE_MAX], struct record *r)
{
	ssize_t n = recv(in, wire, RECORD_WIRE_MAX, MSG_DONTWAIT);

	return n < 0 ? -errno : record_parse(wire, (size_t)n, r);
}

/* Joins the pieces of one document and gives its claimed digest. */
static int document(int in, char *text, char sha256[SHA256_HEX])
{
	char wire[RECORD_WIRE_MAX];
	struct record r;
	int64_t piece = 0;

	text[0] = '\0';
	do {
		int err = next(in, wire, &r);

		if (err < 0 || r.kind != RECORD_EVIDENCE ||
		    r.values[2].number != ++piece)
			return -1;
		strcat(text, r.values[5].word);
		strcpy(sha256, r.values[4].word);
	} while (piece < r.values[3].number);
	return (int)piece;
}

static void digest(const char *text, char hex[SHA256_HEX])
{
	struct sha256 h = sha256_start();

	sha256_add(&h, text, strlen(text));
	sha256_end_hex(&h, hex);
}

TEST_F(chain, a_document_holds_number_cause_and_the_digest_of_the_one_before)
{
	char text[CANON_MAX], sha256[SHA256_HEX], want[SHA256_HEX];
	char start[256];

	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 5, &self->e));
	ASSERT_EQ(1, document(self->in, text, sha256));
	EXPECT_STREQ("{\"format\":1,\"sequence\":1,\"previous\":\"" ZEROS
		     "\",\"cause\":\"boot\",\"fact\":1}",
		     text);
	digest(text, want);
	EXPECT_STREQ(want, sha256);
	ASSERT_EQ(1, chain_add(&self->c, "grant", false, 5, &self->e));
	ASSERT_EQ(1, document(self->in, text, sha256));
	snprintf(start, sizeof(start),
		 "{\"format\":1,\"sequence\":2,\"previous\":\"%s\"", want);
	EXPECT_EQ(0, strncmp(start, text, strlen(start)));
}

TEST_F(chain, a_long_document_leaves_in_pieces_that_join_to_its_digest)
{
	char text[CANON_MAX], sha256[SHA256_HEX], want[SHA256_HEX];

	filling = 300;
	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 5, &self->e));
	ASSERT_LT(3, document(self->in, text, sha256));
	digest(text, want);
	EXPECT_STREQ(want, sha256);
}

TEST_F(chain, unchanged_facts_are_not_told_again)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 0, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	chain_mark(&self->c, "service");
	EXPECT_EQ(0, chain_check(&self->c, CHAIN_GAP_MS, &self->e));
	EXPECT_EQ(-EAGAIN, next(self->in, wire, &r));
	fact = 2;
	EXPECT_EQ(0, chain_check(&self->c, CHAIN_GAP_MS + 1, &self->e));
	chain_mark(&self->c, "grant");
	EXPECT_EQ(1, chain_check(&self->c, CHAIN_GAP_MS + 2, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_STREQ("grant", r.values[1].word);
}

TEST_F(chain, changes_wait_for_the_gap_and_the_first_cause_is_named)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 1000, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	fact = 2;
	chain_mark(&self->c, "service");
	chain_mark(&self->c, "grant");
	EXPECT_EQ(1000 + CHAIN_GAP_MS, chain_due_ms(&self->c));
	EXPECT_EQ(0, chain_check(&self->c, 999 + CHAIN_GAP_MS, &self->e));
	EXPECT_EQ(1, chain_check(&self->c, 1000 + CHAIN_GAP_MS, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_STREQ("service", r.values[1].word);
}

TEST_F(chain, a_look_finds_what_nobody_marked)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	EXPECT_EQ(0, chain_due_ms(&self->c));
	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 7, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(7 + CHAIN_LOOK_MS, chain_due_ms(&self->c));
	fact = 2;
	EXPECT_EQ(1, chain_check(&self->c, 7 + CHAIN_LOOK_MS, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_STREQ("look", r.values[1].word);
}

TEST_F(chain, a_writer_that_fails_adds_nothing_and_is_asked_again_at_a_look)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 0, &self->e));
	ASSERT_EQ(0, next(self->in, wire, &r));
	fact = 2;
	result = -ENOMEM;
	EXPECT_EQ(-ENOMEM, chain_check(&self->c, CHAIN_LOOK_MS, &self->e));
	EXPECT_EQ(-EAGAIN, next(self->in, wire, &r));
	EXPECT_EQ(1, self->c.sequence);
	result = 0;
	EXPECT_EQ(1, chain_check(&self->c, 2 * CHAIN_LOOK_MS, &self->e));
}

TEST_F(chain, a_document_that_does_not_fit_is_efbig_and_not_emitted)
{
	char wire[RECORD_WIRE_MAX];
	struct record r;

	filling = 2000;
	EXPECT_EQ(-EFBIG, chain_add(&self->c, "boot", false, 0, &self->e));
	EXPECT_EQ(-EAGAIN, next(self->in, wire, &r));
}

TEST_F(chain, the_seal_names_the_last_document_and_nothing_follows)
{
	char wire[RECORD_WIRE_MAX], text[CANON_MAX], sha256[SHA256_HEX];
	struct record r;

	ASSERT_EQ(1, chain_add(&self->c, "boot", false, 0, &self->e));
	ASSERT_EQ(1, document(self->in, text, sha256));
	fact = 2;
	chain_mark(&self->c, "service");
	ASSERT_EQ(0, chain_seal(&self->c, 1, &self->e));
	ASSERT_EQ(1, document(self->in, text, sha256));
	ASSERT_EQ(0, next(self->in, wire, &r));
	EXPECT_EQ(RECORD_EVIDENCE_SEALED, r.kind);
	EXPECT_EQ(2, r.values[0].number);
	EXPECT_STREQ(sha256, r.values[1].word);
	EXPECT_EQ(0, chain_due_ms(&self->c));
	EXPECT_EQ(0, chain_add(&self->c, "x", false, 9, &self->e));
	EXPECT_EQ(0, chain_seal(&self->c, 9, &self->e));
	EXPECT_EQ(-EAGAIN, next(self->in, wire, &r));
}

TEST_HARNESS_MAIN
