// SPDX-License-Identifier: MIT
/* A container starts as its spec says; each promise has a case. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "kselftest_harness.h"
#include "policy/grants.h"

FIXTURE(start)
{
	struct container c;
};

FIXTURE_SETUP(start)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
}

FIXTURE_TEARDOWN(start)
{
	container_free(&self->c);
}

TEST_F(start, program_exits_with_its_own_status)
{
	for (int i = 0; i < 256; i += 51) {
		char number[16];

		snprintf(number, sizeof(number), "%d", i);
		RUN("exit", number);
		ASSERT_TRUE(WIFEXITED(self->c.status));
		ASSERT_EQ(i, WEXITSTATUS(self->c.status));
		fchmod(self->c.root, 0755);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

TEST_F(start, process_is_pid_1_of_its_namespace_and_leads_its_session)
{
	PRINTS("1 0 1\n", "pid");
}

TEST_F(start, only_standard_streams_are_open)
{
	int extra[2];

	/* Not even those that never were close-on-exec. */
	ASSERT_EQ(0, pipe(extra));
	ASSERT_LT(0, fcntl(extra[0], F_DUPFD, 200));
	PRINTS("0 1 2 \n", "fds");
}

TEST_F(start, standard_input_is_the_null_device)
{
	PRINTS("/dev/null\n", "readlink", "/proc/self/fd/0");
}

TEST_F(start, arguments_arrive_unchanged)
{
	PRINTS("[a b][][\"c\"]\n", "arguments", "a b", "", "\"c\"");
}

TEST_F(start, environment_is_the_spec_alone)
{
	ASSERT_EQ(0, setenv("FROM_RUNTIME", "secret", 1));
	PRINTS("unset\n", "environment", "FROM_RUNTIME");
}

TEST_F(start, environment_of_the_spec_arrives)
{
	self->c.env[1] = "KEY=value=1";
	PRINTS("value=1\n", "environment", "KEY");
}

TEST_F(start, no_signal_is_ignored_or_blocked)
{
	sigset_t all;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	PRINTS("0 0\n", "signals");
}

/* Fields of mountinfo that the house promises: "<where> <flags> ... <type>" */
static const char *const mounts[] = {
	" / / rw,relatime - tmpfs",
	" /proc rw,nosuid,nodev,noexec,relatime - proc",
	" /dev rw,nosuid,noexec,relatime - tmpfs",
	" /sys ro,nosuid,nodev,noexec,relatime - sysfs",
	" /dev/pts rw,nosuid,noexec,relatime - devpts",
	" /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs",
	" /dev/mqueue rw,nosuid,nodev,noexec,relatime - mqueue",
	" /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2",
	" /proc/sys ro,nosuid,nodev,noexec,relatime - proc",
	" /proc/irq ro,nosuid,nodev,noexec,relatime - proc",
	" /proc/keys rw,nosuid,noexec,relatime - tmpfs",
};

TEST_F(start, mounts_are_those_of_the_table)
{
	RUN("cat", "/proc/self/mountinfo");
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		HAS(mounts[i]);
	}
	/* Nothing propagates in or out. */
	ASSERT_EQ(NULL, strstr(self->c.output, "shared:"));
	ASSERT_EQ(NULL, strstr(self->c.output, "master:"));
}

TEST_F(start, no_mount_of_the_host_is_left)
{
	struct stat st;
	char device[64];

	/* The host's root is mounted nowhere, under whatever name. */
	ASSERT_EQ(0, stat("/", &st));
	snprintf(device, sizeof(device), " %u:%u ", major(st.st_dev),
		 minor(st.st_dev));
	RUN("cat", "/proc/self/mountinfo");
	ASSERT_EQ(NULL, strstr(self->c.output, device));
}

TEST_F(start, dev_holds_the_nodes_of_the_table_and_nothing_else)
{
	static const char *const names[] = {
		"null", "zero", "full",	 "random", "urandom",
		"tty",	"fd",	"stdin", "stdout", "stderr",
		"ptmx", "pts",	"shm",	 "mqueue",
	};
	size_t n = 0;

	RUN("list", "/dev");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		HAS(names[i]);
	}
	for (const char *p = self->c.output; *p; p++)
		n += *p == ' ';
	ASSERT_EQ(sizeof(names) / sizeof(*names), n);
}

