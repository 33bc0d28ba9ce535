#include "init/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/fd.h"

#define PREFIX "cloister."

struct cmdline_row {
	const char *key; /* without the prefix, with '=' */
	bool (*take)(struct cmdline *c, const char *value, size_t len);
};

static bool take_hash(char out[CMDLINE_HASH_DIGITS + 1], const char *value,
		      size_t len)
{
	if (len != CMDLINE_HASH_DIGITS ||
	    strspn(value, "0123456789abcdef") < CMDLINE_HASH_DIGITS)
		return false;
	memcpy(out, value, len);
	out[len] = '\0';
	return true;
}

static bool take_root_hash(struct cmdline *c, const char *value, size_t len)
{
	return take_hash(c->root_hash, value, len);
}

static bool take_salt(struct cmdline *c, const char *value, size_t len)
{
	return take_hash(c->salt, value, len);
}

static bool take_blocks(struct cmdline *c, const char *value, size_t len)
{
	uint64_t n = 0;

	if (len == 0 || len > 10 || value[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(value[i] - '0');
	}
	c->blocks = n;
	return n <= CMDLINE_BLOCKS_MAX;
}

static const struct cmdline_row rows[] = {
	{ "roothash=", take_root_hash },
	{ "salt=", take_salt },
	{ "blocks=", take_blocks },
};

static int take_word(struct cmdline *c, const char *word, size_t len,
		     unsigned int *seen, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t key = strlen(rows[i].key);

		if (len < key || strncmp(word, rows[i].key, key) != 0)
			continue;
		if (*seen & 1u << i)
			return err_set(e, EEXIST, PREFIX "%s", rows[i].key);
		*seen |= 1u << i;
		if (!rows[i].take(c, word + key, len - key))
			return err_set(e, EINVAL, "value of " PREFIX "%s",
				       rows[i].key);
		return 0;
	}
	return err_set(e, EINVAL, "unknown parameter " PREFIX "%.*s",
		       (int)(len > 64 ? 64 : len), word);
}

int cmdline_parse(const char *text, struct cmdline *c, struct err *e)
{
	static const char space[] = " \t\n";
	unsigned int seen = 0;

	*c = (struct cmdline){ .blocks = 0 };
	for (text += strspn(text, space); *text; text += strspn(text, space)) {
		size_t len = strcspn(text, space);
		size_t prefix = strlen(PREFIX);
		int r;

		if (strncmp(text, PREFIX, prefix) == 0) {
			r = take_word(c, text + prefix, len - prefix, &seen, e);
			if (r < 0)
				return r;
		}
		text += len;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!(seen & 1u << i))
			return err_set(e, ENOENT, PREFIX "%s", rows[i].key);
	return 0;
}

int cmdline_read(struct cmdline *c, struct err *e)
{
	char text[CMDLINE_MAX];
	ssize_t n =
		fd_read_file(AT_FDCWD, "/proc/cmdline", text, sizeof(text), e);

	if (n < 0)
		return (int)n;
	return cmdline_parse(text, c, e);
}
