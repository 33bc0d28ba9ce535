/* Verbs that leave a word of one's choice where the kernel may repeat it. */
#include "tests/guest/probe/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_terse(const struct probe_call *call)
{
	(void)call;
	probe_is_terse = true;
}

/* The name of the process, which denials and OOM kills tell. */
static void run_comm(const struct probe_call *call)
{
	probe_result(call, prctl(PR_SET_NAME, call->argv[1]));
}

/* In memory, for a core dump to find. */
static void run_hold(const struct probe_call *call)
{
	static char *volatile held;

	held = strdup(call->argv[1]);
	probe_result(call, held ? 0 : -1);
}

/* The kernel warns, once, of a program that is started without a name. */
static void run_bare_exec(const struct probe_call *call)
{
	char *const nothing[] = { NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDOUT_FILENO);
		execve(call->argv[1], nothing, nothing);
		_exit(errno);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	probe_result(call, status);
}

static void run_mount_from(const struct probe_call *call)
{
	probe_result(call, mount(call->argv[1], call->argv[2], call->argv[3],
				 MS_RDONLY, NULL));
}

/* A socket of that name, and a message to nobody. */
static void run_abstract(const struct probe_call *call)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(at.sun_path + 1, call->argv[1], sizeof(at.sun_path) - 2);
	probe_result(call,
		     s < 0 ? -1 :
			     bind(s, (const struct sockaddr *)&at, sizeof(at)));
}

/* A line that is no UTF-8 but for the text in it. */
static void run_raw(const struct probe_call *call)
{
	char line[128];
	int len =
		snprintf(line, sizeof(line), "\xff\xfe%s\xfd\n", call->argv[1]);

	probe_result(call, write(STDOUT_FILENO, line, (size_t)len));
}

const struct probe_verb probe_traces[] = {
	{ "terse", 0, "says no words of verbs from here on", run_terse },
	{ "comm", 1, "NAME", run_comm },
	{ "hold", 1, "TEXT: in memory", run_hold },
	{ "bare-exec", 1, "PATH: without arguments", run_bare_exec },
	{ "mount-from", 3, "SOURCE PATH TYPE", run_mount_from },
	{ "abstract", 1, "NAME: a socket of it", run_abstract },
	{ "raw", 1, "TEXT: in a line that is no UTF-8", run_raw },
	{ 0 },
};
