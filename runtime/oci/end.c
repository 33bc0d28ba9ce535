// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/oci/oci.h"

/* The file is opened before it is asked: a change in between is heard of. */
static int await_empty(const char *cgroup, int64_t deadline_ms, struct err *e)
{
	AUTO_CLOSE int events = -1;
	int r = oci_events_fd(cgroup, &events, e);

	while (r == 0 && (r = oci_is_empty(cgroup, e)) == 0) {
		struct pollfd changed = { .fd = events, .events = POLLPRI };
		int64_t left_ms = deadline_ms - clock_ms();

		if (left_ms <= 0)
			return err_set(e, EBUSY, "cgroup %s", cgroup);
		if (poll(&changed, 1, (int)left_ms) < 0 && errno != EINTR)
			return err_set(e, errno, "poll(cgroup.events)");
	}
	return r < 0 ? r : 0;
}

int oci_end(const char *cgroup, uint32_t limit_ms, struct err *e)
{
	int r = oci_kill_all(cgroup, e);

	if (r == 0)
		r = await_empty(cgroup, clock_ms() + limit_ms, e);
	return r < 0 ? r : oci_clean(cgroup, e);
}
