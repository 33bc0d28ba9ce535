// SPDX-License-Identifier: MIT
#include "runtime/image/path.h"

#include <errno.h>
#include <string.h>

#include "runtime/image/limits.h"

static int check_component(const char *at, size_t len)
{
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	return len == 2 && memcmp(at, "..", 2) == 0 ? -EPERM : 0;
}

/* The name so far becomes part of the parent; the new one takes its place. */
static void push(struct layer_path *p, size_t *len, const char *at, size_t n)
{
	size_t old = strlen(p->name);

	if (old > 0) {
		if (*len > 0)
			p->parent[(*len)++] = '/';
		memcpy(p->parent + *len, p->name, old);
		*len += old;
		p->parent[*len] = '\0';
	}
	memcpy(p->name, at, n);
	p->name[n] = '\0';
}

int layer_path_parse(const char *text, struct layer_path *p)
{
	unsigned int depth = 0;
	size_t parent = 0;

	p->name[0] = '\0';
	p->parent[0] = '\0';
	if (!text[0])
		return -EBADMSG;
	if (strlen(text) >= PATH_MAX)
		return -ENAMETOOLONG;
	while (*text) {
		size_t n = strcspn(text, "/");
		int r = check_component(text, n);

		if (r < 0)
			return r;
		if (n > 0 && !(n == 1 && text[0] == '.')) {
			if (++depth > LAYER_DEPTH_MAX)
				return -ENAMETOOLONG;
			push(p, &parent, text, n);
		}
		text += n + (text[n] == '/');
	}
	if (parent == 0)
		memcpy(p->parent, ".", 2);
	return 0;
}
