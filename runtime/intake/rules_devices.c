// SPDX-License-Identifier: MIT
/* Devices that a container asks for by name. */
#include "runtime/intake/rules.h"

#include <string.h>

#include "policy/grants.h"

static const char *path_in(const struct plan_device *d)
{
	return d->container_path[0] ? d->container_path : d->host_path;
}

/* A node that is there already is not replaced by another one. */
static bool is_taken(const struct plan_device *d)
{
	int ignored;

	return strcmp(path_in(d), d->host_path) != 0 &&
	       grant_find_device(path_in(d), &ignored);
}

static bool has_word(const struct plan_strings *words, const char *word)
{
	for (uint32_t i = 0; i < words->count; i++)
		if (strcmp(words->items[i], word) == 0)
			return true;
	return false;
}

/* Of what every container has, nothing can be taken away. */
static bool is_less_than_all(const struct plan_device *d)
{
	const struct plan_strings *p = &d->permissions;

	return p->count && !(has_word(p, "read") && has_word(p, "write"));
}

static int check_twins(struct rule_scope *s, uint32_t index)
{
	const struct plan_device *all =
		s->container->linux_parameters.devices.items;

	for (uint32_t i = 0; i < index; i++) {
		if (strcmp(all[i].host_path, all[index].host_path) == 0) {
			rule_at(s, ".linuxParameters.devices[%u].hostPath",
				index);
			return refuse(s->why, "is listed already");
		}
		if (strcmp(path_in(&all[i]), path_in(&all[index])) == 0) {
			rule_at(s, ".linuxParameters.devices[%u].containerPath",
				index);
			return refuse(s->why, "is that of another device");
		}
	}
	return 0;
}

static int check_device(struct rule_scope *s, uint32_t index)
{
	const struct plan_device *d =
		&s->container->linux_parameters.devices.items[index];
	int capability;

	rule_at(s, ".linuxParameters.devices[%u].hostPath", index);
	if (!grant_find_device(d->host_path, &capability))
		return refuse(s->why, "is not null, zero, full, random, "
				      "urandom, tty, net/tun or fuse of /dev; "
				      "other devices are the instance's");
	if (capability >= 0 && !(rule_asked_set(s) & UINT64_C(1) << capability))
		return refuse(s->why, "comes with %s alone",
			      grant_rows[capability].name);
	if (capability < 0 && is_less_than_all(d)) {
		rule_at(s, ".linuxParameters.devices[%u].permissions", index);
		return refuse(s->why, "are less than read and write, which "
				      "every container has of it");
	}
	if (is_taken(d)) {
		rule_at(s, ".linuxParameters.devices[%u].containerPath", index);
		return refuse(s->why, "is that of another device");
	}
	return check_twins(s, index);
}

int rule_devices_are_granted(struct rule_scope *s)
{
	uint32_t count = s->container->linux_parameters.devices.count;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++)
		r = check_device(s, i);
	return r;
}
