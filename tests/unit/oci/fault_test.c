// SPDX-License-Identifier: MIT
/*
 * Every stage of a start can fail; each failure has its errno and its words,
 * and nothing is left: no process, no cgroup, no descriptor.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "kselftest_harness.h"

static void bad_network(struct container *c)
{
	c->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	c->spec.namespaces.join[OCI_NAMESPACE_NETWORK] =
		open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void no_mounts(struct container *c)
{
	c->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNS;
}

static void two_networks(struct container *c)
{
	bad_network(c);
	c->spec.namespaces.unshare |= CLONE_NEWNET;
}

static void bad_root(struct container *c)
{
	c->spec.root_fd = open("/tmp", O_PATH | O_CLOEXEC);
}

static void no_root(struct container *c)
{
	c->spec.root_fd = -1;
}

static void no_type(struct container *c)
{
	container_add_mount(c, "/one")->type = NULL;
}

static void bad_type(struct container *c)
{
	container_add_mount(c, "/one");
	container_add_mount(c, "/two")->type = "nonefs";
}

static void bad_option(struct container *c)
{
	container_add_mount(c, "/one")->options = "size=1m,color=red";
}

static void long_option(struct container *c)
{
	static char option[256];

	memset(option, 'x', sizeof(option) - 1);
	container_add_mount(c, "/one")->options = option;
}

static void bad_attribute(struct container *c)
{
	container_add_mount(c, "/one")->attributes_set = 1ULL << 31;
}

static void mount_in_proc(struct container *c)
{
	container_add_mount(c, "/proc/self");
}

static void mount_on_proc(struct container *c)
{
	container_add_mount(c, "/proc");
}

static void mount_on_file(struct container *c)
{
	container_add_mount(c, "/bin/probe");
}

static void mount_in_sys(struct container *c)
{
	container_add_mount(c, "/sys/nothing");
}

static void mount_on_root(struct container *c)
{
	container_add_mount(c, "/");
}

static void relative_mount(struct container *c)
{
	container_add_mount(c, "data");
}

static void closed_bind(struct container *c)
{
	struct oci_mount *m = container_add_mount(c, "/data");

	m->source_fd = 1000;
}

static void add_device(struct container *c, const char *path, char type,
		       const char *access)
{
	const struct oci_device device = { path, type,	 10, 229,
					   0600, access, 0,  0 };

	container_add_device(c, &device);
}

static void same_device(struct container *c)
{
	add_device(c, "/dev/null", 'c', "rw");
}

static void device_outside(struct container *c)
{
	add_device(c, "/etc/fuse", 'c', "rw");
}

static void device_climbs(struct container *c)
{
	add_device(c, "/dev/../fuse", 'c', "rw");
}

static void device_deep(struct container *c)
{
	add_device(c, "/dev/null/fuse", 'c', "rw");
}

static void device_is_dots(struct container *c)
{
	add_device(c, "/dev/x/..", 'c', "rw");
}

static void device_access(struct container *c)
{
	add_device(c, "/dev/fuse", 'c', "rwx");
}

static void device_type(struct container *c)
{
	add_device(c, "/dev/fuse", 'x', "rw");
}

static void cwd_is_file(struct container *c)
{
	c->spec.process.cwd = "/bin/probe";
}

static void cwd_is_relative(struct container *c)
{
	c->spec.process.cwd = "bin";
}

static void closed_stream(struct container *c)
{
	c->spec.process.stderr_fd = 1000;
}

static void bad_rlimit(struct container *c)
{
	c->rlimits[0].resource = 99;
	c->spec.process.rlimit_count = 1;
}

static void upside_down_rlimit(struct container *c)
{
	c->rlimits[0] = (struct oci_rlimit){ 7, { 9, 8 } };
	c->spec.process.rlimit_count = 1;
}

static void bad_oom_score(struct container *c)
{
	c->spec.process.oom_score_adj = 1001;
}

static void bad_label(struct container *c)
{
	c->spec.process.selinux_label = "no:such:label:s0";
}

static void bad_group(struct container *c)
{
	c->groups[0] = (gid_t)-1;
	c->spec.process.group_count = 1;
}

static void user_minus_one(struct container *c)
{
	c->spec.process.uid = (uid_t)-1;
}

static void group_minus_one(struct container *c)
{
	c->spec.process.gid = (gid_t)-1;
}

/* One that the test itself has given up. */
static void missing_capability(struct container *c)
{
	c->spec.process.capabilities.permitted |= 1ULL << CAP_WAKE_ALARM;
}

static void no_program(struct container *c)
{
	c->args[0] = "none";
}

static void no_program_by_path(struct container *c)
{
	c->args[0] = "/bin/none";
}

static void empty_program(struct container *c)
{
	c->args[0] = "";
}

static void program_is_directory(struct container *c)
{
	c->args[0] = "/bin";
}

static void program_below_file(struct container *c)
{
	c->args[0] = "/bin/probe/x";
}

static void program_without_x(struct container *c)
{
	container_add_probe(c, "/bin/plain", 0644);
	c->args[0] = "plain";
}

