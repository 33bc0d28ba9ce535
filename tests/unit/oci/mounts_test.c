// SPDX-License-Identifier: MIT
/* Every option that a mount of the specification can have, with its twin. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

#define MS_SHARED_FLAG (1ULL << 20)
#define MS_SLAVE_FLAG (1ULL << 19)
#define MS_UNBINDABLE_FLAG (1ULL << 17)

FIXTURE(mounts)
{
	struct container c;
	struct oci_mount *m;
};

/*
 * /boot		tmpfs, shared with nobody
 * /boot/tree/file
 * /boot/tree/sub	tmpfs
 * /boot/tree/sub/file
 */
static int make_source(void)
{
	if (syscall(SYS_mount, "none", "/boot", "tmpfs", 0, NULL) < 0 ||
	    mkdir("/boot/tree", 0755) < 0 ||
	    mkdir("/boot/tree/sub", 0755) < 0 ||
	    close(open("/boot/tree/file", O_CREAT | O_WRONLY, 0644)) < 0 ||
	    syscall(SYS_mount, "none", "/boot/tree/sub", "tmpfs", 0, NULL) <
		    0 ||
	    close(open("/boot/tree/sub/file", O_CREAT | O_WRONLY, 0644)) < 0)
		return -errno;
	return open("/boot/tree", O_PATH | O_CLOEXEC);
}

FIXTURE_SETUP(mounts)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, container_new(&self->c));
	self->m = container_add_mount(&self->c, "/v");
	self->m->source_fd = make_source();
	ASSERT_LE(0, self->m->source_fd);
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(mounts)
{
	container_free(&self->c);
}

TEST_F(mounts, bind_without_the_mounts_beneath)
{
	PRINTS("E2\n", "stat", "/v/sub/file");
}

TEST_F(mounts, file_on_a_directory_is_eisdir)
{
	self->m->destination = "/bin";
	self->m->source_fd = open("/boot/tree/file", O_PATH | O_CLOEXEC);
	ASSERT_EQ(-EISDIR, container_run(&self->c));
	ASSERT_STREQ("container: mount /bin", self->c.err.message);
}

TEST_F(mounts, bind_with_the_mounts_beneath)
{
	self->m->is_recursive_bind = true;
	PRINTS("100644 0 0\n", "stat", "/v/sub/file");
}

TEST_F(mounts, attributes_of_the_top_leave_the_tree_alone)
{
	self->m->is_recursive_bind = true;
	self->m->attributes_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v ro,noatime - tmpfs");
	HAS(" /v/sub rw,relatime - tmpfs");
}

TEST_F(mounts, recursive_attributes_are_the_whole_trees)
{
	self->m->is_recursive_bind = true;
	self->m->recursive_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
				 MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
				 MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow -");
	HAS(" /v/sub ro,nosuid,nodev,noexec,nodiratime,relatime,nosymfollow -");
}

TEST_F(mounts, top_may_differ_from_the_tree)
{
	self->m->is_recursive_bind = true;
	self->m->recursive_set = MOUNT_ATTR_RDONLY;
	self->m->attributes_clear = MOUNT_ATTR_RDONLY;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v rw,relatime - tmpfs");
	HAS(" /v/sub ro,relatime - tmpfs");
}

/* The source is read-only; the container's copy is so unless it is cleared. */
TEST_F(mounts, attributes_of_the_source_stay_until_they_are_cleared)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY |
					       MOUNT_ATTR_NOEXEC };

	self->m->source_fd = open("/boot", O_PATH | O_CLOEXEC);
	ASSERT_EQ(0, syscall(SYS_mount_setattr, self->m->source_fd, "",
			     AT_EMPTY_PATH, &attr, sizeof(attr)));
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v ro,noexec,relatime - tmpfs");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->m = container_add_mount(&self->c, "/v");
	self->m->source_fd = open("/boot", O_PATH | O_CLOEXEC);
	self->m->attributes_clear = MOUNT_ATTR_RDONLY;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v rw,noexec,relatime - tmpfs");
}

struct propagation {
	uint64_t flag;
	const char *word;
};

static const struct propagation propagations[] = {
	{ MS_SHARED_FLAG, " /v rw,relatime shared:" },
	{ MS_UNBINDABLE_FLAG, " /v rw,relatime unbindable - tmpfs" },
	{ 0, " /v rw,relatime - tmpfs" },
};

TEST_F(mounts, propagation_is_that_of_the_spec_and_private_without)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++) {
		self->m->propagation = propagations[i].flag;
		RUN("cat", "/proc/self/mountinfo");
		HAS(propagations[i].word);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
		self->m = container_add_mount(&self->c, "/v");
		self->m->source_fd = open("/boot/tree", O_PATH | O_CLOEXEC);
	}
}

