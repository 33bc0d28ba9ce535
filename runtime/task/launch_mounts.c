/* SPDX-License-Identifier: MIT */
#include "runtime/task/launch_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/mount.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/task/words.h"

static int add_mount(struct launch *l, const struct oci_mount *m, struct err *e)
{
	if (l->spec.mount_count == ARRAY_SIZE(l->mounts))
		return err_set(e, E2BIG, "mounts of the container");
	l->mounts[l->spec.mount_count++] = *m;
	return 0;
}

static int add_tmpfs(struct launch *l, const struct plan_tmpfs *t,
		     struct err *e)
{
	char *options = l->tmpfs_options[l->spec.mount_count];
	struct oci_mount m = {
		.destination = t->container_path,
		.type = "tmpfs",
		.source_fd = -1,
		.options = options,
		.attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				  MOUNT_ATTR_NOEXEC,
		.label = l->file_label,
	};
	int n = 0;

	for (uint32_t i = 0; i < t->options.count; i++) {
		if (words_tmpfs_option(t->options.items[i], &m.attributes_set))
			continue;
		n += snprintf(options + n, LAUNCH_OPTIONS_MAX - (size_t)n,
			      "%s,", t->options.items[i]);
		if (n >= LAUNCH_OPTIONS_MAX)
			break;
	}
	/* Last: nr_blocks sets the same bound, and the later one counts. */
	if (n < LAUNCH_OPTIONS_MAX)
		n += snprintf(options + n, LAUNCH_OPTIONS_MAX - (size_t)n,
			      "size=%lldm", (long long)t->size_mib);
	if (n >= LAUNCH_OPTIONS_MAX)
		return err_set(e, E2BIG, "options of tmpfs %s",
			       t->container_path);
	return add_mount(l, &m, e);
}

/* The default mounts, and where /dev/shm is among them. */
static struct oci_mount *copy_defaults(struct launch *l)
{
	struct oci_mount *m = l->mounts;

	memcpy(l->mounts, oci_default_mounts, sizeof(oci_default_mounts));
	l->spec.mounts = l->mounts;
	l->spec.mount_count = OCI_DEFAULT_MOUNTS;
	while (strcmp(m->destination, "/dev/shm") != 0)
		m++;
	return m;
}

/* Counts as the container's memory, like all that lies in a tmpfs. */
static void fill_shared_memory(struct launch *l, struct oci_mount *shm,
			       const struct launch_input *in)
{
	size_t behind = (size_t)(l->mounts + OCI_DEFAULT_MOUNTS - (shm + 1));
	const struct plan_linux *p = &in->plan->linux_parameters;

	snprintf(l->shm_options, sizeof(l->shm_options), "mode=1777,size=%lldm",
		 (long long)p->shared_memory_mib);
	shm->options = l->shm_options;
	if (in->task_plan->ipc_mode == PLAN_OF_TASK) {
		shm->type = NULL;
		shm->options = NULL;
		shm->takes_label = false;
		l->shared_memory = shm;
	}
	if (in->task_plan->ipc_mode == PLAN_OWN_WITHOUT_SHM) {
		memmove(shm, shm + 1, behind * sizeof(*shm));
		l->spec.mount_count--;
	}
}