struct node {
	const char *path;
	const char *stat;
};

static const struct node nodes[] = {
	{ "/dev/null", "20666 0 0 1:3\n" },
	{ "/dev/zero", "20666 0 0 1:5\n" },
	{ "/dev/full", "20666 0 0 1:7\n" },
	{ "/dev/random", "20666 0 0 1:8\n" },
	{ "/dev/urandom", "20666 0 0 1:9\n" },
	{ "/dev/tty", "20666 0 0 5:0\n" },
};

TEST_F(start, device_nodes_have_the_right_numbers)
{
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		PRINTS(nodes[i].stat, "stat", nodes[i].path);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

struct answer {
	const char *command;
	const char *first;
	const char *second;
	const char *answer;
};

/* A closed door beside each open one. E1 EPERM E2 ENOENT E30 EROFS. */
static const struct answer answers[] = {
	{ "cat", "/proc/kcore", NULL, "" },
	{ "cat", "/proc/keys", NULL, "" },
	{ "cat", "/proc/timer_list", NULL, "" },
	{ "list", "/sys/firmware", NULL, "\n" },
	{ "create", "/sys/firmware/x", NULL, "E30\n" },
	{ "write", "/proc/sys/kernel/core_pattern", "|/bin/sh", "E30\n" },
	{ "write", "/proc/sys/kernel/hostname", "x", "E30\n" },
	{ "write", "/proc/sysrq-trigger", "h", "E30\n" },
	{ "write", "/proc/self/comm", "x", "ok\n" },
	{ "create", "/sys/x", NULL, "E30\n" },
	{ "create", "/sys/fs/cgroup/x", NULL, "E30\n" },
	{ "write", "/sys/fs/cgroup/cgroup.procs", "1", "E30\n" },
	{ "link", "lo", NULL, "up\n" },
	{ "link", "eth0", NULL, "E19\n" },
	{ "write", "/dev/null", "x", "ok\n" },
	{ "write", "/dev/full", "x", "E28\n" },
	{ "create", "/x", NULL, "644\n" },
	{ "create", "/dev/shm/x", NULL, "644\n" },
	{ "cwd", NULL, NULL, "/\n" },
	{ "ids", NULL, NULL, "0 0\n" },
	/* memory, then a disk: the node may be made, not opened */
	{ "mknod", "/x 1 1", NULL, "E1\n" },
	{ "mknod", "/x 1 3", NULL, "open\n" },
	{ "mknod", "/x 254 0", NULL, "E1\n" },
};

static void split_args(struct container *c, const struct answer *a, char *copy,
		       size_t size)
{
	snprintf(copy, size, "%s", a->first ? a->first : "");
	c->args[0] = "probe";
	c->args[1] = a->command;
	c->args[2] = strtok(copy, " ");
	for (int i = 3; c->args[i - 1]; i++)
		c->args[i] = i == 3 && a->second ? a->second :
						   strtok(NULL, " ");
}

TEST_F(start, doors_are_open_or_closed_as_listed)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		const struct answer *a = &answers[i];
		char copy[256];

		/* A kernel may lack what another must hide. */
		if (a->first && strncmp(a->first, "/proc/", 6) == 0 &&
		    access(a->first, F_OK) < 0)
			continue;
		split_args(&self->c, a, copy, sizeof(copy));
		ASSERT_EQ(0, container_run(&self->c))
		{
			TH_LOG("%s", self->c.err.message);
		}
		EXPECT_STREQ(a->answer, self->c.output)
		{
			TH_LOG("%s %s", a->command, a->first);
		}
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

TEST_F(start, cgroup_namespace_starts_at_the_containers_own_cgroup)
{
	RUN("cat", "/proc/self/cgroup");
	HAS("0::/\n");
}

TEST_F(start, hostname_is_set_for_the_container_alone)
{
	char before[65], after[65];

	ASSERT_EQ(0, gethostname(before, sizeof(before)));
	self->c.spec.hostname = "inside";
	PRINTS("inside\n", "hostname");
	ASSERT_EQ(0, gethostname(after, sizeof(after)));
	ASSERT_STREQ(before, after);
}

TEST_F(start, user_group_and_groups_are_those_of_the_spec)
{
	self->c.spec.process.uid = 1000;
	self->c.spec.process.gid = 1001;
	self->c.groups[0] = 44;
	self->c.groups[1] = 55;
	self->c.spec.process.group_count = 2;
	PRINTS("1000 1001 44 55\n", "ids");
}

TEST_F(start, umask_is_that_of_the_spec)
{
	self->c.spec.process.umask = 0077;
	PRINTS("600\n", "create", "/x");
}

TEST_F(start, root_holds_the_set_and_not_one_capability_more)
{
	RUN("cat", "/proc/self/status");
	HAS("CapInh:\t0000000000000000\n");
	HAS("CapPrm:\t00000000a80425fb\n");
	HAS("CapEff:\t00000000a80425fb\n");
	HAS("CapBnd:\t00000000a80425fb\n");
	HAS("CapAmb:\t0000000000000000\n");
	HAS("NoNewPrivs:\t1\n");
}

TEST_F(start, another_user_holds_none_of_the_set)
{
	self->c.spec.process.uid = 1000;
	RUN("cat", "/proc/self/status");
	HAS("CapPrm:\t0000000000000000\n");
	HAS("CapEff:\t0000000000000000\n");
	HAS("CapBnd:\t00000000a80425fb\n");
}

TEST_F(start, another_user_holds_an_ambient_set)
{
	self->c.spec.process.uid = 1000;
	self->c.spec.process.capabilities = (struct oci_capabilities){
		1ULL << CAP_NET_ADMIN, 1ULL << CAP_NET_ADMIN,
		1ULL << CAP_NET_ADMIN, 1ULL << CAP_NET_ADMIN,
		1ULL << CAP_NET_ADMIN,
	};
	RUN("cat", "/proc/self/status");
	HAS("CapPrm:\t0000000000001000\n");
	HAS("CapEff:\t0000000000001000\n");
	HAS("CapAmb:\t0000000000001000\n");
}

TEST_F(start, no_new_privileges_is_off_when_not_asked_for)
{
	self->c.spec.process.is_no_new_privileges = false;
	RUN("cat", "/proc/self/status");
	HAS("NoNewPrivs:\t0\n");
}

TEST_F(start, seccomp_filter_is_installed_with_and_without_no_new_privileges)
{
	ASSERT_EQ(0, oci_seccomp_default(grant_default_set(),
					 &self->c.spec.seccomp, &self->c.err));
	RUN("cat", "/proc/self/status");
	HAS("Seccomp:\t2\n");
	HAS("Seccomp_filters:\t1\n");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, oci_seccomp_default(grant_default_set(),
					 &self->c.spec.seccomp, &self->c.err));
	self->c.spec.process.is_no_new_privileges = false;
	RUN("cat", "/proc/self/status");
	HAS("Seccomp:\t2\n");
}

