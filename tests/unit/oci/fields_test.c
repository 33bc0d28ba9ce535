// SPDX-License-Identifier: MIT
/* Fields of the specification that one process has: each with its twin. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"
#include "runtime/oci/sysctl.h"

#include "kselftest_harness.h"

FIXTURE(fields)
{
	struct container c;
	struct oci_spec *spec;
};

FIXTURE_SETUP(fields)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	self->spec = &self->c.spec;
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(fields)
{
	container_free(&self->c);
}

/* The start fails so, and nothing is left of it. */
#define FAILS(code, text)                                        \
	do {                                                     \
		EXPECT_EQ(-(code), container_run(&self->c));     \
		EXPECT_STREQ(text, self->c.err.message);         \
		EXPECT_EQ(0, container_count_cgroups(&self->c)); \
		EXPECT_EQ(-1, waitpid(-1, NULL, 0));             \
	} while (0)

TEST_F(fields, scheduler_is_that_of_the_spec)
{
	const struct oci_scheduler batch = { .policy = SCHED_BATCH, .nice = 7 };

	self->spec->process.scheduler = &batch;
	PRINTS("3 7 0\n", "scheduler");
}

TEST_F(fields, scheduler_is_left_alone_without_one)
{
	char own[32];

	snprintf(own, sizeof(own), "0 %d 0\n", getpriority(PRIO_PROCESS, 0));
	PRINTS(own, "scheduler");
}

TEST_F(fields, scheduler_that_is_none_is_einval)
{
	const struct oci_scheduler none = { .policy = 99 };

	self->spec->process.scheduler = &none;
	FAILS(EINVAL, "container: scheduler");
}

TEST_F(fields, io_priority_is_that_of_the_spec)
{
	self->spec->process.io_priority = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 6);
	PRINTS("2 6\n", "ioprio");
}

TEST_F(fields, io_priority_that_is_none_is_einval)
{
	self->spec->process.io_priority = IOPRIO_PRIO_VALUE(7, 0);
	FAILS(EINVAL, "container: ioPriority");
}

TEST_F(fields, processors_are_those_of_the_spec_at_the_end)
{
	const unsigned long first = 1, both = 3;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one processor");
	self->spec->process.cpus_initial =
		(struct oci_cpu_set){ &both, sizeof(both) };
	self->spec->process.cpus_final =
		(struct oci_cpu_set){ &first, sizeof(first) };
	RUN("cat", "/proc/self/status");
	HAS("Cpus_allowed_list:\t0\n");
}

TEST_F(fields, processors_that_are_not_there_are_einval)
{
	const unsigned long none = 0;

	self->spec->process.cpus_final =
		(struct oci_cpu_set){ &none, sizeof(none) };
	FAILS(EINVAL, "container: execCPUAffinity");
}

TEST_F(fields, personality_is_that_of_the_spec)
{
	self->spec->has_personality = true;
	self->spec->personality = PER_LINUX32;
	PRINTS("00000008\n", "cat", "/proc/self/personality");
}

TEST_F(fields, memory_policy_is_that_of_the_spec)
{
	const unsigned long node = 1;
	const struct oci_memory_policy bind = { MPOL_BIND, &node, 64 };

	self->spec->memory_policy = &bind;
	PRINTS("2 1\n", "mempolicy");
}

TEST_F(fields, memory_policy_without_its_nodes_is_einval)
{
	const struct oci_memory_policy bind = { MPOL_BIND, NULL, 0 };

	self->spec->memory_policy = &bind;
	FAILS(EINVAL, "container: memoryPolicy");
}

TEST_F(fields, domainname_is_set_for_the_container_alone)
{
	char before[80], after[80];

	ASSERT_LE(0, fd_read_file(AT_FDCWD, "/proc/sys/kernel/domainname",
				  before, sizeof(before), &self->c.err));
	self->spec->domainname = "inside.example";
	PRINTS("inside.example\n", "cat", "/proc/sys/kernel/domainname");
	ASSERT_LE(0, fd_read_file(AT_FDCWD, "/proc/sys/kernel/domainname",
				  after, sizeof(after), &self->c.err));
	ASSERT_STREQ(before, after);
}

TEST_F(fields, names_without_a_namespace_of_their_own_are_einval)
{
	self->spec->domainname = "x";
	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWUTS;
	FAILS(EINVAL, "container: hostname without namespace");
}