static int share_source(void)
{
	return (int)syscall(SYS_mount, "none", "/boot", NULL,
			    MS_SHARED_FLAG | 16384UL, NULL);
}

TEST_F(mounts, slave_follows_the_host_and_is_not_followed)
{
	ASSERT_EQ(0, share_source());
	self->m->propagation = MS_SLAVE_FLAG;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v rw,relatime master:");
}

TEST_F(mounts, shared_source_is_private_in_the_container_all_the_way_down)
{
	ASSERT_EQ(0, share_source());
	self->m->is_recursive_bind = true;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v/sub rw,relatime - tmpfs");
	ASSERT_EQ(NULL, strstr(self->c.output, "shared:"));
	ASSERT_EQ(NULL, strstr(self->c.output, "master:"));
}

TEST_F(mounts, propagation_may_be_the_whole_trees)
{
	self->m->is_recursive_bind = true;
	self->m->propagation = MS_UNBINDABLE_FLAG;
	self->m->is_propagation_recursive = true;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /v/sub rw,relatime unbindable - tmpfs");
}

TEST_F(mounts, source_of_a_file_system_is_shown)
{
	container_add_mount(&self->c, "/named")->source = "chosen";
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /named rw,relatime - tmpfs chosen rw");
	HAS(" /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw");
}

/* As engines mount images: more layers than one string of fsconfig(2) takes. */
TEST_F(mounts, overlay_may_have_many_layers)
{
	static char options[4096] = "lowerdir=";
	struct oci_mount *m = container_add_mount(&self->c, "/image");

	for (int i = 0; i < 20; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/boot/layer-of-an-image-%02d", i);
		ASSERT_EQ(0, mkdir(path, 0755));
		strcat(options, i ? ":" : "");
		strcat(options, path);
		strcat(path, "/file");
		if (i == 19)
			ASSERT_EQ(0,
				  close(open(path, O_CREAT | O_WRONLY, 0640)));
	}
	ASSERT_EQ(0, mkdir("/boot/upper", 0755));
	ASSERT_EQ(0, mkdir("/boot/work", 0755));
	strcat(options, ",upperdir=/boot/upper,workdir=/boot/work");
	m->type = "overlay";
	m->options = options;
	ASSERT_EQ(0, container_run(&self->c))
	{
		/* lowerdir+ is of Linux 6.8, and not all have overlays. */
		if (self->c.err.code == ENODEV)
			SKIP(return, "this kernel has no overlay");
		TH_LOG("%s", self->c.err.message);
	}
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	m = container_add_mount(&self->c, "/image");
	m->type = "overlay";
	m->options = options;
	PRINTS("100640 0 0\n", "stat", "/image/file");
}

TEST_F(mounts, option_that_is_too_long_is_einval)
{
	static char options[8192];

	memset(options, 'x', sizeof(options) - 1);
	container_add_mount(&self->c, "/one")->options = options;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: mount /one", self->c.err.message);
}

static struct oci_mount *add_change(struct container *c, const char *where)
{
	struct oci_mount *m = container_add_mount(c, where);

	m->type = NULL;
	m->is_remount = true;
	return m;
}

TEST_F(mounts, mount_that_is_there_can_be_changed)
{
	struct oci_mount *m = add_change(&self->c, "/dev/shm");

	m->attributes_set = MOUNT_ATTR_RDONLY;
	m->attributes_clear = MOUNT_ATTR_NOEXEC;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /dev/shm ro,nosuid,nodev,relatime - tmpfs");
}

TEST_F(mounts, file_system_that_is_there_can_be_changed)
{
	add_change(&self->c, "/dev/shm")->options = "size=1m";
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs "
	    "rw,size=1024k");
}

struct bad_change {
	const char *where;
	const char *options;
	int error;
};

static const struct bad_change bad_changes[] = {
	{ "/none", NULL, ENOENT },	     { "/bin", NULL, EINVAL },
	{ "/dev/shm", "color=red", EINVAL }, { "/proc", NULL, EPERM },
	{ "/proc/sys", NULL, EPERM },
};

TEST_F(mounts, what_is_no_mount_cannot_be_changed)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_changes); i++) {
		const struct bad_change *b = &bad_changes[i];
		struct oci_mount *m = add_change(&self->c, b->where);
		char message[64];

		m->options = b->options;
		m->attributes_set = MOUNT_ATTR_RDONLY;
		EXPECT_EQ(-b->error, container_run(&self->c))
		{
			TH_LOG("%s", b->where);
		}
		snprintf(message, sizeof(message), "container: mount %s",
			 b->where);
		EXPECT_STREQ(message, self->c.err.message);
		EXPECT_EQ(0, container_count_cgroups(&self->c));
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

TEST_F(mounts, change_that_is_a_bind_is_einval)
{
	self->m->is_remount = true;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: mount /v is a change and a bind",
		     self->c.err.message);
}

