// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cgroup.h"
#include "runtime/oci/complete.h"
#include "runtime/oci/devices.h"
#include "runtime/oci/joined.h"
#include "runtime/oci/labels.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/start.h"
#include "runtime/oci/sysctl.h"

/* Not with clone3: see child_cgroup_namespace(), child_time_namespace(). */
#define LATE_NAMESPACES ((uint64_t)(CLONE_NEWCGROUP | CLONE_NEWTIME))

/*
 * Copies of bind sources are made here: the child's copy of the mount
 * namespace no longer holds the mounts that the caller's fds stand for. One
 * that cannot be copied (-EINVAL) is detached already and used as it is.
 */
static int prepare_bind(struct start *s, const struct oci_mount *m, int *out,
			struct err *e)
{
	int fd = sys_clone_mount(m->source_fd,
				 m->is_recursive_bind ? AT_RECURSIVE : 0);

	if (fd == -EINVAL)
		fd = start_lift(s, m->source_fd);
	if (fd < 0)
		return err_set(e, errno, "open_tree(mount %s)", m->destination);
	*out = fd;
	return 0;
}

static int prepare_binds(struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	int r = 0;

	if (spec->mount_count == 0)
		return 0;
	s->child.mount_fds = malloc(spec->mount_count * sizeof(int));
	if (!s->child.mount_fds)
		return err_set(e, ENOMEM, "malloc(mounts)");
	for (size_t i = 0; i < spec->mount_count; i++)
		s->child.mount_fds[i] = -1;
	for (size_t i = 0; r == 0 && i < spec->mount_count; i++)
		if (spec->mounts[i].source_fd >= 0)
			r = prepare_bind(s, &spec->mounts[i],
					 &s->child.mount_fds[i], e);
	return r;
}

static void release_fds(int *fds, size_t count)
{
	for (size_t i = 0; fds && i < count; i++)
		fd_close(&fds[i]);
	free(fds);
}

/*
 * The host's node of a device, proven by its number, to be mounted where a
 * node cannot be made.
 */
static int prepare_device(const struct oci_device *d, int *out, struct err *e)
{
	AUTO_CLOSE int node = open(d->path, O_PATH | O_CLOEXEC);
	int r = node < 0 ? -errno : devices_prove(node, d);

	if (r == 0)
		*out = sys_clone_mount(node, 0);
	if (r == 0 && *out < 0)
		r = *out;
	return r < 0 ? err_set(e, -r, "device %s of the host", d->path) : 0;
}

static int prepare_devices(struct start *s, struct err *e)
{
	size_t count = devices_count(s->spec);
	int r = 0;

	if (!s->child.is_mapped || joined_mounts(s->spec))
		return 0;
	s->child.device_fds = malloc(count * sizeof(int));
	if (!s->child.device_fds)
		return err_set(e, ENOMEM, "malloc(devices)");
	for (size_t i = 0; i < count; i++)
		s->child.device_fds[i] = -1;
	for (size_t i = 0; r == 0 && i < count; i++) {
		const struct oci_device *d = devices_at(s->spec, i);

		if (d->type != 'p')
			r = prepare_device(d, &s->child.device_fds[i], e);
	}
	return r;
}

static int make_cgroup(struct start *s, struct err *e)
{
	int r = cgroup_create(s->spec->cgroup, &s->spec->resources,
			      &s->cgroup_fd, e);

	if (r < 0)
		return r;
	return devices_attach(s->cgroup_fd, s->spec, e);
}

/* By the child itself, or by its parent for it; not from within a new user
 * namespace, which has no privilege over those that were there before. */
static bool is_joined_singly(const struct oci_namespaces *n, int i)
{
	return !(n->unshare & CLONE_NEWUSER) &&
	       (i == OCI_NAMESPACE_NETWORK || i == OCI_NAMESPACE_IPC ||
		i == OCI_NAMESPACE_PID);
}

static bool needs_stage(const struct oci_namespaces *n)
{
	for (int i = 0; i < OCI_NAMESPACE_COUNT; i++)
		if (n->join[i] >= 0 && !is_joined_singly(n, i))
			return true;
	return false;
}

static int clone_child(struct start *s, struct err *e)
{
	const struct oci_namespaces *n = &s->spec->namespaces;
	uint64_t unshare = n->unshare & ~LATE_NAMESPACES;

	if (needs_stage(n))
		return start_clone_joined(s, unshare, e);
	if (n->join[OCI_NAMESPACE_PID] >= 0)
		return start_clone_among(s, n->join[OCI_NAMESPACE_PID], unshare,
					 e);
	return start_clone(s, unshare, e);
}

/* With a gate the label comes later: oci_verify_label(). */
static int check_label(struct start *s, struct err *e)
{
	const char *label = s->spec->process.selinux_label;

	if (!label || s->spec->gate_fd >= 0)
		return 0;
	return label_verify(s->child.proc_fd, s->pid, s->pidfd, label, e);
}

/* Without a pid namespace more than the first process may have come to be. */
static void undo(struct start *s)
{
	bool is_left = s->pid > 0 &&
		       !(s->spec->namespaces.unshare & CLONE_NEWPID);

	start_kill(s);
	complete_return_net_devices(s);
	if (s->cgroup_fd < 0)
		return;
	if (is_left)
		cgroup_kill(s->spec->cgroup);
	oci_clean(s->spec->cgroup, NULL);
}

static int run_steps(struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;
	int r = prepare_binds(s, e);

	if (r == 0)
		r = prepare_devices(s, e);
	if (r == 0)
		r = start_prepare(s, complete_is_needed(spec), e);
	if (r == 0)
		r = sysctl_check(spec, s->child.proc_fd, e);
	if (r == 0)
		r = make_cgroup(s, e);
	if (r == 0)
		r = clone_child(s, e);
	if (r == 0)
		r = complete_child(s, e);
	if (r == 0)
		r = start_hear(s, e);
	return r < 0 ? r : check_label(s, e);
}

int oci_start(const struct oci_spec *spec, enum oci_parent parent,
	      struct oci_started *out, struct err *e)
{
	struct start s;
	int r = spec_check(spec, e);

	/* Whoever is cloned by a stage is a child of the caller. */
	if (r == 0 && parent == OCI_PARENT_IS_MINE &&
	    needs_stage(&spec->namespaces))
		r = err_set(e, EOPNOTSUPP,
			    "container: namespaces to join for a sibling");
	if (r < 0)
		return r;
	start_begin(&s, spec, parent, child_run);
	r = run_steps(&s, e);
	if (r < 0)
		undo(&s);
	else
		*out = (struct oci_started){ .pid = s.pid, .pidfd = s.pidfd };
	release_fds(s.child.mount_fds, spec->mount_count);
	release_fds(s.child.device_fds, devices_count(spec));
	start_release(&s);
	return r;
}

int oci_verify_label(const struct oci_started *started, const char *label,
		     struct err *e)
{
	AUTO_CLOSE int proc = fd_open_proc(e);

	if (proc < 0)
		return proc;
	return label_verify(proc, started->pid, started->pidfd, label, e);
}

int oci_signal(int pidfd, int signo, struct err *e)
{
	int r = sys_pidfd_signal(pidfd, signo);

	return r < 0 ? err_set(e, -r, "pidfd_send_signal(%d)", signo) : 0;
}
