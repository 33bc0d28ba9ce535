// SPDX-License-Identifier: MIT
/* Namespaces of every kind: new with maps and clocks, and those of others. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

static const struct oci_id_map map = { 0, 100000, 65536 };

FIXTURE(namespaces)
{
	struct container c;
	struct oci_spec *spec;
};

/* The root belongs to the container's root; nothing else need. */
static int give_root(struct container *c)
{
	return fchownat(c->root, "", 100000, 100000, AT_EMPTY_PATH) < 0 ?
		       -errno :
		       0;
}

static int use_user_namespace(struct container *c)
{
	c->spec.namespaces.unshare |= CLONE_NEWUSER;
	c->spec.namespaces.id_maps = (struct oci_id_maps){ &map, 1, &map, 1 };
	return give_root(c);
}

FIXTURE_SETUP(namespaces)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	self->spec = &self->c.spec;
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(namespaces)
{
	container_free(&self->c);
}

TEST_F(namespaces, user_namespace_has_the_maps_of_the_spec)
{
	ASSERT_EQ(0, use_user_namespace(&self->c));
	RUN("cat", "/proc/self/uid_map");
	HAS(" 100000 ");
	HAS(" 65536\n");
}

TEST_F(namespaces, root_of_a_user_namespace_is_nobody_on_the_host)
{
	struct oci_started started;
	char path[64], line[8];
	struct stat st;
	int output;

	ASSERT_EQ(0, use_user_namespace(&self->c));
	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output))
	{
		TH_LOG("%s", self->c.err.message);
	}
	ASSERT_EQ(8, read(output, line, sizeof(line)));
	snprintf(path, sizeof(path), "/proc/%d", started.pid);
	ASSERT_EQ(0, stat(path, &st));
	ASSERT_EQ(100000, st.st_uid);
	ASSERT_EQ(0, oci_kill_all(self->c.cgroup, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
}

TEST_F(namespaces, user_namespace_has_all_the_usual_mounts_and_masks)
{
	static const char *const lines[] = {
		" /proc rw,nosuid,nodev,noexec,relatime - proc",
		" /dev rw,nosuid,noexec,relatime - tmpfs",
		" /sys ro,nosuid,nodev,noexec,relatime - sysfs",
		" /dev/pts rw,nosuid,noexec,relatime - devpts",
		" /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2",
		" /proc/sys ro,nosuid,nodev,noexec,relatime - proc",
	};

	ASSERT_EQ(0, use_user_namespace(&self->c));
	RUN("cat", "/proc/self/mountinfo");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		HAS(lines[i]);
	}
}

TEST_F(namespaces, cgroup_that_a_user_namespace_may_write_is_its_own)
{
	struct oci_mount *cgroups = &self->c.mounts[6];

	ASSERT_STREQ("/sys/fs/cgroup", cgroups->destination);
	ASSERT_EQ(0, use_user_namespace(&self->c));
	PRINTS("100644 65534 65534\n", "stat", "/sys/fs/cgroup/cgroup.procs");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, use_user_namespace(&self->c));
	cgroups->attributes_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	PRINTS("100644 0 65534\n", "stat", "/sys/fs/cgroup/cgroup.procs");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, use_user_namespace(&self->c));
	cgroups->attributes_set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	/* Its limits are the host's. */
	PRINTS("100644 65534 65534\n", "stat",
	       "/sys/fs/cgroup/cgroup.max.depth");
}

/* It may not make nodes, so it gets those of the host, and only those. */
TEST_F(namespaces, devices_of_a_user_namespace_are_the_hosts)
{
	ASSERT_EQ(0, use_user_namespace(&self->c));
	PRINTS("ok\n", "write", "/dev/null", "x");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, use_user_namespace(&self->c));
	PRINTS("E28\n", "write", "/dev/full", "x");
}

