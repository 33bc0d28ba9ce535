// SPDX-License-Identifier: MIT
#include "runtime/intake/rules.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"

#define NOFILE_MAX 1048576    /* fs.nr_open: setrlimit(2) refuses more */
#define OPTIONS_BYTES_MAX 200 /* of one tmpfs, joined, without its size */

/* ------------------------------------------------------------------ memory */

static int memory_is_given(struct rule_scope *s)
{
	if (s->task->memory_mib || s->container->memory_mib ||
	    s->container->memory_reservation_mib)
		return 0;
	rule_at(s, ".memory");
	return refuse(s->why, "is missing: one of memory, memoryReservation "
			      "and the task's memory has to be given");
}

static int memory_exceeds_reservation(struct rule_scope *s)
{
	const struct plan_container *c = s->container;

	if (!c->memory_mib || !c->memory_reservation_mib ||
	    c->memory_mib > c->memory_reservation_mib)
		return 0;
	rule_at(s, ".memory");
	return refuse(s->why,
		      "is %lld, has to be more than memoryReservation, "
		      "%lld",
		      (long long)c->memory_mib,
		      (long long)c->memory_reservation_mib);
}

static int memory_fits_into_the_task(struct rule_scope *s)
{
	int64_t limit = s->task->memory_mib;

	if (!limit || s->container->memory_mib <= limit)
		return 0;
	rule_at(s, ".memory");
	return refuse(s->why, "is %lld, the whole task has %lld",
		      (long long)s->container->memory_mib, (long long)limit);
}

/* ------------------------------------------------------------------ health */

/* ECS's HealthCheck: CMD, a program and its arguments, or CMD-SHELL and a line
   for /bin/sh. */
static int health_command_has_a_form(struct rule_scope *s)
{
	const struct plan_strings *c = &s->container->health.command;

	if (c->count == 0 ||
	    (c->count >= 2 && strcmp(c->items[0], "CMD") == 0) ||
	    (c->count == 2 && strcmp(c->items[0], "CMD-SHELL") == 0))
		return 0;
	rule_at(s, ".healthCheck.command");
	return refuse(s->why, "is not CMD with a program, nor CMD-SHELL with "
			      "one text");
}

/* ------------------------------------------------------------------ mounts */

static bool has_volume(const struct plan_task *t, const char *name)
{
	for (uint32_t i = 0; i < t->volumes.count; i++)
		if (strcmp(t->volumes.items[i].name, name) == 0)
			return true;
	return false;
}

static int volumes_exist(struct rule_scope *s)
{
	const struct plan_mount_points *m = &s->container->mount_points;

	for (uint32_t i = 0; i < m->count; i++) {
		if (has_volume(s->task, m->items[i].source_volume))
			continue;
		rule_at(s, ".mountPoints[%u].sourceVolume", i);
		return refuse(s->why, "no volume of the task has this name");
	}
	return 0;
}

bool rule_is_same_path(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);

	a_len -= a_len > 1 && a[a_len - 1] == '/';
	b_len -= b_len > 1 && b[b_len - 1] == '/';
	return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Mount points first, then tmpfs, as one list; NULL behind its end. */
static const char *nth_target(const struct plan_container *c, uint32_t n)
{
	const struct plan_tmpfses *t = &c->linux_parameters.tmpfs;

	if (n < c->mount_points.count)
		return c->mount_points.items[n].container_path;
	n -= c->mount_points.count;
	return n < t->count ? t->items[n].container_path : NULL;
}

static bool is_target_taken(const struct plan_container *c, uint32_t n,
			    const char *target)
{
	for (uint32_t i = 0; i < n; i++) {
		const char *other = nth_target(c, i);

		if (other && rule_is_same_path(other, target))
			return true;
	}
	return false;
}

