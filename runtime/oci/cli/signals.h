/* SPDX-License-Identifier: MIT */
/* signals: their names, as `kill` takes them. */
#ifndef CLOISTER_OCI_CLI_SIGNALS_H
#define CLOISTER_OCI_CLI_SIGNALS_H

#include "runtime/base/err.h"

/*
 * The signal that `text` means: a number from 1 to 64, a name with or without
 * SIG in any case, RTMIN+n or RTMAX-n. -EINVAL: none.
 */
int signals_parse(const char *text, int *signo, struct err *e);

#endif
