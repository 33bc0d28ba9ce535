/* SPDX-License-Identifier: MIT */
/*
 * descriptors: which of ours a program in a container gets beside its
 * standard streams.
 */
#ifndef CLOISTER_OCI_CLI_DESCRIPTORS_H
#define CLOISTER_OCI_CLI_DESCRIPTORS_H

#include "runtime/oci/oci.h"

/*
 * First thing in main(): opens /dev/null for those of 0..2 that are closed, so
 * that no file of ours takes their place, and counts what came with us from 3
 * on without a gap. What is opened later is never taken for that.
 */
int descriptors_begin(struct err *e);

/* Nothing else that came with us reaches a program unasked. */
int descriptors_close_on_exec(struct err *e);

/*
 * Passes descriptors 3.. on: those that LISTEN_FDS of our environment counts
 * (the program is told by LISTEN_FDS, with LISTEN_PID=1) and `count` more.
 * Replaces process->env by a longer copy that lives until the program ends.
 * -EBADF: one of them did not come
 * with us. Source: sd_listen_fds(3).
 */
int descriptors_preserve(struct oci_process *process, uint64_t count,
			 struct err *e);

#endif
