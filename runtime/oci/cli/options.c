// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_LIST,
	OPTION_LIMIT, /* to `limits`, as "name=value" */
};

struct option_row {
	const char *name;
	char letter; /* 0: none */
	enum option_kind kind;
	size_t offset; /* in struct options */
	uint32_t commands;
	const char *value; /* word of the usage, NULL for a flag */
	const char *help;
};

#define BIT(command) (1U << (command))
#define AT(field) offsetof(struct options, field)
#define G BIT(CLI_GLOBAL)
#define C BIT(CLI_CREATE)
#define R BIT(CLI_RUN)
#define X BIT(CLI_EXEC)
#define U BIT(CLI_UPDATE)
#define L BIT(CLI_LIST)
#define P BIT(CLI_PS)
/* clang-format off */
#define FLAG(word, letter, field, commands, text) \
	{ word, letter, OPTION_FLAG, AT(field), commands, NULL, text }
#define TEXT(word, letter, field, commands, value, text) \
	{ word, letter, OPTION_TEXT, AT(field), commands, value, text }
#define NUMBER(word, letter, field, commands, value, text) \
	{ word, letter, OPTION_NUMBER, AT(field), commands, value, text }
#define LIST(word, letter, field, commands, value, text) \
	{ word, letter, OPTION_LIST, AT(field), commands, value, text }
#define LIMIT(word, text) \
	{ word, 0, OPTION_LIMIT, 0, U, "N", text }

static const struct option_row rows[] = {
	TEXT("root", 0, root, G, "DIR", "state directory (/run/cloister)"),
	TEXT("log", 0, log, G, "FILE", "append messages to this file as well"),
	TEXT("log-format", 0, log_format, G, "text|json", "form of the messages (text)"),
	FLAG("debug", 0, is_debug, G, "say more"),
	TEXT("cgroup-manager", 0, cgroup_manager, G, "cgroupfs", "who makes cgroups: nobody else"),
	FLAG("systemd-cgroup", 0, is_systemd_cgroup, G, "refused: cgroups are made directly"),
	TEXT("rootless", 0, rootless, G, "false|auto", "true is refused"),
	FLAG("version", 'v', wants_version, G, "print the version"),
	FLAG("help", 'h', wants_help, ~0U, "print this"),

	TEXT("bundle", 'b', bundle, C | R | BIT(CLI_SPEC), "DIR", "directory with config.json (.)"),
	TEXT("pid-file", 0, pid_file, C | R | X, "FILE", "write the process id there"),
	TEXT("console-socket", 0, console_socket, C | R | X, "SOCKET", "who receives the terminal"),
	NUMBER("preserve-fds", 0, preserve_fds, C | R | X, "N", "pass descriptors 3..N+2 on"),
	FLAG("no-pivot", 0, is_no_pivot, C | R, "taken; nothing to do"),
	FLAG("no-new-keyring", 0, is_no_new_keyring, C | R, "keep the caller's session keyring"),
	FLAG("detach", 'd', is_detached, R | X, "do not wait for the process"),
	FLAG("keep", 0, is_kept, R, "do not delete the container at its end"),

	TEXT("process", 'p', process, X, "FILE", "the process object in JSON"),
	TEXT("cwd", 0, cwd, X, "DIR", "working directory"),
	LIST("env", 'e', env, X, "NAME=VALUE", "add to the environment"),
	FLAG("tty", 't', is_terminal, X, "give it a terminal"),
	TEXT("user", 'u', user, X, "UID[:GID]", "numeric user and group"),
	LIST("additional-gids", 'g', groups, X, "GID", "a group more"),
	LIST("cap", 'c', capabilities, X, "CAP_NAME", "a capability more"),
	FLAG("no-new-privs", 0, is_no_new_privileges, X, "no privileges by execve"),
	TEXT("process-label", 0, process_label, X, "LABEL", "SELinux label"),
	TEXT("apparmor", 0, apparmor, X, "PROFILE", "refused: not supported"),
	FLAG("ignore-paused", 0, is_paused_ignored, X, "also in a paused container"),

	FLAG("all", 'a', is_all, BIT(CLI_KILL), "every process of the container"),
	FLAG("force", 'f', is_forced, BIT(CLI_DELETE), "kill it if it runs"),

	TEXT("format", 'f', format, L | P, "table|json", "form of the list (table)"),
	FLAG("quiet", 'q', is_quiet, L, "only the ids"),

	TEXT("interval", 0, interval, BIT(CLI_EVENTS), "DURATION", "between two statistics (5s)"),
	FLAG("stats", 0, is_stats, BIT(CLI_EVENTS), "print statistics once"),

	TEXT("resources", 'r', resources, U, "FILE|-", "the resources object in JSON"),
	LIMIT("memory", "memory limit in bytes"),
	LIMIT("memory-reservation", "memory that is not reclaimed, in bytes"),
	LIMIT("memory-swap", "memory and swap in bytes, -1: no limit"),
	LIMIT("cpu-period", "period of the quota in microseconds"),
	LIMIT("cpu-quota", "microseconds of CPU per period, -1: no limit"),
	LIMIT("cpu-burst", "microseconds that may be saved up"),
	LIMIT("cpu-share", "relative weight, 2 to 262144"),
	LIMIT("cpu-idle", "1: run when nothing else does"),
	LIMIT("cpuset-cpus", "CPUs that may be used"),
	LIMIT("cpuset-mems", "memory nodes that may be used"),
	LIMIT("blkio-weight", "relative weight of I/O, 10 to 1000"),
	LIMIT("pids-limit", "number of processes, -1: no limit"),
};
/* clang-format on */