TEST_F(fields, capability_sets_are_five)
{
	self->spec->process.capabilities = (struct oci_capabilities){
		.bounding = 0x3,
		.permitted = 0x3,
		.effective = 0x1,
		.inheritable = 0x2,
		.ambient = 0x2,
	};
	self->spec->process.uid = 1000;
	RUN("cat", "/proc/self/status");
	HAS("CapInh:\t0000000000000002\n");
	HAS("CapPrm:\t0000000000000002\n");
	HAS("CapEff:\t0000000000000002\n");
	HAS("CapBnd:\t0000000000000003\n");
	HAS("CapAmb:\t0000000000000002\n");
}

TEST_F(fields, ambient_capability_that_is_not_inheritable_is_eperm)
{
	self->spec->process.capabilities.ambient = 1;
	FAILS(EPERM, "container: capabilities");
}

TEST_F(fields, device_has_owner_and_mode)
{
	const struct oci_device d = {
		"/dev/deep/er/x", 'u', 10, 229, 0640, NULL, 7, 8
	};

	container_add_device(&self->c, &d);
	PRINTS("20640 7 8 10:229\n", "stat", "/dev/deep/er/x");
}

TEST_F(fields, fifo_is_a_device_too)
{
	const struct oci_device d = { "/dev/p", 'p', 0, 0, 0600, NULL, 0, 0 };

	container_add_device(&self->c, &d);
	PRINTS("10600 0 0\n", "stat", "/dev/p");
}

TEST_F(fields, default_device_may_be_named_once_more)
{
	const struct oci_device d = { .path = "/dev/null",
				      .type = 'c',
				      .major = 1,
				      .minor = 3,
				      .mode = 0600 };

	container_add_device(&self->c, &d);
	PRINTS("20666 0 0 1:3\n", "stat", "/dev/null");
}

/* As podman --privileged lists all of the host's. */
TEST_F(fields, multiplexer_of_the_host_gives_way_to_the_containers_own)
{
	const struct oci_device d = { .path = "/dev/ptmx",
				      .type = 'c',
				      .major = 5,
				      .minor = 2,
				      .mode = 0666 };

	container_add_device(&self->c, &d);
	PRINTS("pts/ptmx\n", "readlink", "/dev/ptmx");
}

TEST_F(fields, device_in_the_place_of_another_link_is_eexist)
{
	const struct oci_device d = { .path = "/dev/stdin",
				      .type = 'c',
				      .major = 5,
				      .minor = 2 };

	container_add_device(&self->c, &d);
	FAILS(EEXIST, "container: device stdin");
}

TEST_F(fields, device_rules_of_the_spec_hold)
{
	static const struct oci_device_rule rules[] = {
		{ false, 'a', OCI_DEVICE_ANY, OCI_DEVICE_ANY, "rwm" },
		{ true, 'c', 10, 200, "rw" },
	};

	self->spec->resources.device_rules = rules;
	self->spec->resources.device_rule_count = 1;
	PRINTS("E1\n", "mknod", "/x", "10", "200");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->spec->resources.device_rules = rules;
	self->spec->resources.device_rule_count = 2;
	PRINTS("open\n", "mknod", "/x", "10", "200");
}

/* Settings of a namespace are set; the machine's stay as they are. */
TEST_F(fields, sysctls_of_its_namespaces_are_set)
{
	static const struct oci_sysctl sysctls[] = {
		{ "net.ipv4.ip_forward", "1" },
		{ "net/ipv4/ip_default_ttl", "33" },
		{ "kernel.shmmni", "77" },
		{ "fs.mqueue.msg_max", "12" },
	};

	self->spec->sysctls = sysctls;
	self->spec->sysctl_count = ARRAY_SIZE(sysctls);
	PRINTS("33\n", "cat", "/proc/sys/net/ipv4/ip_default_ttl");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->spec->sysctls = sysctls;
	self->spec->sysctl_count = ARRAY_SIZE(sysctls);
	PRINTS("77\n", "cat", "/proc/sys/kernel/shmmni");
}

struct bad_sysctl {
	const char *name;
	int error;
};

static const struct bad_sysctl bad_sysctls[] = {
	{ "kernel.panic", EPERM },
	{ "kernel.core_pattern", EPERM },
	{ "kernel.shmmnix", EPERM },
	{ "vm.swappiness", EPERM },
	{ "fs.file-max", EPERM },
	{ "user.max_user_namespaces", EPERM },
	{ "net/../kernel/panic", EINVAL },
	{ "net/./x", EINVAL },
	{ "net..x", EINVAL },
	{ "net.", EINVAL },
	{ ".net", EINVAL },
	{ "", EINVAL },
};

