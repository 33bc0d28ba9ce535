// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/mempolicy.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/oci/config/config_inner.h"
#include "runtime/oci/config/list.h"
#include "runtime/oci/config/words.h"

#define DEVICE_MODE 0666

/* ----------------------------------------------------------------- devices */

static int take_device(const struct doc_device *d, size_t i,
		       struct oci_device *o, struct err *e)
{
	bool is_fifo = d->type[0] == 'p';
	mode_t mode = (mode_t)d->mode.value & ~(mode_t)S_IFMT;

	if (!is_fifo && (!d->major.is_set || !d->minor.is_set))
		return fields_refuse(e, EINVAL,
				     "linux.devices[%zu].%s: is missing", i,
				     d->major.is_set ? "minor" : "major");
	if (mode > 0777)
		return fields_refuse(e, EINVAL,
				     "linux.devices[%zu].fileMode: is more "
				     "than permissions",
				     i);
	*o = (struct oci_device){
		.path = d->path,
		.type = d->type[0],
		.major = (uint32_t)d->major.value,
		.minor = (uint32_t)d->minor.value,
		.mode = d->mode.is_set ? mode : DEVICE_MODE,
		.uid = (uid_t)d->uid.value,
		.gid = (gid_t)d->gid.value,
	};
	return 0;
}

static int take_devices(struct config *c, const struct field_objects *from,
			struct err *e)
{
	const struct doc_device *d = from->items;
	struct oci_device *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++) {
		err = take_device(&d[i], i, &o[i], e);
		for (size_t k = 0; err == 0 && k < i; k++)
			if (strcmp(d[k].path, d[i].path) == 0)
				err = fields_refuse(
					e, EINVAL,
					"linux.devices[%zu].path: \"%.64s\" "
					"is given twice",
					i, d[i].path);
	}
	c->spec.devices = o;
	c->spec.device_count = from->count;
	return err;
}

static int take_net_devices(struct config *c, const struct field_objects *from,
			    struct err *e)
{
	const struct doc_net_device *d = from->items;
	struct oci_net_device *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	if (err == 0 && from->count && !config_has_namespace(c, CLONE_NEWNET))
		return fields_refuse(e, EINVAL,
				     "linux.netDevices: there is "
				     "no network namespace");
	for (size_t i = 0; err == 0 && i < from->count; i++) {
		o[i].host_name = d[i].host;
		o[i].name = d[i].name ? d[i].name : d[i].host;
		for (size_t k = 0; err == 0 && k < i; k++)
			if (strcmp(o[k].name, o[i].name) == 0)
				err = fields_refuse(
					e, EINVAL,
					"linux.netDevices.%s.name: %s is "
					"given twice",
					d[i].host, o[i].name);
	}
	c->spec.net_devices = o;
	c->spec.net_device_count = from->count;
	return err;
}

/* ----------------------------------------------------------------- sysctls */

/* Which may be set, the executor knows (sysctl.c). */
static int take_sysctls(struct config *c, const struct field_pairs *from,
			struct err *e)
{
	struct oci_sysctl *o;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++)
		o[i] = (struct oci_sysctl){ from->items[i].key,
					    from->items[i].value };
	c->spec.sysctls = o;
	c->spec.sysctl_count = from->count;
	return err;
}

/* ------------------------------------------------------------------ cgroup */

/* No component is "", "." or "..". */
static bool is_plain_path(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += length;
		if (*path == '/' && !*++path)
			return false;
	}
	return true;
}

static int take_cgroup(struct config *c, const char *path, struct err *e)
{
	const char *colon = path ? strchr(path, ':') : NULL;

	if (!config_given(path))
		return 0;
	/* "slice:prefix:name" has no slash before the colons. */
	if (path[0] != '/' && colon && strchr(colon + 1, ':') &&
	    !memchr(path, '/', (size_t)(colon - path)))
		return fields_refuse(e, EOPNOTSUPP,
				     "linux.cgroupsPath: \"%.64s\" is for "
				     "systemd, which has no part in this",
				     path);
	path += strspn(path, "/");
	if (!path[0] || !is_plain_path(path))
		return fields_refuse(e, EINVAL,
				     "linux.cgroupsPath: \"%.64s\" is no path "
				     "of a cgroup",
				     path);
	c->cgroup = path;
	return 0;
}