/* What the image has at /data, to be found in the tmpfs over it. */
static int make_image(struct container *c)
{
	int r = container_add_directory(c, "/data");

	if (r == 0)
		r = container_add_directory(c, "/data/deep");
	if (r == 0)
		r = container_add_file(c, "/data/deep/file", "text", 04750);
	if (r == 0)
		r = container_add_link(c, "/data/link", "/etc/shadow");
	if (r == 0 &&
	    (fchownat(c->root, "data/deep/file", 7, 8, 0) < 0 ||
	     fchmodat(c->root, "data/deep/file", 04750, 0) < 0 ||
	     fchownat(c->root, "data", 9, 10, 0) < 0 ||
	     fchmodat(c->root, "data", 0711, 0) < 0 ||
	     mknodat(c->root, "data/pipe", S_IFIFO | 0600, 0) < 0 ||
	     mknodat(c->root, "data/null", S_IFCHR | 0600, makedev(1, 3)) < 0))
		r = -errno;
	return r;
}

struct copied {
	const char *command;
	const char *path;
	const char *answer;
};

static const struct copied copies[] = {
	{ "cat", "/data/deep/file", "text" },
	{ "stat", "/data/deep/file", "104750 7 8\n" },
	{ "stat", "/data/deep", "40755 0 0\n" },
	{ "stat", "/data", "40711 9 10\n" },
	{ "readlink", "/data/link", "/etc/shadow\n" },
	{ "stat", "/data/pipe", "10600 0 0\n" },
	{ "stat", "/data/null", "20600 0 0 1:3\n" },
};

