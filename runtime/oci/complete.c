// SPDX-License-Identifier: MIT
/* What the caller does to a child that waits, before it lets it go on. */
#include "runtime/oci/complete.h"

#include <errno.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/user_namespace.h"

/* In a user namespace the child has no privilege over these any more. */
static const struct child_step of_host[] = {
	{ OCI_STAGE_OOM_SCORE, child_oom_score },
	{ OCI_STAGE_RLIMIT, child_rlimits },
	{ OCI_STAGE_CPUS, child_cpus_final },
	{ OCI_STAGE_SCHEDULER, child_scheduler },
	{ OCI_STAGE_IO_PRIORITY, child_io_priority },
};

static int tune(struct start *s, struct err *e)
{
	int r = 0;

	s->child.pid = s->pid;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(of_host); i++) {
		struct oci_fault f = { .stage = of_host[i].stage };

		f.error = -of_host[i].run(&s->child);
		if (f.error)
			r = oci_fault_explain(&f, NULL, e);
	}
	return r;
}

static int idmap(int mount, const struct oci_mount *m, int user, struct err *e)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (unsigned int)user,
	};
	int r = sys_mount_setattr(
		mount, m->is_idmap_recursive ? AT_RECURSIVE : 0, &attr);

	return r < 0 ? err_set(e, -r, "container: mapping of mount %s",
			       m->destination) :
		       0;
}

static int map_mount(const struct start *s, const struct oci_mount *m,
		     int mount, struct err *e)
{
	int joined = s->spec->namespaces.join[OCI_NAMESPACE_USER];
	AUTO_CLOSE int user = -1;
	int r;

	if (m->id_maps.uid_count)
		r = user_namespace_new(s->child.proc_fd, &m->id_maps, &user, e);
	else if (joined >= 0)
		return idmap(mount, m, joined, e);
	else
		r = namespace_open(s->child.proc_fd, s->pid, "user", &user, e);
	return r < 0 ? r : idmap(mount, m, user, e);
}

static int map_mounts(struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->mount_count; i++)
		if (spec->mounts[i].is_idmapped)
			r = map_mount(s, &spec->mounts[i],
				      s->child.mount_fds[i], e);
	return r;
}

static bool has_mapped_mounts(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (spec->mounts[i].is_idmapped)
			return true;
	return false;
}

bool complete_is_needed(const struct oci_spec *spec)
{
	return spec->calls.created || spec_has_listener(spec) ||
	       spec->net_device_count ||
	       spec->namespaces.unshare & CLONE_NEWUSER ||
	       spec->namespaces.join[OCI_NAMESPACE_USER] >= 0 ||
	       has_mapped_mounts(spec);
}

int complete_child(struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	const struct oci_started started = { s->pid, s->pidfd };
	int r = 0;

	if (!complete_is_needed(spec))
		return 0;
	r = start_await(s, e);
	if (r == 0 && spec->namespaces.unshare & CLONE_NEWUSER)
		r = user_namespace_map(s->child.proc_fd, s->pid,
				       &spec->namespaces.id_maps, e);
	if (r == 0 && s->child.is_mapped)
		r = tune(s, e);
	if (r == 0)
		r = map_mounts(s, e);
	if (r == 0)
		r = complete_net_devices(s, e);
	if (r == 0 && spec->calls.created)
		r = spec->calls.created(spec->calls.context, &started, e);
	return r < 0 ? r : start_go(s, e);
}
