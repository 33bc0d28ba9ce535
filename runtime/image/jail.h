/* SPDX-License-Identifier: MIT */
/*
 * jail: what the unpacker process gives up before it reads the first byte of
 * the store.
 */
#ifndef CLOISTER_IMAGE_JAIL_H
#define CLOISTER_IMAGE_JAIL_H

#include "runtime/base/err.h"

/*
 * In this order: the root directory becomes `layers` (CAP_SYS_CHROOT);
 * resource limits; all capabilities but those that unpacking needs, from every
 * set (CAP_SETPCAP); no_new_privs; a seccomp list of what unpacking does, with
 * death for the rest. There is no way back, also after a failure.
 * Returns 0 or -errno.
 * Source: capabilities(7), seccomp(2), setrlimit(2).
 */
int jail_enter(int layers, struct err *e);

#endif