TEST_F(mounts, tmpfs_begins_with_what_the_image_has_there)
{
	for (size_t i = 0; i < ARRAY_SIZE(copies); i++) {
		ASSERT_EQ(0, make_image(&self->c));
		container_add_mount(&self->c, "/data")->is_tmpcopyup = true;
		PRINTS(copies[i].answer, copies[i].command, copies[i].path);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

TEST_F(mounts, tmpfs_that_is_filled_may_be_read_only_and_have_a_mode)
{
	struct oci_mount *m = container_add_mount(&self->c, "/data");

	ASSERT_EQ(0, make_image(&self->c));
	m->is_tmpcopyup = true;
	m->attributes_set = MOUNT_ATTR_RDONLY;
	m->options = "size=1m,mode=0700";
	PRINTS("E30\n", "create", "/data/new");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	ASSERT_EQ(0, make_image(&self->c));
	m = container_add_mount(&self->c, "/data");
	m->is_tmpcopyup = true;
	m->options = "mode=0700";
	PRINTS("40700 0 0\n", "stat", "/data");
}

/* As podman --read-only wants it. */
TEST_F(mounts, dev_that_is_read_only_has_all_that_belongs_there)
{
	struct oci_mount *dev = &self->c.mounts[1];

	ASSERT_STREQ("/dev", dev->destination);
	dev->attributes_set |= MOUNT_ATTR_RDONLY;
	self->c.spec.is_root_read_only = true;
	PRINTS("E30\n", "create", "/dev/new");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->c.mounts[1].attributes_set |= MOUNT_ATTR_RDONLY;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /dev ro,nosuid,noexec,relatime - tmpfs");
	HAS(" /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs");
	container_free(&self->c);
	ASSERT_EQ(0, container_new(&self->c));
	self->c.mounts[1].attributes_set |= MOUNT_ATTR_RDONLY;
	PRINTS("20666 0 0 1:3\n", "stat", "/dev/null");
}

TEST_F(mounts, tmpfs_without_copy_hides_what_the_image_has)
{
	ASSERT_EQ(0, make_image(&self->c));
	container_add_mount(&self->c, "/data");
	PRINTS("E2\n", "stat", "/data/deep");
}

TEST_F(mounts, copy_that_does_not_fit_is_enospc)
{
	static char text[100000];
	struct oci_mount *m = container_add_mount(&self->c, "/data");

	memset(text, 'x', sizeof(text) - 1);
	ASSERT_EQ(0, container_add_directory(&self->c, "/data"));
	ASSERT_EQ(0, container_add_file(&self->c, "/data/file", text, 0644));
	m->is_tmpcopyup = true;
	m->options = "size=4k";
	ASSERT_EQ(-ENOSPC, container_run(&self->c));
	ASSERT_STREQ("container: mount /data", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_F(mounts, copy_of_what_is_too_deep_is_enametoolong)
{
	int dir = dup(self->c.root);

	for (int i = 0; i < 80; i++) {
		int next;

		ASSERT_EQ(0, mkdirat(dir, "d", 0755));
		next = openat(dir, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(dir);
		dir = next;
	}
	close(dir);
	container_add_mount(&self->c, "/d")->is_tmpcopyup = true;
	ASSERT_EQ(-ENAMETOOLONG, container_run(&self->c));
}

TEST_F(mounts, copy_to_what_is_no_tmpfs_is_einval)
{
	self->m->is_tmpcopyup = true;
	self->m->type = NULL;
	ASSERT_EQ(-EINVAL, container_run(&self->c));
	ASSERT_STREQ("container: tmpcopyup of mount /v, which is no tmpfs",
		     self->c.err.message);
}

static const char *const in_proc[] = { "/proc/uptime", "/proc/meminfo",
				       "/proc/cpuinfo" };

TEST_F(mounts, file_may_be_bound_on_files_of_proc_that_inform)
{
	for (size_t i = 0; i < ARRAY_SIZE(in_proc); i++) {
		self->m->destination = in_proc[i];
		self->m->source_fd =
			open("/boot/tree/file", O_PATH | O_CLOEXEC);
		PRINTS("", "cat", in_proc[i]);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
		self->m = container_add_mount(&self->c, "/v");
	}
}

static const char *const not_in_proc[] = {
	"/proc/self/attr/exec",
	"/proc/1/uptime",
	"/proc/sys/kernel/hostname",
	"/proc/sys",
	"/proc//uptime",
	"/proc/uptime/x",
	"/proc/version",
	"/proc/self/status",
};

TEST_F(mounts, nothing_is_bound_on_other_files_of_proc)
{
	for (size_t i = 0; i < ARRAY_SIZE(not_in_proc); i++) {
		self->m->destination = not_in_proc[i];
		EXPECT_EQ(-EPERM, container_run(&self->c))
		{
			TH_LOG("%s", not_in_proc[i]);
		}
	}
	/* Nor a directory on one of these. */
	self->m->destination = "/proc/uptime";
	EXPECT_EQ(-ENOTDIR, container_run(&self->c));
	self->m->source_fd = -1;
	EXPECT_EQ(-EPERM, container_run(&self->c));
}

TEST_F(mounts, procfs_of_the_caller_may_be_bound_and_nothing_else)
{
	struct oci_mount *proc = &self->c.mounts[0];

	ASSERT_STREQ("/proc", proc->destination);
	proc->source_fd = open("/boot", O_PATH | O_CLOEXEC);
	ASSERT_EQ(-EPERM, container_run(&self->c));
	proc->source_fd = open("/proc", O_PATH | O_CLOEXEC);
	self->c.spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWPID;
	RUN("cat", "/proc/self/mountinfo");
	HAS(" /proc ");
}

TEST_F(mounts, masked_and_read_only_paths_are_those_of_the_spec)
{
	static const char *const masked[] = { "/secret", "/dir", "/none" };
	static const char *const read_only[] = { "/etc/x", "/missing" };

	ASSERT_EQ(0, container_add_directory(&self->c, "/dir"));
	ASSERT_EQ(0, container_add_file(&self->c, "/dir/f", "f", 0644));
	ASSERT_EQ(0, container_add_file(&self->c, "/secret", "s", 0644));
	ASSERT_EQ(0, container_add_directory(&self->c, "/etc"));
	ASSERT_EQ(0, container_add_file(&self->c, "/etc/x", "x", 0666));
	self->c.spec.masked = masked;
	self->c.spec.masked_count = ARRAY_SIZE(masked);
	self->c.spec.read_only = read_only;
	self->c.spec.read_only_count = ARRAY_SIZE(read_only);
	PRINTS("", "cat", "/secret");
}

TEST_F(mounts, read_only_path_of_the_spec_is_erofs)
{
	static const char *const read_only[] = { "/etc/x" };

	ASSERT_EQ(0, container_add_directory(&self->c, "/etc"));
	ASSERT_EQ(0, container_add_file(&self->c, "/etc/x", "x", 0666));
	self->c.spec.read_only = read_only;
	self->c.spec.read_only_count = 1;
	PRINTS("E30\n", "write", "/etc/x", "y");
}

TEST_F(mounts, masked_path_through_a_link_is_eloop)
{
	static const char *const masked[] = { "/link/x" };

	ASSERT_EQ(0, container_add_link(&self->c, "/link", "/proc"));
	self->c.spec.masked = masked;
	self->c.spec.masked_count = 1;
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_STREQ("container: mask /link/x", self->c.err.message);
}

TEST_HARNESS_MAIN
