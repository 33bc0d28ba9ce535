/* SPDX-License-Identifier: MIT */
/* pid_file: tells whoever started us which process it is. */
#ifndef CLOISTER_OCI_CLI_PID_FILE_H
#define CLOISTER_OCI_CLI_PID_FILE_H

#include <sys/types.h>

#include "runtime/base/err.h"

/*
 * Writes `pid` in decimal, without a newline, to `path`: there is a whole
 * file of that name or none. On failure none is left.
 */
int pid_file_write(const char *path, pid_t pid, struct err *e);

#endif
