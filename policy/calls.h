/* SPDX-License-Identifier: MIT */
/*
 * calls: the system calls of the house, one list per program.
 *
 * intake, courier, uplink, the unpacker and format do their work alone: their
 * lists are whole, and anything else ends them. A filter goes on to whatever a
 * process starts, so runtime's holds besides its own rows what its containers
 * may have (the task profile and the calls of those grants that the document
 * permits), and init's, from which everything on the machine descends, what any
 * document could permit; less a few calls that the kernel has closed for good.
 * What is in neither nobody on this machine can ask for.
 */
#ifndef CLOISTER_POLICY_CALLS_H
#define CLOISTER_POLICY_CALLS_H

#include <stdint.h>

#include "runtime/base/allow.h"

extern const struct allow_list calls_intake;
extern const struct allow_list calls_courier;
extern const struct allow_list calls_uplink;
extern const struct allow_list calls_unpacker;
extern const struct allow_list calls_format;
extern const struct allow_list calls_metadata;

/* What these two do besides what every task may. */
extern const struct allow_list calls_runtime;
extern const struct allow_list calls_init;

/* Kept from everybody although a grant has them, NULL-terminated: module
 * loading is closed and lockdown refuses ports, so EPERM is the answer anyway. */
extern const char *const calls_closed[];

/*
 * runtime and its containers, for good. `permitted` is the set of capabilities
 * that tasks may have. As allow_only().
 */
int calls_enter_runtime(uint64_t permitted, struct err *e);

/*
 * Writes the filter of init and all that it starts to `fd`, as struct
 * sock_filter. For the build: init carries the program and no library
 * (init/calls.h). Returns 0 or -errno.
 */
int calls_export_init(int fd, struct err *e);

#endif
