// SPDX-License-Identifier: MIT
/* One more process in a running container: what it is in, and what not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"
#include "runtime/oci/fault.h"

#include "kselftest_harness.h"

#define NAMESPACES OCI_DEFAULT_NAMESPACES

FIXTURE(enter)
{
	struct container c;
	struct oci_started first;
	int output;	      /* of the first process */
	struct oci_spec spec; /* of the second */
	const char *args[8];
	char text[4096]; /* what the second wrote */
	int status;
	struct err e;
};

/* A container whose first process waits until it is killed. */
FIXTURE_SETUP(enter)
{
	char word[8];

	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	container_args(&self->c, "wait", NULL);
	self->c.spec.hostname = "inside";
	ASSERT_EQ(0, container_start(&self->c, &self->first, &self->output));
	ASSERT_EQ(8, fd_read_all(self->output, word, 8));
	oci_spec_init(&self->spec);
	self->spec.process = self->c.spec.process;
	self->spec.process.args = self->args;
	self->spec.cgroup = self->c.cgroup;
	self->args[0] = "probe";
}

FIXTURE_TEARDOWN(enter)
{
	if (self->first.pid > 0) {
		oci_kill_all(self->c.cgroup, NULL);
		container_end(&self->c, &self->first, &self->output);
	}
	container_free(&self->c);
}

static int run(struct _test_data_enter *self)
{
	struct oci_started second;
	int ends[2];
	ssize_t n;
	int r;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	self->spec.process.stdout_fd = ends[1];
	r = oci_exec(&self->spec, self->first.pidfd, NAMESPACES,
		     OCI_PARENT_IS_CALLER, &second, &self->e);
	close(ends[1]);
	n = fd_read_all(ends[0], self->text, sizeof(self->text) - 1);
	close(ends[0]);
	if (r < 0)
		return r;
	self->text[n] = '\0';
	if (waitpid(second.pid, &self->status, 0) != second.pid)
		return -errno;
	close(second.pidfd);
	return 0;
}

#define RUN_IN(...)                                           \
	do {                                                  \
		const char *const words[] = { __VA_ARGS__ };  \
		memcpy(&self->args[1], words, sizeof(words)); \
		ASSERT_EQ(0, run(self))                       \
		{                                             \
			TH_LOG("%s", self->e.message);        \
		}                                             \
	} while (0)

TEST_F(enter, process_is_in_the_pid_namespace_and_not_its_first)
{
	int pid = 0, parent = -1, session = 0;

	RUN_IN("pid");
	ASSERT_EQ(3, sscanf(self->text, "%d %d %d", &pid, &parent, &session));
	EXPECT_LT(1, pid);
	EXPECT_EQ(0, parent);
	EXPECT_EQ(pid, session);
}

/* The exec waits for a lease on the interpreter: whoever began it does not. */
TEST_F(enter, process_that_is_held_up_holds_up_nobody)
{
	struct pollfd told = { .events = POLLIN };
	struct oci_started second;
	int faults, lease;

	signal(SIGIO, SIG_IGN);
	ASSERT_EQ(0, container_add_file(&self->c, "/bin/script",
					"#!/bin/held\n", 0755));
	ASSERT_EQ(0, container_add_probe(&self->c, "/bin/held", 0755));
	lease = openat(self->c.root, "bin/held", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, fcntl(lease, F_SETLEASE, F_WRLCK));
	self->args[0] = "script";
	ASSERT_EQ(0, oci_exec_begin(&self->spec, self->first.pidfd, NAMESPACES,
				    OCI_PARENT_IS_CALLER, &second, &faults,
				    &self->e));
	told.fd = faults;
	/* About to execute, and that is all. */
	ASSERT_EQ(1, poll(&told, 1, -1));
	ASSERT_EQ(POLLIN, told.revents);
	ASSERT_EQ(0, fcntl(lease, F_SETLEASE, F_UNLCK));
	told.events = 0;
	ASSERT_EQ(1, poll(&told, 1, -1));
	ASSERT_EQ(POLLHUP, told.revents);
	EXPECT_EQ(0, oci_fault_hear(faults, "script", &self->e));
	ASSERT_EQ(second.pid, waitpid(second.pid, &self->status, 0));
	close(second.pidfd);
	close(faults);
	close(lease);
}

TEST_F(enter, process_that_cannot_begin_says_why_at_the_end)
{
	struct pollfd end = { .events = 0 };
	struct oci_started second;
	int faults;

	self->args[0] = "none";
	ASSERT_EQ(0, oci_exec_begin(&self->spec, self->first.pidfd, NAMESPACES,
				    OCI_PARENT_IS_CALLER, &second, &faults,
				    &self->e));
	end.fd = faults;
	ASSERT_EQ(1, poll(&end, 1, -1));
	EXPECT_EQ(-ENOENT, oci_fault_hear(faults, "none", &self->e));
	EXPECT_STREQ("container: exec none", self->e.message);
	ASSERT_EQ(second.pid, waitpid(second.pid, &self->status, 0));
	EXPECT_EQ(125, WEXITSTATUS(self->status));
	close(second.pidfd);
	close(faults);
}

