// SPDX-License-Identifier: MIT
#include "runtime/intake/envelope.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fd.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "
#define COMMENT_MAX 1024
#define ALGORITHM "ED" /* of the hash; "Ed" signs the bytes themselves */
#define ALGORITHM_BYTES 2
#define SIGNATURE_BYTES crypto_sign_BYTES
#define HASH_BYTES crypto_generichash_BYTES_MAX
#define SERIAL_MAX INT64_C(1000000000000000)

struct line {
	const char *text;
	size_t len;
};

enum head_line {
	LINE_UNTRUSTED,
	LINE_SIGNATURE,
	LINE_TRUSTED,
	LINE_GLOBAL,
	LINE_COUNT
};

struct signature {
	unsigned char algorithm[ALGORITHM_BYTES];
	unsigned char key_id[TRUST_KEY_ID_BYTES];
	unsigned char bytes[SIGNATURE_BYTES];
};
_Static_assert(sizeof(struct signature) ==
		       ALGORITHM_BYTES + TRUST_KEY_ID_BYTES + SIGNATURE_BYTES,
	       "read as it stands");

static bool starts_with(const struct line *l, const char *prefix)
{
	size_t len = strlen(prefix);

	return l->len >= len && memcmp(l->text, prefix, len) == 0;
}

/* The four lines of the head; what is behind them is the document. */
static int split_head(const char *bytes, size_t len,
		      struct line lines[LINE_COUNT], struct envelope *out)
{
	size_t at = 0;

	for (size_t i = 0; i < LINE_COUNT; i++) {
		size_t room = len - at;
		const char *end;

		if (room > ENVELOPE_HEAD_MAX)
			room = ENVELOPE_HEAD_MAX;
		end = memchr(bytes + at, '\n', room);
		if (!end)
			return -EINVAL;
		lines[i] =
			(struct line){ bytes + at, (size_t)(end - bytes) - at };
		at = (size_t)(end - bytes) + 1;
	}
	if (!starts_with(&lines[LINE_UNTRUSTED], UNTRUSTED) ||
	    !starts_with(&lines[LINE_TRUSTED], TRUSTED))
		return -EINVAL;
	out->document = bytes + at;
	out->len = len - at;
	return 0;
}

static int decode(const struct line *l, void *out, size_t size)
{
	size_t len;

	if (sodium_base642bin(out, size, l->text, l->len, NULL, &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) < 0 ||
	    len != size)
		return -EINVAL;
	return 0;
}

static const struct trust_key *find_key(const struct trust *t,
					const struct signature *s)
{
	for (size_t i = 0; i < t->key_count; i++)
		if (memcmp(t->keys[i].id, s->key_id, sizeof(s->key_id)) == 0)
			return &t->keys[i];
	return NULL;
}

static bool document_holds(const struct envelope *e, const struct signature *s,
			   const struct trust_key *k)
{
	unsigned char hash[HASH_BYTES];

	crypto_generichash(hash, sizeof(hash),
			   (const unsigned char *)e->document, e->len, NULL, 0);
	return crypto_sign_verify_detached(s->bytes, hash, sizeof(hash),
					   k->key) == 0;
}

/* The second signature covers the first and the comment's own text. */
static bool comment_holds(const struct line *comment, const struct signature *s,
			  const unsigned char global[SIGNATURE_BYTES],
			  const struct trust_key *k)
{
	unsigned char text[SIGNATURE_BYTES + COMMENT_MAX];

	if (comment->len > COMMENT_MAX)
		return false;
	memcpy(text, s->bytes, SIGNATURE_BYTES);
	memcpy(text + SIGNATURE_BYTES, comment->text, comment->len);
	return crypto_sign_verify_detached(global, text,
					   SIGNATURE_BYTES + comment->len,
					   k->key) == 0;
}

static int verify(const struct line lines[LINE_COUNT], const struct trust *t,
		  struct envelope *e, struct line *comment, struct refusal *why)
{
	const size_t prefix = strlen(TRUSTED);
	unsigned char global[SIGNATURE_BYTES];
	const struct trust_key *k;
	struct signature s;

	*comment = (struct line){ lines[LINE_TRUSTED].text + prefix,
				  lines[LINE_TRUSTED].len - prefix };
	if (decode(&lines[LINE_SIGNATURE], &s, sizeof(s)) < 0 ||
	    decode(&lines[LINE_GLOBAL], global, sizeof(global)) < 0)
		return refuse(why, "is not a minisign signature");
	if (memcmp(s.algorithm, ALGORITHM, sizeof(s.algorithm)) != 0)
		return refuse(why, "is not of minisign's hashed form, "
				   "algorithm ED");
	k = find_key(t, &s);
	if (!k)
		return refuse(why, "is by a key that the image does not trust");
	if (!document_holds(e, &s, k))
		return refuse(why, "does not fit the document: one of the two "
				   "was changed");
	if (!comment_holds(comment, &s, global, k))
		return refuse(why, "does not fit its trusted comment");
	e->key = k->name;
	return 0;
}

/* ------------------------------------------------------ the trusted comment */