static void program_of_another_user(struct container *c)
{
	container_add_probe(c, "/bin/own", 0700);
	c->spec.process.uid = 1000;
	c->args[0] = "own";
}

static void program_on_noexec(struct container *c)
{
	container_add_mount(c, "/bin")->attributes_set = MOUNT_ATTR_NOEXEC;
	c->args[0] = "/dev/null";
}

static void program_is_text(struct container *c)
{
	container_add_file(c, "/bin/text", "text\n", 0755);
	c->args[0] = "text";
}

static void interpreter_is_missing(struct container *c)
{
	container_add_file(c, "/bin/script", "#!/bin/none\n", 0755);
	c->args[0] = "script";
}

static void no_arguments(struct container *c)
{
	c->args[0] = NULL;
}

static void long_hostname(struct container *c)
{
	c->spec.hostname = "0123456789012345678901234567890123456789"
			   "0123456789012345678901234";
}

static void cgroup_without_parent(struct container *c)
{
	c->spec.cgroup = "cloister-none/c";
}

static void cgroup_climbs(struct container *c)
{
	strcpy(c->cgroup, "cloister/../../x");
}

static void cgroup_is_dots(struct container *c)
{
	strcpy(c->cgroup, "..");
}

static void unknown_limit(struct container *c)
{
	c->spec.resources.cpu_weight = 100000;
}

struct fault {
	const char *name;
	void (*make)(struct container *c);
	int error;
	const char *message;
};

/* clang-format off */
static const struct fault faults[] = {
	{ "no arguments", no_arguments, EINVAL, "container: no program" },
	{ "hostname of 65", long_hostname, EINVAL, "container: hostname is too long" },
	{ "user -1", user_minus_one, EINVAL, "container: user or group -1" },
	{ "group -1", group_minus_one, EINVAL, "container: user or group -1" },
	{ "relative cwd", cwd_is_relative, EINVAL, "container: cwd is not absolute" },
	{ "relative mount", relative_mount, EINVAL,
	  "container: mount 7 has no absolute destination" },
	{ "mount on /", mount_on_root, EINVAL,
	  "container: mount 7 has no absolute destination" },
	{ "closed bind", closed_bind, EBADF, "open_tree(mount /data)" },
	{ "cgroup without parent", cgroup_without_parent, ENOENT, "open(cgroup cloister-none)" },
	{ "cgroup that climbs", cgroup_climbs, ENOENT, "open(cgroup cloister/../..)" },
	{ "cgroup ..", cgroup_is_dots, EINVAL, "cgroup path \"..\"" },
	{ "device access", device_access, EINVAL, "device /dev/fuse: type or access \"rwx\"" },
	{ "device type", device_type, EINVAL, "container: type of device /dev/fuse" },
	{ "unsupported field", no_mounts, EOPNOTSUPP, "container: no mount namespace" },
	{ "network twice", two_networks, EINVAL,
	  "container: namespace is new and not new" },
	{ "no type and no source", no_type, EINVAL,
	  "container: mount /one has no type and no source" },
	{ "network", bad_network, EINVAL, "container: network namespace" },
	{ "root is no mount", bad_root, EINVAL, "container: root" },
	{ "no root", no_root, EBADF, "container: root" },
	{ "device twice", same_device, EEXIST, "container: device /dev/null" },
	{ "device outside /dev", device_outside, EINVAL, "container: device /etc/fuse" },
	{ "device that climbs", device_climbs, EXDEV, "container: device /dev/../fuse" },
	{ "device ..", device_is_dots, EINVAL, "container: device /dev/x/.." },
	{ "device below a file", device_deep, ENOTDIR, "container: device /dev/null/fuse" },
	{ "file system type", bad_type, ENODEV, "container: mount /two" },
	{ "mount option", bad_option, EINVAL, "container: mount /one" },
	{ "long mount option", long_option, EINVAL, "container: mount /one" },
	{ "mount attribute", bad_attribute, EINVAL, "container: mount /one" },
	{ "mount in /proc", mount_in_proc, EPERM, "container: mount /proc/self" },
	{ "mount on /proc", mount_on_proc, EPERM, "container: mount /proc" },
	{ "mount on a file", mount_on_file, ENOTDIR, "container: mount /bin/probe" },
	{ "mount in /sys", mount_in_sys, EROFS, "container: mount /sys/nothing" },
	{ "cwd is a file", cwd_is_file, ENOTDIR, "container: working directory /bin/probe" },
	{ "closed stream", closed_stream, EBADF, "container: standard stream" },
	{ "rlimit", bad_rlimit, EINVAL, "container: rlimit" },
	{ "rlimit upside down", upside_down_rlimit, EINVAL, "container: rlimit" },
	{ "oom score", bad_oom_score, EINVAL, "container: oom_score_adj" },
	{ "label", bad_label, EINVAL, "container: SELinux label no:such:label:s0" },
	{ "group in list -1", bad_group, EINVAL, "container: user" },
	{ "capability we lack", missing_capability, EPERM, "container: capabilities" },
	{ "no program", no_program, ENOENT, "container: exec none" },
	{ "no program by path", no_program_by_path, ENOENT, "container: exec /bin/none" },
	{ "empty program", empty_program, ENOENT, "container: exec " },
	{ "directory", program_is_directory, EACCES, "container: exec /bin" },
	{ "below a file", program_below_file, ENOTDIR, "container: exec /bin/probe/x" },
	{ "no x bit", program_without_x, EACCES, "container: exec plain" },
	{ "another's program", program_of_another_user, EACCES, "container: exec own" },
	{ "device as program", program_on_noexec, EACCES, "container: exec /dev/null" },
	{ "text", program_is_text, ENOEXEC, "container: exec text" },
	{ "no interpreter", interpreter_is_missing, ENOENT, "container: exec script" },
};
/* clang-format on */

