// SPDX-License-Identifier: MIT
#include "runtime/intake/envelope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "signing.h"

#include "kselftest_harness.h"

#define NOW INT64_C(1800000000) /* 2027-01-15T08:00:00Z */
#define DOCUMENT "{\"a\":1}\n"

FIXTURE(envelope)
{
	struct trust trust;
	struct refusal why;
	struct envelope out;
	char *bytes;
	size_t len;
};

FIXTURE_SETUP(envelope)
{
	char *key = signing_trust(1, "first"), *text = NULL;

	ASSERT_NE(NULL, key);
	ASSERT_LT(0, asprintf(&text, "# remark\ngroup web\n\n%s", key));
	memset(&self->trust, 0, sizeof(self->trust));
	trust_identify(&self->trust, "i-7\n", 4);
	ASSERT_EQ(0, trust_parse(text, strlen(text), &self->trust, &self->why));
	self->out = (struct envelope){ .serial = -1 };
	self->bytes = NULL;
	free(text);
	free(key);
}

FIXTURE_TEARDOWN(envelope)
{
	free(self->bytes);
}

#define SEAL_AS(seed, algorithm, comment)                                  \
	do {                                                               \
		free(self->bytes);                                         \
		self->bytes = signing_envelope(seed, algorithm, comment,   \
					       DOCUMENT, strlen(DOCUMENT), \
					       &self->len);                \
		ASSERT_NE(NULL, self->bytes);                              \
	} while (0)
#define SEAL(comment) SEAL_AS(1, "ED", comment)
#define OPEN()                                                               \
	envelope_open(self->bytes, self->len, &self->trust, NOW, &self->out, \
		      &self->why)

#define EXPECT_REFUSED(at, because)                      \
	do {                                             \
		EXPECT_EQ(-EINVAL, OPEN());              \
		EXPECT_STREQ(at, self->why.path);        \
		EXPECT_STREQ(because, self->why.reason); \
		EXPECT_EQ(-1, self->out.serial);         \
	} while (0)

TEST_F(envelope, signed_document_comes_out_byte_for_byte)
{
	SEAL("cloister/1 serial=7 expires=2027-01-15T08:00:01Z audience=i-7");
	ASSERT_EQ(0, OPEN());
	ASSERT_EQ(strlen(DOCUMENT), self->out.len);
	EXPECT_EQ(0, memcmp(DOCUMENT, self->out.document, self->out.len));
	EXPECT_STREQ("first", self->out.key);
	EXPECT_EQ(7, self->out.serial);
	EXPECT_EQ(NOW + 1, self->out.expires_s);
}

TEST_F(envelope, every_changed_byte_behind_the_untrusted_comment_is_refused)
{
	size_t head;

	SEAL(SIGNING_COMMENT);
	head = (size_t)(strchr(self->bytes, '\n') - self->bytes) + 1;
	for (size_t i = head; i < self->len; i++) {
		self->bytes[i] ^= 1;
		EXPECT_EQ(-EINVAL, OPEN())
		{
			TH_LOG("byte %zu of %zu", i, self->len);
		}
		self->bytes[i] ^= 1;
	}
	EXPECT_EQ(0, OPEN());
}

TEST_F(envelope, every_cut_is_refused)
{
	size_t whole;

	SEAL(SIGNING_COMMENT);
	whole = self->len;
	for (self->len = 0; self->len < whole; self->len++)
		EXPECT_EQ(-EINVAL, OPEN());
}

TEST_F(envelope, unsigned_document_is_refused)
{
	self->bytes = strdup(DOCUMENT);
	self->len = strlen(DOCUMENT);
	EXPECT_REFUSED("signature", "is missing: the document is not signed");
}

TEST_F(envelope, head_without_an_end_is_refused)
{
	self->len = 1 << 20;
	self->bytes = malloc(self->len);
	ASSERT_NE(NULL, self->bytes);
	memset(self->bytes, 'x', self->len);
	EXPECT_REFUSED("signature", "is missing: the document is not signed");
}

TEST_F(envelope, foreign_key_is_refused)
{
	SEAL_AS(2, "ED", SIGNING_COMMENT);
	EXPECT_REFUSED("signature",
		       "is by a key that the image does not trust");
}

TEST_F(envelope, foreign_key_under_a_trusted_id_is_refused)
{
	SEAL(SIGNING_COMMENT);
	self->trust.keys[0].key[0] ^= 1;
	EXPECT_REFUSED("signature", "does not fit the document: one of the two "
				    "was changed");
}

TEST_F(envelope, signature_without_hash_is_refused)
{
	SEAL_AS(1, "Ed", SIGNING_COMMENT);
	EXPECT_REFUSED("signature",
		       "is not of minisign's hashed form, algorithm ED");
}

