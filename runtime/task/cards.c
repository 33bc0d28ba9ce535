// SPDX-License-Identifier: MIT
#include "runtime/task/cards.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/net/card.h"
#include "runtime/net/nat.h"
#include "runtime/net/namespace.h"

#define NAME_BACK "eth%d" /* the kernel counts */

static const struct plan_task *plan_of(const struct world *w, uint32_t t)
{
	return &w->plan->tasks.items[w->state->tasks[t].plan_index];
}

/* What another task has, or NULL. */
static const struct plan_attachment *held_by(const struct world *w, uint32_t t)
{
	return state_attachment(&w->state->tasks[t], plan_of(w, t));
}

/* ------------------------------------------------------------------ asking */

static bool share_a_card(const struct plan_attachment *a,
			 const struct plan_attachment *b)
{
	for (uint32_t i = 0; i < a->interfaces.count; i++)
		for (uint32_t j = 0; j < b->interfaces.count; j++)
			if (strcasecmp(a->interfaces.items[i].mac_address,
				       b->interfaces.items[j].mac_address) == 0)
				return true;
	return false;
}

static bool is_held_by_another(const struct world *w, uint32_t t,
			       const struct plan_attachment *a)
{
	for (uint32_t i = 0; i < w->state->task_count; i++) {
		const struct plan_attachment *held = held_by(w, i);

		if (i != t && held && share_a_card(a, held))
			return true;
	}
	return false;
}

static int find(const struct plan_interface *i, struct net_card *c,
		struct err *e)
{
	uint8_t mac[NET_MAC_SIZE];
	int r = net_mac_parse(i->mac_address, mac, e);

	return r < 0 ? r : net_card_find(mac, c, e);
}

/* 1: there, and not the one that the instance itself works with. */
static int look_for(const struct plan_interface *i, struct err *e)
{
	char first[IF_NAMESIZE];
	struct net_card c;
	int r = find(i, &c, e);

	if (r == 0)
		r = net_first_ethernet(first, e);
	if (r == 0 && strcmp(first, c.name) == 0)
		r = err_set(e, EBUSY, "network card %s is the instance's own",
			    i->mac_address);
	return r < 0 ? r : 1;
}

static int wait_for(struct world_task *held, struct err *e)
{
	if (!held->cards_until_ms)
		held->cards_until_ms = clock_ms() + CARDS_WAIT_MS;
	if (clock_ms() < held->cards_until_ms)
		return 0;
	e->code = ETIMEDOUT;
	return err_wrap(e, "waited %d s", (int)(CARDS_WAIT_MS / 1000));
}

/* 1: all of them are there, and nobody has them. 0: another task does. */
static int judge(const struct world *w, uint32_t t,
		 const struct plan_attachment *a, struct err *e)
{
	int r = !is_held_by_another(w, t, a);

	for (uint32_t i = 0; r > 0 && i < a->interfaces.count; i++)
		r = look_for(&a->interfaces.items[i], e);
	return r;
}

/* The best answer that one of the entry's attachments gets. */
static int choose(const struct world *w, uint32_t t, struct err *e)
{
	const struct plan_attachments *all = &plan_of(w, t)->attachments;
	int r = 0;

	for (uint32_t n = 0; n < all->count; n++) {
		int one = judge(w, t, &all->items[n], e);

		if (one > 0) {
			w->state->tasks[t].attachment = n + 1;
			return 1;
		}
		r = one < 0 ? one : r;
	}
	return r;
}

int cards_ask(void *ctx, uint32_t t, struct err *e)
{
	struct world *w = ctx;
	struct world_task *held = &w->tasks[t];
	int r;

	if (!plan_of(w, t)->attachments.count || w->state->tasks[t].attachment)
		return 1;
	r = choose(w, t, e);
	if (r == -ENODEV)
		return wait_for(held, e);
	held->cards_until_ms = 0;
	return r;
}

int64_t cards_deadline(const struct world *w)
{
	int64_t next = ENGINE_NEVER_MS;

	for (uint32_t t = 0; t < w->state->task_count; t++)
		if (w->state->tasks[t].phase == TASK_PENDING &&
		    w->tasks[t].cards_until_ms &&
		    w->tasks[t].cards_until_ms < next)
			next = w->tasks[t].cards_until_ms;
	return next;
}

/* ------------------------------------------------------------------ giving */

/* The texts of one interface as the numbers of runtime/net. */
struct numbers {
	struct net_address addresses[PLAN_ADDRESSES_MAX];
	struct net_neighbor neighbors[PLAN_ROUTES_MAX];
	struct net_route routes[PLAN_ROUTES_MAX + 2]; /* and the default ones */
	struct net_card_settings settings;
};

static int read_addresses(const struct plan_interface *i, struct numbers *n,
			  struct err *e)
{
	int r = 0;

	for (uint32_t m = 0; r == 0 && m < i->addresses.count; m++)
		r = net_address_parse(i->addresses.items[m], &n->addresses[m],
				      e);
	return r;
}

static int read_neighbors(const struct plan_interface *i, struct numbers *n,
			  struct err *e)
{
	int r = 0;

