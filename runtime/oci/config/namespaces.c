// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/oci/config/config_inner.h"
#include "runtime/oci/config/words.h"

/* Lines that /proc/PID/uid_map takes. Source: user_namespaces(7). */
#define MAPS_MAX 340

/* Where a namespace to join is kept in the spec. */
static const struct {
	uint64_t type;
	enum oci_namespace place;
} places[] = {
	{ CLONE_NEWUSER, OCI_NAMESPACE_USER },
	{ CLONE_NEWNS, OCI_NAMESPACE_MOUNT },
	{ CLONE_NEWPID, OCI_NAMESPACE_PID },
	{ CLONE_NEWNET, OCI_NAMESPACE_NETWORK },
	{ CLONE_NEWIPC, OCI_NAMESPACE_IPC },
	{ CLONE_NEWUTS, OCI_NAMESPACE_UTS },
	{ CLONE_NEWCGROUP, OCI_NAMESPACE_CGROUP },
	{ CLONE_NEWTIME, OCI_NAMESPACE_TIME },
};

static enum oci_namespace place_of(uint64_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i].type == type)
			return places[i].place;
	return OCI_NAMESPACE_COUNT;
}

bool config_has_namespace(const struct config *c, uint64_t type)
{
	return (c->spec.namespaces.unshare | c->joined) & type;
}

/* ----------------------------------------------------------------- to join */