/* Takes " NAME=VALUE" from the front; `name` has the blank and the "=". */
static bool take_value(struct line *rest, const char *name, struct line *value)
{
	const char *blank;

	if (!starts_with(rest, name))
		return false;
	rest->text += strlen(name);
	rest->len -= strlen(name);
	blank = memchr(rest->text, ' ', rest->len);
	value->text = rest->text;
	value->len = blank ? (size_t)(blank - rest->text) : rest->len;
	rest->text += value->len;
	rest->len -= value->len;
	return value->len > 0;
}

/* Digits alone, no zero in front. */
static bool parse_number(const struct line *l, int64_t max, int64_t *out)
{
	int64_t n = 0;

	if (l->len == 0 || (l->text[0] == '0' && l->len > 1))
		return false;
	for (size_t i = 0; i < l->len; i++) {
		if (l->text[i] < '0' || l->text[i] > '9' || n > max / 10)
			return false;
		n = n * 10 + (l->text[i] - '0');
	}
	*out = n;
	return n <= max;
}

/* Two or four digits of a date at `at`. */
static int digits(const char *at, size_t count)
{
	int n = 0;

	for (size_t i = 0; i < count; i++)
		n = n * 10 + (at[i] - '0');
	return n;
}

/* 2026-12-31T23:59:59Z, and a day that the calendar has. */
static bool parse_date(const struct line *l, int64_t *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	struct tm given = { .tm_mon = 0 }, proper;
	time_t t;

	if (l->len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < l->len; i++) {
		bool is_digit = l->text[i] >= '0' && l->text[i] <= '9';

		if (form[i] == 'd' ? !is_digit : l->text[i] != form[i])
			return false;
	}
	given.tm_year = digits(l->text, 4) - 1900;
	given.tm_mon = digits(l->text + 5, 2) - 1;
	given.tm_mday = digits(l->text + 8, 2);
	given.tm_hour = digits(l->text + 11, 2);
	given.tm_min = digits(l->text + 14, 2);
	given.tm_sec = digits(l->text + 17, 2);
	proper = given;
	t = timegm(&proper);
	*out = t;
	/* timegm(3) makes the 31st of June the 1st of July. */
	return proper.tm_mon == given.tm_mon &&
	       proper.tm_mday == given.tm_mday &&
	       proper.tm_hour == given.tm_hour &&
	       proper.tm_min == given.tm_min && proper.tm_sec == given.tm_sec;
}

static bool is_word(const char *text, size_t len, const char *word)
{
	return word[0] && strlen(word) == len && memcmp(text, word, len) == 0;
}

static bool is_meant(const char *who, size_t len, const struct trust *t)
{
	static const char group[] = "group:";
	const size_t prefix = sizeof(group) - 1;

	if (is_word(who, len, "*") || is_word(who, len, t->identity))
		return true;
	return len > prefix && memcmp(who, group, prefix) == 0 &&
	       is_word(who + prefix, len - prefix, t->group);
}

static bool has_audience(const struct line *list, const struct trust *t)
{
	size_t at = 0;

	while (at < list->len) {
		const char *comma =
			memchr(list->text + at, ',', list->len - at);
		size_t end = comma ? (size_t)(comma - list->text) : list->len;

		if (is_meant(list->text + at, end - at, t))
			return true;
		at = end + 1;
	}
	return false;
}

static int check_comment(struct line comment, const struct trust *t,
			 int64_t now_s, struct envelope *e, struct refusal *why)
{
	struct line version, serial, expires, audience;

	refusal_set_path(why, "signature.comment");
	if (!take_value(&comment, "cloister/", &version) ||
	    !is_word(version.text, version.len, "1") ||
	    !take_value(&comment, " serial=", &serial) ||
	    !take_value(&comment, " expires=", &expires) ||
	    !take_value(&comment, " audience=", &audience) || comment.len)
		return refuse(why, "is not: cloister/1 serial=N "
				   "expires=DATE audience=WHO");
	refusal_set_path(why, "signature.serial");
	if (!parse_number(&serial, SERIAL_MAX, &e->serial) || e->serial == 0)
		return refuse(why, "is not a number from 1 to %lld",
			      (long long)SERIAL_MAX);
	refusal_set_path(why, "signature.expires");
	if (!parse_date(&expires, &e->expires_s))
		return refuse(why, "is not a date like 2026-12-31T23:59:59Z");
	if (now_s >= e->expires_s)
		return refuse(why, "is past: the document expired %lld s ago",
			      (long long)(now_s - e->expires_s));
	refusal_set_path(why, "signature.audience");
	if (!has_audience(&audience, t))
		return refuse(why,
			      "does not name this machine, %s, or its "
			      "group, %s",
			      t->identity[0] ? t->identity : "(no id)",
			      t->group[0] ? t->group : "(none)");
	return 0;
}

int envelope_open(const char *bytes, size_t len, const struct trust *t,
		  int64_t now_s, struct envelope *out, struct refusal *why)
{
	struct envelope e = { .serial = 0 };
	struct line lines[LINE_COUNT], comment;
	int r;

	refusal_set_path(why, "signature");
	if (split_head(bytes, len, lines, &e) < 0)
		return refuse(why, "is missing: the document is not signed");
	r = verify(lines, t, &e, &comment, why);
	if (r == 0)
		r = check_comment(comment, t, now_s, &e, why);
	if (r == 0)
		*out = e;
	return r;
}
