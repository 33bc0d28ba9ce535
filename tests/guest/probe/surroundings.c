// SPDX-License-Identifier: MIT
/* Verbs about what the task definition puts around a container. */
#include "tests/guest/probe/probe.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
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

const struct probe_verb probe_surroundings[] = {
	{ "contents", 1, "PATH: all lines, with | for their ends",
	  run_contents },
	{ "resolve", 1, "NAME: its IPv4 address", run_resolve },
	{ "namespace", 1, "net|ipc|pid|...", run_namespace },
	{ 0 },
};
