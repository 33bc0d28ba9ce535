// SPDX-License-Identifier: MIT
#include "runtime/task/bridge.h"

#include <netinet/in.h>
#include <stdio.h>

#include "runtime/base/record.h"
#include "runtime/net/namespace.h"
#include "runtime/net/nat.h"
#include "runtime/net/pair.h"
#include "runtime/task/ports.h"

#define FIRST_HOST 2 /* after the network itself and the gateway */
#define FAR_NAME "eth0"

_Static_assert(FIRST_HOST + STATE_TASKS_MAX < 65535,
	       "every row of the state has an address");

static const struct net_address gateway = { AF_INET, { 172, 17, 0, 1 }, 32 };

/* One task's end of it, in numbers. */
struct ends {
	char near[IF_NAMESIZE];
	struct net_address address;
	struct net_pair pair;
};

static void fill_ends(struct ends *s, uint32_t t)
{
	uint32_t host = FIRST_HOST + t;
	uint8_t high = (uint8_t)(host >> 8), low = (uint8_t)host;

	*s = (struct ends){
		.address = { AF_INET, { 172, 17, high, low }, 32 },
		.pair = { .far = FAR_NAME,
			  .near_mac = { 0x02, 0x11, 0, 0, high, low },
			  .far_mac = { 0x02, 0x11, 0, 1, high, low } },
	};
	snprintf(s->near, sizeof(s->near), NAT_LINK_PREFIX "%u", t);
	s->pair.near = s->near;
}

/* ------------------------------------------------------------------ making */

/* The instance's end: nobody else is on the wire, so nobody has to ask. */
static int set_up_near(const struct ends *s, struct err *e)
{
	const struct net_neighbor task = {
		.address = s->address,
		.mac = { 0x02, 0x11, 0, 1, s->address.bytes[2],
			 s->address.bytes[3] },
	};
	const struct net_route route = { .to = s->address };
	int r = net_address_add(s->near, &gateway, e);

	if (r == 0)
		r = net_link_up(s->near, e);
	if (r == 0)
		r = net_neighbor_add(s->near, &task, e);
	if (r == 0)
		r = net_route_add(s->near, &route, e);
	return r == 0 ? net_link_forward(s->near, true, e) : r;
}

static int set_up_far(void *data, int here, struct err *e)
{
	const struct ends *s = data;
	const struct net_neighbor instance = {
		.address = gateway,
		.mac = { 0x02, 0x11, 0, 0, s->address.bytes[2],
			 s->address.bytes[3] },
	};
	const struct net_route routes[] = {
		{ .to = gateway },
		{ .to = { .family = AF_INET },
		  .has_gateway = true,
		  .gateway = gateway },
	};
	const struct net_card_settings settings = {
		.mtu = NET_CARD_MTU,
		.addresses = &s->address,
		.address_count = 1,
		.neighbors = &instance,
		.neighbor_count = 1,
		.routes = routes,
		.route_count = 2,
	};

	(void)here;
	return net_card_set_up(FAR_NAME, &settings, e);
}

static const struct plan_task *plan_of(const struct world *w, uint32_t t)
{
	return &w->plan->tasks.items[w->state->tasks[t].plan_index];
}

static void tell_ports(const struct world *w, uint32_t t,
		       const struct port_mapping *ports, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct port_mapping *p = &ports[i];

		RECORD(PORT_MAPPED, RECORD_W(w->state->tasks[t].id),
		       RECORD_W(plan_of(w, t)
					->containers.items[p->container]
					.name),
		       RECORD_W(p->protocol == PLAN_UDP ? "udp" : "tcp"),
		       RECORD_N(p->outer), RECORD_N(p->inner));
	}
}

static int add_rules(const struct world *w, uint32_t t, const struct ends *s,
		     struct err *e)
{
	struct port_mapping ports[PORTS_OF_TASK_MAX];
	struct nat_port numbers[PORTS_OF_TASK_MAX];
	struct nat_task task = { s->near, s->address, numbers, 0 };
	struct net_address instance;
	int r = net_address_parse(w->plan->instance.network_address, &instance,
				  e);

	if (r < 0)
		return r;
	task.port_count = ports_map(plan_of(w, t), t, ports);
	for (size_t i = 0; i < task.port_count; i++)
		numbers[i] = (struct nat_port){
			.protocol = ports[i].protocol == PLAN_UDP ?
					    IPPROTO_UDP :
					    IPPROTO_TCP,
			.outer = ports[i].outer,
			.inner = ports[i].inner,
		};
	r = nat_add_task(&task, &instance, e);
	if (r == 0)
		tell_ports(w, t, ports, task.port_count);
	return r;
}

static int forward_instance(bool may, struct err *e)
{
	char first[IF_NAMESIZE];
	int r = net_first_ethernet(first, e);

	return r == 0 ? net_link_forward(first, may, e) : r;
}

/* Rules come before the link that they are for passes anything on. */
int bridge_give(struct world *w, uint32_t t, int network_fd, struct err *e)
{
	struct ends s;
	int r;

	fill_ends(&s, t);
	r = nat_remove_task(s.near, e);
	if (r == 0)
		r = net_pair_remove(s.near, e);
	if (r == 0)
		r = nat_open(w->plan->instance.metadata_is_open, e);
	if (r == 0)
		r = net_pair_make(&s.pair, network_fd, e);
	if (r == 0)
		r = add_rules(w, t, &s, e);
	if (r == 0)
		r = set_up_near(&s, e);
	if (r == 0)
		r = net_namespace_do(network_fd, set_up_far, &s, e);
	if (r == 0)
		r = forward_instance(true, e);
	return r < 0 ? err_wrap(e, "bridge") : 0;
}

/* ------------------------------------------------------------- taking back */

static bool is_last(const struct world *w, uint32_t t)
{
	for (uint32_t i = 0; i < w->state->task_count; i++)
		if (i != t && w->tasks[i].network_fd >= 0 &&
		    plan_of(w, i)->network_mode == PLAN_NETWORK_BRIDGE)
			return false;
	return true;
}

static void complain(int r, struct err *e)
{
	if (r < 0)
		err_print(2, "runtime", e);
}

void bridge_take_back(struct world *w, uint32_t t)
{
	struct err e = ERR_NONE;
	struct ends s;

	if (plan_of(w, t)->network_mode != PLAN_NETWORK_BRIDGE)
		return;
	fill_ends(&s, t);
	complain(net_pair_remove(s.near, &e), &e);
	complain(nat_remove_task(s.near, &e), &e);
	if (!is_last(w, t))
		return;
	complain(forward_instance(false, &e), &e);
	complain(nat_close(&e), &e);
}
