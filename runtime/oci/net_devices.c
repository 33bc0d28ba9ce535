// SPDX-License-Identifier: MIT
/*
 * netDevices: links of the caller's network that go to the container's. A
 * link that the kernel cannot put back (a virtual one) ends with its new
 * namespace, also when the start fails after it went.
 */
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/net/device.h"
#include "runtime/oci/complete.h"
#include "runtime/oci/user_namespace.h"

/* Where it went, and back. */
static int settle(int there, int here, const char *name,
		  const struct net_device *d, struct err *e)
{
	int r;

	if (setns(there, CLONE_NEWNET) < 0)
		return err_set(e, errno, "setns(network of the container)");
	r = net_device_settle(name, d, e);
	/* Staying in the wrong namespace would be worse than ending. */
	if (setns(here, CLONE_NEWNET) < 0)
		abort();
	return r;
}

static int move(const struct oci_net_device *n, int there, int here,
		struct err *e)
{
	const char *name = n->name ? n->name : n->host_name;
	struct net_device d;
	int r = net_device_read(n->host_name, &d, e);

	if (r == 0)
		r = net_device_move(&d, there, name, e);
	if (r == 0)
		r = settle(there, here, name, &d, e);
	return r < 0 ? err_wrap(e, "container: netDevices %s", n->host_name) :
		       0;
}

int complete_net_devices(const struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	int proc = s->child.proc_fd;
	AUTO_CLOSE int there = -1;
	AUTO_CLOSE int here = -1;
	int r;

	if (!spec->net_device_count)
		return 0;
	r = namespace_open(proc, s->pid, "net", &there, e);
	if (r == 0)
		r = namespace_open(proc, getpid(), "net", &here, e);
	for (size_t i = 0; r == 0 && i < spec->net_device_count; i++)
		r = move(&spec->net_devices[i], there, here, e);
	return r;
}
