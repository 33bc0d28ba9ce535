/* SPDX-License-Identifier: MIT */
/*
 * log: what the command line says when it fails, to standard error and, with
 * --log, to a file that engines read back (go-runc, conmon).
 *
 * One log per process. A line is one write(2), so that several programs may
 * append to the same file. Text lines of the file are logfmt, JSON lines have
 * the keys level, msg and time (RFC 3339).
 */
#ifndef CLOISTER_OCI_CLI_LOG_H
#define CLOISTER_OCI_CLI_LOG_H

#include <stdbool.h>

#include "runtime/base/err.h"

enum log_level {
	LOG_DEBUG,		/* only with --debug */
	LOG_WARNING,
	LOG_ERROR,
};

#define LOG_TIME_MAX 40

/*
 * Opens the log: `path` (NULL: standard error alone) is appended to and made
 * if it is missing, `format` is "text", "json" or NULL (text).
 * Returns 0, -EINVAL (format) or what open(2) says.
 */
int log_open(const char *path, const char *format, bool is_debug,
	     struct err *e);

/* Says `e`, as "message: strerror". */
void log_error(enum log_level level, const struct err *e);

/* Says a formatted text; what is longer than 1024 bytes is cut. */
void log_say(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Now, in UTC, as RFC 3339 with nanoseconds. */
void log_time(char text[LOG_TIME_MAX]);

#endif
