/*
 * uplink: see uplink.h. init starts it with uid 902, no capabilities, the bus
 * as fd 3 and nothing else.
 */
#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/err.h"
#include "runtime/uplink/uplink.h"

#define PROGRAM "uplink"

static const struct metrics_paths paths = {
	.cgroup = "/sys/fs/cgroup",
	.proc = "/proc",
	.data = "/data",
};

int main(void)
{
	struct err e = ERR_NONE;
	struct uplink *u;

	/* All long-lived memory, and epoll_create1, which the filter lacks. */
	if (uplink_create(&u, BUS_FD, &paths, &e) < 0 ||
	    /* Before the first byte from outside, the bus included. */
	    allow_only(&calls_uplink, &e) < 0 ||
	    /* Ends only with init, or to be started again. */
	    uplink_run(u, &e) < 0) {
		err_print(2, PROGRAM, &e);
		return 1;
	}
	return 0;
}
