// SPDX-License-Identifier: MIT
#include "runtime/oci/start.h"

#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

int start_lift(const struct start *s, int fd)
{
	int r = sys_dup_above(fd, 3 + (int)s->spec->process.preserved_fd_count);

	errno = r < 0 ? -r : errno;
	return r < 0 ? -1 : r;
}

static int prepare_pipe(struct start *s, struct err *e)
{
	AUTO_CLOSE int high = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe2()");
	s->fault_read = ends[0];
	s->fault_write = ends[1];
	high = start_lift(s, s->fault_write);
	if (high < 0)
		return err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)");
	fd_close(&s->fault_write);
	s->fault_write = take_fd(&high);
	s->child.fault_fd = s->fault_write;
	return 0;
}

static int prepare_gate(struct start *s, struct err *e)
{
	const struct oci_spec *spec = s->spec;

	if (spec->hooks.start_container_count) {
		s->child.state_fd = start_lift(s, spec->hooks.start_state_fd);
		if (s->child.state_fd < 0)
			return err_set(e, errno, "fcntl(state for hooks)");
	}
	if (spec->gate_fd < 0)
		return 0;
	s->child.gate_fd = start_lift(s, spec->gate_fd);
	s->child.gate_fault_fd = start_lift(s, spec->gate_fault_fd);
	if (s->child.gate_fd < 0 || s->child.gate_fault_fd < 0)
		return err_set(e, errno, "fcntl(gate)");
	return 0;
}

/* argv of the reaper: its name, the pipe, the program, the program's argv. */
static int prepare_init(struct start *s, struct err *e)
{
	const struct oci_process *p = &s->spec->process;
	struct child *c = &s->child;
	size_t count = 0;

	if (!p->has_init)
		return 0;
	c->init_fd = start_lift(s, p->init_fd);
	if (c->init_fd < 0)
		return err_set(e, errno, "fcntl(init)");
	while (p->args[count])
		count++;
	c->init_args = calloc(count + 4, sizeof(char *));
	if (!c->init_args)
		return err_set(e, ENOMEM, "calloc(arguments)");
	digits_write(s->fault_text,
		     c->gate_fd < 0 ? c->fault_fd : c->gate_fault_fd);
	c->init_args[0] = "reaper";
	c->init_args[1] = s->fault_text;
	memcpy(&c->init_args[3], p->args, count * sizeof(char *));
	return 0;
}

static bool has_mapped_mount(const struct oci_spec *spec)
{
	for (size_t i = 0; i < spec->mount_count; i++)
		if (spec->mounts[i].is_idmapped)
			return true;
	return false;
}

static bool needs_proc(const struct oci_spec *spec)
{
	return spec->process.selinux_label || spec->process.has_oom_score_adj ||
	       spec->sysctl_count || spec->net_device_count ||
	       spec->namespaces.unshare & (CLONE_NEWUSER | CLONE_NEWTIME) ||
	       has_mapped_mount(spec);
}

/* Labels and the like are written and read by way of this one. */
static int prepare_proc(struct start *s, struct err *e)
{
	AUTO_CLOSE int proc = -1;

	if (!needs_proc(s->spec))
		return 0;
	proc = fd_open_proc(e);
	if (proc < 0)
		return proc;
	s->child.proc_fd = proc > 2 ? take_fd(&proc) : start_lift(s, proc);
	if (s->child.proc_fd < 0)
		return err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)");
	return 0;
}

/* A socket, so that a child that has ended is an error and no signal. */
static int prepare_sync(struct start *s, struct err *e)
{
	AUTO_CLOSE int low = -1;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(e, errno, "socketpair()");
	s->sync_fd = ends[0];
	s->child.parent_fd = ends[0];
	low = ends[1];
	s->child.sync_fd = start_lift(s, low);
	if (s->child.sync_fd < 0)
		return err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)");
	return 0;
}

int start_prepare(struct start *s, bool waits, struct err *e)
{
	int r = prepare_pipe(s, e);

	if (r == 0)
		r = prepare_gate(s, e);
	if (r == 0)
		r = prepare_init(s, e);
	if (r == 0)
		r = prepare_proc(s, e);
	if (r == 0 && waits)
		r = prepare_sync(s, e);
	return r;
}

