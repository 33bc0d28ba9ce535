// SPDX-License-Identifier: MIT
/* Verbs about what the task definition puts around a container. */
#include "tests/guest/probe/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

static void run_contents(const struct probe_call *call)
{
	char text[2048];
	int fd = open(call->argv[1], O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (len < 0) {
		probe_result(call, -1);
		return;
	}
	text[len] = '\0';
	for (char *c = text; *c; c++)
		if (*c == '\n')
			*c = '|';
	probe_say(call, "%s", text);
}

/* As the C library does it: hosts first, then servers. */
static void run_resolve(const struct probe_call *call)
{
	const struct addrinfo hints = { .ai_family = AF_INET,
					.ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char address[INET_ADDRSTRLEN] = "";
	int r = getaddrinfo(call->argv[1], NULL, &hints, &found);

	if (r != 0) {
		probe_say(call, "fail %s", gai_strerror(r));
		return;
	}
	inet_ntop(AF_INET,
		  &((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr,
		  address, sizeof(address));
	freeaddrinfo(found);
	probe_say(call, "%s", address);
}

static void run_namespace(const struct probe_call *call)
{
	char path[64], text[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", call->argv[1]);
	len = readlink(path, text, sizeof(text) - 1);
	if (len < 0) {
		probe_result(call, -1);
		return;
	}
	text[len] = '\0';
	probe_say(call, "%s", text);
}

/* One page of System V memory, which other containers may find by its key. */
static void run_systemv(const struct probe_call *call)
{
	const char *text = probe_word(call, 2, NULL);
	int id = shmget((key_t)probe_number(call, 1), 4096,
			0600 | (text ? IPC_CREAT : 0));
	char *page = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (page == (void *)-1) {
		probe_result(call, -1);
		return;
	}
	if (text)
		snprintf(page, 4096, "%s", text);
	probe_say(call, "%s", page);
	shmdt(page);
}

/* A POSIX message queue: with a text it is sent, else one is received. */
static void run_queue(const struct probe_call *call)
{
	const char *text = probe_word(call, 2, NULL);
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 64 };
	mqd_t q = mq_open(call->argv[1],
			  O_RDWR | O_NONBLOCK | (text ? O_CREAT : 0), 0600,
			  &attr);
	char got[65] = "";

	if (q == (mqd_t)-1 || (text ? mq_send(q, text, strlen(text), 0) :
				      (int)mq_receive(q, got, 64, NULL)) < 0)
		probe_result(call, -1);
	else
		probe_say(call, "%s", text ? text : got);
}

const struct probe_verb probe_surroundings[] = {
	{ "contents", 1, "PATH: all lines, with | for their ends",
	  run_contents },
	{ "resolve", 1, "NAME: its IPv4 address", run_resolve },
	{ "systemv", 1, "KEY [TEXT]: shared memory", run_systemv },
	{ "queue", 1, "/NAME [TEXT]: a message", run_queue },
	{ "namespace", 1, "net|ipc|pid|...", run_namespace },
	{ 0 },
};
