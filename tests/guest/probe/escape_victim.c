/*
 * The task that attempts are to leave alone: it holds one of everything that
 * has a name beyond its own process, and tells at its end whether anybody
 * came.
 */
#include "tests/guest/probe/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/probe/probe.h"

#define LOOKS 600 /* for the victim, a tenth of a second apart */

static int abstract_socket(int type)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path + 1, ESCAPE_VICTIM, sizeof(ESCAPE_VICTIM) - 1);
	if (s < 0 || bind(s, (const struct sockaddr *)&at,
			  (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				      sizeof(ESCAPE_VICTIM))) < 0)
		return -1;
	if (type == SOCK_STREAM && listen(s, 1) < 0)
		return -1;
	return s;
}

static int hold_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
		.map_name = ESCAPE_VICTIM,
	};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static bool is_unharmed(void)
{
	struct rlimit files;

	return getpriority(PRIO_PROCESS, 0) == 0 &&
	       getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > 0;
}

/* Waits for SIGTERM, which is how a task is told to end. */
static void run_victim(const struct probe_call *call)
{
	sigset_t end;
	mqd_t queue;
	/* The sockets last: who sees their name finds the rest. */
	int map = hold_map();
	int memory = shmget(ESCAPE_KEY, 4096, IPC_CREAT | 0666);
	struct pollfd waits[] = {
		{ .fd = -1, .events = POLLIN },
		{ .fd = abstract_socket(SOCK_DGRAM), .events = POLLIN },
		{ .fd = abstract_socket(SOCK_STREAM), .events = POLLIN },
	};

	queue = mq_open("/" ESCAPE_VICTIM, O_RDWR | O_CREAT, 0666, NULL);
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	waits[0].fd = signalfd(-1, &end, SFD_CLOEXEC);
	if (map < 0 || memory < 0 || queue < 0 || waits[0].fd < 0 ||
	    waits[1].fd < 0 || waits[2].fd < 0) {
		probe_result(call, -1);
		exit(1);
	}
	probe_say(call, "waits");
	if (poll(waits, 3, -1) < 0 || waits[1].revents || waits[2].revents)
		probe_say(call, "reached");
	else
		probe_say(call, "%s", is_unharmed() ? "unharmed" : "harmed");
	exit(0);
}

/* In the network of the instance the names of sockets can be seen. */
static bool sees_victim(void)
{
	static const char name[] = "@" ESCAPE_VICTIM "\n";
	char line[256];
	bool is_found = false;
	FILE *list = fopen("/proc/net/unix", "re");

	while (list && !is_found && fgets(line, sizeof(line), list))
		is_found = strlen(line) >= sizeof(name) &&
			   strcmp(line + strlen(line) - (sizeof(name) - 1),
				  name) == 0;
	if (list)
		fclose(list);
	return is_found;
}

static void run_await_victim(const struct probe_call *call)
{
	const struct timespec moment = { 0, 100000000 };

	for (int i = 0; i < LOOKS; i++) {
		if (sees_victim()) {
			probe_say(call, "there");
			return;
		}
		nanosleep(&moment, NULL);
	}
	probe_say(call, "missing");
}

/* Exits with 0, or EXDEV where the process has another label. */
static void run_is_label(const struct probe_call *call)
{
	char label[256];
	int fd = open("/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, label, sizeof(label) - 1);

	if (n < 0)
		exit(EIO);
	label[n] = '\0';
	exit(strcmp(label, call->argv[1]) == 0 ? 0 : EXDEV);
}

const struct probe_verb probe_victim[] = {
	{ "victim", 0, "until SIGTERM", run_victim },
	{ "await-victim", 0, "in the network of the instance",
	  run_await_victim },
	{ "is-label", 1, "LABEL: exits", run_is_label },
	{ 0 },
};
