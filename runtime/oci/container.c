// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cgroup.h"
#include "runtime/oci/child.h"
#include "runtime/oci/devices.h"
#include "runtime/oci/digits.h"
#include "runtime/oci/labels.h"
#include "runtime/oci/spec.h"

/* Not with clone3: see child_cgroup_namespace(). */
#define LATE_NAMESPACES ((uint64_t)CLONE_NEWCGROUP)

/* What the parent holds while it starts a container. */
struct start {
	const struct oci_spec *spec;
	enum oci_parent parent;
	int cgroup_fd;
	int fault_read;
	int fault_write;
	char fault_text[DIGITS_MAX]; /* fault_write in words, for the reaper */
	pid_t pid;
	int pidfd;
	struct child child;
};

static const char *const stage_words[OCI_STAGE_COUNT] = {
#define STAGE_WORD(id, word) [OCI_STAGE_##id] = word,
	OCI_STAGES(STAGE_WORD)
#undef STAGE_WORD
};

static const char *row(const char *const *rows, size_t count, uint32_t index)
{
	return index < count ? rows[index] : NULL;
}

/* What the failing row of a stage was about, or NULL. */
static const char *stage_object(const struct oci_spec *spec, uint32_t stage,
				uint32_t index)
{
	switch (stage) {
	case OCI_STAGE_DEVICE:
		return devices_name(spec, index);
	case OCI_STAGE_MASK:
		return row(spec->masked, spec->masked_count, index);
	case OCI_STAGE_READ_ONLY_PATH:
		return row(spec->read_only, spec->read_only_count, index);
	case OCI_STAGE_MOUNT:
		return index < spec->mount_count ?
			       spec->mounts[index].destination :
			       NULL;
	case OCI_STAGE_CWD:
		return spec->process.cwd;
	case OCI_STAGE_LABEL:
		return spec->process.selinux_label;
	case OCI_STAGE_LOOKUP:
	case OCI_STAGE_EXEC:
		return spec->process.args[0];
	default:
		return NULL;
	}
}

/*
 * Copies of bind sources are made here: the child's copy of the mount
 * namespace no longer holds the mounts that the caller's fds stand for. One
 * that cannot be copied (-EINVAL) is detached already and used as it is.
 */
static int prepare_bind(const struct oci_mount *m, int *out, struct err *e)
{
	int fd = sys_clone_mount(m->source_fd,
				 m->is_recursive_bind ? AT_RECURSIVE : 0);

	if (fd == -EINVAL)
		fd = fcntl(m->source_fd, F_DUPFD_CLOEXEC, 3);
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
			r = prepare_bind(&spec->mounts[i],
					 &s->child.bind_fds[i], e);
	return r;
}

/* Descriptors that the child keeps are out of the way of 0..2. */
static int lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int prepare_pipe(struct start *s, struct err *e)
{
	AUTO_CLOSE int high = -1;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe2()");
	s->fault_read = ends[0];
	s->fault_write = ends[1];
	high = lift(s->fault_write);
	if (high < 0)
		return err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)");
	fd_close(&s->fault_write);
	s->fault_write = take_fd(&high);
	s->child.fault_fd = s->fault_write;
	return 0;
}

/* argv of the reaper: its name, the pipe, the program, the program's argv. */
static int prepare_init(struct start *s, struct err *e)
{
	const struct oci_process *p = &s->spec->process;
	size_t count = 0;

	if (!p->has_init)
		return 0;
	s->child.init_fd = lift(p->init_fd);
	if (s->child.init_fd < 0)
		return err_set(e, errno, "fcntl(init)");
	while (p->args[count])
		count++;
	s->child.init_args = calloc(count + 4, sizeof(char *));
	if (!s->child.init_args)
		return err_set(e, ENOMEM, "calloc(arguments)");
	digits_write(s->fault_text, s->fault_write);
	s->child.init_args[0] = "reaper";
	s->child.init_args[1] = s->fault_text;
	memcpy(&s->child.init_args[3], p->args, count * sizeof(char *));
	return 0;
}

/* Labels and the like are written and read by way of this one. */
static int prepare_proc(struct start *s, struct err *e)
{
	const struct oci_process *p = &s->spec->process;
	AUTO_CLOSE int proc = -1;

	if (!p->selinux_label && !p->has_oom_score_adj)
		return 0;
	proc = fd_open_proc(e);
	if (proc < 0)
		return proc;
	s->child.proc_fd = proc > 2 ? take_fd(&proc) : lift(proc);
	if (s->child.proc_fd < 0)
		return err_set(e, errno, "fcntl(F_DUPFD_CLOEXEC)");
	return 0;
}

static int make_cgroup(struct start *s, struct err *e)
{
	int r = cgroup_create(s->spec->cgroup, &s->spec->resources,
			      &s->cgroup_fd, e);

	if (r < 0)
		return r;
	return devices_attach(s->cgroup_fd, s->spec, e);
}

