// SPDX-License-Identifier: MIT
/* The network interfaces that the document gives to tasks. */
#include <stdio.h>
#include <strings.h>

#include "runtime/base/fd.h"
#include "runtime/intake/address.h"
#include "runtime/intake/rules.h"

#define IPV6_MTU_MIN 1280 /* RFC 8200 */

/* One interface; `s` has its path. */
struct interface_scope {
	struct rule_scope s;
	const struct plan_interfaces *all; /* of the same task */
	const struct plan_interface *self;
	uint32_t index;
};

static int card_is_named_once(struct interface_scope *i)
{
	for (uint32_t other = 0; other < i->index; other++) {
		if (strcasecmp(i->all->items[other].mac_address,
			       i->self->mac_address) != 0)
			continue;
		rule_at(&i->s, ".macAddress");
		return refuse(i->s.why, "is listed already");
	}
	return 0;
}

static int addresses_differ(struct interface_scope *i)
{
	const struct plan_strings *a = &i->self->addresses;

	for (uint32_t n = 0; n < a->count; n++) {
		for (uint32_t other = 0; other < n; other++) {
			if (!address_is_same(a->items[n], a->items[other]))
				continue;
			rule_at(&i->s, ".addresses[%u]", n);
			return refuse(i->s.why, "is listed already");
		}
	}
	return 0;
}

static int mtu_fits_ipv6(struct interface_scope *i)
{
	const struct plan_strings *a = &i->self->addresses;

	for (uint32_t n = 0; n < a->count; n++) {
		if (i->self->mtu >= IPV6_MTU_MIN ||
		    !address_has_family_of(a->items[n], "::"))
			continue;
		rule_at(&i->s, ".mtu");
		return refuse(i->s.why, "is %lld, IPv6 needs %d",
			      (long long)i->self->mtu, IPV6_MTU_MIN);
	}
	return 0;
}

/* NULL: the interface reaches the gateway. The path is the caller's. */
static const char *judge_gateway(const struct interface_scope *i,
				 const char *gateway)
{
	const struct plan_strings *a = &i->self->addresses;
	const char *why = "is not inside the network of an address";

	for (uint32_t n = 0; n < a->count; n++) {
		if (address_is_same(gateway, a->items[n]))
			return "is an address of the interface itself";
		if (address_is_inside(gateway, a->items[n]) ||
		    (address_is_of_link(gateway) &&
		     address_has_family_of(gateway, a->items[n])))
			why = NULL;
	}
	return why;
}

/* A gateway of the same family before this one, in the task. */
static bool is_second_gateway(const struct interface_scope *i, uint32_t index)
{
	const char *gateway = i->self->gateways.items[index];

	for (uint32_t n = 0; n <= i->index; n++) {
		const struct plan_strings *g = &i->all->items[n].gateways;
		uint32_t end = n == i->index ? index : g->count;

		for (uint32_t m = 0; m < end; m++)
			if (address_has_family_of(gateway, g->items[m]))
				return true;
	}
	return false;
}

static int gateways_are_reached(struct interface_scope *i)
{
	const struct plan_strings *g = &i->self->gateways;

	for (uint32_t n = 0; n < g->count; n++) {
		const char *why = judge_gateway(i, g->items[n]);

		rule_at(&i->s, ".gateways[%u]", n);
		if (why)
			return refuse(i->s.why, "%s", why);
		if (is_second_gateway(i, n))
			return refuse(i->s.why, "is the task's second of that "
						"family");
	}
	return 0;
}

static int check_route(struct interface_scope *i, uint32_t n)
{
	const struct plan_route *r = &i->self->routes.items[n];
	const char *why;

	rule_at(&i->s, ".routes[%u].destinationCidrBlock", n);
	if (!address_is_network(r->destination))
		return refuse(i->s.why, "has bits set behind its prefix");
	if (!r->gateway[0])
		return 0;
	rule_at(&i->s, ".routes[%u].gateway", n);
	if (!address_has_family_of(r->gateway, r->destination))
		return refuse(i->s.why, "is not of the same family as "
					"destinationCidrBlock");
	why = judge_gateway(i, r->gateway);
	return why ? refuse(i->s.why, "%s", why) : 0;
}

static int routes_are_reached(struct interface_scope *i)
{
	int r = 0;

	for (uint32_t n = 0; r == 0 && n < i->self->routes.count; n++)
		r = check_route(i, n);
	return r;
}

static int (*const interface_rules[])(struct interface_scope *i) = {
	card_is_named_once,   addresses_differ,	  mtu_fits_ipv6,
	gateways_are_reached, routes_are_reached,
};

static int check_interface(struct interface_scope *i)
{
	int r = 0;

	for (size_t n = 0; r == 0 && n < ARRAY_SIZE(interface_rules); n++)
		r = interface_rules[n](i);
	return r;
}

static int check_attachments(struct rule_scope *s, uint32_t task)
{
	const struct plan_attachments *a =
		&s->plan->tasks.items[task].attachments;
	int r = 0;

	for (uint32_t n = 0; r == 0 && n < a->count; n++) {
		const struct plan_interfaces *all = &a->items[n].interfaces;

		for (uint32_t m = 0; r == 0 && m < all->count; m++) {
			struct interface_scope i = { *s, all, &all->items[m],
						     m };

			snprintf(i.s.path, sizeof(i.s.path),
				 "$.tasks[%u].attachments[%u]"
				 ".networkInterfaces[%u]",
				 task, n, m);
			r = check_interface(&i);
		}
	}
	return r;
}

static int attachments_fit(struct rule_scope *s, uint32_t task)
{
	const struct plan_task *t = &s->plan->tasks.items[task];

	if (t->attachments.count == 0)
		return 0;
	rule_at(s, ".tasks[%u].attachments", task);
	if (t->network_mode != PLAN_NETWORK_AWSVPC)
		return refuse(s->why, "is for networkMode awsvpc");
	if (t->attachments.count < t->count)
		return refuse(s->why, "has %u, but $.tasks[%u].count is %lld",
			      t->attachments.count, task, (long long)t->count);
	return 0;
}

static bool names_card(const struct plan_interfaces *all, const char *mac)
{
	for (uint32_t i = 0; i < all->count; i++)
		if (strcasecmp(all->items[i].mac_address, mac) == 0)
			return true;
	return false;
}

/* The first `end` copies of the task have the card among theirs. */
static bool have_card(const struct plan_attachments *a, uint32_t end,
		      const char *mac)
{
	for (uint32_t i = 0; i < end; i++)
		if (names_card(&a->items[i].interfaces, mac))
			return true;
	return false;
}

/* Copies of a task run side by side, so none can wait for another's card. */
static int copies_share_no_card(struct rule_scope *s, uint32_t task)
{
	const struct plan_attachments *a =
		&s->plan->tasks.items[task].attachments;

	for (uint32_t n = 1; n < a->count; n++) {
		for (uint32_t m = 0; m < a->items[n].interfaces.count; m++) {
			const char *mac =
				a->items[n].interfaces.items[m].mac_address;

			if (!have_card(a, n, mac))
				continue;
			rule_at(s,
				".tasks[%u].attachments[%u]"
				".networkInterfaces[%u].macAddress",
				task, n, m);
			return refuse(s->why, "is listed already");
		}
	}
	return 0;
}

int rule_interfaces_can_be_given(struct rule_scope *s)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < s->plan->tasks.count; i++) {
		r = attachments_fit(s, i);
		if (r == 0)
			r = check_attachments(s, i);
		if (r == 0)
			r = copies_share_no_card(s, i);
	}
	return r;
}
