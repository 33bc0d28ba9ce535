// SPDX-License-Identifier: MIT
/* What the caller does to a child that waits, before it lets it go on. */
#include "runtime/oci/complete.h"

#include <errno.h>
#include <string.h>

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

/* The container's root may write to its cgroups. */
static bool has_writable_cgroups(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++) {
		const struct oci_mount *m = &spec->mounts[i];

		if (m->type && strcmp(m->type, "cgroup2") == 0 &&
		    !((m->attributes_set | m->recursive_set) &
		      MOUNT_ATTR_RDONLY))
			return true;
	}
	return false;
}

/* Whom the host calls the user of the process; -1: nobody. */
static uid_t host_user(const struct oci_spec *spec)
{
	const struct oci_id_maps *maps = &spec->namespaces.id_maps;
	uid_t uid = spec->process.uid;

	for (size_t i = 0; i < maps->uid_count; i++) {
		const struct oci_id_map *m = &maps->uids[i];

		if (uid >= m->container && uid - m->container < m->size)
			return m->host + (uid - m->container);
	}
	return (uid_t)-1;
}

/*
 * A cgroup that a user namespace sees as its root and may write to becomes
 * its own: the files that the kernel hands over, no limit.
 * Source: runtime-spec config-linux.md "Cgroup ownership",
 * cgroup-v2.rst "Delegation".
 */
static int give_cgroup(const struct start *s, struct err *e)
{
	static const char *const files[] = { "", "cgroup.procs",
					     "cgroup.threads",
					     "cgroup.subtree_control" };
	const struct oci_spec *spec = s->spec;
	const uint64_t own = CLONE_NEWUSER | CLONE_NEWCGROUP;

	if ((spec->namespaces.unshare & own) != own ||
	    !has_writable_cgroups(spec))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (fchownat(s->cgroup_fd, files[i], host_user(spec), (gid_t)-1,
			     AT_EMPTY_PATH) < 0)
			return err_set(e, errno, "chown(cgroup %s%s%s)",
				       spec->cgroup, *files[i] ? "/" : "",
				       files[i]);
	return 0;
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
		r = give_cgroup(s, e);
	if (r == 0)
		r = map_mounts(s, e);
	if (r == 0)
		r = complete_net_devices(s, e);
	if (r == 0 && spec->calls.created)
		r = spec->calls.created(spec->calls.context, &started, e);
	return r < 0 ? r : start_go(s, e);
}
