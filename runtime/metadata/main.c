// SPDX-License-Identifier: MIT
/*
 * metadata: see server.h. init starts it with uid 904, no capabilities, the
 * bus as fd 3 and nothing else.
 */
#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/err.h"
#include "runtime/metadata/server.h"
#include "runtime/metadata/throttle.h"

#define PROGRAM "metadata"

static const struct server_options options = {
	.tasks = "/sys/fs/cgroup/tasks",
	.proc = "/proc",
	.per_s = THROTTLE_PER_S,
};

int main(void)
{
	struct err e = ERR_NONE;
	struct server *s;

	/* Its long-lived memory, and epoll_create1, which the filter lacks. */
	if (server_create(&s, BUS_FD, &options, &e) < 0 ||
	    /* Before the first byte from a task, the bus included. */
	    allow_only(&calls_metadata, &e) < 0 ||
	    /* Ends only with init, or to be started again. */
	    server_run(s, &e) < 0) {
		err_print(2, PROGRAM, &e);
		return 1;
	}
	return 0;
}