TEST_F(namespaces, multiplexer_of_the_host_is_not_among_them)
{
	const struct oci_device d = { .path = "/dev/ptmx",
				      .type = 'c',
				      .major = 5,
				      .minor = 2 };

	ASSERT_EQ(0, use_user_namespace(&self->c));
	container_add_device(&self->c, &d);
	PRINTS("pts/ptmx\n", "readlink", "/dev/ptmx");
}

TEST_F(namespaces, device_that_is_another_on_the_host_is_enodev)
{
	const struct oci_device d = { .path = "/dev/zero",
				      .type = 'c',
				      .major = 10,
				      .minor = 229 };

	ASSERT_EQ(0, use_user_namespace(&self->c));
	container_add_device(&self->c, &d);
	ASSERT_EQ(-ENODEV, container_run(&self->c));
	ASSERT_STREQ("device /dev/zero of the host", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(namespaces, limits_of_a_user_namespace_are_set_by_the_host)
{
	self->c.rlimits[0] = (struct oci_rlimit){ RLIMIT_NOFILE, { 64, 77 } };
	self->spec->process.rlimit_count = 1;
	self->spec->process.oom_score_adj = 17;
	ASSERT_EQ(0, use_user_namespace(&self->c));
	PRINTS("17\n", "cat", "/proc/self/oom_score_adj");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->c.rlimits[0] = (struct oci_rlimit){ RLIMIT_NOFILE, { 64, 77 } };
	self->spec->process.rlimit_count = 1;
	ASSERT_EQ(0, use_user_namespace(&self->c));
	PRINTS("64 77\n", "rlimit", "7");
}

TEST_F(namespaces, limit_that_is_none_is_einval_in_a_user_namespace)
{
	self->c.rlimits[0].resource = 99;
	self->spec->process.rlimit_count = 1;
	ASSERT_EQ(0, use_user_namespace(&self->c));
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: rlimit", self->c.err.message);
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(namespaces, maps_that_overlap_are_einval_and_leave_nothing)
{
	const struct oci_id_map twice[] = { { 0, 100000, 10 },
					    { 5, 200000, 10 } };
	int before = container_count_fds();

	ASSERT_EQ(0, use_user_namespace(&self->c));
	self->spec->namespaces.id_maps.uids = twice;
	self->spec->namespaces.id_maps.uid_count = 2;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("write(uid_map)", self->c.err.message);
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(before, container_count_fds());
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(namespaces, map_without_a_root_is_einval)
{
	const struct oci_id_map other = { 1000, 100000, 10 };

	ASSERT_EQ(0, use_user_namespace(&self->c));
	self->spec->namespaces.id_maps =
		(struct oci_id_maps){ &other, 1, &other, 1 };
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: user namespace", self->c.err.message);
}

TEST_F(namespaces, what_contradicts_itself_is_einval)
{
	self->spec->namespaces.unshare |= CLONE_NEWUSER;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: user namespace without maps",
		     self->c.err.message);
	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWUSER;
	self->spec->namespaces.has_time_offsets = true;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: timeOffsets without namespace",
		     self->c.err.message);
}

TEST_F(namespaces, clocks_of_a_time_namespace_are_set)
{
	self->spec->namespaces.unshare |= CLONE_NEWTIME;
	self->spec->namespaces.has_time_offsets = true;
	self->spec->namespaces.boottime =
		(struct oci_time_offset){ 1000000000, 0 };
	RUN("cat", "/proc/uptime");
	ASSERT_LT(1000000000, atoll(self->c.output));
}

TEST_F(namespaces, clocks_without_offsets_are_the_hosts)
{
	self->spec->namespaces.unshare |= CLONE_NEWTIME;
	RUN("cat", "/proc/uptime");
	ASSERT_GT(1000000000, atoll(self->c.output));
}

TEST_F(namespaces, clocks_of_a_user_namespace_are_set)
{
	ASSERT_EQ(0, use_user_namespace(&self->c));
	self->spec->namespaces.unshare |= CLONE_NEWTIME;
	self->spec->namespaces.has_time_offsets = true;
	self->spec->namespaces.boottime =
		(struct oci_time_offset){ 1000000000, 0 };
	RUN("cat", "/proc/uptime");
	ASSERT_LT(1000000000, atoll(self->c.output));
}

TEST_F(namespaces, offset_that_cannot_be_is_erange)
{
	self->spec->namespaces.unshare |= CLONE_NEWTIME;
	self->spec->namespaces.has_time_offsets = true;
	self->spec->namespaces.boottime =
		(struct oci_time_offset){ INT64_MAX, 0 };
	ASSERT_EQ(-ERANGE, container_run(&self->c));
	ASSERT_STREQ("container: time namespace", self->c.err.message);
}

struct kind {
	const char *name;
	enum oci_namespace index;
	uint64_t flag;
};

static const struct kind kinds[] = {
	{ "ipc", OCI_NAMESPACE_IPC, CLONE_NEWIPC },
	{ "uts", OCI_NAMESPACE_UTS, CLONE_NEWUTS },
	{ "net", OCI_NAMESPACE_NETWORK, CLONE_NEWNET },
	{ "pid", OCI_NAMESPACE_PID, CLONE_NEWPID },
	{ "cgroup", OCI_NAMESPACE_CGROUP, CLONE_NEWCGROUP },
	{ "time", OCI_NAMESPACE_TIME, CLONE_NEWTIME },
	{ "user", OCI_NAMESPACE_USER, CLONE_NEWUSER },
};

static int open_namespace(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A second container in namespaces of the first. */
struct pair {
	struct container first;
	struct oci_started started;
	int output;
};

static int start_first(struct pair *p)
{
	char line[8];
	int r = container_new(&p->first);

	if (r < 0)
		return r;
	strcpy(p->first.cgroup + strlen(p->first.cgroup) - 1, "first");
	r = use_user_namespace(&p->first);
	p->first.spec.namespaces.unshare |= CLONE_NEWTIME;
	container_args(&p->first, "wait", NULL);
	if (r == 0)
		r = container_start(&p->first, &p->started, &p->output);
	if (r == 0 && read(p->output, line, sizeof(line)) != 8)
		r = -EIO;
	return r;
}

static void end_first(struct pair *p)
{
	oci_kill_all(p->first.cgroup, NULL);
	container_end(&p->first, &p->started, &p->output);
	close(p->first.root);
}

/* Which of the kinds the test's container takes from the first. */
static void join(struct container *c, const struct pair *p,
		 const struct kind *from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		c->spec.namespaces.unshare &= ~from[i].flag;
		c->spec.namespaces.join[from[i].index] =
			open_namespace(p->started.pid, from[i].name);
	}
}

static void close_joined(struct container *c)
{
	for (size_t i = 0; i < OCI_NAMESPACE_COUNT; i++)
		fd_close(&c->spec.namespaces.join[i]);
}

TEST_F(namespaces, each_namespace_of_another_container_can_be_joined)
{
	struct pair p;

	ASSERT_EQ(0, start_first(&p));
	/* Not the user's alone: with the privilege the others would be lost. */
	for (size_t i = 0; i + 1 < ARRAY_SIZE(kinds); i++) {
		char path[64], there[128] = "";

		join(&self->c, &p, &kinds[i], 1);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", p.started.pid,
			 kinds[i].name);
		ASSERT_LT(0, readlink(path, there, sizeof(there) - 2));
		strcat(there, "\n");
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i].name);
		PRINTS(there, "readlink", path);
		close_joined(&self->c);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
	end_first(&p);
}

