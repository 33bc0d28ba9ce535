// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"

#define TEXT_MAX 1024
/* Each byte of the text may become six, plus keys and time. */
#define LOG_LINE_MAX (6 * TEXT_MAX + 256)

static const char *const level_words[] = {
	[LOG_DEBUG] = "debug",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

static struct {
	int file;
	bool is_json;
	bool is_debug;
} sink = { .file = -1 };

void log_time(char text[LOG_TIME_MAX])
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(text, LOG_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, LOG_TIME_MAX - n, ".%09ldZ", now.tv_nsec);
}

int log_open(const char *path, const char *format, bool is_debug, struct err *e)
{
	sink.is_json = format && strcmp(format, "json") == 0;
	sink.is_debug = is_debug;
	if (format && !sink.is_json && strcmp(format, "text") != 0)
		return err_set(e, EINVAL, "option --log-format %s", format);
	if (!path)
		return 0;
	sink.file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (sink.file < 0)
		return err_set(e, errno, "open(log %s)", path);
	return 0;
}

static void put_line(int fd, struct json *line)
{
	if (line->len == line->cap)
		line->len--;
	line->text[line->len++] = '\n';
	/* There is nowhere to report a log that cannot be written. */
	if (write(fd, line->text, line->len) < 0)
		return;
}

static void say_json(int fd, enum log_level level, const char *text)
{
	char bytes[LOG_LINE_MAX];
	char when[LOG_TIME_MAX];
	struct json j;

	log_time(when);
	json_start(&j, bytes, sizeof(bytes));
	json_open(&j, '{');
	json_key(&j, "level");
	json_text(&j, level_words[level]);
	json_key(&j, "msg");
	json_text(&j, text);
	json_key(&j, "time");
	json_text(&j, when);
	json_close(&j, '}');
	put_line(fd, &j);
}

/* logfmt: the quoting of JSON serves it as well. */
static void say_logfmt(int fd, enum log_level level, const char *text)
{
	char bytes[LOG_LINE_MAX];
	char when[LOG_TIME_MAX];
	struct json j;
	int n;

	log_time(when);
	n = snprintf(bytes, sizeof(bytes), "time=\"%s\" level=%s msg=", when,
		     level_words[level]);
	json_start(&j, bytes, sizeof(bytes));
	j.len = n < 0 ? 0 : (size_t)n;
	json_text(&j, text);
	put_line(fd, &j);
}

static void put(enum log_level level, const char *text)
{
	if (level == LOG_DEBUG && !sink.is_debug)
		return;
	if (sink.file >= 0 && sink.is_json)
		say_json(sink.file, level, text);
	else if (sink.file >= 0)
		say_logfmt(sink.file, level, text);
	if (sink.file < 0 && sink.is_json)
		say_json(STDERR_FILENO, level, text);
	else
		say(STDERR_FILENO, "cloister", "%s", text);
}

void log_error(enum log_level level, const struct err *e)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s%s: %s", e->message,
		 e->is_truncated ? "..." : "", strerror(e->code));
	put(level, text);
}

void log_say(enum log_level level, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(level, text);
}
