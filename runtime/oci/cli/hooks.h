/* SPDX-License-Identifier: MIT */
/*
 * hooks: programs of the host that the specification runs at points of a
 * container's life, with its state on their standard input.
 */
#ifndef CLOISTER_OCI_CLI_HOOKS_H
#define CLOISTER_OCI_CLI_HOOKS_H

#include "runtime/oci/cli/state.h"

/*
 * Runs hooks of `kind` (a word for messages) one after the other, each in a
 * session of its own with nothing but stdin, stdout and stderr (both are kept
 * for the message), signals as at the start of a program, and its own
 * environment alone. `status` is what the state says meanwhile.
 * Stops at the first that fails: exit other than 0, a signal, its timeout
 * (then its process group is killed: -ETIMEDOUT), or a program that cannot
 * be executed. Returns 0 or -errno (-ECANCELED: it said no).
 * Source: OCI runtime-spec, config.md "POSIX-platform Hooks".
 */
int hooks_run(const char *kind, const struct state_hooks *hooks,
	      const struct state *state, enum status status, struct err *e);

/* The same, but a hook that fails is a warning and the next one runs. */
void hooks_run_all(const char *kind, const struct state_hooks *hooks,
		   const struct state *state, enum status status);

#endif
