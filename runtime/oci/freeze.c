// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/oci/oci.h"

#define EVENTS_MAX 256

static int read_frozen(int dir, struct err *e)
{
	char text[EVENTS_MAX];
	ssize_t n = fd_read_file(dir, "cgroup.events", text, sizeof(text), e);

	return n < 0 ? (int)n : strstr(text, "frozen 1") != NULL;
}

int oci_is_frozen(const char *cgroup, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	int r = oci_cgroup_open(cgroup, &dir, e);

	return r < 0 ? r : read_frozen(dir, e);
}

/* The file is opened before it is read: a change in between is heard of. */
static int await(int dir, bool is_frozen, int64_t deadline_ms, struct err *e)
{
	AUTO_CLOSE int events =
		openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);

	if (events < 0)
		return err_set(e, errno, "open(cgroup.events)");
	for (;;) {
		struct pollfd changed = { .fd = events, .events = POLLPRI };
		int r = read_frozen(dir, e);
		int64_t left_ms = deadline_ms - clock_ms();

		if (r < 0 || r == is_frozen)
			return r < 0 ? r : 0;
		if (left_ms <= 0)
			return -EBUSY;
		if (poll(&changed, 1, (int)left_ms) < 0 && errno != EINTR)
			return err_set(e, errno, "poll(cgroup.events)");
	}
}

static int set_frozen(const char *cgroup, bool is_frozen, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	int r = oci_cgroup_open(cgroup, &dir, e);

	if (r == 0)
		r = fd_write_file(dir, "cgroup.freeze", is_frozen ? "1" : "0",
				  e);
	if (r == 0)
		r = await(dir, is_frozen, clock_ms() + OCI_PAUSE_MS, e);
	if (r == -EBUSY) {
		fd_write_file(dir, "cgroup.freeze", "0", NULL);
		return err_set(e, EBUSY, "cgroup %s: a process does not %s",
			       cgroup, is_frozen ? "stop" : "go on");
	}
	return r;
}

int oci_pause(const char *cgroup, struct err *e)
{
	return set_frozen(cgroup, true, e);
}

int oci_resume(const char *cgroup, struct err *e)
{
	return set_frozen(cgroup, false, e);
}
