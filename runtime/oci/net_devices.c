// SPDX-License-Identifier: MIT
/*
 * netDevices: links of the caller's network that go to the container's. A
 * link that the kernel cannot put back (a virtual one) ends with its new
 * namespace, also when the start fails after it went.
 */
#include "runtime/base/fd.h"
#include "runtime/net/device.h"
#include "runtime/net/namespace.h"
#include "runtime/oci/complete.h"
#include "runtime/oci/user_namespace.h"

struct arrival {
	const char *name;
	struct net_device device;
};

/* Where it went. */
static int settle(void *data, int here, struct err *e)
{
	const struct arrival *a = data;

	(void)here;
	return net_device_settle(a->name, &a->device, e);
}

static int move(const struct oci_net_device *n, int there, struct err *e)
{
	struct arrival a = { .name = n->name ? n->name : n->host_name };
	int r = net_device_read(n->host_name, &a.device, e);

	if (r == 0)
		r = net_device_move(&a.device, there, a.name, e);
	if (r == 0)
		r = net_namespace_do(there, settle, &a, e);
	return r < 0 ? err_wrap(e, "container: netDevices %s", n->host_name) :
		       0;
}

int complete_net_devices(const struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	int proc = s->child.proc_fd;
	AUTO_CLOSE int there = -1;
	int r;

	if (!spec->net_device_count)
		return 0;
	r = namespace_open(proc, s->pid, "net", &there, e);
	for (size_t i = 0; r == 0 && i < spec->net_device_count; i++)
		r = move(&spec->net_devices[i], there, e);
	return r;
}
