// SPDX-License-Identifier: MIT
/* Hooks that the container's first process runs, each as a child of its own. */
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"

/* Nothing of ours but the three streams goes into a hook. */
static void run_hook(const struct oci_hook *h, int state_fd)
{
	const char *const none[] = { NULL };
	const char *const name[] = { h->path, NULL };

	if (dup2(state_fd, STDIN_FILENO) < 0 ||
	    syscall(SYS_close_range, 3, ~0U, 0) < 0)
		_exit(125);
	syscall(SYS_execve, h->path, child_vector(h->args ? h->args : name),
		child_vector(h->env ? h->env : none));
	_exit(127);
}

/* Waits for its end, or ends it: 0, -ETIMEDOUT, -errno. */
static int await(int pidfd, uint32_t timeout_s)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int left_ms = timeout_s ? (int)(timeout_s * 1000) : -1;
	int n;

	do
		n = poll(&ended, 1, left_ms);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		sys_pidfd_signal(pidfd, SIGKILL);
	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : 0;
}

/* -ECANCELED for a hook that does not end with 0. */
static int run(const struct oci_hook *h, int state_fd)
{
	AUTO_CLOSE int pidfd = -1;
	struct clone_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	siginfo_t info = { 0 };
	long pid;
	int r;

	/* Each hook reads the state from its beginning. */
	if (lseek(state_fd, 0, SEEK_SET) < 0)
		return -errno;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		run_hook(h, state_fd);
	if (pid < 0)
		return -errno;
	r = await(pidfd, h->timeout_s);
	if (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		return -errno;
	if (r == 0 && (info.si_code != CLD_EXITED || info.si_status != 0))
		r = -ECANCELED;
	return r;
}

static int run_all(struct child *c, const struct oci_hook *hooks, size_t count,
		   int state_fd)
{
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < count; i++) {
		c->index = i;
		r = run(&hooks[i], state_fd);
	}
	return r;
}

int child_create_hooks(struct child *c)
{
	const struct oci_hooks *h = &c->spec->hooks;
	mode_t ours;
	int r;

	if (!h->create_container_count)
		return 0;
	ours = umask(022);
	r = run_all(c, h->create_container, h->create_container_count,
		    h->create_state_fd);

	umask(ours);
	return r;
}

/* Paths of the image: as for the program, no link of procfs. */
int child_start_hooks(struct child *c)
{
	const struct oci_hooks *h = &c->spec->hooks;

	for (uint32_t i = 0; i < h->start_container_count; i++) {
		int r = child_may_run(h->start_container[i].path);

		c->index = i;
		if (r < 0)
			return r;
	}
	return run_all(c, h->start_container, h->start_container_count,
		       c->state_fd);
}
