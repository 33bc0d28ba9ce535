// SPDX-License-Identifier: MIT
#include "runtime/intake/rules.h"

#include <errno.h>
#include <string.h>

/* Bit i: container i has all its mount points written out. */
static int find_ready(const struct plan_task *t, uint32_t done)
{
	for (uint32_t i = 0; i < t->containers.count; i++) {
		const struct plan_volumes_from *v =
			&t->containers.items[i].volumes_from;
		uint32_t at = 0;

		while (at < v->count &&
		       done >> rule_find_container(
				       t, v->items[at].source_container) &
			       1)
			at++;
		if (!(done >> i & 1) && at == v->count)
			return (int)i;
	}
	return -1;
}

/* A source that is not done yet; there is one where nothing is ready. */
static int next_source(const struct plan_task *t, int from, uint32_t done)
{
	const struct plan_volumes_from *v =
		&t->containers.items[from].volumes_from;

	for (uint32_t i = 0; i < v->count; i++) {
		int to = rule_find_container(t, v->items[i].source_container);

		if (!(done >> to & 1))
			return to;
	}
	return from;
}

/* Whoever goes on for so long is in the circle, not on the way to it. */
static int refuse_circle(struct rule_scope *s, uint32_t done)
{
	int at = 0;

	while (done >> at & 1)
		at++;
	for (uint32_t i = 0; i < s->task->containers.count; i++)
		at = next_source(s->task, at, done);
	rule_at(s, ".containerDefinitions[%d].volumesFrom", at);
	return refuse(s->why, "the container takes its own volumes, through "
			      "others");
}

static int check_source(struct rule_scope *s, uint32_t index, uint32_t from)
{
	const struct plan_volumes_from *v =
		&s->task->containers.items[index].volumes_from;
	const char *name = v->items[from].source_container;
	int to = rule_find_container(s->task, name);

	rule_at(s, ".containerDefinitions[%u].volumesFrom[%u].sourceContainer",
		index, from);
	if (to < 0)
		return refuse(s->why, "no container has this name");
	if ((uint32_t)to == index)
		return refuse(s->why, "is the container itself");
	for (uint32_t i = 0; i < from; i++)
		if (strcmp(v->items[i].source_container, name) == 0)
			return refuse(s->why, "is listed already");
	return 0;
}

static int sources_exist(struct rule_scope *s)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < s->task->containers.count; i++) {
		uint32_t n = s->task->containers.items[i].volumes_from.count;

		for (uint32_t j = 0; r == 0 && j < n; j++)
			r = check_source(s, i, j);
	}
	return r;
}

static bool has_tmpfs_at(const struct plan_container *c, const char *path)
{
	const struct plan_tmpfses *t = &c->linux_parameters.tmpfs;

	for (uint32_t i = 0; i < t->count; i++)
		if (rule_is_same_path(t->items[i].container_path, path))
			return true;
	return false;
}

/* The first `own` of the list are the container's own mount points. */
static int inherit(struct plan_mount_points *list, uint32_t own,
		   const struct plan_mount_point *m)
{
	uint32_t at = 0;

	while (at < list->count &&
	       !rule_is_same_path(list->items[at].container_path,
				  m->container_path))
		at++;
	if (at < own)
		return 0;
	if (at == PLAN_MOUNT_POINTS_MAX)
		return -E2BIG;
	list->items[at] = *m;
	if (at == list->count)
		list->count++;
	return 0;
}

static int inherit_all(struct rule_scope *s, struct plan_container *c,
		       uint32_t from, struct plan_mount_points *list)
{
	const struct plan_volume_from *v = &c->volumes_from.items[from];
	const struct plan_mount_points *theirs =
		&s->task->containers
			 .items[rule_find_container(s->task,
						    v->source_container)]
			 .mount_points;

	for (uint32_t i = 0; i < theirs->count; i++) {
		struct plan_mount_point m = theirs->items[i];

		m.is_read_only |= v->is_read_only;
		if (has_tmpfs_at(c, m.container_path))
			return refuse(s->why, "brings a mount point to where "
					      "the container has a tmpfs");
		if (inherit(list, c->mount_points.count, &m) < 0)
			return refuse(s->why,
				      "makes more than %d mount points of the "
				      "container",
				      PLAN_MOUNT_POINTS_MAX);
	}
	return 0;
}

static int write_out(struct rule_scope *s, uint32_t index)
{
	struct plan_container *c = &s->task->containers.items[index];
	struct plan_mount_points list = { .count = c->mount_points.count };
	int r = 0;

	if (c->volumes_from.count == 0)
		return 0;
	list.items = plan_alloc(s->plan,
				PLAN_MOUNT_POINTS_MAX * sizeof(*list.items));
	if (!list.items)
		return -ENOMEM;
	for (uint32_t i = 0; i < list.count; i++)
		list.items[i] = c->mount_points.items[i];
	for (uint32_t i = 0; r == 0 && i < c->volumes_from.count; i++) {
		rule_at(s, ".containerDefinitions[%u].volumesFrom[%u]", index,
			i);
		r = inherit_all(s, c, i, &list);
	}
	c->mount_points = list;
	return r;
}

int rule_write_out_volumes_from(struct rule_scope *s)
{
	struct plan_containers *c = &s->task->containers;
	uint32_t done = 0;
	int r = sources_exist(s);

	for (uint32_t n = 0; r == 0 && n < c->count; n++) {
		int next = find_ready(s->task, done);

		if (next < 0)
			return refuse_circle(s, done);
		r = write_out(s, (uint32_t)next);
		done |= 1u << next;
	}
	for (uint32_t i = 0; r == 0 && i < c->count; i++)
		c->items[i].volumes_from = (struct plan_volumes_from){ 0 };
	return r;
}

int rule_volumes_fit_into_the_storage(struct rule_scope *s)
{
	const struct plan_task *t = s->task;
	int64_t roots = (int64_t)t->containers.count * PLAN_ROOT_MIB_MIN;
	int64_t volumes = 0;

	for (uint32_t i = 0; i < t->volumes.count; i++)
		volumes += t->volumes.items[i].size_mib;
	if (!t->ephemeral_gib || volumes + roots <= t->ephemeral_gib * 1024)
		return 0;
	rule_at(s, ".ephemeralStorage.sizeInGiB");
	return refuse(s->why,
		      "is %lld MiB, the volumes need %lld and the containers' "
		      "roots %lld",
		      (long long)t->ephemeral_gib * 1024, (long long)volumes,
		      (long long)roots);
}
