/* SPDX-License-Identifier: MIT */
/*
 * statistics: what a cgroup has used, as the JSON that engines read.
 *
 * The form is that of runc's events command, which go-runc decodes: names
 * come from cgroup v1, values from v2. A file that is not there (controller
 * not enabled) leaves its numbers 0; "max" is 2^64 - 1.
 */
#ifndef CLOISTER_OCI_CLI_STATISTICS_H
#define CLOISTER_OCI_CLI_STATISTICS_H

#include <stddef.h>

#include "runtime/base/err.h"

/*
 * One line {"type":"stats","id":ID,"data":{...}} with a newline; the caller
 * frees `*text`. -ENOENT: the cgroup is gone.
 */
int statistics_json(const char *id, const char *cgroup, char **text,
		    size_t *length, struct err *e);

#endif
