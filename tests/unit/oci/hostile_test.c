// SPDX-License-Identifier: MIT
/*
 * Root file systems made to break out. The witness is a directory of the
 * host, /boot/witness, on a tmpfs of the test: no case may change or show it.
 * Not in /tmp: the checkout, with the programs under test, may be there.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "kselftest_harness.h"

FIXTURE(hostile)
{
	struct container c;
};

FIXTURE_SETUP(hostile)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, syscall(SYS_mount, "none", "/boot", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mkdir("/boot/witness", 0777));
	ASSERT_EQ(0, container_new(&self->c));
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(hostile)
{
	container_free(&self->c);
}

/* Nothing was made in the witness, nothing mounted over it. */
static bool is_witness_unharmed(void)
{
	struct stat here, above;

	return rmdir("/boot/witness") == 0 &&
	       mkdir("/boot/witness", 0777) == 0 &&
	       stat("/boot/witness", &here) == 0 &&
	       stat("/boot", &above) == 0 && here.st_dev == above.st_dev;
}

FIXTURE_VARIANT(hostile)
{
	const char *place;
	const char *target;
};

/* CVE-2026-41579, CVE-2026-47766: the image brings our mount points. */
#define LINK(name, where, to)                \
	FIXTURE_VARIANT_ADD(hostile, name)   \
	{                                    \
		.place = where, .target = to \
	}

LINK(dev_absolute, "/dev", "/boot/witness");
LINK(dev_relative, "/dev", "../../../../boot/witness");
LINK(dev_inside, "/dev", "bin");
LINK(dev_dangling, "/dev", "/none");
LINK(dev_loop, "/dev", "dev");
LINK(proc_absolute, "/proc", "/boot/witness");
LINK(proc_inside, "/proc", "/bin");
LINK(sys_absolute, "/sys", "/boot/witness");
LINK(sys_inside, "/sys", "proc");

TEST_F(hostile, mount_point_that_is_a_link_is_refused_with_eloop)
{
	char message[64];

	ASSERT_EQ(0, container_add_link(&self->c, variant->place,
					variant->target));
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	snprintf(message, sizeof(message), "container: mount %s",
		 variant->place);
	ASSERT_STREQ(message, self->c.err.message);
	ASSERT_TRUE(is_witness_unharmed());
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

FIXTURE(image)
{
	struct container c;
};

FIXTURE_SETUP(image)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	ASSERT_EQ(0, syscall(SYS_mount, "none", "/boot", "tmpfs", 0, NULL));
	ASSERT_EQ(0, mkdir("/boot/witness", 0777));
	ASSERT_EQ(0, container_new(&self->c));
	container_args(&self->c, "exit", "0", NULL);
}

FIXTURE_TEARDOWN(image)
{
	container_free(&self->c);
}

TEST_F(image, mount_point_that_is_a_file_is_enotdir)
{
	ASSERT_EQ(0, container_add_file(&self->c, "/dev", "", 0666));
	ASSERT_EQ(-ENOTDIR, container_run(&self->c));
	ASSERT_STREQ("container: mount /dev", self->c.err.message);
}