TEST_F(namespaces, user_namespace_is_joined_with_the_others_or_new_ones_in_it)
{
	struct pair p;

	ASSERT_EQ(0, start_first(&p));
	ASSERT_EQ(0, give_root(&self->c));
	join(&self->c, &p, kinds, ARRAY_SIZE(kinds));
	PRINTS("0 0\n", "ids");
	close_joined(&self->c);
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, give_root(&self->c));
	join(&self->c, &p, &kinds[6], 1);
	RUN("cat", "/proc/self/uid_map");
	HAS(" 100000 ");
	close_joined(&self->c);
	end_first(&p);
}

TEST_F(namespaces, network_of_the_host_can_be_joined_from_a_user_namespace)
{
	char mine[128] = "", path[64];
	int own;

	ASSERT_EQ(0, oci_network_new(&own, &self->c.err));
	ASSERT_EQ(0, use_user_namespace(&self->c));
	/* sysfs would show the network: its owner alone may mount it. */
	self->c.mounts[2].type = "tmpfs";
	self->c.mounts[6] = self->c.mounts[5];
	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	self->spec->namespaces.join[OCI_NAMESPACE_NETWORK] = own;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", own);
	ASSERT_LT(0, readlink(path, mine, sizeof(mine) - 2));
	strcat(mine, "\n");
	PRINTS(mine, "readlink", "/proc/self/ns/net");
}

