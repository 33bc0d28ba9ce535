// SPDX-License-Identifier: MIT
/* Verbs: who hears whom. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "probe.h"

#define TEXT_MAX 64

static int serve_on(const struct probe_call *call, int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int s = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	at.sin_port = htons((uint16_t)probe_number(call, 1));
	if (s >= 0 && bind(s, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return s;
}

/* Says its name to whoever connects, and who that was. */
static void run_serve(const struct probe_call *call)
{
	int s = serve_on(call, SOCK_STREAM);
	long count = probe_number(call, 2);

	if (s < 0 || listen(s, 8) < 0) {
		probe_result(call, -1);
		return;
	}
	probe_say(call, "ready");
	while (count-- > 0) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		int c = accept(s, (struct sockaddr *)&from, &len);

		if (c < 0 || write(c, call->argv[3], strlen(call->argv[3])) < 0)
			continue;
		close(c);
		probe_say(call, "from %s", inet_ntoa(from.sin_addr));
	}
	close(s);
}

static int fetch(const struct sockaddr_in *to, long patience_s,
		 char text[TEXT_MAX])
{
	const struct timeval patience = { .tv_sec = patience_s };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t n = -1;

	setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(s, (const struct sockaddr *)to, sizeof(*to)) == 0)
		n = read(s, text, TEXT_MAX);
	close(s);
	return (int)n;
}

/* What a server says first; one that is not there yet is waited for. */
static void run_fetch(const struct probe_call *call)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	long patience_s = call->argc > 3 ? probe_number(call, 3) : 45;
	char text[TEXT_MAX];
	int n;

	to.sin_port = htons((uint16_t)probe_number(call, 2));
	inet_pton(AF_INET, call->argv[1], &to.sin_addr);
	while ((n = fetch(&to, patience_s, text)) < 0 && errno == ECONNREFUSED)
		poll(NULL, 0, 100);
	if (n < 0)
		probe_result(call, -1);
	else
		probe_say(call, "%.*s", n, text);
}

/* Whoever connects knows that the datagrams are listened for. */
static int tell_ready(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int c = -1;

	if (s >= 0 && bind(s, (const struct sockaddr *)&at, sizeof(at)) == 0 &&
	    listen(s, 1) == 0)
		c = accept(s, NULL, NULL);
	if (c >= 0 && write(c, "ready", 5) < 0)
		return -1;
	close(c);
	close(s);
	return c;
}

/* Datagrams until one says "end". */
static void run_hear(const struct probe_call *call)
{
	int s = serve_on(call, SOCK_DGRAM);
	char text[TEXT_MAX];
	ssize_t n;

	if (s < 0 || tell_ready((int)probe_number(call, 2)) < 0) {
		probe_result(call, -1);
		return;
	}
	while ((n = recv(s, text, sizeof(text), 0)) > 0) {
		probe_say(call, "%.*s", (int)n, text);
		if (n == 3 && memcmp(text, "end", 3) == 0)
			break;
	}
	close(s);
}

struct packet {
	struct iphdr ip;
	struct udphdr udp;
	char text[TEXT_MAX];
};

/* A datagram whose sender is made up; it goes past the socket's own checks. */
static void run_forge(const struct probe_call *call)
{
	size_t len = strnlen(call->argv[4], TEXT_MAX);
	struct sockaddr_in to = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct packet p = {
		.ip = { .version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_UDP },
	};

	inet_pton(AF_INET, call->argv[1], &p.ip.saddr);
	inet_pton(AF_INET, call->argv[2], &p.ip.daddr);
	p.ip.tot_len = htons((uint16_t)(sizeof(p.ip) + sizeof(p.udp) + len));
	p.udp.uh_sport = htons(4000);
	p.udp.uh_dport = htons((uint16_t)probe_number(call, 3));
	p.udp.uh_ulen = htons((uint16_t)(sizeof(p.udp) + len));
	memcpy(p.text, call->argv[4], len);
	to.sin_addr.s_addr = p.ip.daddr;
	probe_result(call,
		     s < 0 ? -1 :
			     sendto(s, &p, sizeof(p.ip) + sizeof(p.udp) + len,
				    0, (const struct sockaddr *)&to,
				    sizeof(to)));
	if (s >= 0)
		close(s);
}

const struct probe_verb probe_network[] = {
	{ "serve", 3, "PORT COUNT TEXT", run_serve },
	{ "fetch", 2, "ADDRESS PORT [SECONDS]", run_fetch },
	{ "hear", 2, "PORT PORT: datagrams, once one connected to the other",
	  run_hear },
	{ "forge", 4, "FROM TO PORT TEXT: a datagram", run_forge },
	{ 0 },
};
