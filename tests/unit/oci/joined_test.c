// SPDX-License-Identifier: MIT
/* A container in the mount namespace of another, which is not changed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

FIXTURE(joined)
{
	struct container other; /* whose mounts they are */
	struct oci_started first;
	int first_output;
	struct container c;
	char mounts[65536]; /* of the other, before */
};

static int open_of(const struct oci_started *started, const char *what)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", started->pid, what);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int read_mounts(const struct oci_started *started, char *text,
		       size_t size)
{
	AUTO_CLOSE int fd = open_of(started, "mountinfo");
	ssize_t n = fd < 0 ? -errno : fd_read_all(fd, text, size - 1);

	if (n >= 0)
		text[n] = '\0';
	return n < 0 ? (int)n : 0;
}

/* No root of its own, and nothing that would change what is there. */
static void join(struct container *c, const struct oci_started *started)
{
	struct oci_namespaces *n = &c->spec.namespaces;

	n->unshare &= ~(uint64_t)CLONE_NEWNS;
	n->join[OCI_NAMESPACE_MOUNT] = open_of(started, "ns/mnt");
	c->spec.root_fd = -1;
	c->spec.mount_count = 0;
	c->spec.masked_count = 0;
	c->spec.read_only_count = 0;
	snprintf(c->cgroup, sizeof(c->cgroup), "%s/second", c->parent);
}

FIXTURE_SETUP(joined)
{
	char word[8];

	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->other));
	ASSERT_EQ(0,
		  container_add_file(&self->other, "/marker", "other", 0644));
	container_args(&self->other, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->other, &self->first,
				     &self->first_output));
	ASSERT_EQ(8, fd_read_all(self->first_output, word, 8));
	ASSERT_EQ(0, read_mounts(&self->first, self->mounts,
				 sizeof(self->mounts)));
	ASSERT_EQ(0, container_new(&self->c));
	join(&self->c, &self->first);
	container_args(&self->c, "exit", "0", NULL);
}

/* However it ended: the other's mounts are what they were. */
FIXTURE_TEARDOWN(joined)
{
	static char after[65536];

	if (self->first.pid > 0) {
		EXPECT_EQ(0, read_mounts(&self->first, after, sizeof(after)));
		EXPECT_STREQ(self->mounts, after);
		oci_kill_all(self->other.cgroup, NULL);
		container_end(&self->other, &self->first, &self->first_output);
		close(self->c.spec.namespaces.join[OCI_NAMESPACE_MOUNT]);
	}
	container_free(&self->c);
	container_free(&self->other);
}

TEST_F(joined, program_is_that_of_the_other_root)
{
	PRINTS("other", "cat", "/marker");
	PRINTS("/\n", "cwd");
}

/* What one of them writes is there for the other. */
TEST_F(joined, files_are_shared)
{
	struct stat st;

	RUN("create", "/made");
	EXPECT_EQ(0, fstatat(self->other.root, "made", &st, 0));
}

/* Everything else is its own. */
TEST_F(joined, other_namespaces_are_new)
{
	self->c.spec.hostname = "second";
	PRINTS("second\n", "hostname");
	RUN("pid");
	EXPECT_EQ(0, strncmp("1 0 ", self->c.output, 4))
	{
		TH_LOG("%s", self->c.output);
	}
}