TEST_F(fields, sysctls_of_the_machine_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_sysctls); i++) {
		const struct oci_sysctl s = { bad_sysctls[i].name, "1" };

		self->spec->sysctls = &s;
		self->spec->sysctl_count = 1;
		EXPECT_EQ(-bad_sysctls[i].error, container_run(&self->c))
		{
			TH_LOG("%s", s.name);
		}
	}
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(fields, sysctl_of_a_namespace_that_is_the_callers_is_eperm)
{
	static const struct oci_sysctl s = { "net.ipv4.ip_forward", "1" };

	self->spec->sysctls = &s;
	self->spec->sysctl_count = 1;
	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	ASSERT_EQ(-EPERM, container_run(&self->c));
	/* By way of joining it, too. */
	self->spec->namespaces.join[OCI_NAMESPACE_NETWORK] =
		open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(-EPERM, container_run(&self->c));
	ASSERT_STREQ("container: sysctl net.ipv4.ip_forward of no namespace "
		     "of its own",
		     self->c.err.message);
}

TEST_F(fields, sysctl_that_is_not_there_is_enoent_and_named)
{
	static const struct oci_sysctl s = { "net.no.such", "1" };

	self->spec->sysctls = &s;
	self->spec->sysctl_count = 1;
	FAILS(ENOENT, "container: sysctl net.no.such");
}

TEST(names_of_sysctls_become_paths)
{
	char path[SYSCTL_PATH_MAX];
	char name[SYSCTL_PATH_MAX + 1];

	ASSERT_EQ(0, sysctl_path("net.ipv4.conf.eth0/1.mtu", path));
	ASSERT_STREQ("sys/net/ipv4/conf/eth0.1/mtu", path);
	ASSERT_EQ(0, sysctl_path("net/ipv4/conf/eth0.1/mtu", path));
	ASSERT_STREQ("sys/net/ipv4/conf/eth0.1/mtu", path);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ASSERT_EQ(-EINVAL, sysctl_path(name, path));
}

TEST_F(fields, root_may_take_part_in_propagation)
{
	static const struct {
		uint64_t flag;
		const char *word;
	} rows[] = { { 1ULL << 20, "shared:" }, { 1ULL << 17, "unbindable" } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		self->spec->root_propagation = rows[i].flag;
		RUN("cat", "/proc/self/mountinfo");
		HAS(rows[i].word);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
	RUN("cat", "/proc/self/mountinfo");
	ASSERT_EQ(NULL, strstr(self->c.output, "shared:"));
}

TEST_F(fields, root_propagation_of_two_kinds_is_einval)
{
	self->spec->root_propagation = 1ULL << 20 | 1ULL << 18;
	FAILS(EINVAL, "container: rootfsPropagation");
}

FIXTURE(hooks)
{
	struct container c;
	struct oci_hook hook;
	const char *args[8];
	char probe[256];
	int state;
};

FIXTURE_SETUP(hooks)
{
	ssize_t n;

	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	self->state = memfd_create("state", MFD_CLOEXEC);
	ASSERT_EQ(5, write(self->state, "state", 5));
	/* The same program, on the host. */
	n = readlink("/proc/self/exe", self->probe, sizeof(self->probe) - 32);
	ASSERT_LT(0, n);
	self->probe[n] = '\0';
	strcpy(strrchr(self->probe, '/'), "/../musl/oci_probe");
	self->args[0] = "probe";
	self->hook.args = self->args;
	self->c.spec.hooks.create_state_fd = self->state;
	self->c.spec.hooks.start_state_fd = self->state;
	self->c.spec.hooks.root_place = "/mnt";
}

FIXTURE_TEARDOWN(hooks)
{
	container_free(&self->c);
}

static void use_create_hook(struct container *c, struct oci_hook *h,
			    const char *path)
{
	h->path = path;
	c->spec.hooks.create_container = h;
	c->spec.hooks.create_container_count = 1;
}

static void use_start_hook(struct container *c, struct oci_hook *h)
{
	h->path = "/bin/probe";
	c->spec.hooks.start_container = h;
	c->spec.hooks.start_container_count = 1;
}

/* It makes a file by its place on the host; the program finds it. */
TEST_F(hooks, create_hook_runs_on_the_host_with_the_root_at_its_place)
{
	self->args[1] = "create";
	self->args[2] = "/mnt/dev/shm/made";
	use_create_hook(&self->c, &self->hook, self->probe);
	RUN("stat", "/dev/shm/made");
	ASSERT_STREQ("100644 0 0\n", self->c.output);
}

TEST_F(hooks, root_that_was_at_its_place_is_entered_all_the_same)
{
	self->args[1] = "exit";
	self->args[2] = "0";
	use_create_hook(&self->c, &self->hook, self->probe);
	RUN("cat", "/proc/self/mountinfo");
	ASSERT_NE(NULL, strstr(self->c.output, " / / rw,relatime - tmpfs"));
	ASSERT_NE(NULL, strstr(self->c.output, " /dev/pts "));
	ASSERT_EQ(NULL, strstr(self->c.output, " /mnt"));
}

TEST_F(hooks, each_create_hook_reads_the_state_from_its_beginning)
{
	struct oci_hook two[2] = { { self->probe, self->args, NULL, 0 },
				   { self->probe, self->args, NULL, 0 } };

	/* Exits with 0 if its input is this. */
	self->args[1] = "input";
	self->args[2] = "state";
	self->c.spec.hooks.create_container = two;
	self->c.spec.hooks.create_container_count = 2;
	RUN("exit", "0");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->args[2] = "other";
	self->c.spec.hooks.root_place = "/mnt";
	self->c.spec.hooks.create_state_fd = self->state;
	self->c.spec.hooks.create_container = two;
	self->c.spec.hooks.create_container_count = 2;
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ECANCELED, container_run(&self->c));
}

