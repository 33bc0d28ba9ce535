// SPDX-License-Identifier: MIT
/*
 * One more process in a running container.
 *
 * The parent joins only the pid namespace, and that only for its children:
 * the child has to be cloned into it, and into the cgroup, which cannot be
 * named any more from inside. Everything else the child joins itself, when
 * nobody in the container can look into it any more.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/labels.h"
#include "runtime/oci/path.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/start.h"

/* Who owns the user namespace is its root; before that we are nobody there. */
static int become_root(void)
{
	int r = sys_result(syscall(SYS_setresgid, 0, 0, 0));

	return r < 0 ? r : sys_result(syscall(SYS_setresuid, 0, 0, 0));
}

/* With a user namespace, what needs the host's privilege comes before it. */
static int enter_rlimits_early(struct child *c)
{
	return c->target_namespaces & CLONE_NEWUSER ? child_rlimits(c) : 0;
}

static int enter_rlimits_late(struct child *c)
{
	return c->target_namespaces & CLONE_NEWUSER ? 0 : child_rlimits(c);
}

static int enter_namespaces(struct child *c)
{
	uint64_t flags = c->target_namespaces & ~(uint64_t)CLONE_NEWPID;
	int r = 0;

	if (flags)
		r = sys_result(setns(c->target_fd, (int)flags));
	if (r == 0 && flags & CLONE_NEWUSER)
		r = become_root();
	if (r < 0)
		return r;
	/* The root of the joined mount namespace. */
	c->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->root_fd < 0)
		return -errno;
	c->dev_fd = path_open_strict(c->root_fd, "/dev", O_DIRECTORY);
	return 0;
}

/* As in child.c, without what a container has already. */
static const struct child_step steps[] = {
	{ OCI_STAGE_PROCESS, child_process },
	{ OCI_STAGE_OOM_SCORE, child_oom_score },
	{ OCI_STAGE_CPUS, child_cpus_initial },
	{ OCI_STAGE_CPUS, child_cpus_final },
	{ OCI_STAGE_SCHEDULER, child_scheduler },
	{ OCI_STAGE_IO_PRIORITY, child_io_priority },
	{ OCI_STAGE_PERSONALITY, child_personality },
	{ OCI_STAGE_MEMORY_POLICY, child_memory_policy },
	{ OCI_STAGE_RLIMIT, enter_rlimits_early },
	{ OCI_STAGE_ENTER, enter_namespaces },
	{ OCI_STAGE_STDIO, child_stdio },
	{ OCI_STAGE_TERMINAL, child_terminal },
	{ OCI_STAGE_CWD, child_cwd },
	{ OCI_STAGE_RLIMIT, enter_rlimits_late },
	{ OCI_STAGE_KEYRING, child_keyring },
	{ OCI_STAGE_LABEL, child_label },
	{ OCI_STAGE_DESCRIPTORS, child_descriptors },
	{ OCI_STAGE_BOUNDING, child_bounding },
	{ OCI_STAGE_SECCOMP, child_seccomp_early },
	{ OCI_STAGE_USER, child_user },
	{ OCI_STAGE_CAPABILITIES, child_capabilities },
	{ OCI_STAGE_NO_NEW_PRIVILEGES, child_no_new_privileges },
	{ OCI_STAGE_LOOKUP, child_lookup },
	{ OCI_STAGE_SECCOMP, child_seccomp_listened },
	{ OCI_STAGE_SECCOMP, child_seccomp_late },
	{ OCI_STAGE_EXEC, child_exec },
};

static void run(struct child *c)
{
	child_run_steps(c, steps, ARRAY_SIZE(steps));
}

static bool has_ended(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) > 0;
}

static int check_label(const struct start *s, struct err *e)
{
	const char *label = s->spec->process.selinux_label;

	if (!label)
		return 0;
	return label_verify(s->child.proc_fd, s->pid, s->pidfd, label, e);
}

static int begin(struct start *s, int pidfd, uint64_t namespaces, struct err *e)
{
	int r = start_prepare(s, spec_has_listener(s->spec), e);

	if (r == 0)
		r = oci_cgroup_open(s->spec->cgroup, &s->cgroup_fd, e);
	if (r < 0)
		return r;
	s->child.target_namespaces = namespaces;
	s->child.target_fd = start_lift(s, pidfd);
	if (s->child.target_fd < 0)
		return err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)");
	return namespaces & CLONE_NEWPID ? start_clone_among(s, pidfd, 0, e) :
					   start_clone(s, 0, e);
}

/* What of a spec concerns one more process. */
static void choose(const struct oci_spec *spec, struct oci_spec *wanted)
{
	oci_spec_init(wanted);
	wanted->process = spec->process;
	wanted->process.has_init = false;
	wanted->seccomp = spec->seccomp;
	wanted->cgroup = spec->cgroup;
	wanted->has_personality = spec->has_personality;
	wanted->personality = spec->personality;
	wanted->memory_policy = spec->memory_policy;
	wanted->calls.context = spec->calls.context;
	wanted->calls.listener = spec->calls.listener;
	wanted->limit_ms = spec->limit_ms;
	wanted->cancel_fd = spec->cancel_fd;
	wanted->namespaces.unshare = CLONE_NEWNS; /* it has its own mounts */
}

int oci_exec_begin(const struct oci_spec *spec, int pidfd, uint64_t namespaces,
		   enum oci_parent parent, struct oci_started *out, int *faults,
		   struct err *e)
{
	struct oci_spec wanted;
	struct start s;
	int r;

	choose(spec, &wanted);
	if (spec_has_listener(&wanted))
		return err_set(e, EINVAL, "container: seccomp listener");
	r = spec_check(&wanted, e);
	if (r < 0)
		return r;
	start_begin(&s, &wanted, parent, run);
	r = begin(&s, pidfd, namespaces, e);
	if (r < 0) {
		start_kill(&s);
	} else {
		*out = (struct oci_started){ .pid = s.pid, .pidfd = s.pidfd };
		*faults = take_fd(&s.fault_read);
	}
	start_release(&s);
	return r;
}

int oci_exec(const struct oci_spec *spec, int pidfd, uint64_t namespaces,
	     enum oci_parent parent, struct oci_started *out, struct err *e)
{
	struct oci_spec wanted;
	struct start s;
	int r;

	choose(spec, &wanted);
	r = spec_check(&wanted, e);
	if (r < 0)
		return r;
	start_begin(&s, &wanted, parent, run);
	r = begin(&s, pidfd, namespaces, e);
	if (r == 0)
		r = start_hear(&s, e);
	if (r == 0)
		r = check_label(&s, e);
	if (r < 0)
		start_kill(&s);
	else
		*out = (struct oci_started){ .pid = s.pid, .pidfd = s.pidfd };
	start_release(&s);
	/* Whatever it was that failed then, this is why. */
	if (r < 0 && has_ended(pidfd))
		return err_set(e, ESRCH, "container not running");
	return r;
}
