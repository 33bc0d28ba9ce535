#include "tests/guest/probe/probe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct probe_verb *const tables[] = {
	probe_facts,   probe_files,    probe_processes, probe_attempts,
	probe_powers,  probe_kernel,   probe_escape,	probe_victim,
	probe_doors,   probe_traces,   probe_hogs,	probe_surroundings,
	probe_network, probe_metadata,
};

/* clang-format off */
#define NAME(e) [e] = #e
static const char *const errno_names[] = {
	NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO),
	NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC), NAME(EBADF), NAME(ECHILD),
	NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK),
	NAME(EBUSY), NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR),
	NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE), NAME(ENOTTY),
	NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS),
	NAME(EMLINK), NAME(EPIPE), NAME(EDOM), NAME(ERANGE), NAME(EDEADLK),
	NAME(ENAMETOOLONG), NAME(ENOSYS), NAME(ENOTEMPTY), NAME(ELOOP),
	NAME(ENOTSOCK), NAME(EPROTONOSUPPORT), NAME(ESOCKTNOSUPPORT),
	NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT), NAME(EADDRINUSE),
	NAME(EADDRNOTAVAIL), NAME(ENETUNREACH), NAME(ECONNREFUSED),
	NAME(ECONNRESET), NAME(EHOSTUNREACH), NAME(ETIMEDOUT), NAME(EALREADY),
	NAME(EINPROGRESS), NAME(ESTALE), NAME(EDQUOT), NAME(ENOKEY),
	NAME(EKEYREJECTED), NAME(EOVERFLOW), NAME(EUSERS), NAME(ENODATA),
	NAME(ENETDOWN),
};
/* clang-format on */

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *errno_name(int error)
{
	static char number[16];

	if (error > 0 && (size_t)error < ARRAY_SIZE(errno_names) &&
	    errno_names[error])
		return errno_names[error];
	snprintf(number, sizeof(number), "%d", error);
	return number;
}

static void write_line(char *line, size_t len)
{
	if (len > PROBE_LINE_MAX - 1)
		len = PROBE_LINE_MAX - 1;
	line[len] = '\n';
	if (write(STDOUT_FILENO, line, len + 1) < 0)
		_exit(120);
}

bool probe_is_terse;

void probe_say(const struct probe_call *call, const char *format, ...)
{
	int words = probe_is_terse ? 1 : call->argc;
	char line[PROBE_LINE_MAX];
	size_t len = 0;
	va_list args;

	for (int i = 0; i < words && len < sizeof(line) / 2; i++)
		len += (size_t)snprintf(line + len, sizeof(line) / 4, "%s%s",
					i ? " " : "", call->argv[i]);
	if (len > sizeof(line) / 2)
		len = sizeof(line) / 2;
	len += (size_t)snprintf(line + len, sizeof(line) - len, ": ");
	va_start(args, format);
	len += (size_t)vsnprintf(line + len, sizeof(line) - len, format, args);
	va_end(args);
	write_line(line, len);
}

void probe_result(const struct probe_call *call, long value)
{
	if (value < 0)
		probe_say(call, "fail %s", errno_name(errno));
	else
		probe_say(call, "ok %ld", value);
}

const char *probe_word(const struct probe_call *call, int i,
		       const char *fallback)
{
	return i < call->argc ? call->argv[i] : fallback;
}

long probe_number(const struct probe_call *call, int i)
{
	const char *word = probe_word(call, i, "");
	char *end;
	long value = strtol(word, &end, 0);

	if (end == word || *end) {
		probe_say(call, "not a number: %s", word);
		exit(121);
	}
	return value;
}

static const struct probe_verb *find(const char *name)
{
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct probe_verb *v = tables[t]; v->name; v++)
			if (strcmp(v->name, name) == 0)
				return v;
	return NULL;
}

static int usage(void)
{
	puts("probe VERB [WORD...] [-- VERB [WORD...]]...");
	for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
		for (const struct probe_verb *v = tables[t]; v->name; v++)
			printf("  %s %s\n", v->name, v->help);
	return 121;
}

static void run(const struct probe_call *call)
{
	const struct probe_verb *verb = find(call->argv[0]);

	if (!verb || call->argc - 1 < verb->words)
		exit(usage());
	errno = 0;
	verb->run(call);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage();
	for (int start = 1, i = 1; i <= argc; i++) {
		if (i < argc && strcmp(argv[i], "--") != 0)
			continue;
		argv[i] = NULL;
		if (i > start)
			run(&(struct probe_call){ i - start, argv + start });
		start = i + 1;
	}
	return 0;
}
