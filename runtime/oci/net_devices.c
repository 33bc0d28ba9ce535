// SPDX-License-Identifier: MIT
/*
 * netDevices: links of the caller's network that go to the container's. A
 * virtual one would end with its new namespace: when the start fails after it
 * went, it comes back, with its name and addresses.
 */
#include "runtime/base/fd.h"
#include "runtime/net/device.h"
#include "runtime/net/namespace.h"
#include "runtime/oci/complete.h"
#include "runtime/oci/user_namespace.h"

struct travel {
	const struct oci_net_device *link;
	struct net_device device;
};

static const char *inner_name(const struct oci_net_device *n)
{
	return n->name ? n->name : n->host_name;
}

/* Where it went. */
static int settle(void *data, int here, struct err *e)
{
	const struct travel *t = data;

	(void)here;
	return net_device_settle(inner_name(t->link), &t->device, e);
}

static int move(struct start *s, const struct oci_net_device *n, struct err *e)
{
	struct travel t = { .link = n };
	int r = net_device_read(n->host_name, &t.device, e);

	if (r == 0)
		r = net_device_move(&t.device, s->network_fd, inner_name(n), e);
	if (r == 0) {
		s->moved_count++;
		r = net_namespace_do(s->network_fd, settle, &t, e);
	}
	return r < 0 ? err_wrap(e, "container: netDevices %s", n->host_name) :
		       0;
}

int complete_net_devices(struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	int r;

	if (!spec->net_device_count)
		return 0;
	r = namespace_open(s->child.proc_fd, s->pid, "net", &s->network_fd, e);
	for (size_t i = 0; r == 0 && i < spec->net_device_count; i++)
		r = move(s, &spec->net_devices[i], e);
	return r;
}

static int move_back(void *data, int here, struct err *e)
{
	struct travel *t = data;
	int r = net_device_read(inner_name(t->link), &t->device, e);

	return r < 0 ? r :
		       net_device_move(&t->device, here, t->link->host_name, e);
}

void complete_return_net_devices(const struct start *s)
{
	for (size_t i = 0; i < s->moved_count; i++) {
		struct travel t = { .link = &s->spec->net_devices[i] };

		if (net_namespace_do(s->network_fd, move_back, &t, NULL) == 0)
			(void)net_device_settle(t.link->host_name, &t.device,
						NULL);
	}
}
