// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/life.h"

#include <errno.h>
#include <poll.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/oci/cli/hooks.h"

/* cgroup.events says when the last process is gone, and then only once. */
static int await_empty(const char *cgroup, int64_t deadline_ms, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	int r = oci_events_fd(cgroup, &fd, e);

	while (r == 0) {
		struct pollfd changed = { .fd = fd, .events = POLLPRI };
		int64_t left_ms = deadline_ms - clock_ms();

		r = oci_is_empty(cgroup, e);
		if (r != 0)
			break;
		if (left_ms <= 0)
			return err_set(e, ETIMEDOUT,
				       "cgroup %s: processes that do not end",
				       cgroup);
		if (poll(&changed, 1, (int)left_ms) < 0 && errno != EINTR)
			return err_set(e, errno, "poll(cgroup %s)", cgroup);
	}
	return r < 0 ? r : 0;
}

/*
 * Busy is what has processes: those that are there, or one that an exec has
 * just put in. A frozen cgroup is killed as well: SIGKILL wakes what is in it.
 */
int life_clear_cgroup(const char *cgroup, struct err *e)
{
	int64_t deadline_ms = clock_ms() + LIFE_KILL_MS;
	int r = oci_clean(cgroup, e);

	while (r == -EBUSY && clock_ms() < deadline_ms) {
		r = oci_kill_all(cgroup, e);
		if (r == 0)
			r = await_empty(cgroup, deadline_ms, e);
		if (r == 0)
			r = oci_clean(cgroup, e);
	}
	return r == -ENOENT ? 0 : r;
}

int life_end(struct store *s, struct err *e)
{
	int r = s->state.cgroup ? life_clear_cgroup(s->state.cgroup, e) : 0;

	if (r == 0)
		r = store_remove(s, e);
	if (r == 0)
		hooks_run_all("poststop", &s->state.poststop, &s->state,
			      STATUS_STOPPED);
	return r;
}
