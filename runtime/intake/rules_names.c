// SPDX-License-Identifier: MIT
/* Names and what a container shares with others. */
#include "runtime/intake/rules.h"

#include <string.h>

#include "runtime/task/settings.h"

#define SEARCH_BYTES_MAX 256 /* resolv.conf(5): resolvers cut the rest off */

int rule_search_domains_are_short(struct rule_scope *s)
{
	const struct plan_strings *d = &s->container->dns_search_domains;
	size_t sum = 0;

	for (uint32_t i = 0; i < d->count; i++)
		sum += strlen(d->items[i]) + (i > 0);
	if (sum <= SEARCH_BYTES_MAX)
		return 0;
	rule_at(s, ".dnsSearchDomains");
	return refuse(s->why, "have %zu bytes together, allowed is 0 to %d",
		      sum, SEARCH_BYTES_MAX);
}

/* ---------------------------------------------------------- systemControls */

static const char *why_not_set(const struct rule_scope *s, const char *name)
{
	switch (setting_kind(name)) {
	case SETTING_NETWORK:
		return s->task->network_mode == PLAN_NETWORK_HOST &&
				       !s->container->is_network_disabled ?
			       "is of the network, which with networkMode host "
			       "is the instance's" :
			       NULL;
	case SETTING_IPC:
		return NULL;
	case SETTING_NONE:
		break;
	}
	return "is not a setting of a network or ipc namespace, but of the "
	       "whole machine";
}

int rule_settings_are_the_tasks_own(struct rule_scope *s)
{
	const struct plan_pairs *p = &s->container->settings;

	for (uint32_t i = 0; i < p->count; i++) {
		const char *why = why_not_set(s, p->items[i].name);

		rule_at(s, ".systemControls[%u].namespace", i);
		if (why)
			return refuse(s->why, "%s", why);
		for (uint32_t j = 0; j < i; j++)
			if (strcmp(p->items[i].name, p->items[j].name) == 0)
				return refuse(s->why, "is listed already");
	}
	return 0;
}

static bool is_shared(const struct plan_task *t, const struct plan_container *c,
		      const char *name)
{
	return setting_kind(name) == SETTING_IPC ? t->ipc_mode == PLAN_OF_TASK :
						   !c->is_network_disabled;
}

/* The containers before `index` that share the namespace of a setting. */
static bool is_set_otherwise(const struct plan_task *t, uint32_t index,
			     const struct plan_pair *setting)
{
	for (uint32_t i = 0; i < index; i++) {
		const struct plan_container *c = &t->containers.items[i];

		for (uint32_t j = 0; j < c->settings.count; j++)
			if (is_shared(t, c, setting->name) &&
			    strcmp(c->settings.items[j].name, setting->name) ==
				    0 &&
			    strcmp(c->settings.items[j].value,
				   setting->value) != 0)
				return true;
	}
	return false;
}

int rule_settings_agree(struct rule_scope *s)
{
	const struct plan_containers *all = &s->task->containers;

	for (uint32_t i = 0; i < all->count; i++) {
		const struct plan_container *c = &all->items[i];

		for (uint32_t j = 0; j < c->settings.count; j++) {
			const struct plan_pair *one = &c->settings.items[j];

			if (!is_shared(s->task, c, one->name) ||
			    !is_set_otherwise(s->task, i, one))
				continue;
			rule_at(s,
				".containerDefinitions[%u].systemControls[%u]"
				".value",
				i, j);
			return refuse(s->why, "is another than that of a "
					      "container in the same "
					      "namespace");
		}
	}
	return 0;
}
