// SPDX-License-Identifier: MIT
#include "runtime/oci/config/pretty.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"

/* A line break and tabs for each byte, at the worst. */
#define LEVELS_MAX 12

struct out {
	char *at;
	size_t depth;
};

static void put(struct out *o, char c)
{
	*o->at++ = c;
}

static void new_line(struct out *o)
{
	put(o, '\n');
	for (size_t i = 0; i < o->depth; i++)
		put(o, '\t');
}

static bool is_closing(char c)
{
	return c == '}' || c == ']';
}

/* `c` stands outside of strings; `next` is what follows it. */
static void put_mark(struct out *o, char c, char next)
{
	bool is_opening = c == '{' || c == '[';

	if (is_closing(c)) {
		o->depth--;
		new_line(o);
	}
	put(o, c);
	if (c == ':')
		put(o, ' ');
	if (is_opening)
		o->depth++;
	if ((is_opening && !is_closing(next)) || c == ',')
		new_line(o);
}

/* "{}" stays on its line. */
static const char *put_empty(struct out *o, const char *at)
{
	put(o, at[0]);
	put(o, at[1]);
	return at + 1;
}

static size_t lay_out(const char *from, size_t length, char *to)
{
	struct out o = { .at = to };
	bool in_string = false;

	for (const char *at = from; at < from + length; at++) {
		char next = at + 1 < from + length ? at[1] : '\0';

		if (in_string || !strchr("{}[]:,", *at)) {
			put(&o, *at);
			if (*at == '\\')
				put(&o, *++at);
			else if (*at == '"')
				in_string = !in_string;
		} else if ((*at == '{' || *at == '[') && is_closing(next)) {
			at = put_empty(&o, at);
		} else {
			put_mark(&o, *at, next);
		}
	}
	put(&o, '\n');
	return (size_t)(o.at - to);
}

int pretty_write(int fd, const struct json *j, struct err *e)
{
	AUTO_FREE char *text = NULL;
	int err;

	if (j->is_full)
		return err_set(e, ENOBUFS, "JSON: more than %zu bytes", j->cap);
	text = malloc(j->len * (LEVELS_MAX + 2) + 1);
	if (!text)
		return err_set(e, ENOMEM, "malloc(JSON)");
	err = fd_write_all(fd, text, lay_out(j->text, j->len, text));
	return err < 0 ? err_set(e, -err, "write(JSON)") : 0;
}