TEST_F(joined, one_more_process_comes_to_the_same_root)
{
	static const char *const args[] = { "probe", "cat", "/marker", NULL };
	struct oci_started started, second;
	struct oci_spec spec;
	char text[16] = "";
	int ends[2], output;

	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	oci_spec_init(&spec);
	spec.process = self->c.spec.process;
	spec.process.args = args;
	spec.cgroup = self->c.cgroup;
	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	spec.process.stdout_fd = ends[1];
	EXPECT_EQ(0, oci_exec(&spec, started.pidfd,
			      oci_own_namespaces(&self->c.spec.namespaces),
			      OCI_PARENT_IS_CALLER, &second, &self->c.err));
	close(ends[1]);
	EXPECT_EQ(5, fd_read_all(ends[0], text, sizeof(text) - 1));
	EXPECT_STREQ("other", text);
	close(ends[0]);
	EXPECT_EQ(second.pid, waitpid(second.pid, NULL, 0));
	close(second.pidfd);
	ASSERT_EQ(0, oci_kill_all(self->c.cgroup, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
}

TEST_F(joined, program_that_is_missing_there_leaves_nothing)
{
	int before = container_count_fds();

	self->c.args[0] = "none";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
	ASSERT_STREQ("container: exec none", self->c.err.message);
	EXPECT_EQ(before, container_count_fds());
	EXPECT_EQ(1, container_count_cgroups(&self->c)); /* the other's */
}

static void add_mount(struct container *c)
{
	container_add_mount(c, "/data");
}

static void add_device(struct container *c)
{
	static const struct oci_device fuse = { "/dev/fuse", 'c',  10, 229,
						0600,	     "rw", 0,  0 };

	container_add_device(c, &fuse);
}

static void add_mask(struct container *c)
{
	c->spec.masked_count = 1;
}

static void add_read_only(struct container *c)
{
	c->spec.read_only_count = 1;
}

static void make_read_only(struct container *c)
{
	c->spec.is_root_read_only = true;
}

static void propagate(struct container *c)
{
	c->spec.root_propagation = MS_SHARED;
}

static void label(struct container *c)
{
	c->spec.mount_label = "a:b:c:d";
}

static void add_hook(struct container *c)
{
	static const struct oci_hook hook = { .path = "/bin/true" };

	c->spec.hooks.create_container = &hook;
	c->spec.hooks.create_container_count = 1;
	c->spec.hooks.create_state_fd = STDIN_FILENO;
	c->spec.hooks.root_place = "/";
}

static void use_user_namespace(struct container *c)
{
	static const struct oci_id_map map = { 0, 100000, 65536 };

	c->spec.namespaces.unshare |= CLONE_NEWUSER;
	c->spec.namespaces.id_maps = (struct oci_id_maps){ &map, 1, &map, 1 };
}

/* clang-format off */
static const struct {
	void (*change)(struct container *c);
	const char *words;
} refused[] = {
	{ add_mount, "container: mounts in the mount namespace of others" },
	{ make_read_only, "container: root.readonly in the mount namespace of others" },
	{ propagate, "container: linux.rootfsPropagation in the mount namespace of others" },
	{ label, "container: linux.mountLabel in the mount namespace of others" },
	{ add_device, "container: linux.devices in the mount namespace of others" },
	{ add_mask, "container: linux.maskedPaths in the mount namespace of others" },
	{ add_read_only, "container: linux.readonlyPaths in the mount namespace of others" },
	{ add_hook, "container: hooks.createContainer in the mount namespace of others" },
	{ use_user_namespace, "container: a new user namespace in the mount namespace of others" },
};
/* clang-format on */

TEST_F(joined, what_would_change_it_is_einval)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct container c = self->c;

		c.spec.mounts = c.mounts;
		c.spec.devices = c.devices;
		c.spec.process.args = c.args;
		c.spec.process.env = c.env;
		c.spec.cgroup = c.cgroup;
		refused[i].change(&c);
		EXPECT_EQ(-EINVAL, container_run(&c));
		EXPECT_STREQ(refused[i].words, c.err.message);
	}
}

TEST_F(joined, that_of_the_caller_is_eopnotsupp)
{
	int *fd = &self->c.spec.namespaces.join[OCI_NAMESPACE_MOUNT];

	close(*fd);
	*fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(-EOPNOTSUPP, container_run(&self->c));
	ASSERT_STREQ("container: mount namespace of the caller",
		     self->c.err.message);
}

TEST_F(joined, what_is_no_mount_namespace_is_named)
{
	int *fd = &self->c.spec.namespaces.join[OCI_NAMESPACE_MOUNT];

	close(*fd);
	*fd = open_of(&self->first, "ns/uts");
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: namespace to join: mount",
		     self->c.err.message);
}

TEST_HARNESS_MAIN
