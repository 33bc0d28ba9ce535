// SPDX-License-Identifier: MIT
#include "tests/bench/rss.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define OPTIONS                                                           \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXIT)

long rss_now(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	while (kib < 0 && fgets(line, sizeof(line), file))
		sscanf(line, "Rss: %ld", &kib);
	fclose(file);
	return kib;
}

/* Lets it go on; what is a stop of tracing and no signal is not passed on. */
static void resume(pid_t pid, int status)
{
	int number = WSTOPSIG(status);
	long passed = status >> 16 || number == SIGSTOP || number == SIGTRAP ?
			      0 :
			      number;

	ptrace(PTRACE_CONT, pid, NULL, passed);
}

long rss_watch(pid_t pid, int *status)
{
	long largest = -1;
	int now;
	pid_t who;

	if (waitpid(pid, &now, 0) != pid || !WIFSTOPPED(now) ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) < 0)
		return -1;
	resume(pid, now);
	while ((who = waitpid(-1, &now, __WALL)) > 0 || errno == EINTR) {
		if (who == pid && !WIFSTOPPED(now)) {
			*status = now;
			return largest;
		}
		if (who < 0 || !WIFSTOPPED(now))
			continue;
		if (now >> 16 == PTRACE_EVENT_EXIT && rss_now(who) > largest)
			largest = rss_now(who);
		resume(who, now);
	}
	return -1;
}
