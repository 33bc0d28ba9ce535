/* SPDX-License-Identifier: MIT */
/*
 * creation: from a bundle to a container that waits for `start`, or runs.
 *
 * Order of use: creation_open(), creation_start(), then creation_close(). One
 * that fails, or is closed before creation_keep(), leaves nothing: no process,
 * cgroup, state, FIFO.
 */
#ifndef CLOISTER_OCI_CLI_CREATION_H
#define CLOISTER_OCI_CLI_CREATION_H

#include "runtime/oci/cli/bundle.h"
#include "runtime/oci/cli/log.h"
#include "runtime/oci/cli/options.h"
#include "runtime/oci/cli/store.h"

struct creation {
	const struct options *options;
	struct store store;		/* holds the lock of the container */
	struct bundle bundle;
	struct oci_spec *spec;		/* of the bundle */
	struct oci_started started;	/* pidfd -1: not started */
	struct state_hooks prestart;
	struct state_hooks create_runtime;
	char cgroup[PATH_MAX];
	char created[LOG_TIME_MAX];
	size_t cgroup_parents;		/* made by us */
	int terminal_socket;
	int gate;
	int gate_fault;
	int state_fds[2];		/* memfds: createContainer, startContainer */
	bool has_gate;
	bool has_called;		/* hooks began: poststop is due */
	bool is_stored;
	bool is_kept;
};

/*
 * Reads the bundle and makes the container's place in the store. `has_gate`:
 * the process waits for `start`. `terminal_socket`: where the terminal goes
 * if config.json wants one (taken over), or -1: then it must not want one.
 */
int creation_open(struct creation *c, const char *id,
		  const struct options *options, bool has_gate,
		  struct err *e);

/* Gives the terminal of the container to `socket_fd`, which it takes over. */
void creation_set_terminal(struct creation *c, int socket_fd);

/*
 * Starts the process, runs the hooks that are due, writes state and pid file.
 */
int creation_start(struct creation *c, struct err *e);

/* The container stays. */
void creation_keep(struct creation *c);

void creation_close(struct creation *c);

#endif
