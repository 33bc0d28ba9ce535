// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/config/config_inner.h"
#include "runtime/oci/config/mount_options.h"

#define CONTEXT "context="

/* One mount on its way from the document to the spec. */
struct work {
	struct config *c;
	const struct doc_mount *from;
	struct oci_mount *to;
	size_t index;
	int bundle_fd;
	bool is_bind;
	struct field_texts data; /* options of the file system */
	struct err *e;
};

static int refuse(const struct work *w, int code, const char *property,
		  const char *words)
{
	return fields_refuse(w->e, code, "mounts[%zu].%s: %s", w->index,
			     property, words);
}

static int no_memory(const struct work *w)
{
	return refuse(w, ENOMEM, "options", "no memory to read them");
}

/* ----------------------------------------------------------------- options */

static bool is_type(const struct work *w, const char *type)
{
	return w->from->type && strcmp(w->from->type, type) == 0;
}

/* context="USER:ROLE:TYPE:s0:c1,c2": the quotes are for
 * the comma, which splits options. */
static int take_label(struct work *w, const char *label)
{
	size_t length = strlen(label);
	char *copy = arena_text(&w->c->arena, label);

	if (!copy)
		return no_memory(w);
	if (length >= 2 && copy[0] == '"' && copy[length - 1] == '"') {
		copy[length - 1] = '\0';
		copy++;
	}
	w->to->label = copy;
	return 0;
}

static int take_option(struct work *w, const char *option)
{
	const struct mount_option *o = mount_option_find(option);

	if (o)
		mount_option_apply(o, w->to, &w->is_bind);
	if (o && o->effect != MOUNT_SUPERBLOCK)
		return 0;
	if (strncmp(option, CONTEXT, strlen(CONTEXT)) == 0)
		return take_label(w, option + strlen(CONTEXT));
	return fields_add(&w->c->arena, &w->data, option) ? 0 : no_memory(w);
}

static int take_options(struct work *w)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < w->from->options.count; i++)
		err = take_option(w, w->from->options.items[i]);
	return err;
}

/* A bind has no file system of its own to take them; to drop them in silence
 * would hide an option that is only misspelt. */
static int check_no_data(const struct work *w)
{
	for (size_t i = 0; i < w->data.count; i++)
		if (!mount_option_find(w->data.items[i]))
			return fields_refuse(
				w->e, EINVAL,
				"mounts[%zu].options: \"%.64s\" is no option "
				"of a bind or remount",
				w->index, w->data.items[i]);
	return 0;
}

static int join_data(struct work *w)
{
	size_t size = 0;
	char *text, *at;

	for (size_t i = 0; i < w->data.count; i++)
		size += strlen(w->data.items[i]) + 1;
	if (size == 0)
		return 0;
	text = arena_take(&w->c->arena, size);
	if (!text)
		return no_memory(w);
	at = text;
	for (size_t i = 0; i < w->data.count; i++) {
		if (i > 0)
			*at++ = ',';
		at = stpcpy(at, w->data.items[i]);
	}
	w->to->options = text;
	return 0;
}

/* ------------------------------------------------------------------- binds */

static int open_source(struct work *w)
{
	const char *source = config_given(w->from->source);
	int err = check_no_data(w);
	int fd;

	if (err < 0)
		return err;
	if (!source)
		return refuse(w, EINVAL, "source",
			      "is missing, a bind needs it");
	fd = openat(w->bundle_fd, source, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return fields_refuse(w->e, errno, "mounts[%zu].source: %.200s",
				     w->index, source);
	w->to->source_fd = fd;
	return config_keep_fd(w->c, fd, w->e);
}

/* -------------------------------------------------------- new file systems */

/* Those whose files have no labels of their own. */
static bool takes_label(const char *type)
{
	static const char *const types[] = { "tmpfs", "devpts", "ramfs" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

static int describe_new(struct work *w)
{
	struct oci_mount *m = w->to;
	const char *type = config_given(w->from->type);

	if (!type)
		return refuse(w, EINVAL, "type", "is missing");
	/* The engines say so whatever the host has. */
	m->type = strcmp(type, "cgroup") == 0 ? "cgroup2" : type;
	m->source = config_given(w->from->source);
	m->takes_label = !m->label && takes_label(type);
	/* A read-only device can only be mounted read-only. */
	if (m->source && m->source[0] == '/' &&
	    m->attributes_set & MOUNT_ATTR_RDONLY &&
	    !fields_add(&w->c->arena, &w->data, "ro"))
		return no_memory(w);
	return join_data(w);
}

/* ------------------------------------------------------------------- idmap */

static int take_idmap(struct work *w)
{
	struct oci_mount *m = w->to;
	char place[64];
	size_t uids = w->from->uid_map.count;
	size_t gids = w->from->gid_map.count;
	int err;

	/* The mappings alone ask for it too. */
	m->is_idmapped |= uids || gids;
	if (!m->is_idmapped)
		return 0;
	if (!uids != !gids)
		return refuse(w, EINVAL, "uidMappings, gidMappings",
			      "one without the other");
	if (!uids && !config_has_namespace(w->c, CLONE_NEWUSER))
		return refuse(w, EINVAL, "uidMappings",
			      "is missing, and there is no user namespace");
	snprintf(place, sizeof(place), "mounts[%zu].uidMappings", w->index);
	err = config_take_maps(w->c, place, &w->from->uid_map, &m->id_maps.uids,
			       &m->id_maps.uid_count, w->e);
	if (err < 0)
		return err;
	snprintf(place, sizeof(place), "mounts[%zu].gidMappings", w->index);
	return config_take_maps(w->c, place, &w->from->gid_map,
				&m->id_maps.gids, &m->id_maps.gid_count, w->e);
}

/* ------------------------------------------------------------------- mount */

/* "Relative paths are deprecated", and relative to the root. */
static int take_destination(struct work *w)
{
	const char *path = w->from->destination;

	if (path[0] != '/')
		path = arena_format(&w->c->arena, "/%s", path);
	if (!path)
		return no_memory(w);
	if (!path[strspn(path, "/")])
		return refuse(w, EINVAL, "destination", "is the root itself");
	w->to->destination = path;
	return 0;
}

static int take_mount(struct work *w)
{
	int err = take_destination(w);

	w->to->source_fd = -1;
	w->is_bind = is_type(w, "bind");
	if (err == 0)
		err = take_options(w);
	if (err == 0)
		err = take_idmap(w);
	if (err == 0 && w->to->is_tmpcopyup &&
	    (w->is_bind || !is_type(w, "tmpfs")))
		err = refuse(w, EINVAL, "options", "tmpcopyup is for a tmpfs");
	if (err < 0)
		return err;
	if (w->to->is_remount)
		return check_no_data(w);
	return w->is_bind ? open_source(w) : describe_new(w);
}

int config_take_mounts(struct config *c, const struct field_objects *mounts,
		       int bundle_fd, struct err *e)
{
	const struct doc_mount *from = mounts->items;
	struct oci_mount *to;
	int err = config_new(c, mounts->count, sizeof(*to), &to, e);

	for (size_t i = 0; err == 0 && i < mounts->count; i++) {
		struct work w = {
			.c = c,
			.from = &from[i],
			.to = &to[i],
			.index = i,
			.bundle_fd = bundle_fd,
			.e = e,
		};

		err = take_mount(&w);
	}
	c->spec.mounts = to;
	c->spec.mount_count = mounts->count;
	return err;
}
