/* SPDX-License-Identifier: MIT */
/*
 * command: what every command of the command line gets and gives.
 *
 * A command returns the exit status of the program (0 or more), or -errno
 * with `e` set: then main() says it and exits with EXIT_FAILED or, for exec,
 * EXIT_EXEC_FAILED.
 */
#ifndef CLOISTER_OCI_CLI_COMMAND_H
#define CLOISTER_OCI_CLI_COMMAND_H

#include "runtime/base/err.h"
#include "runtime/oci/cli/options.h"

enum {
	EXIT_FAILED = 1,
	EXIT_EXEC_FAILED = 255,	/* apart from what the program itself says */
};

struct cli {
	struct options options;
	int argument_count;
	char **arguments;	/* ends with NULL */
};

/* create.c */
int command_create(struct cli *cli, struct err *e);
int command_run(struct cli *cli, struct err *e);
int command_start(struct cli *cli, struct err *e);

/* exec.c */
int command_exec(struct cli *cli, struct err *e);

/* kill.c */
int command_kill(struct cli *cli, struct err *e);
int command_delete(struct cli *cli, struct err *e);

/* pause.c */
int command_pause(struct cli *cli, struct err *e);
int command_resume(struct cli *cli, struct err *e);

/* update.c */
int command_update(struct cli *cli, struct err *e);

/* list.c */
int command_state(struct cli *cli, struct err *e);
int command_list(struct cli *cli, struct err *e);
int command_ps(struct cli *cli, struct err *e);

/* events.c */
int command_events(struct cli *cli, struct err *e);

/* spec.c */
int command_features(struct cli *cli, struct err *e);
int command_spec(struct cli *cli, struct err *e);

#endif
