// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/oci/config/config_inner.h"

#define PIPE_BYTES 16384

/* --------------------------------------------------------------- ownership */

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->fd_count; i++)
		fd_close(&c->fds[i]);
	arena_free(&c->arena);
	free(c->text);
	free(c);
}

static void release(struct config **c)
{
	config_free(*c);
}

#define AUTO_CONFIG __attribute__((cleanup(release)))

/* A config that owns `text`; NULL frees it. */
static struct config *new_config(char *text)
{
	struct config *c = calloc(1, sizeof(*c));

	if (!c) {
		free(text);
		return NULL;
	}
	c->text = text;
	oci_spec_init(&c->spec);
	return c;
}

int config_new(struct config *c, size_t count, size_t size, void *out,
	       struct err *e)
{
	void **made = out;

	*made = count ? arena_take(&c->arena, count * size) : NULL;
	if (count && !*made)
		return err_set(e, ENOMEM, "no memory for config.json");
	return 0;
}

int config_keep_fd(struct config *c, int fd, struct err *e)
{
	int *kept = arena_item(&c->arena, &c->fds, c->fd_count, sizeof(*kept));

	if (!kept) {
		fd_close(&fd);
		return err_set(e, ENOMEM, "no memory for config.json");
	}
	*kept = fd;
	c->fd_count++;
	return 0;
}

int config_warn(struct config *c, struct err *e, const char *fmt, ...)
{
	struct err text;
	char words[ERR_MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	/* Without the bytes that no terminal should see. */
	fields_refuse(&text, EINVAL, "%s", words);
	if (!fields_add(&c->arena, &c->warnings,
			arena_text(&c->arena, text.message)))
		return err_set(e, ENOMEM, "no memory for config.json");
	return 0;
}

/* ------------------------------------------------------------------- hooks */

static int take_hooks(struct config *c, enum config_hook which,
		      const struct field_objects *from, struct err *e)
{
	const struct doc_hook *d = from->items;
	struct config_hooks *h = &c->hooks[which];
	int err = config_new(c, from->count, sizeof(*h->items), &h->items, e);

	h->count = err < 0 ? 0 : from->count;
	for (size_t i = 0; i < h->count; i++)
		h->items[i] = (struct oci_hook){
			.path = d[i].path,
			.args = d[i].args.count ? d[i].args.items : NULL,
			.env = d[i].env.items,
			.timeout_s = (uint32_t)d[i].timeout.value,
		};
	return err;
}

static int take_all_hooks(struct config *c, const struct doc_hooks *d,
			  struct err *e)
{
	const struct field_objects *from[CONFIG_HOOK_COUNT] = {
		[CONFIG_PRESTART] = &d->prestart,
		[CONFIG_CREATE_RUNTIME] = &d->create_runtime,
		[CONFIG_CREATE_CONTAINER] = &d->create_container,
		[CONFIG_START_CONTAINER] = &d->start_container,
		[CONFIG_POSTSTART] = &d->poststart,
		[CONFIG_POSTSTOP] = &d->poststop,
	};
	struct oci_hooks *o = &c->spec.hooks;
	int err = 0;

	for (int i = 0; err == 0 && i < CONFIG_HOOK_COUNT; i++)
		err = take_hooks(c, (enum config_hook)i, from[i], e);
	o->create_container = c->hooks[CONFIG_CREATE_CONTAINER].items;
	o->create_container_count = c->hooks[CONFIG_CREATE_CONTAINER].count;
	o->start_container = c->hooks[CONFIG_START_CONTAINER].items;
	o->start_container_count = c->hooks[CONFIG_START_CONTAINER].count;
	return err;
}

/* ---------------------------------------------------------------- document */

static int take_annotations(struct config *c, const struct field_pairs *from,
			    struct err *e)
{
	int err = config_new(c, from->count, sizeof(*c->annotations),
			     &c->annotations, e);

	c->annotation_count = err < 0 ? 0 : from->count;
	for (size_t i = 0; i < c->annotation_count; i++) {
		c->annotations[i].key = from->items[i].key;
		c->annotations[i].value = from->items[i].value;
	}
	return err;
}

/* Of a namespace that is joined the root is what it is. */
static int check_root(const struct config *c, struct err *e)
{
	if (!(c->joined & CLONE_NEWNS) || strcmp(c->root, "/") == 0)
		return 0;
	return fields_refuse(e, EINVAL,
			     "root.path: \"%.64s\" is not /, the root of the "
			     "mount namespace that is joined",
			     c->root);
}

static int take_document(struct config *c, const struct document *d,
			 int bundle_fd, struct err *e)
{
	static const struct doc_linux no_linux;
	int err = 0;

	c->version = d->version;
	c->root = d->root->path;
	c->spec.is_root_read_only = d->root->is_read_only;
	c->spec.hostname = config_given(d->hostname);
	c->spec.domainname = config_given(d->domainname);
	if (!d->process)
		return fields_refuse(e, EINVAL, "process: is missing");
	err = config_take_process(c, d->process, e);
	if (err == 0)
		err = config_take_linux(
			c, d->linux_part ? d->linux_part : &no_linux, e);
	if (err == 0)
		err = check_root(c, e);
	if (err == 0 && !c->is_running)
		err = config_take_mounts(c, &d->mounts, bundle_fd, e);
	if (err == 0 && d->hooks)
		err = take_all_hooks(c, d->hooks, e);
	return err < 0 ? err : take_annotations(c, &d->annotations, e);
}

int config_take_text(int bundle_fd, char *text, size_t length,
		     struct config **out, struct err *e)
{
	AUTO_CONFIG struct config *c = new_config(text);
	struct document d = { .version = NULL };
	int err;

	if (!c)
		return err_set(e, ENOMEM, "no memory for config.json");
	c->is_running = bundle_fd < 0 && bundle_fd != AT_FDCWD;
	err = fields_read(text, length, &document_table, &c->arena, &d, e);
	if (err == 0)
		err = take_document(c, &d, bundle_fd, e);
	if (err == 0)
		*out = take_ptr(&c);
	return err;
}

/* ------------------------------------------------------------------- files */

/* Where to begin: the size of a file; of a pipe nobody knows it. */
static size_t first_size(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 1)
		return PIPE_BYTES;
	return st.st_size < CONFIG_BYTES_MAX ? (size_t)st.st_size :
					       CONFIG_BYTES_MAX;
}