/* -------------------------------------------------------------------- rest */

/* Source: set_mempolicy(2). */
static const char *check_memory_policy(const struct doc_memory_policy *d)
{
	const uint64_t both = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
	bool has_nodes = d->nodes && list_parse(d->nodes, NULL) > 0;
	bool takes_none = d->mode.value == MPOL_DEFAULT ||
			  d->mode.value == MPOL_LOCAL;

	if (takes_none && has_nodes)
		return "nodes: this mode takes none";
	/* MPOL_PREFERRED without nodes is local. */
	if (!takes_none && !has_nodes && d->mode.value != MPOL_PREFERRED)
		return "nodes: this mode needs some";
	if ((d->flags & both) == both)
		return "flags: static and relative nodes at once";
	return NULL;
}

static int take_memory_policy(struct config *c,
			      const struct doc_memory_policy *d, struct err *e)
{
	size_t count = d->nodes ? (size_t)list_parse(d->nodes, NULL) : 0;
	size_t words = (count + LIST_WORD_BITS - 1) / LIST_WORD_BITS;
	const char *fault = check_memory_policy(d);
	struct oci_memory_policy *o;
	unsigned long *nodes = NULL;
	int err = config_new(c, 1, sizeof(*o), &o, e);

	if (fault)
		return fields_refuse(e, EINVAL, "linux.memoryPolicy.%s", fault);
	if (err == 0)
		err = config_new(c, words, sizeof(*nodes), &nodes, e);
	if (err < 0)
		return err;
	if (words)
		list_parse(d->nodes, nodes);
	*o = (struct oci_memory_policy){
		.mode = (int)(d->mode.value | d->flags),
		.nodes = nodes,
		.node_count = words * LIST_WORD_BITS,
	};
	c->spec.memory_policy = o;
	return 0;
}

static int check_names(const struct config *c, struct err *e)
{
	if ((c->spec.hostname || c->spec.domainname) &&
	    !config_has_namespace(c, CLONE_NEWUTS))
		return fields_refuse(e, EINVAL, "%s: there is no uts namespace",
				     c->spec.hostname ? "hostname" :
							"domainname");
	return 0;
}

static void take_plain(struct config *c, const struct doc_linux *d)
{
	struct oci_spec *o = &c->spec;

	o->root_propagation = d->propagation.value & ~(uint64_t)MS_REC;
	o->masked = d->masked.items;
	o->masked_count = d->masked.count;
	o->read_only = d->read_only.items;
	o->read_only_count = d->read_only.count;
	o->mount_label = config_given(d->mount_label);
	o->has_personality = d->personality != NULL;
	if (d->personality)
		o->personality = d->personality->domain.value;
}

int config_take_linux(struct config *c, const struct doc_linux *d,
		      struct err *e)
{
	int err = config_take_namespaces(c, d, e);

	take_plain(c, d);
	if (err == 0)
		err = check_names(c, e);
	if (err == 0)
		err = take_devices(c, &d->devices, e);
	if (err == 0)
		err = take_net_devices(c, &d->net_devices, e);
	if (err == 0)
		err = take_sysctls(c, &d->sysctl, e);
	if (err == 0)
		err = take_cgroup(c, d->cgroup, e);
	if (err == 0 && d->memory_policy)
		err = take_memory_policy(c, d->memory_policy, e);
	if (err == 0 && d->resources)
		err = config_take_resources(c, "linux.resources", d->resources,
					    e);
	if (err == 0 && d->seccomp)
		err = config_take_seccomp(c, d->seccomp, e);
	return err;
}