TEST_F(namespaces, what_is_no_namespace_is_einval_and_named)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWUTS;
	self->spec->namespaces.join[OCI_NAMESPACE_UTS] = fd;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: namespace to join: uts", self->c.err.message);
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(namespaces, namespace_of_another_kind_is_einval)
{
	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWUTS;
	self->spec->namespaces.join[OCI_NAMESPACE_UTS] =
		open_namespace(getpid(), "ipc");
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	close_joined(&self->c);
}

TEST_F(namespaces, sibling_that_joins_is_eopnotsupp)
{
	struct oci_started started;

	self->spec->namespaces.unshare &= ~(uint64_t)CLONE_NEWUTS;
	self->spec->namespaces.join[OCI_NAMESPACE_UTS] =
		open_namespace(getpid(), "uts");
	ASSERT_EQ(-EOPNOTSUPP, oci_start(self->spec, OCI_PARENT_IS_MINE,
					 &started, &self->c.err));
	close_joined(&self->c);
}

/* Not in /tmp: the checkout, with the programs under test, may be there. */
static int make_source(void)
{
	if (syscall(SYS_mount, "none", "/boot", "tmpfs", 0, NULL) < 0 ||
	    close(open("/boot/file", O_CREAT | O_WRONLY, 0644)) < 0)
		return -errno;
	return open("/boot", O_PATH | O_CLOEXEC);
}

TEST_F(namespaces, mapped_mount_shows_other_owners)
{
	const struct oci_id_map other = { 0, 1000, 10 };
	struct oci_mount *m = container_add_mount(&self->c, "/volume");

	m->source_fd = make_source();
	ASSERT_LE(0, m->source_fd);
	m->is_idmapped = true;
	m->id_maps = (struct oci_id_maps){ &other, 1, &other, 1 };
	PRINTS("100644 1000 1000\n", "stat", "/volume/file");
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
}

TEST_F(namespaces, mount_is_mapped_as_the_container_is)
{
	struct oci_mount *m = container_add_mount(&self->c, "/volume");

	ASSERT_EQ(0, use_user_namespace(&self->c));
	m->source_fd = make_source();
	ASSERT_LE(0, m->source_fd);
	PRINTS("100644 65534 65534\n", "stat", "/volume/file");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, use_user_namespace(&self->c));
	m = container_add_mount(&self->c, "/volume");
	m->source_fd = open("/boot", O_PATH | O_CLOEXEC);
	m->is_idmapped = true;
	PRINTS("100644 0 0\n", "stat", "/volume/file");
}

TEST_F(namespaces, mapping_of_what_is_no_bind_is_einval)
{
	container_add_mount(&self->c, "/volume")->is_idmapped = true;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: mount /volume is mapped and no bind",
		     self->c.err.message);
}

TEST_HARNESS_MAIN
