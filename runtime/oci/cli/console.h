/* SPDX-License-Identifier: MIT */
/*
 * console: where the terminal of a container goes: to the caller's socket,
 * or, in the foreground, to our own terminal.
 */
#ifndef CLOISTER_OCI_CLI_CONSOLE_H
#define CLOISTER_OCI_CLI_CONSOLE_H

#include "runtime/oci/oci.h"

/*
 * Connects to the AF_UNIX stream socket `path`, any length. The caller owns
 * `*fd`.
 */
int console_connect(const char *path, int *fd, struct err *e);

/*
 * Takes the descriptor that was sent to `socket` with SCM_RIGHTS. The caller
 * owns `*fd`. -EPROTO: something else came, or nothing.
 */
int console_receive(int socket, int *fd, struct err *e);

/* Sends `fd` and the bytes of `text` (at least one) over `socket`. */
int console_send(int socket, int fd, const void *text, size_t length,
		 struct err *e);

/*
 * Blocks every signal, for good, and gives a descriptor to read them from:
 * from then on none ends this program and leaves a container behind.
 */
int console_block_signals(int *fd, struct err *e);

/*
 * After that: gives a descriptor, not to be read, that is readable when a
 * signal has come that would have ended us. The caller owns it.
 */
int console_cancel_signals(int *fd, struct err *e);

/*
 * Waits for the end of `started` in the foreground: passes every signal on to
 * it and, with `master` >= 0, bytes and window size between our standard
 * input and output and that terminal, ours in raw mode meanwhile.
 * `signals` is from console_block_signals(). Returns as console_reap().
 */
int console_wait(const struct oci_started *started, int signals, int master,
		 struct err *e);

/*
 * Takes a child that has ended or will at once. Returns its exit status, 128+n
 * if signal n ended it, or -errno.
 */
int console_reap(const struct oci_started *started, struct err *e);

#endif