TEST_F(start, rlimits_are_set)
{
	self->c.rlimits[0] = (struct oci_rlimit){ RLIMIT_NOFILE, { 64, 128 } };
	self->c.spec.process.rlimit_count = 1;
	PRINTS("64 128\n", "rlimit", "7");
}

TEST_F(start, oom_score_is_that_of_the_spec)
{
	self->c.spec.process.oom_score_adj = 321;
	PRINTS("321\n", "cat", "/proc/self/oom_score_adj");
}

TEST_F(start, missing_working_directory_is_made)
{
	self->c.spec.process.cwd = "/a/b/c";
	PRINTS("/a/b/c\n", "cwd");
}

TEST_F(start, program_is_found_in_path)
{
	self->c.env[0] = "PATH=/none:/bin/probe:/bin";
	self->c.args[0] = "probe";
	PRINTS("1 0 1\n", "pid");
}

TEST_F(start, program_is_found_in_the_default_path)
{
	self->c.env[0] = NULL;
	PRINTS("1 0 1\n", "pid");
}

TEST_F(start, read_only_root_refuses_with_erofs)
{
	self->c.spec.is_root_read_only = true;
	PRINTS("E30\n", "create", "/x");
}

TEST_F(start, read_only_root_leaves_shm_writable)
{
	self->c.spec.is_root_read_only = true;
	PRINTS("644\n", "create", "/dev/shm/x");
}

