// SPDX-License-Identifier: MIT
/* The reaper: PID 1 of a container that asked for an init process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "kselftest_harness.h"
#include "policy/grants.h"
#include "runtime/oci/fault.h"

FIXTURE(reaper)
{
	struct container c;
	int init;
};

static int new_container(struct container *c, int init)
{
	int r = container_new(c);

	c->spec.process.has_init = true;
	c->spec.process.init_fd = init;
	if (r == 0)
		r = oci_seccomp_default(grant_default_set(), &c->spec.seccomp,
					&c->err);
	return r;
}

FIXTURE_SETUP(reaper)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	self->init = container_open_built("reaper");
	ASSERT_LE(0, self->init);
	ASSERT_EQ(0, new_container(&self->c, self->init));
}

FIXTURE_TEARDOWN(reaper)
{
	container_free(&self->c);
}

#define AGAIN()                                                    \
	do {                                                       \
		container_free(&self->c);                          \
		ASSERT_EQ(0, new_container(&self->c, self->init)); \
	} while (0)

TEST_F(reaper, program_is_its_child)
{
	RUN("pid");
	ASSERT_STREQ("2 1 1\n", self->c.output);
}

TEST_F(reaper, all_exit_codes_are_passed_on)
{
	for (int i = 0; i < 256; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%d", i);
		RUN("exit", number);
		ASSERT_TRUE(WIFEXITED(self->c.status));
		ASSERT_EQ(i, WEXITSTATUS(self->c.status));
		AGAIN();
	}
}

TEST_F(reaper, death_by_signal_is_128_plus_its_number)
{
	static const int deadly[] = { SIGHUP,  SIGINT,	SIGQUIT, SIGILL,
				      SIGTRAP, SIGABRT, SIGBUS,	 SIGFPE,
				      SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2,
				      SIGPIPE, SIGALRM, SIGTERM, SIGXCPU,
				      SIGSYS,  34,	64 };

	for (size_t i = 0; i < sizeof(deadly) / sizeof(*deadly); i++) {
		char number[16];

		snprintf(number, sizeof(number), "%d", deadly[i]);
		RUN("signal", number);
		ASSERT_TRUE(WIFEXITED(self->c.status));
		ASSERT_EQ(128 + deadly[i], WEXITSTATUS(self->c.status));
		AGAIN();
	}
}

TEST_F(reaper, orphans_are_reaped)
{
	RUN("orphan");
	ASSERT_STREQ("reaped\n", self->c.output);
}

TEST_F(reaper, signals_are_passed_on)
{
	struct oci_started started;
	int output;
	char line[8];

	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	ASSERT_EQ(8, read(output, line, sizeof(line)));
	ASSERT_EQ(0, oci_signal(started.pidfd, SIGTERM, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_TRUE(WIFEXITED(self->c.status));
	ASSERT_EQ(7, WEXITSTATUS(self->c.status));
}

TEST_F(reaper, program_has_only_the_standard_streams)
{
	RUN("fds");
	ASSERT_STREQ("0 1 2 \n", self->c.output);
}

/* Of the same user, it may open what the reaper has open: nothing. */
TEST_F(reaper, program_finds_no_descriptor_of_the_reaper)
{
	PRINTS("\n", "list", "/proc/1/fd");
}

/* The reaper, about to be traced. */
static pid_t start_traced(int init, int faults)
{
	char number[16];
	const char *const args[] = { "reaper", number, "/bin/true", "true",
				     NULL };
	pid_t pid;

	snprintf(number, sizeof(number), "%d", faults);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		syscall(SYS_execveat, init, "", args, args + 4, AT_EMPTY_PATH);
		_exit(1);
	}
	return pid;
}

/* Up to where it stands still behind its fork. */
static int go_to_fork(pid_t reaper)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL;
	int status;

	if (waitpid(reaper, &status, 0) != reaper ||
	    ptrace(PTRACE_SETOPTIONS, reaper, NULL, options) < 0)
		return -1;
	do
		if (ptrace(PTRACE_CONT, reaper, NULL, NULL) < 0 ||
		    waitpid(reaper, &status, 0) != reaper ||
		    !WIFSTOPPED(status))
			return -1;
	while (status >> 8 != (SIGTRAP | PTRACE_EVENT_FORK << 8));
	return 0;
}

