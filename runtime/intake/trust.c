// SPDX-License-Identifier: MIT
#include "runtime/intake/trust.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"

/* minisign's public key in binary: algorithm, id, key. */
#define ALGORITHM "Ed"
#define ALGORITHM_BYTES 2
#define PUBLIC_BYTES (ALGORITHM_BYTES + TRUST_KEY_ID_BYTES + TRUST_KEY_BYTES)

struct words {
	char text[256];
	char *word[3];
	size_t count;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Splits a line at blanks; false if it is too long or has too many words. */
static bool split(const char *line, size_t len, struct words *w)
{
	*w = (struct words){ .count = 0 };
	if (len >= sizeof(w->text) || memchr(line, '\0', len))
		return false;
	memcpy(w->text, line, len);
	for (char *at = w->text; *at;) {
		if (is_blank(*at)) {
			*at++ = '\0';
			continue;
		}
		if (w->count == ARRAY_SIZE(w->word))
			return false;
		w->word[w->count++] = at;
		while (*at && !is_blank(*at))
			at++;
	}
	return true;
}

static int set_name(char out[TRUST_NAME_MAX + 1], const char *name)
{
	if (strlen(name) > TRUST_NAME_MAX || !record_is_word(name))
		return -EINVAL;
	strcpy(out, name);
	return 0;
}

static int add_group(struct trust *t, const struct words *w)
{
	if (w->count != 2 || t->group[0])
		return -EINVAL;
	return set_name(t->group, w->word[1]);
}

static int add_key(struct trust *t, const struct words *w)
{
	unsigned char bytes[PUBLIC_BYTES];
	struct trust_key *k = &t->keys[t->key_count];
	size_t len;

	if (w->count != 3 || t->key_count == TRUST_KEYS_MAX ||
	    set_name(k->name, w->word[1]) < 0)
		return -EINVAL;
	if (sodium_base642bin(bytes, sizeof(bytes), w->word[2],
			      strlen(w->word[2]), NULL, &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) < 0 ||
	    len != sizeof(bytes) ||
	    memcmp(bytes, ALGORITHM, ALGORITHM_BYTES) != 0)
		return -EINVAL;
	memcpy(k->id, bytes + ALGORITHM_BYTES, sizeof(k->id));
	memcpy(k->key, bytes + ALGORITHM_BYTES + sizeof(k->id), sizeof(k->key));
	t->key_count++;
	return 0;
}

static const struct statement {
	const char *word;
	int (*add)(struct trust *t, const struct words *w);
} statements[] = {
	{ "group", add_group },
	{ "key", add_key },
};

static int read_line(struct trust *t, const char *line, size_t len)
{
	struct words w;

	if (len && line[0] == '#')
		return 0;
	if (!split(line, len, &w))
		return -EINVAL;
	if (w.count == 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (strcmp(statements[i].word, w.word[0]) == 0)
			return statements[i].add(t, &w);
	return -EINVAL;
}

int trust_parse(const char *text, size_t len, struct trust *t,
		struct refusal *why)
{
	unsigned int line = 1;

	t->key_count = 0;
	t->group[0] = '\0';
	refusal_set_path(why, "trust");
	for (size_t at = 0; at < len; line++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;

		if (read_line(t, text + at, n) < 0)
			return refuse(why,
				      "line %u of the image's trust file "
				      "is wrong",
				      line);
		at += n + 1;
	}
	if (t->key_count == 0)
		return refuse(why, "the image trusts no key");
	return 0;
}

void trust_identify(struct trust *t, const char *text, size_t len)
{
	struct words w;

	t->identity[0] = '\0';
	if (split(text, len, &w) && w.count == 1 &&
	    strlen(w.word[0]) <= TRUST_IDENTITY_MAX &&
	    record_is_word(w.word[0]))
		strcpy(t->identity, w.word[0]);
}