/* The child never returns from here. */
static int clone_child(struct start *s, struct err *e)
{
	bool is_mine = s->parent == OCI_PARENT_IS_MINE;
	int pidfd = -1;
	struct clone_args args = {
		.flags = (s->spec->namespaces.unshare & ~LATE_NAMESPACES) |
			 CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_CLEAR_SIGHAND |
			 (is_mine ? CLONE_PARENT : 0),
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		/* With CLONE_PARENT the caller's own is inherited. */
		.exit_signal = is_mine ? 0 : SIGCHLD,
		.cgroup = (unsigned int)s->cgroup_fd,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		child_run(&s->child);
	if (pid < 0)
		return err_set(e, errno, "clone3()");
	s->pid = (pid_t)pid;
	s->pidfd = pidfd;
	fd_close(&s->fault_write);
	return 0;
}

static int explain(const struct start *s, const struct oci_fault *fault,
		   struct err *e)
{
	const char *object;

	if (fault->stage >= OCI_STAGE_COUNT)
		return err_set(e, EPROTO, "container: stage %u", fault->stage);
	object = stage_object(s->spec, fault->stage, fault->index);
	return err_set(e, fault->error, "container: %s%s%s",
		       stage_words[fault->stage], object ? " " : "",
		       object ? object : "");
}

/*
 * The child says "about to execute", then the pipe closes with the exec. A
 * pipe that closes without a word is a child that was killed on the way.
 */
static int hear_child(struct start *s, struct err *e)
{
	bool is_ready = false;

	for (;;) {
		struct oci_fault fault;
		ssize_t n = fd_read_all(s->fault_read, &fault, sizeof(fault));

		if (n == 0 && is_ready)
			return 0;
		if (n == 0)
			return err_set(e, ECHILD,
				       "container: killed before "
				       "its program started");
		if (n != sizeof(fault))
			return err_set(e, EPROTO,
				       "container: message of %zd "
				       "bytes",
				       n);
		if (fault.error)
			return explain(s, &fault, e);
		is_ready = true;
	}
}

static int check_label(struct start *s, struct err *e)
{
	const char *label = s->spec->process.selinux_label;

	if (!label)
		return 0;
	return label_verify(s->child.proc_fd, s->pid, s->pidfd, label, e);
}

/* The kernel ends the whole pid namespace before its first process. */
static void kill_child(struct start *s)
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
}

static void undo(struct start *s)
{
	kill_child(s);
	fd_close(&s->pidfd);
	if (s->cgroup_fd >= 0)
		oci_clean(s->spec->cgroup, NULL);
}

static void release(struct start *s)
{
	for (size_t i = 0; s->child.bind_fds && i < s->spec->mount_count; i++)
		fd_close(&s->child.bind_fds[i]);
	free(s->child.bind_fds);
	fd_close(&s->child.init_fd);
	fd_close(&s->child.proc_fd);
	fd_close(&s->fault_read);
	fd_close(&s->fault_write);
	fd_close(&s->cgroup_fd);
	free(s->child.init_args);
}

static void begin(struct start *s, const struct oci_spec *spec,
		  enum oci_parent parent)
{
	*s = (struct start){
		.spec = spec,
		.parent = parent,
		.cgroup_fd = -1,
		.fault_read = -1,
		.fault_write = -1,
		.pidfd = -1,
		.child = {
			.spec = spec,
			.init_fd = -1,
			.fault_fd = -1,
			.proc_fd = -1,
			.dev_fd = -1,
		},
	};
}

static int run_steps(struct start *s, struct err *e)
{
	int r = spec_check(s->spec, e);

	if (r == 0)
		r = prepare_binds(s, e);
	if (r == 0)
		r = prepare_pipe(s, e);
	if (r == 0)
		r = prepare_init(s, e);
	if (r == 0)
		r = prepare_proc(s, e);
	if (r == 0)
		r = make_cgroup(s, e);
	if (r == 0)
		r = clone_child(s, e);
	if (r == 0)
		r = hear_child(s, e);
	return r < 0 ? r : check_label(s, e);
}

int oci_start(const struct oci_spec *spec, enum oci_parent parent,
	      struct oci_started *out, struct err *e)
{
	struct start s;
	int r;

	begin(&s, spec, parent);
	r = run_steps(&s, e);
	if (r < 0)
		undo(&s);
	else
		*out = (struct oci_started){ .pid = s.pid, .pidfd = s.pidfd };
	release(&s);
	return r;
}

int oci_signal(int pidfd, int signo, struct err *e)
{
	int r = sys_pidfd_signal(pidfd, signo);

	return r < 0 ? err_set(e, -r, "pidfd_send_signal(%d)", signo) : 0;
}
