#include "init/cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "settings.h"

#define PREFIX "cloister."

struct cmdline_row {
	const char *key; /* with '=' */
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
	{ PREFIX "roothash=", take_root_hash },
	{ PREFIX "salt=", take_salt },
	{ PREFIX "blocks=", take_blocks },
};

/* clang-format off */
const char *const cmdline_words[] = { SETTINGS_BOOT };
/* clang-format on */
const size_t cmdline_count = ARRAY_SIZE(cmdline_words);

#define WORDS_MAX 32
_Static_assert(ARRAY_SIZE(rows) + ARRAY_SIZE(cmdline_words) <= WORDS_MAX,
	       "each has a bit");

static int take_once(uint32_t *seen, size_t bit, const char *name,
		     struct err *e)
{
	if (*seen & 1u << bit)
		return err_set(e, EEXIST, "%s", name);
	*seen |= 1u << bit;
	return 0;
}

static int refuse(const char *word, size_t len, struct err *e)
{
	return err_set(e, EINVAL, "unknown parameter %.*s",
		       (int)(len > 64 ? 64 : len), word);
}

static int take_ours(struct cmdline *c, const char *word, size_t len,
		     uint32_t *seen, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t key = strlen(rows[i].key);
		int r;

		if (len < key || strncmp(word, rows[i].key, key) != 0)
			continue;
		r = take_once(seen, i, rows[i].key, e);
		if (r < 0)
			return r;
		if (!rows[i].take(c, word + key, len - key))
			return err_set(e, EINVAL, "value of %s", rows[i].key);
		return 0;
	}
	return refuse(word, len, e);
}

static int take_kernels(const char *word, size_t len, uint32_t *seen,
			struct err *e)
{
	for (size_t i = 0; i < cmdline_count; i++) {
		const char *known = cmdline_words[i];

		if (strlen(known) == len && memcmp(known, word, len) == 0)
			return take_once(seen, ARRAY_SIZE(rows) + i, known, e);
	}
	return refuse(word, len, e);
}

static int check_complete(uint32_t seen, struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!(seen & 1u << i))
			return err_set(e, ENOENT, "%s", rows[i].key);
	for (size_t i = 0; i < cmdline_count; i++)
		if (!(seen & 1u << (ARRAY_SIZE(rows) + i)))
			return err_set(e, ENOENT, "%s", cmdline_words[i]);
	return 0;
}

int cmdline_parse(const char *text, struct cmdline *c, struct err *e)
{
	static const char space[] = " \t\n";
	uint32_t seen = 0;

	*c = (struct cmdline){ .blocks = 0 };
	for (text += strspn(text, space); *text; text += strspn(text, space)) {
		size_t len = strcspn(text, space);
		bool is_ours = strncmp(text, PREFIX, strlen(PREFIX)) == 0;
		int r = is_ours ? take_ours(c, text, len, &seen, e) :
				  take_kernels(text, len, &seen, e);

		if (r < 0)
			return r;
		text += len;
	}
	return check_complete(seen, e);
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
