// SPDX-License-Identifier: MIT
/*
 * Creating a container and starting it later: the gate, what its creator is
 * asked meanwhile, and the terminal that it hands out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"
#include "runtime/oci/fault.h"

#include "kselftest_harness.h"

FIXTURE(create)
{
	struct container c;
	int gate[2];  /* what the child reads, what opens it */
	int fault[2]; /* what the opener reads, what the child writes */
};

FIXTURE_SETUP(create)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, pipe2(self->gate, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(self->fault, O_CLOEXEC));
	self->c.spec.gate_fd = self->gate[0];
	self->c.spec.gate_fault_fd = self->fault[1];
}

FIXTURE_TEARDOWN(create)
{
	container_free(&self->c);
}

#define CREATE(started, output)                                          \
	do {                                                             \
		ASSERT_EQ(0, container_start(&self->c, started, output)) \
		{                                                        \
			TH_LOG("%s", self->c.err.message);               \
		}                                                        \
		close(self->fault[1]);                                   \
	} while (0)

TEST_F(create, program_waits_at_the_gate_and_runs_when_it_opens)
{
	struct oci_started started;
	struct pollfd ended;
	int output;

	container_args(&self->c, "pid", NULL);
	CREATE(&started, &output);
	ended = (struct pollfd){ .fd = started.pidfd, .events = POLLIN };
	ASSERT_EQ(0, poll(&ended, 1, 0));
	ASSERT_EQ(1, write(self->gate[1], "g", 1));
	ASSERT_EQ(0, oci_fault_hear(self->fault[0], "probe", &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_STREQ("1 0 1\n", self->c.output);
}

TEST_F(create, only_standard_streams_pass_the_gate)
{
	struct oci_started started;
	int output;

	container_args(&self->c, "fds", NULL);
	CREATE(&started, &output);
	ASSERT_EQ(1, write(self->gate[1], "g", 1));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_STREQ("0 1 2 \n", self->c.output);
}

TEST_F(create, missing_program_is_found_before_the_gate)
{
	self->c.args[0] = "none";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
	ASSERT_STREQ("container: exec none", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(create, failed_exec_behind_the_gate_is_told_to_who_opened_it)
{
	struct oci_started started;
	int output;

	ASSERT_EQ(0, container_add_file(&self->c, "/bin/text", "text\n", 0755));
	self->c.args[0] = "text";
	CREATE(&started, &output);
	ASSERT_EQ(1, write(self->gate[1], "g", 1));
	ASSERT_EQ(-ENOEXEC,
		  oci_fault_hear(self->fault[0], "text", &self->c.err));
	ASSERT_STREQ("container: exec text", self->c.err.message);
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_EQ(125, WEXITSTATUS(self->c.status));
}

TEST_F(create, reaper_tells_behind_the_gate_too)
{
	struct oci_started started;
	int output;

	ASSERT_EQ(0, container_add_file(&self->c, "/bin/text", "text\n", 0755));
	self->c.args[0] = "text";
	self->c.spec.process.has_init = true;
	self->c.spec.process.init_fd = container_open_built("reaper");
	CREATE(&started, &output);
	ASSERT_EQ(1, write(self->gate[1], "g", 1));
	ASSERT_EQ(-ENOEXEC,
		  oci_fault_hear(self->fault[0], "text", &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
}

TEST_F(create, a_gate_that_nobody_can_open_any_more_ends_the_container)
{
	struct oci_started started;
	int output;

	container_args(&self->c, "exit", "0", NULL);
	CREATE(&started, &output);
	close(self->gate[1]);
	ASSERT_EQ(-ECHILD,
		  oci_fault_hear(self->fault[0], "probe", &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_EQ(125, WEXITSTATUS(self->c.status));
}

TEST_F(create, half_a_gate_is_einval)
{
	self->c.spec.gate_fault_fd = -1;
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: half a gate", self->c.err.message);
}

TEST(a_fault_that_is_none_is_eproto)
{
	struct oci_fault fault = { .stage = OCI_STAGE_COUNT, .error = 1 };
	struct err e = ERR_NONE;

	ASSERT_EQ(-EPROTO, oci_fault_explain(&fault, NULL, &e));
	fault = (struct oci_fault){ .stage = OCI_STAGE_EXEC };
	ASSERT_EQ(-EPROTO, oci_fault_explain(&fault, NULL, &e));
}

FIXTURE(ask)
{
	struct container c;
	struct oci_started seen;
	char root[256]; /* of the child when it was seen */
	int answer;
};

FIXTURE_SETUP(ask)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(ask)
{
	container_free(&self->c);
}

/* What the namespace's files say of the child: its mounts are the host's. */
static int on_created(void *context, const struct oci_started *started,
		      struct err *e)
{
	FIXTURE_DATA(ask) *self = context;
	char path[64];
	ssize_t n;

	self->seen = *started;
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", started->pid);
	n = readlink(path, self->root, sizeof(self->root) - 1);
	self->root[n > 0 ? n : 0] = '\0';
	return self->answer < 0 ? err_set(e, -self->answer, "asked") : 0;
}

TEST_F(ask, creator_is_asked_when_the_namespaces_are_there)
{
	char own[256] = "";

	self->c.spec.calls.context = self;
	self->c.spec.calls.created = on_created;
	ASSERT_EQ(0, container_run(&self->c))
	{
		TH_LOG("%s", self->c.err.message);
	}
	ASSERT_LT(0, self->seen.pid);
	ASSERT_LT(0, readlink("/proc/self/ns/uts", own, sizeof(own) - 1));
	ASSERT_STRNE(own, self->root);
	ASSERT_EQ(0, strncmp(self->root, "uts:", 4));
}

/* What fails before that is told, and nobody asked. */
TEST_F(ask, creator_is_not_asked_about_a_container_that_failed)
{
	self->c.spec.calls.context = self;
	self->c.spec.calls.created = on_created;
	self->c.spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	self->c.spec.namespaces.join[OCI_NAMESPACE_NETWORK] = 0;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: network namespace", self->c.err.message);
	ASSERT_EQ(0, self->seen.pid);
}

TEST_F(ask, creator_that_refuses_leaves_nothing)
{
	int before = container_count_fds();

	self->c.spec.calls.context = self;
	self->c.spec.calls.created = on_created;
	self->answer = -EXFULL;
	ASSERT_EQ(-EXFULL, container_run(&self->c));
	ASSERT_STREQ("asked", self->c.err.message);
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(before, container_count_fds());
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

/* Kills it: the start fails with what the pipe of faults says. */
static int on_created_kill(void *context, const struct oci_started *started,
			   struct err *e)
{
	(void)context;
	oci_signal(started->pidfd, SIGKILL, e);
	waitid(P_PIDFD, (id_t)started->pidfd, NULL, WEXITED | WNOWAIT);
	return 0;
}

TEST_F(ask, container_that_dies_meanwhile_is_echild)
{
	self->c.spec.calls.created = on_created_kill;
	ASSERT_EQ(-ECHILD, container_run(&self->c));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(ask, failed_start_without_pid_namespace_leaves_nothing)
{
	self->c.spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWPID;
	self->c.args[0] = "none";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(ask, pid_namespace_is_the_callers_if_none_is_asked_for)
{
	char mine[256] = "";

	self->c.spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWPID;
	ASSERT_LT(0, readlink("/proc/self/ns/pid", mine, sizeof(mine) - 2));
	strcat(mine, "\n");
	RUN("readlink", "/proc/self/ns/pid");
	ASSERT_STREQ(mine, self->c.output);
}

TEST_F(ask, preserved_descriptors_stay_and_no_other)
{
	/* Out of the way with what the test itself has open there. */
	self->c.spec.root_fd = fcntl(self->c.root, F_DUPFD_CLOEXEC, 100);
	ASSERT_LE(0, self->c.spec.root_fd);
	ASSERT_LE(0, dup2(0, 3));
	ASSERT_LE(0, dup2(0, 4));
	ASSERT_LE(0, fcntl(4, F_SETFD, FD_CLOEXEC));
	self->c.spec.process.preserved_fd_count = 2;
	RUN("fds");
	ASSERT_STREQ("0 1 2 3 4 \n", self->c.output);
	self->c.root = self->c.spec.root_fd;
}

TEST_F(ask, preserved_descriptor_that_is_closed_is_ebadf)
{
	self->c.spec.process.preserved_fd_count = 900;
	ASSERT_EQ(-EBADF, container_run(&self->c));
	ASSERT_STREQ("container: descriptors", self->c.err.message);
	self->c.spec.process.preserved_fd_count = 1 << 20;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
}

FIXTURE(terminal)
{
	struct container c;
	int sockets[2];
};

FIXTURE_SETUP(terminal)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				self->sockets));
	self->c.spec.process.terminal = (struct oci_terminal){
		.is_wanted = true,
		.socket_fd = self->sockets[1],
		.rows = 33,
		.columns = 77,
	};
}

FIXTURE_TEARDOWN(terminal)
{
	container_free(&self->c);
}

/* The descriptor that was sent, or -1. */
static int receive(int socket)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char text[64];
	struct iovec iov = { text, sizeof(text) };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fd = -1;

	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) > 0 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

/* All that comes out of the terminal until its last user ends (EIO). */
static void read_terminal(int master, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(master, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
}

static int run_terminal(struct container *c, int *sockets)
{
	struct oci_started started;
	int output, master;
	int r = container_start(c, &started, &output);

	if (r < 0)
		return r;
	master = receive(sockets[0]);
	close(output);
	read_terminal(master, c->output, sizeof(c->output));
	close(master);
	waitpid(started.pid, &c->status, 0);
	close(started.pidfd);
	return oci_clean(c->cgroup, &c->err);
}

#define SHOWS(text, ...)                                            \
	do {                                                        \
		container_args(&self->c, __VA_ARGS__, NULL);        \
		ASSERT_EQ(0, run_terminal(&self->c, self->sockets)) \
		{                                                   \
			TH_LOG("%s", self->c.err.message);          \
		}                                                   \
		ASSERT_STREQ(text, self->c.output);                 \
	} while (0)

TEST_F(terminal, streams_are_the_terminal_and_it_controls_the_session)
{
	SHOWS("/dev/pts/0 33 77 controlling\r\n", "terminal", "0");
}

TEST_F(terminal, console_is_the_same_terminal)
{
	SHOWS("/dev/pts/0 33 77 controlling\r\n", "terminal", "/dev/console");
}

TEST_F(terminal, it_belongs_to_the_user_and_group_tty)
{
	self->c.spec.process.uid = 1000;
	SHOWS("20620 1000 5 136:0\r\n", "stat", "/dev/pts/0");
}

TEST_F(terminal, no_descriptor_is_left_over)
{
	SHOWS("0 1 2 \r\n", "fds");
}

TEST_F(terminal, without_one_there_is_no_console)
{
	self->c.spec.process.terminal.is_wanted = false;
	RUN("stat", "/dev/console");
	ASSERT_STREQ("E2\n", self->c.output);
}

/* CVE-2025-52565: whatever the image has at the place of /dev/console. */
TEST_F(terminal, console_that_is_a_link_is_eloop)
{
	struct oci_mount *dev = &self->c.mounts[1];

	/* The image's own /dev instead of ours, with devpts in it. */
	ASSERT_STREQ("/dev", dev->destination);
	dev->destination = "/other";
	ASSERT_EQ(0, container_add_directory(&self->c, "/dev"));
	ASSERT_EQ(0, container_add_link(&self->c, "/dev/console",
					"/proc/sys/kernel/core_pattern"));
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_STREQ("container: /dev/console", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(terminal, devpts_that_is_none_is_enodev)
{
	container_add_mount(&self->c, "/dev/pts");
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ENODEV, container_run(&self->c));
	ASSERT_STREQ("container: terminal", self->c.err.message);
}

TEST_F(terminal, socket_that_nobody_reads_is_epipe)
{
	close(self->sockets[0]);
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-EPIPE, container_run(&self->c));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(terminal, without_a_socket_is_einval)
{
	self->c.spec.process.terminal.socket_fd = -1;
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-EINVAL, container_run(&self->c));
}

FIXTURE(listener)
{
	struct container c;
	struct oci_seccomp seccomp;
	int fd;
	int answer;
};

/* getpid() is asked of the listener, the rest is allowed. */
static struct sock_filter program[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static int on_listener(void *context, const struct oci_started *started, int fd,
		       struct err *e)
{
	FIXTURE_DATA(listener) *self = context;

	(void)started;
	if (self->answer < 0)
		return err_set(e, -self->answer, "nobody listens");
	self->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return 0;
}

static void use_listener(FIXTURE_DATA(listener) * self)
{
	self->seccomp = (struct oci_seccomp){
		.program = { ARRAY_SIZE(program), program },
		.flags = SECCOMP_FILTER_FLAG_NEW_LISTENER,
	};
	self->c.spec.seccomp = &self->seccomp;
	self->c.spec.calls.context = self;
	self->c.spec.calls.listener = on_listener;
	container_args(&self->c, "pid", NULL);
}

FIXTURE_SETUP(listener)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	use_listener(self);
}

FIXTURE_TEARDOWN(listener)
{
	container_free(&self->c);
}

/* Answers one question with a number of ours. */
static int answer_once(int fd, int64_t number)
{
	struct seccomp_notif question = { 0 };
	struct seccomp_notif_resp answer = { .val = number };

	/* Not ioctl(2): musl's takes an int. */
	if (syscall(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_RECV, &question) < 0)
		return -errno;
	answer.id = question.id;
	if (syscall(SYS_ioctl, fd, SECCOMP_IOCTL_NOTIF_SEND, &answer) < 0)
		return -errno;
	return 0;
}

TEST_F(listener, answers_for_the_container_with_and_without_new_privileges)
{
	for (int i = 0; i < 2; i++) {
		struct oci_started started;
		int output;

		self->c.spec.process.is_no_new_privileges = i;
		ASSERT_EQ(0, container_start(&self->c, &started, &output))
		{
			TH_LOG("%s", self->c.err.message);
		}
		ASSERT_EQ(0, answer_once(self->fd, 4242));
		ASSERT_EQ(0, container_end(&self->c, &started, &output));
		ASSERT_EQ(0, strncmp(self->c.output, "4242 ", 5));
		close(self->fd);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
		use_listener(self);
	}
}

TEST_F(listener, listener_stays_out_of_the_container)
{
	container_args(&self->c, "fds", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("0 1 2 \n", self->c.output);
}

TEST_F(listener, is_handed_over_before_the_gate)
{
	struct oci_started started;
	int gate[2], fault[2];
	int output;

	ASSERT_EQ(0, pipe2(gate, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(fault, O_CLOEXEC));
	self->c.spec.gate_fd = gate[0];
	self->c.spec.gate_fault_fd = fault[1];
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	close(fault[1]);
	ASSERT_EQ(1, write(gate[1], "g", 1));
	ASSERT_EQ(0, answer_once(self->fd, 77));
	ASSERT_EQ(0, oci_fault_hear(fault[0], "probe", &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_EQ(0, strncmp(self->c.output, "77 ", 3));
}

TEST_F(listener, that_nobody_takes_leaves_nothing)
{
	self->answer = -ENOTCONN;
	ASSERT_EQ(-ENOTCONN, container_run(&self->c));
	ASSERT_STREQ("nobody listens", self->c.err.message);
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
	self->c.spec.calls.listener = NULL;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: seccomp listener for nobody",
		     self->c.err.message);
}

TEST_F(listener, flag_that_is_none_is_einval)
{
	self->seccomp.flags = 1ULL << 30;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: seccomp", self->c.err.message);
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	use_listener(self);
	self->seccomp.flags = SECCOMP_FILTER_FLAG_LOG;
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(0, container_run(&self->c));
}

TEST_HARNESS_MAIN
