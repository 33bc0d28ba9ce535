// SPDX-License-Identifier: MIT
/* Verbs that ask the task metadata endpoint, where the environment says. */
#include "tests/guest/probe/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VARIABLE "ECS_CONTAINER_METADATA_URI_V4"
#define ADDRESS "169.254.170.2"
#define PORT 51679
#define ANSWER_MAX 65536
#define POLL_MS 100

static char answer[ANSWER_MAX];

/* The path of the variable, or "" where it is not set. */
static const char *own_path(void)
{
	const char *uri = getenv(VARIABLE);
	const char *path = uri ? strstr(uri, "/v4/") : NULL;

	return path ? path : "";
}

static int dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, ADDRESS, &to.sin_addr);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof(to)) == 0)
		return s;
	close(s);
	return -1;
}

/* Fills `answer` with the body and gives the status, or -1 with errno. */
static int ask(const char *method, const char *path)
{
	char request[1024];
	size_t used = 0;
	ssize_t n = 0;
	int s = dial(), status = 0;
	char *body;

	if (s < 0)
		return -1;
	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nHost: " ADDRESS "\r\n\r\n", method, path);
	if (send(s, request, strlen(request), MSG_NOSIGNAL) > 0)
		while (used < sizeof(answer) - 1 &&
		       (n = read(s, answer + used, sizeof(answer) - 1 - used)) >
			       0)
			used += (size_t)n;
	close(s);
	answer[used] = '\0';
	if (sscanf(answer, "HTTP/1.1 %d ", &status) != 1) {
		errno = n < 0 ? errno : EIO;
		return -1;
	}
	body = strstr(answer, "\r\n\r\n");
	body = body ? body + 4 : answer + used;
	memmove(answer, body, strlen(body) + 1);
	return status;
}

static void say_answer(const struct probe_call *call, int status)
{
	if (status < 0)
		probe_result(call, -1);
	else
		probe_say(call, "%d %s", status, answer);
}

static int ask_beneath(const char *method, const char *suffix)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", own_path(), suffix);
	return ask(method, path);
}

static void run_own(const struct probe_call *call)
{
	say_answer(call, ask_beneath(call->argv[1], probe_word(call, 2, "")));
}

static void run_path(const struct probe_call *call)
{
	say_answer(call, ask(call->argv[1], call->argv[2]));
}

static void run_await(const struct probe_call *call)
{
	static const struct timespec rest = { .tv_nsec = POLL_MS * 1000000 };
	int status;

	while ((status = ask_beneath("GET", probe_word(call, 2, ""))) >= 0 &&
	       !strstr(answer, call->argv[1]))
		nanosleep(&rest, NULL);
	say_answer(call, status);
}

static void run_count(const struct probe_call *call)
{
	int status = ask_beneath("GET", probe_word(call, 2, ""));
	long n = 0;

	for (const char *at = answer; (at = strstr(at, call->argv[1])); at++)
		n++;
	probe_say(call, "%d %ld", status, n);
}

/* As often as it goes, until it was refused or has asked so often. */
static void run_flood(const struct probe_call *call)
{
	long most = probe_number(call, 1), served = 0;
	int status = 200;

	while (served < most && status == 200) {
		status = ask_beneath("GET", "");
		served += status == 200;
	}
	probe_say(call, "%d after %s", status,
		  served < 60 ? "less than a burst" : "a burst");
}

/* Connections with half a request on each, which stay. */
static void run_hold(const struct probe_call *call)
{
	long most = probe_number(call, 1), n = 0;

	while (n < most) {
		int s = dial();

		if (s < 0 || send(s, "GET /", 5, MSG_NOSIGNAL) != 5)
			break;
		n++;
	}
	probe_result(call, n);
}

const struct probe_verb probe_metadata[] = {
	{ "metadata", 1, "METHOD [SUFFIX]: of the container's own path",
	  run_own },
	{ "metadata-path", 2, "METHOD PATH", run_path },
	{ "metadata-await", 1, "TEXT [SUFFIX]: asks until the answer has it",
	  run_await },
	{ "metadata-count", 1, "TEXT [SUFFIX]: how often the answer has it",
	  run_count },
	{ "metadata-flood", 1, "COUNT: asks until refused", run_flood },
	{ "metadata-hold", 1, "COUNT: connections with half a request",
	  run_hold },
	{ 0 },
};