TEST_F(reaper, program_does_not_run_before_the_reaper_has_closed_all)
{
	struct oci_fault fault;
	struct pollfd told;
	unsigned long program = 0;
	int faults[2];
	int status;
	pid_t reaper;

	ASSERT_EQ(0, pipe(faults));
	reaper = start_traced(self->init, faults[1]);
	close(faults[1]);
	ASSERT_EQ(0, go_to_fork(reaper));
	ASSERT_EQ(0, ptrace(PTRACE_GETEVENTMSG, reaper, NULL, &program));
	ASSERT_EQ((pid_t)program, waitpid((pid_t)program, &status, __WALL));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, (pid_t)program, NULL, NULL));
	told = (struct pollfd){ .fd = faults[0], .events = POLLIN };
	EXPECT_EQ(0, poll(&told, 1, 500));
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, reaper, NULL, NULL));
	ASSERT_EQ(sizeof(fault), read(faults[0], &fault, sizeof(fault)));
	EXPECT_EQ(OCI_STAGE_EXEC, fault.stage);
	EXPECT_EQ(0, fault.error);
	EXPECT_EQ(0, read(faults[0], &fault, sizeof(fault)));
	ASSERT_EQ(reaper, waitpid(reaper, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(reaper, program_has_no_signal_ignored_or_blocked)
{
	RUN("signals");
	ASSERT_STREQ("0 0\n", self->c.output);
}

TEST_F(reaper, arguments_arrive_unchanged)
{
	RUN("arguments", "a b", "", "c");
	ASSERT_STREQ("[a b][][c]\n", self->c.output);
}

/* The exec fails in the reaper's child; the starter hears of it all the same
 * and nothing is left. */
TEST_F(reaper, program_that_is_no_program_is_enoexec)
{
	ASSERT_EQ(0, container_add_file(&self->c, "/bin/text", "text\n", 0755));
	self->c.args[0] = "text";
	ASSERT_EQ(-ENOEXEC, container_run(&self->c));
	ASSERT_STREQ("container: exec text", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(ECHILD, errno);
}

TEST_F(reaper, missing_program_is_enoent)
{
	self->c.args[0] = "none";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
	ASSERT_STREQ("container: exec none", self->c.err.message);
}

TEST_F(reaper, init_that_is_no_program_is_named)
{
	ASSERT_EQ(0, container_add_file(&self->c, "/bin/text", "text\n", 0755));
	self->c.spec.process.init_fd = openat(self->c.root, "bin/text", 0);
	ASSERT_LE(0, self->c.spec.process.init_fd);
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ENOEXEC, container_run(&self->c));
	ASSERT_STREQ("container: exec init", self->c.err.message);
}

/* The reaper alone, and others among its processes. */
struct held {
	struct container holder;
	struct oci_started started;
	int output;
};

static int start_holder(struct held *h, int init)
{
	int r = new_container(&h->holder, init);

	strcpy(h->holder.cgroup + strlen(h->holder.cgroup) - 1, "+holder");
	h->holder.args[0] = NULL;
	return r < 0 ? r : container_start(&h->holder, &h->started, &h->output);
}

static int join_holder(struct container *c, const struct held *h, int init)
{
	char path[64];
	int r = new_container(c, init);

	c->spec.process.has_init = false;
	c->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWPID;
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", h->started.pid);
	c->spec.namespaces.join[OCI_NAMESPACE_PID] =
		open(path, O_RDONLY | O_CLOEXEC);
	return r;
}

#define REJOIN()                                                             \
	do {                                                                 \
		int there = self->c.spec.namespaces.join[OCI_NAMESPACE_PID]; \
                                                                             \
		container_free(&self->c);                                    \
		ASSERT_EQ(0, join_holder(&self->c, &h, self->init));         \
		close(self->c.spec.namespaces.join[OCI_NAMESPACE_PID]);      \
		self->c.spec.namespaces.join[OCI_NAMESPACE_PID] = there;     \
	} while (0)

TEST_F(reaper, alone_it_holds_its_pid_namespace_for_one_after_the_other)
{
	struct held h;

	container_free(&self->c);
	ASSERT_EQ(0, start_holder(&h, self->init))
	{
		TH_LOG("%s", h.holder.err.message);
	}
	ASSERT_EQ(0, join_holder(&self->c, &h, self->init));
	PRINTS("2 0 2\n", "pid");
	REJOIN();
	PRINTS("reaped\n", "orphan");
	ASSERT_EQ(0, oci_end(h.holder.cgroup, 60000, &self->c.err));
	ASSERT_EQ(h.started.pid, waitpid(h.started.pid, &h.holder.status, 0));
	ASSERT_TRUE(WIFSIGNALED(h.holder.status));
	ASSERT_EQ(SIGKILL, WTERMSIG(h.holder.status));
	/* And nobody comes after it. */
	REJOIN();
	ASSERT_EQ(-ENOMEM, container_run(&self->c));
	ASSERT_STREQ("clone3()", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(reaper, its_end_is_that_of_all_who_came_to_it)
{
	struct oci_started started;
	struct held h;
	char line[8];
	int output;

	container_free(&self->c);
	ASSERT_EQ(0, start_holder(&h, self->init));
	ASSERT_EQ(0, join_holder(&self->c, &h, self->init));
	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	ASSERT_EQ(8, read(output, line, sizeof(line)));
	ASSERT_EQ(0, oci_signal(h.started.pidfd, SIGKILL, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_TRUE(WIFSIGNALED(self->c.status));
	ASSERT_EQ(SIGKILL, WTERMSIG(self->c.status));
	ASSERT_EQ(0, container_end(&h.holder, &h.started, &h.output));
}

/* What the init of a container namespace would not even hear of. */
TEST_F(reaper, signals_of_others_do_not_end_it_when_it_is_alone)
{
	struct held h;

	container_free(&self->c);
	ASSERT_EQ(0, start_holder(&h, self->init));
	for (int n = 1; n <= 64; n++)
		if (n != SIGKILL && n != SIGSTOP && n != SIGSEGV &&
		    n != SIGBUS && n != SIGILL && n != SIGFPE && n != SIGTRAP &&
		    n != SIGABRT && n != SIGSYS)
			ASSERT_EQ(0,
				  oci_signal(h.started.pidfd, n, &self->c.err));
	ASSERT_EQ(0, join_holder(&self->c, &h, self->init));
	PRINTS("2 0 2\n", "pid");
	ASSERT_EQ(0, oci_end(h.holder.cgroup, 60000, &self->c.err));
	ASSERT_EQ(h.started.pid, waitpid(h.started.pid, NULL, 0));
}

TEST_F(reaper, end_of_what_is_gone_is_enoent)
{
	ASSERT_EQ(-ENOENT, oci_end("not/there", 1000, &self->c.err));
}

/* Started by hand it has no business. */
TEST_F(reaper, without_its_arguments_it_fails_with_125)
{
	char path[64];
	int status;
	pid_t child;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->init);
	child = fork();
	if (child == 0) {
		execl(path, "reaper", NULL);
		_exit(1);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(125, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN
