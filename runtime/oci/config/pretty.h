/* SPDX-License-Identifier: MIT */
/* pretty: JSON for people. */
#ifndef CLOISTER_OCI_CONFIG_PRETTY_H
#define CLOISTER_OCI_CONFIG_PRETTY_H

#include "runtime/base/err.h"
#include "runtime/base/json.h"

/* What a text of ours may take. */
#define PRETTY_BYTES_MAX 65536

/*
 * Writes what `j` holds to `fd`, one member or item a line, indented by tabs,
 * with a newline at the end. Returns 0, -ENOBUFS if `j` is full, or -errno.
 */
int pretty_write(int fd, const struct json *j, struct err *e);

#endif