TEST_F(enter, process_sees_root_and_host_name_of_the_container)
{
	RUN_IN("hostname");
	EXPECT_STREQ("inside\n", self->text);
	RUN_IN("list", "/bin");
	EXPECT_STREQ("probe \n", self->text);
	RUN_IN("link", "lo");
	EXPECT_STREQ("up\n", self->text);
}

TEST_F(enter, process_is_in_the_cgroup_and_its_namespace)
{
	RUN_IN("cat", "/proc/self/cgroup");
	EXPECT_NE(NULL, strstr(self->text, "0::/\n"));
	RUN_IN("list", "/sys/fs/cgroup");
	EXPECT_EQ(NULL, strstr(self->text, "cloister-test"));
}

TEST_F(enter, only_the_standard_streams_are_open)
{
	RUN_IN("fds");
	EXPECT_STREQ("0 1 2 \n", self->text);
}

TEST_F(enter, user_groups_and_working_directory_are_its_own)
{
	static const gid_t groups[] = { 7, 8 };

	self->spec.process.uid = 1000;
	self->spec.process.gid = 1001;
	self->spec.process.groups = groups;
	self->spec.process.group_count = 2;
	RUN_IN("ids");
	EXPECT_STREQ("1000 1001 7 8\n", self->text);
	self->spec.process.cwd = "/made/here";
	RUN_IN("cwd");
	EXPECT_STREQ("/made/here\n", self->text);
}

TEST_F(enter, limits_of_the_process_are_its_own)
{
	static const struct oci_rlimit limit = {
		.resource = 7, /* RLIMIT_NOFILE */
		.limit = { 99, 100 },
	};

	self->spec.process.rlimits = &limit;
	self->spec.process.rlimit_count = 1;
	RUN_IN("rlimit", "7");
	EXPECT_STREQ("99 100\n", self->text);
}

TEST_F(enter, exit_status_comes_back)
{
	RUN_IN("exit", "23");
	EXPECT_EQ(23, WEXITSTATUS(self->status));
}

static ino_t own_children_namespace(void)
{
	struct stat st = { .st_ino = 0 };

	stat("/proc/self/ns/pid_for_children", &st);
	return st.st_ino;
}

TEST_F(enter, caller_stays_in_its_pid_namespace_also_when_it_fails)
{
	ino_t before = own_children_namespace();

	RUN_IN("pid");
	EXPECT_EQ(before, own_children_namespace());
	self->args[0] = "none";
	EXPECT_EQ(-ENOENT, run(self));
	EXPECT_EQ(before, own_children_namespace());
}

TEST_F(enter, missing_program_is_named_and_nothing_is_left)
{
	int before = container_count_fds();

	self->args[0] = "none";
	ASSERT_EQ(-ENOENT, run(self));
	EXPECT_STREQ("container: exec none", self->e.message);
	EXPECT_EQ(0, waitpid(-1, NULL, WNOHANG)); /* the first alone */
	EXPECT_EQ(before, container_count_fds());
}

TEST_F(enter, program_through_a_link_of_procfs_is_eloop)
{
	self->args[0] = "/proc/self/exe";
	ASSERT_EQ(-ELOOP, run(self));
}

TEST_F(enter, working_directory_through_a_link_of_procfs_is_eloop)
{
	self->spec.process.cwd = "/proc/self/fd/0";
	ASSERT_EQ(-ELOOP, run(self));
	EXPECT_STREQ("container: working directory /proc/self/fd/0",
		     self->e.message);
	self->spec.process.cwd = "/proc/1/root";
	ASSERT_EQ(-ELOOP, run(self));
}

TEST_F(enter, container_that_has_ended_is_esrch)
{
	siginfo_t info;

	ASSERT_EQ(0, oci_kill_all(self->c.cgroup, &self->e));
	/* Ended and not reaped: the pidfd still means it. */
	ASSERT_EQ(0, waitid(P_PID, (id_t)self->first.pid, &info,
			    WEXITED | WNOWAIT));
	ASSERT_EQ(-ESRCH, run(self));
	EXPECT_STREQ("container not running", self->e.message);
}

TEST_F(enter, cgroup_that_is_gone_is_enoent)
{
	self->spec.cgroup = "cloister-none/x";
	ASSERT_EQ(-ENOENT, run(self));
}

TEST_F(enter, program_is_necessary)
{
	self->args[0] = NULL;
	ASSERT_EQ(-EINVAL, run(self));
	EXPECT_STREQ("container: no program", self->e.message);
}

TEST_HARNESS_MAIN
