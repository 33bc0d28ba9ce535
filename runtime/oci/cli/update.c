// SPDX-License-Identifier: MIT
/* The command update: new limits for a container that is there. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/store.h"
#include "runtime/oci/config/config.h"

#define TEXT_ROOM 65536

enum limit_kind {
	LIMIT_BYTES, /* a number, or one with k, m, g, t behind */
	LIMIT_NUMBER,
	LIMIT_TEXT,
};

/* An option in the words of the specification's resources object. */
struct limit_row {
	const char *option;
	const char *object;
	const char *key;
	enum limit_kind kind;
};

/* clang-format off */
/* Rows of one object stand together. */
static const struct limit_row limits[] = {
	{ "memory", "memory", "limit", LIMIT_BYTES },
	{ "memory-reservation", "memory", "reservation", LIMIT_BYTES },
	{ "memory-swap", "memory", "swap", LIMIT_BYTES },
	{ "cpu-share", "cpu", "shares", LIMIT_NUMBER },
	{ "cpu-quota", "cpu", "quota", LIMIT_NUMBER },
	{ "cpu-period", "cpu", "period", LIMIT_NUMBER },
	{ "cpu-burst", "cpu", "burst", LIMIT_NUMBER },
	{ "cpu-idle", "cpu", "idle", LIMIT_NUMBER },
	{ "cpuset-cpus", "cpu", "cpus", LIMIT_TEXT },
	{ "cpuset-mems", "cpu", "mems", LIMIT_TEXT },
	{ "blkio-weight", "blockIO", "weight", LIMIT_NUMBER },
	{ "pids-limit", "pids", "limit", LIMIT_NUMBER },
};
/* clang-format on */

/* The last value given for an option, or NULL. */
static const char *given(const struct option_list *list, const char *option)
{
	const char *value = NULL;

	for (size_t i = 0; i + 1 < list->count; i += 2)
		if (strcmp(list->items[i], option) == 0)
			value = list->items[i + 1];
	return value;
}

/* -1 is "no limit"; whether it may be so is for the reader of the object. */
static int parse_number(const char *text, bool is_bytes, int64_t *out)
{
	static const char units[] = "kmgt";
	const char *unit;
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno || end == text || *out < -1)
		return -EINVAL;
	if (!*end)
		return 0;
	unit = is_bytes ? strchr(units, *end | 0x20) : NULL;
	if (!unit || !*unit || (end[1] && strcmp(end + 1, "b") != 0) ||
	    *out < 0 || *out > INT64_MAX >> (10 * (unit - units + 1)))
		return -EINVAL;
	*out <<= 10 * (unit - units + 1);
	return 0;
}

static int put_limit(struct json *j, const struct limit_row *row,
		     const char *value, struct err *e)
{
	int64_t n;

	json_key(j, row->key);
	if (row->kind == LIMIT_TEXT) {
		json_text(j, value);
		return 0;
	}
	if (parse_number(value, row->kind == LIMIT_BYTES, &n) < 0)
		return err_set(e, EINVAL, "option --%s %s", row->option, value);
	json_int(j, n);
	return 0;
}

/* The single options as a resources object, for the one reader there is. */
static int make_object(const struct option_list *list, struct json *j,
		       struct err *e)
{
	const char *open = NULL;
	int r = 0;

	json_open(j, '{');
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(limits); i++) {
		const struct limit_row *row = &limits[i];
		const char *value = given(list, row->option);

		if (!value)
			continue;
		if (open && strcmp(open, row->object) != 0)
			json_close(j, '}');
		if (!open || strcmp(open, row->object) != 0) {
			json_key(j, row->object);
			json_open(j, '{');
		}
		open = row->object;
		r = put_limit(j, row, value, e);
	}
	if (open)
		json_close(j, '}');
	json_close(j, '}');
	if (r == 0 && j->is_full)
		return err_set(e, E2BIG, "limits");
	return r;
}

static int load_single(const struct option_list *list, struct config **out,
		       struct err *e)
{
	AUTO_FREE char *text = malloc(TEXT_ROOM);
	AUTO_CLOSE int fd = -1;
	struct json j;
	int r;

	if (!text)
		return err_set(e, ENOMEM, "malloc(limits)");
	json_start(&j, text, TEXT_ROOM);
	r = make_object(list, &j, e);
	if (r < 0)
		return r;
	fd = fd_sealed("limits", j.text, j.len, e);
	return fd < 0 ? fd : config_load_resources(fd, "limits", out, e);
}

static int load_file(const char *path, struct config **out, struct err *e)
{
	AUTO_CLOSE int fd = -1;

	if (strcmp(path, "-") == 0)
		return config_load_resources(STDIN_FILENO, "standard input",
					     out, e);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno, "open(resources %s)", path);
	return config_load_resources(fd, path, out, e);
}

static int load(const struct options *o, struct config **out, struct err *e)
{
	if (o->resources && o->limits.count > 0)
		return err_set(e, EINVAL,
			       "--resources and --%s: one or the other",
			       o->limits.items[0]);
	if (o->resources)
		return load_file(o->resources, out, e);
	if (o->limits.count == 0)
		return err_set(e, EINVAL, "update: nothing to change");
	return load_single(&o->limits, out, e);
}

static int update_found(const struct store *s, struct config *config,
			struct err *e)
{
	enum status status;
	int r = store_status(s, &status, e);

	if (r < 0)
		return r;
	if (status == STATUS_STOPPED || status == STATUS_CREATING)
		return err_set(e, ESRCH, "container not running");
	return oci_update(s->state.cgroup, &config_spec(config)->resources, e);
}

int command_update(struct cli *cli, struct err *e)
{
	struct config *config = NULL;
	struct store s = { .root = -1, .dir = -1 };
	int r = load(&cli->options, &config, e);

	if (r == 0)
		r = store_get(&s, cli->options.root, cli->arguments[0],
			      STORE_CHANGE, e);
	if (r == 0)
		r = update_found(&s, config, e);
	store_close(&s);
	config_free(config);
	return r;
}