	for (uint32_t m = 0; r == 0 && m < i->neighbors.count; m++) {
		const struct plan_neighbor *from = &i->neighbors.items[m];

		r = net_address_parse(from->address, &n->neighbors[m].address,
				      e);
		if (r == 0)
			r = net_mac_parse(from->mac_address,
					  n->neighbors[m].mac, e);
	}
	return r;
}

static int read_route(const struct plan_route *from, struct net_route *to,
		      struct err *e)
{
	int r = net_address_parse(from->destination, &to->to, e);

	to->has_gateway = from->gateway[0] != '\0';
	if (r == 0 && to->has_gateway)
		r = net_address_parse(from->gateway, &to->gateway, e);
	return r;
}

static int read_routes(const struct plan_interface *i, struct numbers *n,
		       struct err *e)
{
	size_t *count = &n->settings.route_count;
	int r = 0;

	for (uint32_t m = 0; r == 0 && m < i->routes.count; m++)
		r = read_route(&i->routes.items[m], &n->routes[(*count)++], e);
	for (uint32_t m = 0; r == 0 && m < i->gateways.count; m++) {
		struct net_route *to = &n->routes[(*count)++];

		to->has_gateway = true;
		r = net_address_parse(i->gateways.items[m], &to->gateway, e);
		to->to.family = to->gateway.family;
	}
	return r;
}

static int read_numbers(const struct plan_interface *i, struct numbers *n,
			struct err *e)
{
	int r;

	n->settings = (struct net_card_settings){
		.mtu = (unsigned int)i->mtu,
		.addresses = n->addresses,
		.address_count = i->addresses.count,
		.neighbors = n->neighbors,
		.neighbor_count = i->neighbors.count,
		.routes = n->routes,
	};
	r = read_addresses(i, n, e);
	if (r == 0)
		r = read_neighbors(i, n, e);
	return r == 0 ? read_routes(i, n, e) : r;
}

static void name_in_task(uint32_t index, char name[IF_NAMESIZE])
{
	snprintf(name, IF_NAMESIZE, "eth%u", index % PLAN_INTERFACES_MAX);
}

struct gift {
	const struct plan_attachment *cards;
	bool metadata_is_open;
};

static int set_up_one(const struct gift *g, uint32_t index, struct numbers *n,
		      struct err *e)
{
	char name[IF_NAMESIZE];
	int r = 0;

	memset(n, 0, sizeof(*n));
	name_in_task(index, name);
	if (!g->metadata_is_open)
		r = nat_guard_link(name, e);
	if (r == 0)
		r = read_numbers(&g->cards->interfaces.items[index], n, e);
	return r == 0 ? net_card_set_up(name, &n->settings, e) : r;
}

static int set_up_all(void *data, int here, struct err *e)
{
	const struct gift *g = data;
	AUTO_FREE struct numbers *n = calloc(1, sizeof(*n));
	int r = 0;

	(void)here;
	if (!n)
		return err_set(e, ENOMEM, "calloc(interface)");
	for (uint32_t i = 0; r == 0 && i < g->cards->interfaces.count; i++)
		r = set_up_one(g, i, n, e);
	return r;
}

static int move_in(const struct plan_interface *i, uint32_t index, int fd,
		   struct err *e)
{
	char name[IF_NAMESIZE];
	struct net_card c;
	int r = find(i, &c, e);

	name_in_task(index, name);
	if (r == 0)
		r = net_card_reset(&c, e);
	return r == 0 ? net_card_move(&c, fd, name, e) : r;
}

int cards_give(const struct plan_attachment *a, bool metadata_is_open,
	       int network_fd, struct err *e)
{
	struct gift gift = { a, metadata_is_open };
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < a->interfaces.count; i++)
		r = move_in(&a->interfaces.items[i], i, network_fd, e);
	if (r == 0)
		r = net_namespace_do(network_fd, set_up_all, &gift, e);
	return r < 0 ? err_wrap(e, "attachments") : 0;
}

/* ------------------------------------------------------------- taking back */

static int move_back(const struct plan_interface *i, int here, struct err *e)
{
	struct net_card c;
	int r = find(i, &c, e);

	if (r == 0)
		r = net_card_reset(&c, e);
	return r == 0 ? net_card_move(&c, here, NAME_BACK, e) : r;
}

static int move_all_back(void *data, int here, struct err *e)
{
	const struct plan_attachment *a = data;
	int r = 0;

	for (uint32_t i = 0; i < a->interfaces.count; i++) {
		int one = move_back(&a->interfaces.items[i], here, e);

		r = one < 0 && one != -ENODEV ? one : r;
	}
	return r;
}

void cards_take_back(struct world *w, uint32_t t)
{
	const struct plan_attachment *a = held_by(w, t);
	int network = w->tasks[t].network_fd;
	struct plan_attachment copy;
	struct err e = ERR_NONE;

	w->tasks[t].cards_until_ms = 0;
	if (!a)
		return;
	copy = *a;
	if (network >= 0 &&
	    net_namespace_do(network, move_all_back, &copy, &e) < 0)
		err_print(2, "runtime", &e);
	w->state->tasks[t].attachment = 0;
}