/*
 * The whole of a file and a NUL behind it. Not into room for the largest: the
 * kernel may give, and clear, a huge page for its first byte.
 */
static int read_text(int fd, const char *name, char **text, size_t *length,
		     struct err *e)
{
	AUTO_FREE char *buffer = NULL;
	size_t size = first_size(fd);
	size_t used = 0;

	for (;; size *= 4) {
		char *bigger;
		ssize_t n;

		if (size > CONFIG_BYTES_MAX)
			size = CONFIG_BYTES_MAX;
		bigger = realloc(buffer, size + 1);
		if (!bigger)
			return err_set(e, ENOMEM, "malloc(%.200s)", name);
		buffer = bigger;
		n = fd_read_all(fd, buffer + used, size + 1 - used);
		if (n < 0)
			return err_set(e, (int)-n, "read(%.200s)", name);
		used += (size_t)n;
		if (used <= size)
			break;
		if (size == CONFIG_BYTES_MAX)
			return err_set(e, EFBIG, "%.200s: more than %d bytes",
				       name, CONFIG_BYTES_MAX);
	}
	buffer[used] = '\0';
	*text = take_ptr(&buffer);
	*length = used;
	return 0;
}

int config_load(int bundle_fd, const char *file, struct config **out,
		struct err *e)
{
	AUTO_CLOSE int fd = openat(bundle_fd, file, O_RDONLY | O_CLOEXEC);
	size_t length;
	char *text;
	int err;

	if (fd < 0)
		return err_set(e, errno, "openat(%.200s)", file);
	err = read_text(fd, file, &text, &length, e);
	if (err == 0)
		err = config_take_text(bundle_fd, text, length, out, e);
	return err;
}

int config_load_running(int fd, const char *name, struct config **out,
			struct err *e)
{
	size_t length;
	char *text;
	int err = read_text(fd, name, &text, &length, e);

	return err < 0 ? err : config_take_text(-1, text, length, out, e);
}

/* Reads one object of `table` into `part`; `*out` owns the text. */
static int load_part(int fd, const char *name, const struct field_table *table,
		     void *part, struct config **out, struct err *e)
{
	size_t length;
	char *text;
	int err = read_text(fd, name, &text, &length, e);

	if (err < 0)
		return err;
	*out = new_config(text);
	if (!*out)
		return err_set(e, ENOMEM, "no memory for %.200s", name);
	return fields_read(text, length, table, &(*out)->arena, part, e);
}

int config_load_process(int fd, const char *name, struct config **out,
			struct err *e)
{
	AUTO_CONFIG struct config *c = NULL;
	struct doc_process d = { .cwd = NULL };
	int err = load_part(fd, name, &document_process_table, &d, &c, e);

	if (err == 0)
		err = config_take_process(c, &d, e);
	if (err == 0)
		*out = take_ptr(&c);
	return err;
}

int config_load_resources(int fd, const char *name, struct config **out,
			  struct err *e)
{
	AUTO_CONFIG struct config *c = NULL;
	struct doc_resources d = { .memory = NULL };
	int err = load_part(fd, name, &document_resources_table, &d, &c, e);

	if (err == 0)
		err = config_take_resources(c, "resources", &d, e);
	if (err == 0)
		*out = take_ptr(&c);
	return err;
}

/* --------------------------------------------------------------- questions */

struct oci_spec *config_spec(struct config *c)
{
	return &c->spec;
}

const char *config_root(const struct config *c)
{
	return c->root;
}

const char *config_version(const struct config *c)
{
	return c->version;
}

const char *config_cgroup(const struct config *c)
{
	return c->cgroup;
}

const struct oci_hook *config_hooks(const struct config *c,
				    enum config_hook which, size_t *count)
{
	*count = c->hooks[which].count;
	return c->hooks[which].items;
}

const struct config_annotation *config_annotations(const struct config *c,
						   size_t *count)
{
	*count = c->annotation_count;
	return c->annotations;
}

const char *config_listener_path(const struct config *c)
{
	return c->listener_path;
}

const char *config_listener_metadata(const struct config *c)
{
	return c->listener_metadata;
}

const char *const *config_warnings(const struct config *c)
{
	static const char *const none[] = { NULL };

	return c->warnings.count ? c->warnings.items : none;
}