TEST_F(envelope, second_key_is_as_good_as_the_first)
{
	char *keys[2] = { signing_trust(1, "first"), signing_trust(2, "next") };
	char text[512];

	snprintf(text, sizeof(text), "%s%s", keys[0], keys[1]);
	ASSERT_EQ(0, trust_parse(text, strlen(text), &self->trust, &self->why));
	SEAL_AS(2, "ED", SIGNING_COMMENT);
	EXPECT_EQ(0, OPEN());
	EXPECT_STREQ("next", self->out.key);
	free(keys[0]);
	free(keys[1]);
}

struct comment_case {
	const char *comment;
	const char *path; /* NULL: accepted */
	const char *reason;
};

#define FORM "is not: cloister/1 serial=N expires=DATE audience=WHO"
#define DATE "is not a date like 2026-12-31T23:59:59Z"
#define SERIAL "is not a number from 1 to 1000000000000000"
#define OTHER "does not name this machine, i-7, or its group, web"
#define HEAD "cloister/1 serial=1 " SIGNING_FUTURE " audience="

#define AUDIENCE(who, ...)            \
	{                             \
		HEAD who, __VA_ARGS__ \
	}
#define EXPIRES(date, ...)                                                     \
	{                                                                      \
		"cloister/1 serial=1 expires=" date " audience=*", __VA_ARGS__ \
	}
#define NUMBER(serial, ...)                                                   \
	{                                                                     \
		"cloister/1 serial=" serial " " SIGNING_FUTURE " audience=*", \
			__VA_ARGS__                                           \
	}
#define GOOD NULL, NULL
#define BAD_FORM "signature.comment", FORM
#define BAD_DATE "signature.expires", DATE
#define BAD_SERIAL "signature.serial", SERIAL
#define BAD_AUDIENCE "signature.audience", OTHER

static const struct comment_case comment_cases[] = {
	/* clang-format off */
	AUDIENCE("*", GOOD),
	AUDIENCE("i-7", GOOD),
	AUDIENCE("group:web", GOOD),
	AUDIENCE("i-8,group:web", GOOD),
	AUDIENCE("i-8,i-7,i-9", GOOD),
	AUDIENCE("i-8", BAD_AUDIENCE),
	AUDIENCE("i-70", BAD_AUDIENCE),
	AUDIENCE("i-", BAD_AUDIENCE),
	AUDIENCE("web", BAD_AUDIENCE),
	AUDIENCE("group:", BAD_AUDIENCE),
	AUDIENCE("group:webs", BAD_AUDIENCE),
	AUDIENCE("group:i-7", BAD_AUDIENCE),
	AUDIENCE(",,", BAD_AUDIENCE),
	AUDIENCE("**", BAD_AUDIENCE),
	AUDIENCE("", BAD_FORM),
	AUDIENCE("* more", BAD_FORM),
	AUDIENCE("* ", BAD_FORM),
	{ "", BAD_FORM },
	{ "timestamp:1700000000\tfile:d.json", BAD_FORM },
	{ "cloister/2 serial=1 " SIGNING_FUTURE " audience=*", BAD_FORM },
	{ "cloister/1 serial=1 audience=* " SIGNING_FUTURE, BAD_FORM },
	{ "cloister/1 " SIGNING_FUTURE " audience=*", BAD_FORM },
	{ "cloister/1  serial=1 " SIGNING_FUTURE " audience=*", BAD_FORM },
	NUMBER("1000000000000000", GOOD),
	NUMBER("1000000000000001", BAD_SERIAL),
	NUMBER("99999999999999999999", BAD_SERIAL),
	NUMBER("0", BAD_SERIAL),
	NUMBER("-1", BAD_SERIAL),
	NUMBER("01", BAD_SERIAL),
	NUMBER("1x", BAD_SERIAL),
	EXPIRES("2027-01-15T08:00:01Z", GOOD),
	EXPIRES("2028-02-29T00:00:00Z", GOOD),
	EXPIRES("2027-02-29T00:00:00Z", BAD_DATE),
	EXPIRES("2027-06-31T00:00:00Z", BAD_DATE),
	EXPIRES("2027-13-01T00:00:00Z", BAD_DATE),
	EXPIRES("2027-06-01T24:00:00Z", BAD_DATE),
	EXPIRES("2027-06-01T00:60:00Z", BAD_DATE),
	EXPIRES("2027-06-01T00:00:60Z", BAD_DATE),
	EXPIRES("2027-06-01", BAD_DATE),
	EXPIRES("2027-06-01T00:00:00+", BAD_DATE),
	/* The very second is too late. */
	EXPIRES("2027-01-15T08:00:00Z", "signature.expires",
		"is past: the document expired 0 s ago"),
	EXPIRES("2027-01-15T07:59:00Z", "signature.expires",
		"is past: the document expired 60 s ago"),
	/* clang-format on */
};

