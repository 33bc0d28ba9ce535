// SPDX-License-Identifier: MIT
#include "runtime/intake/rules.h"

#include <errno.h>
#include <string.h>

#include "runtime/task/plan_syntax.h"

/* The value that the document has under a name, or NULL. */
static char *find_value(const struct plan_pairs *pairs, const char *name)
{
	for (uint32_t i = 0; i < pairs->count; i++)
		if (strcmp(pairs->items[i].name, name) == 0)
			return pairs->items[i].value;
	return NULL;
}

static bool has_name(const struct plan_pairs *pairs, const char *name)
{
	return find_value(pairs, name) != NULL;
}

static int add(struct rule_scope *s, struct plan_pairs *to, char *name,
	       char *value)
{
	if (to->count == PLAN_LIST_MAX)
		return refuse(s->why,
			      "makes more than %d variables of the container",
			      PLAN_LIST_MAX);
	to->items[to->count++] = (struct plan_pair){ name, value };
	return 0;
}

/* ----------------------------------------------------------------- secrets */

static int check_secret_name(struct rule_scope *s, uint32_t index)
{
	const struct plan_container *c = s->container;
	const char *name = c->secrets.items[index].name;
	const struct plan_pairs before = { index, c->secrets.items };
	const char *fault = syntax_file_name(name);

	rule_at(s, ".secrets[%u].name", index);
	if (has_name(&before, name))
		return refuse(s->why, "is listed already");
	if (s->task->secrets_are_files)
		return fault ? refuse(s->why, "%s", fault) : 0;
	if (has_name(&c->environment, name))
		return refuse(s->why, "is a name in environment, too");
	return 0;
}

/* Values take the place of what they were asked for by. */
static int find_secrets(struct rule_scope *s)
{
	struct plan_pairs *secrets = &s->container->secrets;

	for (uint32_t i = 0; i < secrets->count; i++) {
		int r = check_secret_name(s, i);
		char *value =
			find_value(&s->plan->secrets, secrets->items[i].value);

		if (r < 0)
			return r;
		rule_at(s, ".secrets[%u].valueFrom", i);
		if (!value)
			return refuse(s->why, "is not in $.secrets");
		secrets->items[i].value = value;
	}
	return 0;
}

static int add_secrets(struct rule_scope *s, struct plan_pairs *all)
{
	struct plan_pairs *secrets = &s->container->secrets;
	int r = 0;

	if (s->task->secrets_are_files)
		return 0;
	for (uint32_t i = 0; r == 0 && i < secrets->count; i++) {
		rule_at(s, ".secrets[%u]", i);
		r = add(s, all, secrets->items[i].name,
			secrets->items[i].value);
	}
	*secrets = (struct plan_pairs){ 0 };
	return r;
}

/* ------------------------------------------------------------------- files */

/* A copy of `len` bytes with a NUL behind them. */
static char *copy_text(struct plan *p, const char *from, size_t len)
{
	char *copy = plan_alloc(p, len + 1);

	if (copy)
		memcpy(copy, from, len);
	return copy;
}

/* In one file the later line wins, over other files the earlier one. */
static int set_of_file(struct rule_scope *s, struct plan_pairs *all,
		       uint32_t first, char *name, char *value)
{
	for (uint32_t i = 0; i < all->count; i++) {
		if (strcmp(all->items[i].name, name) != 0)
			continue;
		if (i >= first)
			all->items[i].value = value;
		return 0;
	}
	return add(s, all, name, value);
}

/*
 * NAME=VALUE, both as they stand, with all blanks and quotes. As the ECS agent
 * does it, comments and lines without a name, a = or a value say nothing.
 */
static int read_line(struct rule_scope *s, struct plan_pairs *all,
		     uint32_t first, const char *line, size_t len)
{
	const char *equals = memchr(line, '=', len);
	size_t name_len = equals ? (size_t)(equals - line) : 0;
	char *name, *value;

	if (line[0] == '#' || name_len == 0 || name_len + 1 == len)
		return 0;
	if (name_len > PLAN_NAME_MAX)
		return refuse(s->why, "has a name of more than %d bytes",
			      PLAN_NAME_MAX);
	name = copy_text(s->plan, line, name_len);
	value = copy_text(s->plan, equals + 1, len - name_len - 1);
	if (!name || !value)
		return -ENOMEM;
	return set_of_file(s, all, first, name, value);
}

static int read_file(struct rule_scope *s, struct plan_pairs *all,
		     const char *text)
{
	uint32_t first = all->count;
	int r = 0;

	while (r == 0 && *text) {
		size_t len = strcspn(text, "\n");
		bool has_return = len > 0 && text[len - 1] == '\r';

		if (len > has_return)
			r = read_line(s, all, first, text, len - has_return);
		text += len + (text[len] == '\n');
	}
	return r;
}

static int add_files(struct rule_scope *s, struct plan_pairs *all)
{
	struct plan_environment_files *f = &s->container->environment_files;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < f->count; i++) {
		const char *text =
			find_value(&s->plan->files, f->items[i].value);

		rule_at(s, ".environmentFiles[%u].value", i);
		r = text ? read_file(s, all, text) :
			   refuse(s->why, "is not in $.files");
	}
	*f = (struct plan_environment_files){ 0 };
	return r;
}

int rule_write_out_environment(struct rule_scope *s)
{
	struct plan_container *c = s->container;
	struct plan_pairs all = { .count = c->environment.count };
	int r;

	if (c->secrets.count == 0 && c->environment_files.count == 0)
		return 0;
	all.items = plan_alloc(s->plan, PLAN_LIST_MAX * sizeof(*all.items));
	if (!all.items)
		return -ENOMEM;
	for (uint32_t i = 0; i < all.count; i++)
		all.items[i] = c->environment.items[i];
	r = find_secrets(s);
	if (r == 0)
		r = add_secrets(s, &all);
	if (r == 0)
		r = add_files(s, &all);
	c->environment = all;
	return r;
}

static bool is_mounted(const struct plan_container *c, const char *path)
{
	const struct plan_tmpfses *t = &c->linux_parameters.tmpfs;

	for (uint32_t i = 0; i < c->mount_points.count; i++)
		if (rule_is_same_path(c->mount_points.items[i].container_path,
				      path))
			return true;
	for (uint32_t i = 0; i < t->count; i++)
		if (rule_is_same_path(t->items[i].container_path, path))
			return true;
	return false;
}

int rule_secrets_have_their_place(struct rule_scope *s)
{
	for (uint32_t i = 0; i < s->task->containers.count; i++) {
		const struct plan_container *c = &s->task->containers.items[i];

		if (c->secrets.count == 0 || !is_mounted(c, PLAN_SECRETS_PATH))
			continue;
		rule_at(s, ".containerDefinitions[%u].secrets", i);
		return refuse(s->why, "are files in " PLAN_SECRETS_PATH
				      ", where the container mounts something");
	}
	return 0;
}