/* The child never returns from here. */
int start_clone_raw(struct start *s, uint64_t flags, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | CLONE_INTO_CGROUP |
			 CLONE_CLEAR_SIGHAND,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		/* With CLONE_PARENT the caller's own is inherited. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.cgroup = (unsigned int)s->cgroup_fd,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		s->run(&s->child);
	return pid < 0 ? -errno : (int)pid;
}

void start_cloned(struct start *s)
{
	fd_close(&s->fault_write);
	fd_close(&s->child.sync_fd);
}

int start_clone(struct start *s, uint64_t unshare, struct err *e)
{
	bool is_mine = s->parent == OCI_PARENT_IS_MINE;
	int pidfd = -1;
	int pid = start_clone_raw(s, unshare | (is_mine ? CLONE_PARENT : 0),
				  &pidfd);

	if (pid < 0)
		return err_set(e, -pid, "clone3()");
	s->pid = pid;
	s->pidfd = pidfd;
	start_cloned(s);
	return 0;
}

int start_clone_among(struct start *s, int namespace_fd, uint64_t unshare,
		      struct err *e)
{
	AUTO_CLOSE int proc = fd_open_proc(e);
	AUTO_CLOSE int own = -1;
	int r;

	if (proc < 0)
		return take_fd(&proc);
	own = openat(proc, "self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return err_set(e, errno, "open(own pid namespace)");
	if (setns(namespace_fd, CLONE_NEWPID) < 0)
		return err_set(e, errno, "setns(pid namespace)");
	r = start_clone(s, unshare, e);
	/* Nobody must be cloned into the wrong namespace after this. */
	if (setns(own, CLONE_NEWPID) < 0)
		return err_set(e, ENOTRECOVERABLE, "setns(own pid namespace)");
	return r;
}

/* A child that has ended says why in the pipe of faults. */
int start_go(struct start *s, struct err *e)
{
	if (s->sync_fd < 0)
		return 0;
	if (send(s->sync_fd, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		return err_set(e, errno, "send(to the container)");
	return 0;
}

/* The kernel ends the whole pid namespace before its first process. */
void start_kill(struct start *s)
{
	struct pollfd ended = { .fd = s->pidfd, .events = POLLIN };
	siginfo_t info;

	if (s->pid <= 0)
		return;
	sys_pidfd_signal(s->pidfd, SIGKILL);
	while (poll(&ended, 1, -1) < 0 && errno == EINTR)
		;
	if (s->parent == OCI_PARENT_IS_CALLER)
		waitid(P_PID, (id_t)s->pid, &info, WEXITED);
	fd_close(&s->pidfd);
}

void start_release(struct start *s)
{
	struct child *c = &s->child;
	int *const fds[] = {
		&c->init_fd,	   &c->proc_fd,	   &c->gate_fd,
		&c->gate_fault_fd, &c->sync_fd,	   &c->target_fd,
		&s->sync_fd,	   &s->fault_read, &s->fault_write,
		&s->cgroup_fd,	   &s->network_fd,
	};

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fd_close(fds[i]);
	free(c->init_args);
}

static bool is_mapped(const struct oci_namespaces *n)
{
	return n->unshare & CLONE_NEWUSER || n->join[OCI_NAMESPACE_USER] >= 0;
}

void start_begin(struct start *s, const struct oci_spec *spec,
		 enum oci_parent parent, void (*run)(struct child *c))
{
	*s = (struct start){
		.spec = spec,
		.parent = parent,
		.run = run,
		.cgroup_fd = -1,
		.fault_read = -1,
		.fault_write = -1,
		.sync_fd = -1,
		.network_fd = -1,
		.pidfd = -1,
		.deadline_ms = clock_ms() + spec->limit_ms,
		.child = {
			.spec = spec,
			.root_fd = spec->root_fd,
			.fault_fd = -1,
			.init_fd = -1,
			.gate_fd = -1,
			.gate_fault_fd = -1,
			.state_fd = -1,
			.sync_fd = -1,
			.proc_fd = -1,
			.attr_fd = -1,
			.dev_fd = -1,
			.is_mapped = is_mapped(&spec->namespaces),
			.target_fd = -1,
		},
	};
}