static int mount_targets_differ(struct rule_scope *s)
{
	const struct plan_container *c = s->container;
	uint32_t points = c->mount_points.count;
	const char *target;

	for (uint32_t i = 0; (target = nth_target(c, i)); i++) {
		if (!is_target_taken(c, i, target))
			continue;
		if (i < points)
			rule_at(s, ".mountPoints[%u].containerPath", i);
		else
			rule_at(s, ".linuxParameters.tmpfs[%u].containerPath",
				i - points);
		return refuse(s->why, "something is mounted there already");
	}
	return 0;
}

static int tmpfs_options_are_short(struct rule_scope *s)
{
	const struct plan_tmpfses *t = &s->container->linux_parameters.tmpfs;

	for (uint32_t i = 0; i < t->count; i++) {
		size_t sum = 0;

		for (uint32_t j = 0; j < t->items[i].options.count; j++)
			sum += 1 + strlen(t->items[i].options.items[j]);
		if (sum <= OPTIONS_BYTES_MAX)
			continue;
		rule_at(s, ".linuxParameters.tmpfs[%u].mountOptions", i);
		return refuse(s->why,
			      "have %zu bytes together, allowed is "
			      "0 to %d",
			      sum, OPTIONS_BYTES_MAX);
	}
	return 0;
}

/* ------------------------------------------------------------------ limits */

static bool is_above(int64_t soft, int64_t hard)
{
	if (hard < 0)
		return false;
	return soft < 0 || soft > hard;
}

static int check_ulimit(struct rule_scope *s, uint32_t index)
{
	const struct plan_ulimits *l = &s->container->ulimits;
	const struct plan_ulimit *u = &l->items[index];

	for (uint32_t i = 0; i < index; i++) {
		if (strcmp(l->items[i].name, u->name) != 0)
			continue;
		rule_at(s, ".ulimits[%u].name", index);
		return refuse(s->why, "is listed already");
	}
	if (is_above(u->soft, u->hard)) {
		rule_at(s, ".ulimits[%u].softLimit", index);
		return refuse(s->why, "is above hardLimit");
	}
	if (strcmp(u->name, "nofile") == 0 && is_above(u->hard, NOFILE_MAX)) {
		rule_at(s, ".ulimits[%u].hardLimit", index);
		return refuse(s->why, "is %lld, allowed for nofile is 0 to %d",
			      (long long)u->hard, NOFILE_MAX);
	}
	return 0;
}

static int ulimits_are_sound(struct rule_scope *s)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < s->container->ulimits.count; i++)
		r = check_ulimit(s, i);
	return r;
}

static int environment_is_not_too_big(struct rule_scope *s)
{
	const struct plan_pairs *e = &s->container->environment;
	size_t sum = 0;

	for (uint32_t i = 0; i < e->count; i++)
		sum += strlen(e->items[i].name) + strlen(e->items[i].value) + 2;
	if (sum <= PLAN_ENVIRONMENT_MAX)
		return 0;
	rule_at(s, ".environment");
	return refuse(s->why, "has %zu bytes, allowed is 0 to %d", sum,
		      PLAN_ENVIRONMENT_MAX);
}

/* ------------------------------------------------------------------ grants */

static uint64_t bits_of(const struct plan_strings *words, bool *has_all)
{
	uint64_t set = 0;

	*has_all = false;
	for (uint32_t i = 0; i < words->count; i++) {
		const struct grant_row *row = grant_find(words->items[i]);

		if (row)
			set |= UINT64_C(1) << row->capability;
		else
			*has_all = true; /* syntax_capability() held */
	}
	return set;
}

/* The first row of a set, NULL if it is empty. */
static const struct grant_row *first_row(uint64_t set)
{
	for (unsigned int i = 0; i < grant_count; i++)
		if (set >> grant_rows[i].capability & 1)
			return &grant_rows[i];
	return NULL;
}