static struct oci_mount *add_mount(struct container *c, const char *where,
				   int fd, uint64_t attributes)
{
	struct oci_mount *m = container_add_mount(c, where);

	m->source_fd = fd;
	m->options = fd < 0 ? "mode=1777,size=1m" : NULL;
	m->attributes_set = attributes;
	return m;
}

TEST_F(start, tmpfs_mount_has_its_options)
{
	add_mount(&self->c, "/deep/er/tmp", -1, MOUNT_ATTR_NOEXEC);
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /deep/er/tmp rw,noexec,relatime - tmpfs tmpfs rw,size=1024k");
}

struct kernel_mount {
	const char *where;
	const char *type;
	const char *line;
};

/* What grants bring: mounted on directories of our read-only sysfs. */
static const struct kernel_mount kernel_mounts[] = {
	{ "/sys/fs/bpf", "bpf", " /sys/fs/bpf rw,relatime - bpf" },
	{ "/sys/kernel/tracing", "tracefs",
	  " /sys/kernel/tracing rw,relatime - tracefs" },
};

TEST_F(start, file_systems_of_the_kernel_are_mounted_in_sys)
{
	for (size_t i = 0; i < ARRAY_SIZE(kernel_mounts); i++) {
		const struct kernel_mount *m = &kernel_mounts[i];

		if (access(m->where, F_OK) < 0)
			SKIP(return, "this kernel has no %s", m->where);
		container_add_mount(&self->c, m->where)->type = m->type;
	}
	RUN("cat", "/proc/self/mountinfo");
	for (size_t i = 0; i < ARRAY_SIZE(kernel_mounts); i++) {
		HAS(kernel_mounts[i].line);
	}
}

/* A directory on a tmpfs of the test's own, to be bound. */
static int make_source(void)
{
	if (syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL) < 0 ||
	    mkdir("/tmp/volume", 0777) < 0 ||
	    close(open("/tmp/volume/file", O_CREAT | O_WRONLY, 0666)) < 0)
		return -errno;
	return open("/tmp/volume", O_PATH | O_CLOEXEC);
}

TEST_F(start, bound_directory_is_shared_with_its_source)
{
	int fd = make_source();
	struct stat st;

	ASSERT_LE(0, fd);
	add_mount(&self->c, "/volume", fd, 0);
	PRINTS("644\n", "create", "/volume/new");
	ASSERT_EQ(0, stat("/tmp/volume/new", &st));
	/* The caller's descriptor is still the caller's. */
	ASSERT_EQ(0, fstat(fd, &st));
}

TEST_F(start, read_only_bind_refuses_and_leaves_its_source_writable)
{
	int fd = make_source();

	ASSERT_LE(0, fd);
	add_mount(&self->c, "/volume", fd, MOUNT_ATTR_RDONLY);
	PRINTS("E30\n", "create", "/volume/new");
	ASSERT_EQ(0, close(open("/tmp/volume/x", O_CREAT | O_WRONLY, 0666)));
}

TEST_F(start, file_is_bound_to_a_file_that_is_made)
{
	int fd;

	ASSERT_LE(0, make_source());
	fd = open("/tmp/volume/file", O_PATH | O_CLOEXEC);
	ASSERT_LE(0, fd);
	add_mount(&self->c, "/etc/some.conf", fd, 0);
	PRINTS("ok\n", "write", "/etc/some.conf", "x");
}

TEST_F(start, detached_mount_is_used_as_a_source)
{
	int tree;

	ASSERT_LE(0, make_source());
	tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/tmp/volume",
			    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	ASSERT_LE(0, tree);
	add_mount(&self->c, "/volume", tree, 0);
	PRINTS("file \n", "list", "/volume");
}

TEST_F(start, device_of_the_spec_is_made_and_may_be_opened)
{
	static const struct oci_device tun = { "/dev/net/tun", 'c',   10, 200,
					       0600,	       "rwm", 0,  0 };

	container_add_device(&self->c, &tun);
	PRINTS("20600 0 0 10:200\n", "stat", "/dev/net/tun");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	container_add_device(&self->c, &tun);
	PRINTS("open\n", "mknod", "/x", "10", "200");
}

TEST_F(start, device_that_is_not_of_the_spec_may_not_be_opened)
{
	PRINTS("E1\n", "mknod", "/x", "10", "200");
}

static void join_network(struct container *c, int fd)
{
	c->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	c->spec.namespaces.join[OCI_NAMESPACE_NETWORK] = fd;
}

