/* SPDX-License-Identifier: MIT */
/* listener: hands the seccomp listener of a container to its agent. */
#ifndef CLOISTER_OCI_CLI_LISTENER_H
#define CLOISTER_OCI_CLI_LISTENER_H

#include "runtime/oci/cli/state.h"
#include "runtime/oci/config/config.h"

/*
 * Sends `fd` with the container process state to linux.seccomp.listenerPath.
 * Source: OCI runtime-spec, config-linux.md "The Container Process State".
 */
int listener_send(const struct config *config, const struct state *state,
		  pid_t pid, int fd, struct err *e);

#endif
