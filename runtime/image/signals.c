// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/image/config.h"

#define REALTIME_MIN 34
#define REALTIME_MAX 64

/* clang-format off */
static const struct {
	const char *name;	/* without "SIG" */
	int number;
} signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT },
	{ "ILL", SIGILL }, { "TRAP", SIGTRAP }, { "ABRT", SIGABRT },
	{ "IOT", SIGABRT }, { "BUS", SIGBUS }, { "FPE", SIGFPE },
	{ "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM },
	{ "TERM", SIGTERM }, { "STKFLT", SIGSTKFLT }, { "CHLD", SIGCHLD },
	{ "CLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },
	{ "URG", SIGURG }, { "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ },
	{ "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH },
	{ "IO", SIGIO }, { "POLL", SIGIO }, { "PWR", SIGPWR },
	{ "SYS", SIGSYS }, { "RTMIN", REALTIME_MIN }, { "RTMAX", REALTIME_MAX },
};
/* clang-format on */

/* One or two digits and nothing else; -1 otherwise. */
static int small_number(const char *text)
{
	size_t len = strspn(text, "0123456789");
	int n = 0;

	if (len == 0 || len > 2 || text[len])
		return -1;
	for (; *text; text++)
		n = n * 10 + (*text - '0');
	return n;
}

static int in_range(int number)
{
	return number >= 1 && number <= REALTIME_MAX ? number : -EINVAL;
}

static int realtime(const char *name)
{
	int n = small_number(name + strlen("RTMIN+"));
	int up = REALTIME_MIN + n;
	int down = REALTIME_MAX - n;

	if (n < 0)
		return -EINVAL;
	if (strncmp(name, "RTMIN+", 6) == 0)
		return up <= REALTIME_MAX ? up : -EINVAL;
	return down >= REALTIME_MIN ? down : -EINVAL;
}

int config_signal(const char *name)
{
	int number = small_number(name);

	if (number >= 0)
		return in_range(number);
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (strcmp(signals[i].name, name) == 0)
			return signals[i].number;
	if (strncmp(name, "RTMIN+", 6) == 0 || strncmp(name, "RTMAX-", 6) == 0)
		return realtime(name);
	return -EINVAL;
}
