// SPDX-License-Identifier: MIT
/* Names and what a container shares with others. */
#include "runtime/intake/rules.h"

#include <string.h>

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
