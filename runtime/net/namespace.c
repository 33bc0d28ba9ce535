// SPDX-License-Identifier: MIT
#include "runtime/net/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "runtime/base/fd.h"

int net_namespace_open(int *fd, struct err *e)
{
	*fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "open(own network namespace)") : 0;
}

int net_namespace_do(int there,
		     int (*deed)(void *data, int here, struct err *e),
		     void *data, struct err *e)
{
	AUTO_CLOSE int here = -1;
	int r = net_namespace_open(&here, e);

	if (r < 0)
		return r;
	if (setns(there, CLONE_NEWNET) < 0)
		return err_set(e, errno, "setns(network)");
	r = deed(data, here, e);
	/* Staying in the wrong namespace would be worse than ending. */
	if (setns(here, CLONE_NEWNET) < 0)
		abort();
	return r;
}