FIXTURE(fault)
{
	struct container c;
};

/* So that a capability can be missing. */
static void give_up(unsigned int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];

	syscall(SYS_capget, &header, data);
	data[capability / 32].effective &= ~(1U << capability % 32);
	data[capability / 32].permitted &= ~(1U << capability % 32);
	syscall(SYS_capset, &header, data);
}

FIXTURE_SETUP(fault)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	give_up(CAP_WAKE_ALARM);
}

FIXTURE_TEARDOWN(fault)
{
	container_free(&self->c);
}

/* The descriptors that a row itself opened. */
static void close_own(struct container *c)
{
	if (c->spec.namespaces.join[OCI_NAMESPACE_NETWORK] >= 0)
		close(c->spec.namespaces.join[OCI_NAMESPACE_NETWORK]);
	if (c->spec.root_fd >= 0 && c->spec.root_fd != c->root)
		close(c->spec.root_fd);
}

TEST_F(fault, each_fault_has_its_errno_and_words_and_leaves_nothing)
{
	int before = container_count_fds();

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *f = &faults[i];

		container_args(&self->c, "exit", "0", NULL);
		f->make(&self->c);
		EXPECT_EQ(-f->error, container_run(&self->c))
		{
			TH_LOG("%s", f->name);
		}
		EXPECT_STREQ(f->message, self->c.err.message)
		{
			TH_LOG("%s", f->name);
		}
		close_own(&self->c);
		EXPECT_EQ(0, container_count_cgroups(&self->c));
		EXPECT_EQ(-1, waitpid(-1, NULL, 0));
		EXPECT_EQ(ECHILD, errno);
		EXPECT_EQ(before, container_count_fds())
		{
			TH_LOG("%s", f->name);
		}
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

/* The twin of the table: with nothing wrong the same container runs. */
TEST_F(fault, no_fault_no_error)
{
	int before = container_count_fds();

	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_EQ(0, self->c.status);
	ASSERT_EQ(before, container_count_fds());
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

/* The starter is neither the parent nor the reaper of what it started. */
TEST_F(fault, failed_sibling_is_left_to_the_parent_alone)
{
	int status;
	pid_t engine;

	self->c.args[0] = "none";
	engine = fork();
	if (engine == 0) {
		struct oci_started started;

		_exit(-oci_start(&self->c.spec, OCI_PARENT_IS_MINE, &started,
				 &self->c.err));
	}
	for (int i = 0; i < 2; i++) {
		pid_t ended = waitpid(-1, &status, __WALL);

		/* The engine's errno; the container's first process. */
		ASSERT_LT(0, ended);
		if (ended == engine) {
			ASSERT_TRUE(WIFEXITED(status));
			ASSERT_EQ(ENOENT, WEXITSTATUS(status));
		} else {
			ASSERT_FALSE(WIFEXITED(status) &&
				     WEXITSTATUS(status) == 0);
		}
	}
	ASSERT_EQ(-1, waitpid(-1, NULL, __WALL));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(fault, cgroup_that_exists_is_eexist_and_stays)
{
	static const struct oci_resources none;

	ASSERT_EQ(0, oci_cgroup_parent(self->c.cgroup, &none, &self->c.err));
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-EEXIST, container_run(&self->c));
	ASSERT_EQ(1, container_count_cgroups(&self->c));
	ASSERT_EQ(0, oci_clean(self->c.cgroup, &self->c.err));
}

TEST_F(fault, limit_that_cannot_be_set_leaves_no_cgroup)
{
	unknown_limit(&self->c);
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_GT(0, container_run(&self->c));
	ASSERT_NE(NULL, strstr(self->c.err.message, "cpu.weight"));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(fault, cgroup1_at_the_place_of_cgroup2_is_eperm)
{
	uint64_t kills;

	ASSERT_EQ(0, syscall(SYS_mount, "none", "/sys/fs/cgroup", "tmpfs", 0,
			     NULL));
	ASSERT_EQ(-EPERM, oci_is_empty("x", &self->c.err));
	ASSERT_EQ(-EPERM, oci_kill_all("x", &self->c.err));
	ASSERT_EQ(-EPERM, oci_oom_kills("x", &kills, &self->c.err));
	ASSERT_EQ(-EPERM, oci_clean("x", &self->c.err));
	ASSERT_EQ(0, syscall(SYS_umount2, "/sys/fs/cgroup", 0));
}

TEST_HARNESS_MAIN