/* Points at what asks for the capability: its name, ALL, or privileged. */
static void point_at_request(struct rule_scope *s, const struct grant_row *row)
{
	const struct plan_strings *add =
		&s->container->linux_parameters.capabilities_add;

	if (s->container->is_privileged) {
		rule_at(s, ".privileged");
		return;
	}
	for (uint32_t i = 0; i < add->count; i++) {
		if (strcmp(add->items[i], row->name) != 0 &&
		    strcmp(add->items[i], "ALL") != 0)
			continue;
		rule_at(s, ".linuxParameters.capabilities.add[%u]", i);
		return;
	}
	rule_at(s, ".linuxParameters.capabilities");
}

static int refuse_grant(struct rule_scope *s, const struct grant_row *row)
{
	struct refusal *why = s->why;

	point_at_request(s, row);
	snprintf(why->task, sizeof(why->task), "%s", s->task->family);
	snprintf(why->container, sizeof(why->container), "%s",
		 s->container->name);
	snprintf(why->capability, sizeof(why->capability), "%s", row->name);
	return refuse(why,
		      "%s is not permitted by "
		      "$.instance.privilegedCapabilities",
		      row->name);
}

static uint64_t free_set(const struct rule_scope *s)
{
	return grant_free_set(s->task->network_mode == PLAN_NETWORK_HOST);
}

uint64_t rule_asked_set(const struct rule_scope *s)
{
	const struct plan_container *c = s->container;
	const struct plan_linux *l = &c->linux_parameters;
	bool add_all, drop_all;
	uint64_t add = bits_of(&l->capabilities_add, &add_all);
	uint64_t drop = bits_of(&l->capabilities_drop, &drop_all);

	return grant_algebra(free_set(s), c->is_privileged, add, add_all, drop,
			     drop_all);
}

static int grants_are_permitted(struct rule_scope *s)
{
	struct plan_linux *l = &s->container->linux_parameters;
	const struct grant_row *missing;
	uint64_t permitted;
	bool has_all;

	rule_strip_prefixes(&l->capabilities_add);
	rule_strip_prefixes(&l->capabilities_drop);
	permitted =
		free_set(s) |
		bits_of(&s->plan->instance.privileged_capabilities, &has_all);
	missing = first_row(rule_asked_set(s) & ~permitted);
	return missing ? refuse_grant(s, missing) : 0;
}

/* Real-time processes run before all others, whatever their cgroup's share. */
static int real_time_is_granted(struct rule_scope *s)
{
	const struct plan_ulimits *l = &s->container->ulimits;

	if (rule_asked_set(s) & UINT64_C(1) << CAP_SYS_NICE)
		return 0;
	for (uint32_t i = 0; i < l->count; i++) {
		if (strcmp(l->items[i].name, "rtprio") != 0 ||
		    l->items[i].hard == 0)
			continue;
		rule_at(s, ".ulimits[%u].hardLimit", i);
		return refuse(s->why, "needs SYS_NICE: a real-time process "
				      "starves others");
	}
	return 0;
}

const struct rule container_rules[] = {
	{ "memory is given", memory_is_given },
	{ "memory exceeds its reservation", memory_exceeds_reservation },
	{ "memory fits into the task", memory_fits_into_the_task },
	{ "a health command has a form", health_command_has_a_form },
	{ "volumes exist", volumes_exist },
	{ "mount targets differ", mount_targets_differ },
	{ "tmpfs options are short", tmpfs_options_are_short },
	{ "ulimits are sound", ulimits_are_sound },
	{ "the environment is written out", rule_write_out_environment },
	{ "the environment is not too big", environment_is_not_too_big },
	{ "ports can be mapped", rule_ports_can_be_mapped },
	{ "search domains are short", rule_search_domains_are_short },
	{ "settings are the task's own", rule_settings_are_the_tasks_own },
	{ "grants are permitted", grants_are_permitted },
	{ "real time is granted", real_time_is_granted },
	{ "devices are granted", rule_devices_are_granted },
	{ 0 },
};