/* Behind the others, so that none lies over it. */
static int add_secrets(struct launch *l, struct err *e)
{
	const struct oci_mount m = {
		.destination = PLAN_SECRETS_PATH,
		.source_fd = -1,
		.attributes_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				  MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
	int r = add_mount(l, &m, e);

	if (r == 0)
		l->secrets = &l->mounts[l->spec.mount_count - 1];
	return r;
}

/* Volumes come with the fds that the caller fills in, in this order. */
int launch_fill_mounts(struct launch *l, const struct launch_input *in,
		       struct err *e)
{
	const struct plan_container *p = in->plan;
	int r = 0;

	fill_shared_memory(l, copy_defaults(l), in);
	l->volumes = l->mounts + l->spec.mount_count;
	for (uint32_t i = 0; r == 0 && i < p->mount_points.count; i++) {
		const struct plan_mount_point *v = &p->mount_points.items[i];
		struct oci_mount m = {
			.destination = v->container_path,
			.source_fd = -1,
			.attributes_set =
				MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				(v->is_read_only ? MOUNT_ATTR_RDONLY : 0),
		};

		r = add_mount(l, &m, e);
	}
	for (uint32_t i = 0; r == 0 && i < p->linux_parameters.tmpfs.count; i++)
		r = add_tmpfs(l, &p->linux_parameters.tmpfs.items[i], e);
	if (r == 0 && p->secrets.count)
		r = add_secrets(l, e);
	return r;
}

/* A new bpffs can have the task's label, the kernel's one tracefs cannot. */
static int add_grant_mount(struct launch *l, const char *type,
			   const char *destination, const char *label,
			   struct err *e)
{
	const struct oci_mount m = {
		.destination = destination,
		.type = type,
		.label = label,
		.source_fd = -1,
		.attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				  MOUNT_ATTR_NOEXEC,
	};

	return add_mount(l, &m, e);
}

static int add_device(struct launch *l, const struct grant_device *d,
		      const char *path, const char *access, struct err *e)
{
	if (l->spec.device_count == ARRAY_SIZE(l->devices))
		return err_set(e, E2BIG, "devices of the container");
	l->devices[l->spec.device_count++] = (struct oci_device){
		.path = path,
		.type = d->type,
		.major = d->major,
		.minor = d->minor,
		.mode = 0666,
		.access = access,
	};
	return 0;
}

static int add_grant_devices(struct launch *l, const struct grant_row *row,
			     struct err *e)
{
	int r = 0;

	for (const struct grant_device *d = row->devices;
	     r == 0 && d && d->path; d++)
		r = add_device(l, d, d->path, d->access, e);
	return r;
}

int launch_fill_grants(struct launch *l, struct err *e)
{
	uint64_t set = l->spec.process.capabilities.bounding;
	bool has_bpffs = false, has_tracefs = false;
	int r = 0;

	l->spec.devices = l->devices;
	for (unsigned int i = 0; r == 0 && i < grant_count; i++) {
		const struct grant_row *row = &grant_rows[i];

		if (row->is_default || !(set & UINT64_C(1) << row->capability))
			continue;
		has_bpffs |= row->has_bpffs;
		has_tracefs |= row->has_tracefs;
		r = add_grant_devices(l, row, e);
	}
	if (r == 0 && has_bpffs)
		r = add_grant_mount(l, "bpf", "/sys/fs/bpf", l->file_label, e);
	if (r == 0 && has_tracefs)
		r = add_grant_mount(l, "tracefs", "/sys/kernel/tracing", NULL,
				    e);
	return r;
}

static const char *access_of(const struct plan_strings *permissions)
{
	static const char *const words[] = { "rwm", "r",  "w",	"rw",
					     "m",   "rm", "wm", "rwm" };
	unsigned int set = 0;

	for (uint32_t i = 0; i < permissions->count; i++)
		set |= permissions->items[i][0] == 'r' ? 1 :
		       permissions->items[i][0] == 'w' ? 2 :
							 4;
	return words[set];
}

/* What is allowed goes by the number, whatever the node is called. */
static bool narrow(struct launch *l, const struct grant_device *d,
		   const char *path, const char *access)
{
	bool is_there = false;

	for (size_t i = 0; i < l->spec.device_count; i++) {
		struct oci_device *one = &l->devices[i];

		if (one->type != d->type || one->major != d->major ||
		    one->minor != d->minor)
			continue;
		one->access = access;
		is_there |= strcmp(one->path, path) == 0;
	}
	return is_there;
}

int launch_fill_devices(struct launch *l, const struct plan_container *p,
			struct err *e)
{
	const struct plan_devices *all = &p->linux_parameters.devices;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < all->count; i++) {
		const struct plan_device *one = &all->items[i];
		const char *access = access_of(&one->permissions);
		const char *path = one->container_path[0] ?
					   one->container_path :
					   one->host_path;
		int ignored;
		const struct grant_device *d =
			grant_find_device(one->host_path, &ignored);

		if (!d)
			return err_set(e, EINVAL, "device %s", one->host_path);
		if (!narrow(l, d, path, access))
			r = add_device(l, d, path, access, e);
	}
	return r;
}
