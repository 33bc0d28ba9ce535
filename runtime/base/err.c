#include "runtime/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (code <= 0)
		code = EIO;
	if (!e)
		return -code;
	e->code = code;
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	e->is_truncated = n < 0 || (size_t)n >= sizeof(e->message);
	return -code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[ERR_MESSAGE_MAX];
	va_list ap;
	size_t used;
	int n;

	if (!e)
		return -EIO;
	if (!e->code)
		e->code = EIO;
	memcpy(inner, e->message, sizeof(inner));
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	used = n < 0 ? 0 : (size_t)n;
	if (used >= sizeof(e->message)) {
		e->is_truncated = true;
		return -e->code;
	}
	n = snprintf(e->message + used, sizeof(e->message) - used, "%s%s",
		     inner[0] ? ": " : "", inner);
	if (n < 0 || (size_t)n >= sizeof(e->message) - used)
		e->is_truncated = true;
	return -e->code;
}

static void write_line(int fd, char *line, size_t cap, int n)
{
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len > cap - 2)
		len = cap - 2;
	line[len++] = '\n';
	if (write(fd, line, len) < 0)
		return;
}

void err_print(int fd, const char *program, const struct err *e)
{
	char line[LINE_MAX_BYTES];

	write_line(fd, line, sizeof(line),
		   snprintf(line, sizeof(line) - 1, "%s: %s%s: %s", program,
			    e->message, e->is_truncated ? "..." : "",
			    strerror(e->code)));
}

void say(int fd, const char *program, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list ap;
	int n, m;

	n = snprintf(line, sizeof(line) - 1, "%s: ", program);
	if (n < 0 || (size_t)n >= sizeof(line) - 1)
		return;
	va_start(ap, fmt);
	m = vsnprintf(line + n, sizeof(line) - 1 - (size_t)n, fmt, ap);
	va_end(ap);
	write_line(fd, line, sizeof(line), m < 0 ? n : n + m);
}