/* CVE-2025-31133: what the image puts in /dev is not what masks are made of. */
TEST_F(image, null_device_of_the_image_is_not_used)
{
	ASSERT_EQ(0, container_add_directory(&self->c, "/dev"));
	ASSERT_EQ(0, container_add_link(&self->c, "/dev/null",
					"/proc/sys/kernel/core_pattern"));
	container_args(&self->c, "stat", "/dev/null", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("20666 0 0 1:3\n", self->c.output);
}

TEST_F(image, mount_over_the_null_device_is_found_out)
{
	int fd = openat(self->c.root, "bin/probe", O_PATH | O_CLOEXEC);

	ASSERT_EQ(0, close(open("/boot/file", O_CREAT | O_WRONLY, 0666)));
	close(fd);
	fd = open("/boot/file", O_PATH | O_CLOEXEC);
	container_add_mount(&self->c, "/dev/null")->source_fd = fd;
	ASSERT_EQ(-EXDEV, container_run(&self->c));
	ASSERT_STREQ("container: device /dev/null", self->c.err.message);
}

/* CVE-2019-16884, CVE-2019-19921: /proc of the image is not our /proc. */
TEST_F(image, proc_of_the_image_is_covered)
{
	ASSERT_EQ(0, container_add_directory(&self->c, "/proc"));
	ASSERT_EQ(0, container_add_directory(&self->c, "/proc/self"));
	ASSERT_EQ(0, container_add_file(&self->c, "/proc/self/oom_score_adj",
					"fake\n", 0666));
	self->c.spec.process.oom_score_adj = 77;
	container_args(&self->c, "cat", "/proc/self/oom_score_adj", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("77\n", self->c.output);
}

/* CVE-2021-30465 and its kin: a mount target that leads out. */
TEST_F(image, mount_target_link_stays_in_the_root)
{
	ASSERT_EQ(0, container_add_link(&self->c, "/data",
					"../../../../boot/witness"));
	ASSERT_EQ(0, container_add_directory(&self->c, "/boot"));
	ASSERT_EQ(0, container_add_directory(&self->c, "/boot/witness"));
	container_add_mount(&self->c, "/data/new");
	container_args(&self->c, "stat", "/boot/witness/new", NULL);
	ASSERT_EQ(0, container_run(&self->c))
	{
		TH_LOG("%s", self->c.err.message);
	}
	ASSERT_STREQ("41777 0 0\n", self->c.output);
	ASSERT_TRUE(is_witness_unharmed());
}

TEST_F(image, mount_target_link_to_nothing_is_eloop)
{
	ASSERT_EQ(0, container_add_link(&self->c, "/data", "/boot/witness"));
	container_add_mount(&self->c, "/data/new");
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_TRUE(is_witness_unharmed());
}

TEST_F(image, mount_target_through_a_link_of_procfs_is_eloop)
{
	ASSERT_EQ(0, container_add_link(&self->c, "/data", "/proc/self/root"));
	container_add_mount(&self->c, "/data/boot/witness");
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_TRUE(is_witness_unharmed());
}

TEST_F(image, mount_target_that_leads_into_proc_is_eperm)
{
	ASSERT_EQ(0, container_add_link(&self->c, "/data", "/proc/self/task"));
	container_add_mount(&self->c, "/data");
	ASSERT_EQ(-EPERM, container_run(&self->c));
}

TEST_F(image, mount_target_that_climbs_into_proc_is_eperm)
{
	static const char *const ways[] = {
		"/dev/../proc/sys",
		"/sys/../proc/fs",
		"/dev/pts/../../proc",
		"/tmp/../proc/sys",
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		ASSERT_EQ(0, container_add_directory(&self->c, "/tmp"));
		container_add_mount(&self->c, ways[i]);
		EXPECT_EQ(-EPERM, container_run(&self->c))
		{
			TH_LOG("%s", ways[i]);
		}
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

/* Changes a directory for a link out of the root and back, until killed. */
static pid_t start_swapping(int root)
{
	pid_t pid = fork();

	while (pid == 0)
		syscall(SYS_renameat2, root, "data", root, "trap",
			RENAME_EXCHANGE);
	return pid;
}

/* One start under way while the place of its mount changes. */
static int race_once(struct container *c)
{
	pid_t racer;
	int r = container_add_directory(c, "/data");

	if (r == 0)
		r = container_add_link(c, "/trap", "/boot/witness");
	if (r < 0)
		return r;
	container_add_mount(c, "/data/new");
	container_args(c, "stat", "/data/new", NULL);
	racer = start_swapping(c->root);
	r = container_run(c);
	kill(racer, SIGKILL);
	waitpid(racer, NULL, 0);
	return r;
}

/*
 * CVE-2021-30465 itself: the place changes between a look and the mount. It
 * is found inside the root or not at all (-ELOOP: the link leads nowhere
 * there; -EAGAIN: the kernel saw the change; -ENOENT: made in the directory
 * that the link then hid).
 */
TEST_F(image, mount_target_that_changes_meanwhile_stays_in_the_root)
{
	int started = 0;

	for (int round = 0; round < 60; round++) {
		int r = race_once(&self->c);

		ASSERT_TRUE(r == 0 || r == -ELOOP || r == -EAGAIN ||
			    r == -ENOENT)
		{
			TH_LOG("round %d: %s", round, self->c.err.message);
		}
		started += r == 0;
		ASSERT_TRUE(is_witness_unharmed());
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
	TH_LOG("%d of 60 started", started);
}

/* CVE-2024-21626: a descriptor of the host as working directory. */
TEST_F(image, working_directory_through_a_descriptor_is_eloop)
{
	int fd = open("/boot/witness", O_RDONLY | O_DIRECTORY);
	char path[64];

	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	self->c.spec.process.cwd = path;
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_NE(NULL, strstr(self->c.err.message, "working directory"));
}

TEST_F(image, working_directory_link_to_a_descriptor_is_eloop)
{
	ASSERT_LE(0, open("/boot/witness", O_RDONLY | O_DIRECTORY));
	ASSERT_EQ(0, container_add_link(&self->c, "/here", "/proc/self/fd/3"));
	self->c.spec.process.cwd = "/here";
	ASSERT_EQ(-ELOOP, container_run(&self->c));
}

TEST_F(image, working_directory_that_climbs_stays_in_the_root)
{
	self->c.spec.process.cwd = "/../../../boot/witness";
	container_args(&self->c, "cwd", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("/boot/witness\n", self->c.output);
	ASSERT_TRUE(is_witness_unharmed());
}

/* CVE-2019-5736: the runtime's own program by way of /proc. */
TEST_F(image, runtime_itself_as_the_program_is_eloop)
{
	self->c.args[0] = "/proc/self/exe";
	ASSERT_EQ(-ELOOP, container_run(&self->c));
	ASSERT_STREQ("container: exec /proc/self/exe", self->c.err.message);
}

TEST_F(image, link_to_the_runtime_as_the_program_is_eloop)
{
	ASSERT_EQ(0, container_add_link(&self->c, "/bin/sh", "/proc/self/exe"));
	self->c.args[0] = "sh";
	ASSERT_EQ(-ELOOP, container_run(&self->c));
}

/* The same, said in the first line of a script. */
TEST_F(image, runtime_itself_as_the_interpreter_is_eloop)
{
	static const char *const lines[] = {
		"#!/proc/self/exe\n",
		"#! \t/proc/self/exe x\n",
		"#!/proc/thread-self/exe\n",
		"#!/bin/link\n",
		"#!/bin/inner\n",
	};

	ASSERT_EQ(0,
		  container_add_link(&self->c, "/bin/link", "/proc/self/exe"));
	ASSERT_EQ(0, container_add_file(&self->c, "/bin/inner",
					"#!/proc/self/exe\n", 0755));
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char name[16];

		snprintf(name, sizeof(name), "/bin/s%zu", i);
		ASSERT_EQ(0,
			  container_add_file(&self->c, name, lines[i], 0755));
		self->c.args[0] = name;
		EXPECT_EQ(-ELOOP, container_run(&self->c))
		{
			TH_LOG("%s", lines[i]);
		}
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
		ASSERT_EQ(0, container_add_link(&self->c, "/bin/link",
						"/proc/self/exe"));
		ASSERT_EQ(0, container_add_file(&self->c, "/bin/inner",
						"#!/proc/self/exe\n", 0755));
	}
}

TEST_F(image, script_with_an_interpreter_of_the_image_runs)
{
	ASSERT_EQ(0, container_add_file(&self->c, "/bin/script",
					"#!/bin/probe arguments\n", 0755));
	self->c.args[0] = "script";
	self->c.args[1] = NULL;
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("[/bin/script]\n", self->c.output);
}

/* A lease on the interpreter, as a container can have one on a file of a
 * volume: the exec waits for it. Returns its descriptor. */
static int lease_interpreter(struct container *c)
{
	int fd;

	signal(SIGIO, SIG_IGN);
	if (container_add_file(c, "/bin/script", "#!/bin/held\n", 0755) < 0 ||
	    container_add_probe(c, "/bin/held", 0755) < 0)
		return -1;
	fd = openat(c->root, "bin/held", O_RDONLY | O_CLOEXEC);
	return fcntl(fd, F_SETLEASE, F_WRLCK) < 0 ? -1 : fd;
}

TEST_F(image, start_that_a_lease_holds_up_is_etimedout)
{
	int lease = lease_interpreter(&self->c);

	ASSERT_LE(0, lease);
	self->c.args[0] = "script";
	self->c.spec.limit_ms = 300;
	ASSERT_EQ(-ETIMEDOUT, container_run(&self->c));
	ASSERT_STREQ("container: start of 300 ms", self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
	ASSERT_EQ(-1, waitpid(-1, NULL, 0));
	close(lease);
}

TEST_F(image, path_entry_in_proc_finds_no_runtime)
{
	self->c.env[0] = "PATH=/proc/self:/bin";
	self->c.args[0] = "exe";
	ASSERT_EQ(-ELOOP, container_run(&self->c));
}

TEST_F(image, path_entry_that_climbs_finds_nothing)
{
	ASSERT_EQ(0,
		  close(open("/boot/witness/tool", O_CREAT | O_WRONLY, 0755)));
	self->c.env[0] = "PATH=/../../boot/witness:../boot/witness";
	self->c.args[0] = "tool";
	ASSERT_EQ(-ENOENT, container_run(&self->c));
}

TEST_F(image, path_that_is_too_long_is_enametoolong)
{
	static char path[5000] = "PATH=/";

	memset(path + 6, 'x', sizeof(path) - 7);
	self->c.env[0] = path;
	self->c.args[0] = "tool";
	ASSERT_EQ(-ENAMETOOLONG, container_run(&self->c));
}

TEST_HARNESS_MAIN
