/* SPDX-License-Identifier: MIT */
#include "runtime/task/names.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

/* A text that grows; once it did not fit it stays as it was. */
struct text {
	char *at;
	size_t room;
	bool is_cut;
};

static void add(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->at, t->room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= t->room) {
		t->is_cut = true;
		return;
	}
	t->at += n;
	t->room -= (size_t)n;
}

/* Programs look up their own name; Debian has this address for it. */
#define OWN_LOOPBACK "127.0.1.1"

static const char *const common_hosts[] = {
	"127.0.0.1\tlocalhost\n",
	"::1\tlocalhost ip6-localhost "
	"ip6-loopback\n",
	"fe00::\tip6-localnet\n",
	"ff00::\tip6-mcastprefix\n",
	"ff02::1\tip6-allnodes\n",
	"ff02::2\tip6-allrouters\n",
};

/* "ADDRESS name first-label"; a name of one label stands there once. */
static void add_own_name(struct text *t, const char *address, size_t len,
			 const char *hostname)
{
	size_t label = strcspn(hostname, ".");

	add(t, "%.*s\t%s", (int)len, address, hostname);
	if (hostname[label])
		add(t, " %.*s", (int)label, hostname);
	add(t, "\n");
}

/* Where its own name leads, with a prefix or not. */
static const char *own_address(const struct plan_instance *instance,
			       const struct plan_task *task,
			       const struct plan_attachment *cards,
			       const struct plan_container *c)
{
	if (c->is_network_disabled)
		return OWN_LOOPBACK;
	if (cards)
		return cards->interfaces.items[0].addresses.items[0];
	if (task->network_mode == PLAN_NETWORK_HOST &&
	    instance->network_address[0])
		return instance->network_address;
	return OWN_LOOPBACK;
}

static void fill_hosts(struct text *t, const struct plan_container *c,
		       const char *own, const char *hostname)
{
	for (size_t i = 0; i < ARRAY_SIZE(common_hosts); i++)
		add(t, "%s", common_hosts[i]);
	for (uint32_t i = 0; i < c->extra_hosts.count; i++)
		add(t, "%s\t%s\n", c->extra_hosts.items[i].ip_address,
		    c->extra_hosts.items[i].hostname);
	add_own_name(t, own, strcspn(own, "/"), hostname);
}

/* The container's own, else those of its task's first card, else the
   instance's. */
static const struct plan_strings *
servers_of(const struct plan_instance *instance,
	   const struct plan_attachment *cards, const struct plan_container *c)
{
	if (c->dns_servers.count)
		return &c->dns_servers;
	if (cards && cards->interfaces.items[0].dns.count)
		return &cards->interfaces.items[0].dns;
	return &instance->network_dns;
}

static void fill_resolv(struct text *t, const struct plan_container *c,
			const struct plan_strings *servers)
{
	for (uint32_t i = 0; i < servers->count; i++)
		add(t, "nameserver %s\n", servers->items[i]);
	for (uint32_t i = 0; i < c->dns_search_domains.count; i++)
		add(t, "%s %s", i ? "" : "search",
		    c->dns_search_domains.items[i]);
	if (c->dns_search_domains.count)
		add(t, "\n");
}

int names_fill(struct names *n, const struct plan_instance *instance,
	       const struct plan_task *task,
	       const struct plan_attachment *cards,
	       const struct plan_container *c, const char *hostname,
	       struct err *e)
{
	struct text name = { n->hostname, sizeof(n->hostname), false };
	struct text hosts = { n->hosts, sizeof(n->hosts), false };
	struct text resolv = { n->resolv, sizeof(n->resolv), false };

	add(&name, "%s\n", hostname);
	fill_hosts(&hosts, c, own_address(instance, task, cards, c), hostname);
	fill_resolv(&resolv, c, servers_of(instance, cards, c));
	if (name.is_cut || hosts.is_cut || resolv.is_cut)
		return err_set(e, E2BIG, "names of the container");
	return 0;
}