static void *field(struct options *out, const struct option_row *row)
{
	return (char *)out + row->offset;
}

static bool has_name(const struct option_row *row, const char *name, size_t len)
{
	return strlen(row->name) == len && memcmp(row->name, name, len) == 0;
}

/* `word` is "--name", "--name=value" or "-n"; `*value` is what follows '='. */
static const struct option_row *find(enum cli_command command, const char *word,
				     const char **value)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	bool is_long = word[1] == '-';

	*value = is_long && name[len] ? name + len + 1 : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!(rows[i].commands & BIT(command)))
			continue;
		if (is_long ? has_name(&rows[i], name, len) :
			      rows[i].letter == word[1] && !word[2])
			return &rows[i];
	}
	return NULL;
}

static int set_flag(bool *flag, const char *word, const char *value,
		    struct err *e)
{
	if (!value || strcmp(value, "true") == 0)
		*flag = true;
	else if (strcmp(value, "false") == 0)
		*flag = false;
	else
		return err_set(e, EINVAL, "option %s is true or false", word);
	return 0;
}

static int set_number(uint64_t *number, const char *word, const char *value,
		      struct err *e)
{
	char *end;

	errno = 0;
	*number = strtoull(value, &end, 10);
	if (errno || *value < '0' || *value > '9' || *end)
		return err_set(e, EINVAL, "option %s: \"%s\" is no number",
			       word, value);
	return 0;
}

static int add(struct option_list *list, const char *word, const char *value,
	       struct err *e)
{
	if (list->count == OPTION_LIST_MAX)
		return err_set(e, E2BIG, "option %s more than %d times", word,
			       OPTION_LIST_MAX);
	list->items[list->count++] = value;
	return 0;
}

static int set(struct options *out, const struct option_row *row,
	       const char *word, const char *value, struct err *e)
{
	switch (row->kind) {
	case OPTION_FLAG:
		return set_flag(field(out, row), word, value, e);
	case OPTION_NUMBER:
		return set_number(field(out, row), word, value, e);
	case OPTION_LIST:
		return add(field(out, row), word, value, e);
	case OPTION_LIMIT:
		/* The pair stays together: name, then value. */
		if (out->limits.count + 2 > OPTION_LIST_MAX)
			return err_set(e, E2BIG, "too many limits");
		out->limits.items[out->limits.count++] = row->name;
		out->limits.items[out->limits.count++] = value;
		return 0;
	case OPTION_TEXT:
	default:
		*(const char **)field(out, row) = value;
		return 0;
	}
}

int options_parse(enum cli_command command, bool is_in_order, int argc,
		  char **argv, int *count, struct options *out, struct err *e)
{
	bool is_over = false;
	int kept = 0;

	for (int i = 0; i < argc; i++) {
		const struct option_row *row;
		char *word = argv[i];
		const char *value;
		int r;

		if (is_over || word[0] != '-' || !word[1]) {
			is_over = is_over || is_in_order;
			argv[kept++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			is_over = true;
			continue;
		}
		row = find(command, word, &value);
		if (!row)
			return err_set(e, EINVAL, "unknown option %s", word);
		if (row->kind != OPTION_FLAG && !value)
			value = i + 1 < argc ? argv[++i] : NULL;
		if (row->kind != OPTION_FLAG && !value)
			return err_set(e, EINVAL, "option %s needs a value",
				       word);
		r = set(out, row, word, value, e);
		if (r < 0)
			return r;
	}
	argv[kept] = NULL;
	*count = kept;
	return 0;
}

void options_print(int fd, enum cli_command command)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_row *row = &rows[i];
		char short_name[] = { '-', row->letter, ',', ' ', '\0' };
		char name[64];

		if (!(row->commands & BIT(command)))
			continue;
		snprintf(name, sizeof(name), "%s--%s%s%s",
			 row->letter ? short_name : "", row->name,
			 row->value ? " " : "", row->value ? row->value : "");
		dprintf(fd, "  %-28s %s\n", name, row->help);
	}
}
