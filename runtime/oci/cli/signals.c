// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <strings.h>

#include "runtime/base/fd.h"

/* The kernel's: what libc keeps for itself is a signal all the same. */
#define KERNEL_RTMIN 34 /* the first that programs are given */
#define KERNEL_RTMAX 64

#define NAME(word)               \
	{                        \
#word, SIG##word \
	}

struct signal_row {
	const char *name;
	int number;
};

/* clang-format off */
static const struct signal_row names[] = {
	NAME(HUP), NAME(INT), NAME(QUIT), NAME(ILL), NAME(TRAP), NAME(ABRT),
	NAME(IOT), NAME(BUS), NAME(FPE), NAME(KILL), NAME(USR1), NAME(SEGV),
	NAME(USR2), NAME(PIPE), NAME(ALRM), NAME(TERM), NAME(STKFLT),
	NAME(CHLD), NAME(CONT), NAME(STOP), NAME(TSTP), NAME(TTIN),
	NAME(TTOU), NAME(URG), NAME(XCPU), NAME(XFSZ), NAME(VTALRM),
	NAME(PROF), NAME(WINCH), NAME(IO), NAME(POLL), NAME(PWR), NAME(SYS),
	{ "CLD", SIGCHLD },
};
/* clang-format on */

static int parse_number(const char *text, long max)
{
	char *end;
	long n = strtol(text, &end, 10);

	return *text >= '0' && *text <= '9' && !*end && n <= max ? (int)n : -1;
}

/* "RTMIN", "RTMIN+3", "RTMAX", "RTMAX-3" */
static int parse_real_time(const char *text)
{
	bool is_min = strncasecmp(text, "RTMIN", 5) == 0;
	int offset;

	if (!is_min && strncasecmp(text, "RTMAX", 5) != 0)
		return -1;
	if (!text[5])
		return is_min ? KERNEL_RTMIN : KERNEL_RTMAX;
	if (text[5] != (is_min ? '+' : '-'))
		return -1;
	offset = parse_number(text + 6, KERNEL_RTMAX - KERNEL_RTMIN);
	if (offset < 0)
		return -1;
	return is_min ? KERNEL_RTMIN + offset : KERNEL_RTMAX - offset;
}

static int find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i].name, name) == 0)
			return names[i].number;
	return parse_real_time(name);
}

int signals_parse(const char *text, int *signo, struct err *e)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	int n = parse_number(text, KERNEL_RTMAX);

	if (n < 0)
		n = find(name);
	if (n <= 0)
		return err_set(e, EINVAL, "signal \"%s\"", text);
	*signo = n;
	return 0;
}