/* Opened for real only when it is one: opening a device can do something. */
static int open_nsfs(const char *path)
{
	AUTO_CLOSE int found = open(path, O_PATH | O_CLOEXEC);
	char again[64];
	struct statfs fs;
	int fd;

	if (found < 0 || fstatfs(found, &fs) < 0)
		return -errno;
	if (fs.f_type != NSFS_MAGIC)
		return -EINVAL;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", found);
	fd = open(again, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* "The runtime MUST generate an error if path is not associated with a
 * namespace of type type." */
static int open_namespace(struct config *c, size_t i,
			  const struct doc_namespace *d, struct err *e)
{
	int fd = open_nsfs(d->path);
	int type = fd < 0 ? 0 : ioctl(fd, NS_GET_NSTYPE);
	int err = fd < 0 ? fd : config_keep_fd(c, fd, e);

	if (err == -EINVAL || (err == 0 && (uint64_t)type != d->type.value))
		return fields_refuse(
			e, EINVAL,
			"linux.namespaces[%zu].path: \"%.200s\" is no %s "
			"namespace",
			i, d->path,
			words_name(words_namespaces, d->type.value));
	if (fd < 0)
		return fields_refuse(e, -err,
				     "linux.namespaces[%zu].path: %.200s", i,
				     d->path);
	if (err == 0)
		c->spec.namespaces.join[place_of(d->type.value)] = fd;
	return err;
}

static int take_namespace(struct config *c, size_t i,
			  const struct doc_namespace *d, struct err *e)
{
	if (config_has_namespace(c, d->type.value))
		return fields_refuse(
			e, EINVAL,
			"linux.namespaces[%zu].type: %s is given "
			"twice",
			i, words_name(words_namespaces, d->type.value));
	if (!config_given(d->path)) {
		c->spec.namespaces.unshare |= d->type.value;
		return 0;
	}
	if (d->path[0] != '/')
		return fields_refuse(
			e, EINVAL,
			"linux.namespaces[%zu].path: \"%.64s\" is no absolute "
			"path",
			i, d->path);
	c->joined |= d->type.value;
	return c->is_running ? 0 : open_namespace(c, i, d, e);
}

/* ---------------------------------------------------------------- mappings */

static bool overlaps(uint64_t a, uint64_t b, uint64_t size_a, uint64_t size_b)
{
	return a < b + size_b && b < a + size_a;
}

/* Source: user_namespaces(7), "the range of user IDs specified in each line
 * cannot overlap". */
static int check_map(const char *place, const struct oci_id_map *maps, size_t n,
		     struct err *e)
{
	const struct oci_id_map *m = &maps[n];

	if ((uint64_t)m->container + m->size > UINT32_MAX ||
	    (uint64_t)m->host + m->size > UINT32_MAX)
		return fields_refuse(e, EINVAL,
				     "%s[%zu].size: goes past the last number",
				     place, n);
	for (size_t i = 0; i < n; i++)
		if (overlaps(maps[i].container, m->container, maps[i].size,
			     m->size) ||
		    overlaps(maps[i].host, m->host, maps[i].size, m->size))
			return fields_refuse(e, EINVAL,
					     "%s[%zu]: overlaps with [%zu]",
					     place, n, i);
	return 0;
}

int config_take_maps(struct config *c, const char *place,
		     const struct field_objects *from,
		     const struct oci_id_map **maps, size_t *count,
		     struct err *e)
{
	const struct doc_id_map *d = from->items;
	struct oci_id_map *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	if (from->count > MAPS_MAX)
		return fields_refuse(e, EINVAL, "%s: has more than %d lines",
				     place, MAPS_MAX);
	for (size_t i = 0; err == 0 && i < from->count; i++) {
		o[i] = (struct oci_id_map){
			.container = (uint32_t)d[i].container.value,
			.host = (uint32_t)d[i].host.value,
			.size = (uint32_t)d[i].size.value,
		};
		err = check_map(place, o, i, e);
	}
	*maps = o;
	*count = from->count;
	return err;
}

static int take_id_maps(struct config *c, const struct doc_linux *d,
			struct err *e)
{
	struct oci_id_maps *o = &c->spec.namespaces.id_maps;
	bool is_new = c->spec.namespaces.unshare & CLONE_NEWUSER;
	int err;

	if (!is_new && (d->uid_map.count || d->gid_map.count) &&
	    !config_has_namespace(c, CLONE_NEWUSER))
		return fields_refuse(e, EINVAL,
				     "linux.uidMappings: there is "
				     "no user namespace");
	if (is_new && (!d->uid_map.count || !d->gid_map.count))
		return fields_refuse(e, EINVAL,
				     "linux.%s: is missing for the new user "
				     "namespace",
				     d->uid_map.count ? "gidMappings" :
							"uidMappings");
	err = config_take_maps(c, "linux.uidMappings", &d->uid_map, &o->uids,
			       &o->uid_count, e);
	if (err < 0)
		return err;
	return config_take_maps(c, "linux.gidMappings", &d->gid_map, &o->gids,
				&o->gid_count, e);
}

/* -------------------------------------------------------------------- time */

static void take_offset(struct oci_time_offset *o,
			const struct doc_time_offset *d)
{
	if (!d)
		return;
	o->seconds = d->seconds.value;
	o->nanoseconds = (uint32_t)d->nanoseconds.value;
}

static int take_offsets(struct config *c, const struct doc_time_offsets *d,
			struct err *e)
{
	struct oci_namespaces *o = &c->spec.namespaces;

	if (!d || (!d->monotonic && !d->boottime))
		return 0;
	if (!(o->unshare & CLONE_NEWTIME))
		return fields_refuse(e, EINVAL,
				     "linux.timeOffsets: there is "
				     "no new time namespace");
	o->has_time_offsets = true;
	take_offset(&o->monotonic, d->monotonic);
	take_offset(&o->boottime, d->boottime);
	return 0;
}

int config_take_namespaces(struct config *c, const struct doc_linux *d,
			   struct err *e)
{
	const struct doc_namespace *n = d->namespaces.items;
	int err = 0;

	for (size_t i = 0; err == 0 && i < d->namespaces.count; i++)
		err = take_namespace(c, i, &n[i], e);
	if (err == 0 && !config_has_namespace(c, CLONE_NEWNS))
		err = fields_refuse(e, EOPNOTSUPP,
				    "linux.namespaces: has no mount "
				    "namespace, and the host's is not given "
				    "to containers");
	if (err == 0)
		err = take_id_maps(c, d, e);
	return err < 0 ? err : take_offsets(c, d->time_offsets, e);
}