TEST_F(start, containers_share_a_given_network_namespace)
{
	char first[256];
	int network;

	ASSERT_EQ(0, oci_network_new(&network, &self->c.err));
	join_network(&self->c, network);
	RUN("readlink", "/proc/self/ns/net");
	strcpy(first, self->c.output);
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	join_network(&self->c, network);
	PRINTS(first, "readlink", "/proc/self/ns/net");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	join_network(&self->c, network);
	PRINTS("up\n", "link", "lo");
}

TEST_F(start, host_network_is_the_callers)
{
	char mine[256] = "";

	ASSERT_LT(0, readlink("/proc/self/ns/net", mine, sizeof(mine) - 2));
	strcat(mine, "\n");
	self->c.spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	PRINTS(mine, "readlink", "/proc/self/ns/net");
}

TEST_F(start, network_is_new_without_a_given_one)
{
	char mine[256] = "";

	ASSERT_LT(0, readlink("/proc/self/ns/net", mine, sizeof(mine) - 2));
	strcat(mine, "\n");
	RUN("readlink", "/proc/self/ns/net");
	ASSERT_STRNE(mine, self->c.output);
}

TEST_F(start, signal_reaches_the_program_through_its_pidfd)
{
	struct oci_started started;
	int output;
	char line[8];

	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	ASSERT_EQ(8, read(output, line, sizeof(line)));
	ASSERT_EQ(0, oci_is_empty(self->c.cgroup, &self->c.err));
	ASSERT_EQ(0, oci_signal(started.pidfd, SIGTERM, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_TRUE(WIFEXITED(self->c.status));
	ASSERT_EQ(7, WEXITSTATUS(self->c.status));
	ASSERT_EQ(1, oci_is_empty(self->c.cgroup, &self->c.err));
}

TEST_F(start, kill_all_ends_the_container_and_events_tell)
{
	struct oci_started started;
	struct pollfd events;
	char line[8], block[256];
	int output;

	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	ASSERT_EQ(0, oci_events_fd(self->c.cgroup, &events.fd, &self->c.err));
	ASSERT_LT(0, read(events.fd, block, sizeof(block)));
	ASSERT_EQ(8, read(output, line, sizeof(line)));
	ASSERT_EQ(0, oci_kill_all(self->c.cgroup, &self->c.err));
	events.events = POLLPRI;
	ASSERT_EQ(1, poll(&events, 1, 20000));
	ASSERT_EQ(1, oci_is_empty(self->c.cgroup, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_TRUE(WIFSIGNALED(self->c.status));
	ASSERT_EQ(SIGKILL, WTERMSIG(self->c.status));
	ASSERT_EQ(-ENOENT, oci_kill_all(self->c.cgroup, &self->c.err));
}

TEST_F(start, ended_process_cannot_be_signalled)
{
	struct oci_started started;
	int output;

	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	ASSERT_EQ(started.pid, waitpid(started.pid, NULL, 0));
	ASSERT_EQ(-ESRCH, oci_signal(started.pidfd, SIGTERM, &self->c.err));
	ASSERT_EQ(0, oci_clean(self->c.cgroup, &self->c.err));
}

/* An engine between the test and the container: dies right after the start. */
static pid_t start_by_engine(struct container *c, int *output)
{
	int ends[2];
	pid_t engine, pid = -1;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	engine = fork();
	if (engine == 0) {
		struct oci_started started = { .pid = -1 };

		c->spec.process.stdout_fd = *output;
		oci_start(&c->spec, OCI_PARENT_IS_MINE, &started, &c->err);
		if (write(ends[1], &started.pid, sizeof(pid)) < 0)
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	if (read(ends[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -1;
	close(ends[0]);
	waitpid(engine, NULL, 0);
	return pid;
}

TEST_F(start,
       sibling_container_outlives_its_starter_and_is_reaped_by_its_parent)
{
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status;
	pid_t pid;

	container_args(&self->c, "exit", "9", NULL);
	pid = start_by_engine(&self->c, &out);
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, __WALL));
	ASSERT_EQ(9, WEXITSTATUS(status));
	ASSERT_EQ(0, oci_clean(self->c.cgroup, &self->c.err));
}

TEST_HARNESS_MAIN