TEST_F(envelope, trusted_comment_is_strict)
{
	for (size_t i = 0; i < ARRAY_SIZE(comment_cases); i++) {
		const struct comment_case *c = &comment_cases[i];

		self->why = (struct refusal){ .path = "" };
		SEAL(c->comment);
		EXPECT_EQ(c->path ? -EINVAL : 0, OPEN())
		{
			TH_LOG("%s: %s %s", c->comment, self->why.path,
			       self->why.reason);
		}
		if (!c->path)
			continue;
		EXPECT_STREQ(c->path, self->why.path);
		EXPECT_STREQ(c->reason, self->why.reason);
		EXPECT_TRUE(record_is_word(self->why.reason));
	}
}

TEST_F(envelope, machine_without_a_name_is_nobody_in_particular)
{
	trust_identify(&self->trust, "two words", 9);
	EXPECT_STREQ("", self->trust.identity);
	SEAL(HEAD "i-7");
	EXPECT_REFUSED(
		"signature.audience",
		"does not name this machine, (no id), or its group, web");
	SEAL(HEAD "*");
	EXPECT_EQ(0, OPEN());
}

TEST_F(envelope, machine_is_known_by_one_word)
{
	char long_name[TRUST_IDENTITY_MAX + 2];

	memset(long_name, 'x', sizeof(long_name));
	trust_identify(&self->trust, "  i-9 \n", 7);
	EXPECT_STREQ("i-9", self->trust.identity);
	trust_identify(&self->trust, "i-\x01", 3);
	EXPECT_STREQ("", self->trust.identity);
	trust_identify(&self->trust, "i\0x", 3);
	EXPECT_STREQ("", self->trust.identity);
	trust_identify(&self->trust, long_name, sizeof(long_name));
	EXPECT_STREQ("", self->trust.identity);
	trust_identify(&self->trust, long_name, TRUST_IDENTITY_MAX);
	EXPECT_EQ(TRUST_IDENTITY_MAX, strlen(self->trust.identity));
	trust_identify(&self->trust, "", 0);
	EXPECT_STREQ("", self->trust.identity);
}

static const struct trust_case {
	const char *text; /* @: the base64 of a good key */
	const char *reason;
} trust_cases[] = {
	{ "", "the image trusts no key" },
	{ "# key a @\n", "the image trusts no key" },
	{ "group a\n", "the image trusts no key" },
	{ "key a @\n", NULL },
	{ "key a @", NULL },
	{ "\tkey  a\t@ \r\n", NULL },
	{ "key @\n", "line 1 of the image's trust file is wrong" },
	{ "key a @ b\n", "line 1 of the image's trust file is wrong" },
	{ "key a @x\n", "line 1 of the image's trust file is wrong" },
	{ "key a RWQ=\n", "line 1 of the image's trust file is wrong" },
	{ "\nkeys a @\n", "line 2 of the image's trust file is wrong" },
	{ "key a @\ngroup a\ngroup b\n",
	  "line 3 of the image's trust file is wrong" },
	{ "key a @\ngroup a b\n", "line 2 of the image's trust file is wrong" },
	{ "key a @\ngroup\n", "line 2 of the image's trust file is wrong" },
};

/* `text` with the first @ replaced by a good key's base64. */
static char *with_key(const char *text)
{
	char *line = signing_trust(1, "k"), *out = NULL;
	const char *at = strchr(text, '@');

	line[strcspn(line, "\n")] = '\0';
	if (!at)
		out = strdup(text);
	else if (asprintf(&out, "%.*s%s%s", (int)(at - text), text,
			  strrchr(line, ' ') + 1, at + 1) < 0)
		out = NULL;
	free(line);
	return out;
}

TEST(trust_file_is_strict)
{
	for (size_t i = 0; i < ARRAY_SIZE(trust_cases); i++) {
		struct refusal why = { .path = "" };
		char *text = with_key(trust_cases[i].text);
		struct trust t = { .group = "" };
		int r;

		ASSERT_NE(NULL, text);
		r = trust_parse(text, strlen(text), &t, &why);
		EXPECT_EQ(trust_cases[i].reason ? -EINVAL : 0, r)
		{
			TH_LOG("case %zu", i);
		}
		EXPECT_STREQ(trust_cases[i].reason ? trust_cases[i].reason : "",
			     why.reason);
		free(text);
	}
}

TEST(trust_file_with_too_many_keys_is_refused)
{
	char *line = signing_trust(1, "k"), text[TRUST_FILE_MAX] = "";
	struct refusal why = { .path = "" };
	struct trust t = { .group = "" };

	for (size_t i = 0; i < TRUST_KEYS_MAX; i++)
		strcat(text, line);
	EXPECT_EQ(0, trust_parse(text, strlen(text), &t, &why));
	strcat(text, line);
	EXPECT_EQ(-EINVAL, trust_parse(text, strlen(text), &t, &why));
	EXPECT_STREQ("line 9 of the image's trust file is wrong", why.reason);
	free(line);
}

TEST_HARNESS_MAIN