TEST_F(hooks, start_hook_runs_in_the_container)
{
	self->args[1] = "create";
	self->args[2] = "/made";
	use_start_hook(&self->c, &self->hook);
	RUN("stat", "/made");
	ASSERT_NE(NULL, strstr(self->c.output, "100644 0 0\n"));
}

TEST_F(hooks, hook_gets_no_descriptor_but_the_streams)
{
	self->args[1] = "fds";
	use_start_hook(&self->c, &self->hook);
	RUN("exit", "0");
	ASSERT_STREQ("0 1 2 \n", self->c.output);
}

struct failure {
	const char *command;
	const char *argument;
	const char *path; /* NULL: the probe */
	uint32_t timeout_s;
	int error;
};

/* clang-format off */
static const struct failure failures[] = {
	{ "exit", "1", NULL, 0, ECANCELED },
	{ "suicide", "9", NULL, 0, ECANCELED },
	{ "sleep", NULL, NULL, 1, ETIMEDOUT },
	{ "exit", "0", "/none", 0, ENOENT },
	{ "exit", "0", "/proc/self/exe", 0, ELOOP },
};
/* clang-format on */

TEST_F(hooks, start_hook_that_fails_ends_the_start)
{
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		const struct failure *f = &failures[i];

		self->args[1] = f->command;
		self->args[2] = f->argument;
		self->hook.timeout_s = f->timeout_s;
		use_start_hook(&self->c, &self->hook);
		if (f->path)
			self->hook.path = f->path;
		container_args(&self->c, "exit", "0", NULL);
		EXPECT_EQ(-f->error, container_run(&self->c))
		{
			TH_LOG("%s: %s", f->command, self->c.err.message);
		}
		EXPECT_NE(NULL,
			  strstr(self->c.err.message, "startContainer hook"));
		EXPECT_EQ(0, container_count_cgroups(&self->c));
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
		self->c.spec.hooks.start_state_fd = self->state;
	}
}

TEST_F(hooks, create_hook_that_fails_leaves_nothing)
{
	int before = container_count_fds();

	use_create_hook(&self->c, &self->hook, "/none");
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ECANCELED, container_run(&self->c));
	ASSERT_STREQ("container: createContainer hook /none",
		     self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
	ASSERT_EQ(before, container_count_fds());
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
}

TEST_F(hooks, place_of_the_root_in_another_process_is_eloop)
{
	self->c.spec.hooks.root_place = "/proc/self/root/mnt";
	use_create_hook(&self->c, &self->hook, self->probe);
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_STREQ("container: root", self->c.err.message);
}

TEST_F(hooks, hooks_that_cannot_be_run_are_einval)
{
	container_args(&self->c, "exit", "0", NULL);
	use_create_hook(&self->c, &self->hook, "relative");
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	use_create_hook(&self->c, &self->hook, self->probe);
	self->hook.timeout_s = UINT32_MAX;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	self->hook.timeout_s = 0;
	self->c.spec.hooks.root_place = NULL;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	self->c.spec.hooks.root_place = "/mnt";
	self->c.spec.hooks.create_state_fd = -1;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
}

TEST_HARNESS_MAIN
