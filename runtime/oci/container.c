// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cgroup.h"
#include "runtime/oci/devices.h"
#include "runtime/oci/labels.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/start.h"
#include "runtime/oci/sysctl.h"

/* Not with clone3: see child_cgroup_namespace(). */
#define LATE_NAMESPACES ((uint64_t)CLONE_NEWCGROUP)

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
	s->child.bind_fds = malloc(spec->mount_count * sizeof(int));
	if (!s->child.bind_fds)
		return err_set(e, ENOMEM, "malloc(mounts)");
	for (size_t i = 0; i < spec->mount_count; i++)
		s->child.bind_fds[i] = -1;
	for (size_t i = 0; r == 0 && i < spec->mount_count; i++)
		if (spec->mounts[i].source_fd >= 0)
			r = prepare_bind(s, &spec->mounts[i],
					 &s->child.bind_fds[i], e);
	return r;
}

static void release_binds(struct start *s)
{
	for (size_t i = 0; s->child.bind_fds && i < s->spec->mount_count; i++)
		fd_close(&s->child.bind_fds[i]);
	free(s->child.bind_fds);
}

static int make_cgroup(struct start *s, struct err *e)
{
	int r = cgroup_create(s->spec->cgroup, &s->spec->resources,
			      &s->cgroup_fd, e);

	if (r < 0)
		return r;
	return devices_attach(s->cgroup_fd, s->spec, e);
}

/* Nobody waits for a word that nobody has to say. */
static bool needs_word(const struct oci_spec *spec)
{
	return spec->calls.created != NULL;
}

/* What is done to a child that waits. */
static int complete_child(struct start *s, struct err *e)
{
	const struct oci_calls *calls = &s->spec->calls;
	const struct oci_started started = { s->pid, s->pidfd };
	int r = 0;

	if (calls->created)
		r = calls->created(calls->context, &started, e);
	return r < 0 ? r : start_go(s, e);
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
		r = start_prepare(s, needs_word(spec), e);
	if (r == 0)
		r = sysctl_check(spec, s->child.proc_fd, e);
	if (r == 0)
		r = make_cgroup(s, e);
	if (r == 0)
		r = start_clone(s, spec->namespaces.unshare & ~LATE_NAMESPACES,
				e);
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

	if (r < 0)
		return r;
	start_begin(&s, spec, parent, child_run);
	r = run_steps(&s, e);
	if (r < 0)
		undo(&s);
	else
		*out = (struct oci_started){ .pid = s.pid, .pidfd = s.pidfd };
	release_binds(&s);
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
