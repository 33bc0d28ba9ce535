/* SPDX-License-Identifier: MIT */
/*
 * options: the words of the command line, in one table.
 *
 * A row names the commands that take it, so a letter may mean different
 * things in different commands. "--name value", "--name=value", "-n value"
 * and, for flags, "--name=true|false" are understood; "--" ends the options.
 * Nothing is copied: values point into argv.
 */
#ifndef CLOISTER_OCI_CLI_OPTIONS_H
#define CLOISTER_OCI_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"

#define OPTION_LIST_MAX 256

/* Who takes an option: the program itself, or one of its commands. */
enum cli_command {
	CLI_GLOBAL,
	CLI_CREATE,
	CLI_START,
	CLI_STATE,
	CLI_KILL,
	CLI_DELETE,
	CLI_RUN,
	CLI_LIST,
	CLI_PS,
	CLI_PAUSE,
	CLI_RESUME,
	CLI_UPDATE,
	CLI_EXEC,
	CLI_EVENTS,
	CLI_FEATURES,
	CLI_SPEC,
	CLI_COMMAND_COUNT
};

struct option_list {
	const char *items[OPTION_LIST_MAX + 1];	/* ends with NULL */
	size_t count;
};

/* What was given; NULL, 0, false: not given. */
struct options {
	/* global */
	const char *root;
	const char *log;
	const char *log_format;
	const char *cgroup_manager;
	const char *rootless;
	bool is_debug;
	bool is_systemd_cgroup;
	bool wants_version;
	bool wants_help;
	/* create, run, exec, spec */
	const char *bundle;
	const char *pid_file;
	const char *console_socket;
	uint64_t preserve_fds;
	bool is_no_pivot;
	bool is_no_new_keyring;
	bool is_detached;
	bool is_kept;
	/* exec */
	const char *process;
	const char *cwd;
	const char *user;
	const char *process_label;
	const char *apparmor;
	struct option_list env;
	struct option_list groups;
	struct option_list capabilities;
	bool is_terminal;
	bool is_no_new_privileges;
	bool is_paused_ignored;
	/* kill, delete */
	bool is_all;
	bool is_forced;
	/* list, ps */
	const char *format;
	bool is_quiet;
	/* events */
	const char *interval;
	bool is_stats;
	/* update */
	const char *resources;
	struct option_list limits;	/* "row=value": see option_limit() */
};

/*
 * Reads the options of `command` from the front of `argv` (`argc` words, the
 * first is not a program name). Words that are no options are moved to the
 * front of `argv`, in their order, and `*count` is their number; with
 * `is_in_order` the first of them ends the options and takes the rest along.
 * Returns 0, or with the option named: -EINVAL (unknown, without or with a
 * needless value, a bad number), -E2BIG (repeated too often).
 */
int options_parse(enum cli_command command, bool is_in_order, int argc,
		  char **argv, int *count, struct options *out,
		  struct err *e);

/* Prints a line per option of `command` to `fd`. */
void options_print(int fd, enum cli_command command);

#endif
