// SPDX-License-Identifier: MIT
/*
 * cloister: the executor as an OCI runtime, for engines (podman, containerd)
 * and for people. It is not on the image.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/oci/cli/command.h"
#include "runtime/oci/cli/descriptors.h"
#include "runtime/oci/cli/log.h"
#include "runtime/oci/cli/self.h"
#include "runtime/oci/cli/state.h"
#include "cli_version.h"

enum {
	IN_ORDER = 1, /* options end at the first argument */
	STARTS = 2,   /* processes in containers */
};

struct command {
	const char *name;
	enum cli_command id;
	int (*run)(struct cli *cli, struct err *e);
	int least; /* arguments */
	int most;
	unsigned int flags;
	const char *arguments;
	const char *help;
};

#define MANY 65536

/* clang-format off */
#define COMMAND(name, id, least, most, flags, arguments, help) \
	{ #name, CLI_##id, command_##name, least, most, flags, arguments, help }

static const struct command commands[] = {
	COMMAND(create, CREATE, 1, 1, STARTS, "ID", "make a container that waits for start"),
	COMMAND(start, START, 1, 1, 0, "ID", "let its program run"),
	COMMAND(run, RUN, 1, 1, STARTS, "ID", "create, start, wait, delete"),
	COMMAND(exec, EXEC, 1, MANY, IN_ORDER | STARTS, "ID [PROGRAM...]", "one more process"),
	COMMAND(state, STATE, 1, 1, 0, "ID", "print its state in JSON"),
	COMMAND(kill, KILL, 1, 2, 0, "ID [SIGNAL]", "send a signal (TERM)"),
	COMMAND(delete, DELETE, 1, 1, 0, "ID", "remove what is left of it"),
	COMMAND(list, LIST, 0, 0, 0, "", "print the containers"),
	COMMAND(ps, PS, 1, 1, 0, "ID", "print its processes"),
	COMMAND(pause, PAUSE, 1, 1, 0, "ID", "hold all its processes still"),
	COMMAND(resume, RESUME, 1, 1, 0, "ID", "let them go on"),
	COMMAND(update, UPDATE, 1, 1, 0, "ID", "change its limits"),
	COMMAND(events, EVENTS, 1, 1, 0, "ID", "print statistics in JSON"),
	COMMAND(features, FEATURES, 0, 0, 0, "", "print what this runtime can do in JSON"),
	COMMAND(spec, SPEC, 0, 0, 0, "", "write a config.json to begin with"),
};
/* clang-format on */

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_help(const struct command *command)
{
	if (command) {
		dprintf(STDOUT_FILENO, "usage: cloister %s [options] %s\n\n",
			command->name, command->arguments);
		options_print(STDOUT_FILENO, command->id);
		return;
	}
	dprintf(STDOUT_FILENO, "usage: cloister [options] command ...\n\n");
	options_print(STDOUT_FILENO, CLI_GLOBAL);
	dprintf(STDOUT_FILENO, "\ncommands (cloister COMMAND --help):\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		dprintf(STDOUT_FILENO, "  %-28s %s\n", commands[i].name,
			commands[i].help);
}

static void print_version(void)
{
	dprintf(STDOUT_FILENO, "cloister version %s\nspec: %s\n", CLI_VERSION,
		STATE_OCI_VERSION);
}

/* What we cannot do is not passed over in silence. */
static int check_globals(const struct options *o, struct err *e)
{
	if (o->is_systemd_cgroup)
		return err_set(e, EOPNOTSUPP,
			       "--systemd-cgroup: cgroups are made in cgroupfs "
			       "directly; set the cgroup manager of the engine "
			       "to cgroupfs");
	if (o->cgroup_manager && strcmp(o->cgroup_manager, "cgroupfs") != 0)
		return err_set(e, EOPNOTSUPP,
			       "--cgroup-manager %s: only cgroupfs",
			       o->cgroup_manager);
	if (o->rootless && strcmp(o->rootless, "false") != 0 &&
	    strcmp(o->rootless, "auto") != 0)
		return err_set(e, EOPNOTSUPP, "--rootless %s: only false, auto",
			       o->rootless);
	return 0;
}

static int check_arguments(const struct command *command, int count,
			   struct err *e)
{
	if (count < command->least)
		return err_set(e, EINVAL, "%s: an argument is missing: %s",
			       command->name, command->arguments);
	if (count > command->most)
		return err_set(e, EINVAL, "%s: too many arguments: %s",
			       command->name, command->arguments);
	return 0;
}

/* In this order: executing ourselves again must not lose what came with us. */
static int prepare(const struct command *command, char **argv, struct err *e)
{
	int r = 0;

	if (command->flags & STARTS)
		r = self_protect(argv, e);
	return r < 0 ? r : descriptors_close_on_exec(e);
}

static int run_command(struct cli *cli, char **argv,
		       const struct command **command, struct err *e)
{
	struct options *o = &cli->options;
	int r = check_globals(o, e);

	if (r < 0)
		return r;
	if (cli->argument_count == 0)
		return err_set(e, EINVAL, "a command is missing");
	*command = find_command(cli->arguments[0]);
	if (!*command)
		return err_set(e, EINVAL, "unknown command %s",
			       cli->arguments[0]);
	cli->arguments++;
	r = options_parse((*command)->id, (*command)->flags & IN_ORDER,
			  cli->argument_count - 1, cli->arguments,
			  &cli->argument_count, o, e);
	if (r < 0)
		return err_wrap(e, "%s", (*command)->name);
	if (o->wants_help) {
		print_help(*command);
		return 0;
	}
	r = check_arguments(*command, cli->argument_count, e);
	if (r == 0)
		r = prepare(*command, argv, e);
	return r < 0 ? r : (*command)->run(cli, e);
}

/* Parsing moves words about; what is executed again has them as they came. */
static char **copy_vector(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));

	if (copy)
		memcpy(copy, argv, (size_t)argc * sizeof(*copy));
	return copy;
}

int main(int argc, char **argv)
{
	static struct cli cli;
	AUTO_FREE char **words = copy_vector(argc, argv);
	const struct command *command = NULL;
	struct options *o = &cli.options;
	struct err e = ERR_NONE;
	int r = words ? descriptors_begin(&e) : err_set(&e, ENOMEM, "calloc()");

	/* A reader that is gone is an error code, not a death. */
	signal(SIGPIPE, SIG_IGN);
	cli.arguments = argv + (argc > 0);
	if (r == 0)
		r = options_parse(CLI_GLOBAL, true, argc - (argc > 0),
				  cli.arguments, &cli.argument_count, o, &e);
	if (r == 0)
		r = log_open(o->log, o->log_format, o->is_debug, &e);
	if (r == 0 && o->wants_version)
		print_version();
	else if (r == 0 && o->wants_help)
		print_help(NULL);
	else if (r == 0)
		r = run_command(&cli, words, &command, &e);
	if (r >= 0)
		return r;
	log_error(LOG_ERROR, &e);
	return command && command->id == CLI_EXEC ? EXIT_EXEC_FAILED :
						    EXIT_FAILED;
}
