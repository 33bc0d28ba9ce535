// SPDX-License-Identifier: MIT
/*
 * agent: an observability agent in small, made with libbpf. Loads the programs
 * of agent.bpf.c, prints a line for each event: "exec sleep", "connect wget".
 * Ends when it is told to (SIGTERM) with 0, or with 1 and the reason.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "agent.skel.h"

static volatile sig_atomic_t is_over;

static void on_signal(int signo)
{
	(void)signo;
	is_over = true;
}

static int on_event(void *context, void *data, size_t len)
{
	const struct agent_event *e = data;

	(void)context;
	if (len >= sizeof(*e))
		dprintf(1, "%s %s\n",
			e->kind == AGENT_EXEC ? "exec" : "connect", e->comm);
	return 0;
}

static int fail(const char *what)
{
	dprintf(1, "agent: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct ring_buffer *ring;
	struct agent_bpf *agent;

	sigaction(SIGTERM, &action, NULL);
	agent = agent_bpf__open_and_load();
	if (!agent)
		return fail("load");
	if (agent_bpf__attach(agent) < 0)
		return fail("attach");
	ring = ring_buffer__new(bpf_map__fd(agent->maps.events), on_event, NULL,
				NULL);
	if (!ring)
		return fail("ring buffer");
	dprintf(1, "watching\n");
	while (!is_over)
		if (ring_buffer__poll(ring, -1) < 0 && errno != EINTR)
			return fail("poll");
	ring_buffer__free(ring);
	agent_bpf__destroy(agent);
	return 0;
}
