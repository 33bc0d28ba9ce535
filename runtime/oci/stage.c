// SPDX-License-Identifier: MIT
/*
 * A process of its own joins the namespaces that are there already and clones
 * the container's first process from within them: the new namespaces then
 * belong to the joined user namespace, and a joined pid namespace, which is
 * only for children, is the container's. It shares the caller's descriptors,
 * so that the pidfd it gets is the caller's too, and is no part of the
 * container's family (CLONE_PARENT).
 */
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/start.h"

/* What the stage leaves for the caller, in shared memory. */
struct result {
	pid_t pid;
	int pidfd;
};

/* The user namespace comes last: with it goes the privilege over the others. */
static const struct {
	enum oci_namespace index;
	int type;
} order[] = {
	{ OCI_NAMESPACE_CGROUP, CLONE_NEWCGROUP },
	{ OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ OCI_NAMESPACE_UTS, CLONE_NEWUTS },
	{ OCI_NAMESPACE_NETWORK, CLONE_NEWNET },
	{ OCI_NAMESPACE_PID, CLONE_NEWPID },
	{ OCI_NAMESPACE_TIME, CLONE_NEWTIME },
	{ OCI_NAMESPACE_MOUNT, CLONE_NEWNS },
	{ OCI_NAMESPACE_USER, CLONE_NEWUSER },
};

static int join(const struct oci_namespaces *n, uint32_t *index)
{
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		int fd = n->join[order[i].index];

		*index = order[i].index;
		if (fd >= 0 && setns(fd, order[i].type) < 0)
			return -errno;
	}
	return 0;
}

static void run_stage(struct start *s, uint64_t unshare, struct result *result)
{
	uint32_t index = 0;
	int r = join(&s->spec->namespaces, &index);

	if (r == 0) {
		s->child.is_joined = true;
		r = start_clone_raw(s, unshare | CLONE_PARENT, &result->pidfd);
		result->pid = r < 0 ? 0 : r;
	}
	if (r < 0)
		oci_fault_send(s->child.fault_fd, OCI_STAGE_JOIN, -r, index);
	_exit(r < 0);
}

int start_clone_joined(struct start *s, uint64_t unshare, struct err *e)
{
	struct clone_args args = {
		.flags = CLONE_FILES | CLONE_VFORK | CLONE_CLEAR_SIGHAND,
		.exit_signal = SIGCHLD,
	};
	struct result *result = mmap(NULL, sizeof(*result),
				     PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	siginfo_t info;
	long stage;

	if (result == MAP_FAILED)
		return err_set(e, errno, "mmap(namespaces)");
	stage = syscall(SYS_clone3, &args, sizeof(args));
	if (stage == 0)
		run_stage(s, unshare, result);
	if (stage > 0)
		waitid(P_PID, (id_t)stage, &info, WEXITED);
	s->pid = stage > 0 ? result->pid : 0;
	s->pidfd = s->pid ? result->pidfd : -1;
	munmap(result, sizeof(*result));
	if (stage < 0)
		return err_set(e, errno, "clone3()");
	start_cloned(s);
	return s->pid ? 0 : start_hear(s, e);
}
