// SPDX-License-Identifier: MIT
#include <string.h>

#include "runtime/oci/devices.h"

#define MINORS 32 /* bits of devices_rule.minors */

static bool is_any_or(uint32_t wide, uint32_t any, uint32_t value)
{
	return wide == any || wide == value;
}

/* `later` speaks of everything that `rule` speaks of. */
static bool covers(const struct devices_rule *later,
		   const struct devices_rule *rule)
{
	return is_any_or(later->type, DEVICES_TYPE_ANY, rule->type) &&
	       is_any_or(later->major, OCI_DEVICE_ANY, rule->major) &&
	       is_any_or(later->minor, OCI_DEVICE_ANY, rule->minor) &&
	       !(rule->access & ~later->access);
}

static bool is_decided_later(const struct devices_rule *rules, size_t count,
			     size_t i)
{
	for (size_t k = i + 1; k < count; k++)
		if (covers(&rules[k], &rules[i]))
			return true;
	return false;
}

/* What a later rule decides anyway goes, and what denies before anything is
 * allowed. */
static size_t drop_idle(struct devices_rule *rules, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if ((kept > 0 || rules[i].is_allow) &&
		    !is_decided_later(rules, count, i))
			rules[kept++] = rules[i];
	return kept;
}

static bool is_alike(const struct devices_rule *a, const struct devices_rule *b)
{
	return a->type == b->type && a->access == b->access &&
	       a->major == b->major && b->minor < MINORS;
}

/*
 * Rules that allow and follow each other may change places, so those that
 * differ in the minor number alone become one.
 */
static size_t merge_minors(struct devices_rule *rules, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct devices_rule rule = rules[i];

		if (!rule.access) /* it went into another */
			continue;
		for (size_t k = i + 1; rule.is_allow && rule.minor < MINORS &&
				       k < count && rules[k].is_allow;
		     k++) {
			if (!is_alike(&rule, &rules[k]))
				continue;
			rule.minors |= 1U << rule.minor | 1U << rules[k].minor;
			rules[k].access = 0;
		}
		rules[kept++] = rule;
	}
	return kept;
}

size_t devices_simplify(struct devices_rule *rules, size_t count)
{
	return merge_minors(rules, drop_idle(rules, count));
}
