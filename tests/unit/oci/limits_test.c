// SPDX-License-Identifier: MIT
/*
 * Limits of a container's cgroup. Needs the controllers in cgroup2, as the
 * instance has them; a host that keeps them in cgroup1 skips.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "kselftest_harness.h"

FIXTURE(limits)
{
	struct container c;
};

static bool has_controllers(void)
{
	char text[256] = "";
	int fd = open("/sys/fs/cgroup/cgroup.controllers", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 && strstr(text, "cpu") && strstr(text, "memory") &&
	       strstr(text, "pids");
}

/* What the instance's init does for the root of the tree. */
static int pass_on_controllers(void)
{
	int fd = open("/sys/fs/cgroup/cgroup.subtree_control", O_WRONLY);
	static const char words[] = "+cpu +memory +pids";
	int r = write(fd, words, sizeof(words) - 1) < 0 ? -errno : 0;

	close(fd);
	return r;
}

FIXTURE_SETUP(limits)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	if (!has_controllers())
		SKIP(return, "no cpu, memory, pids controllers in cgroup2");
	ASSERT_EQ(0, pass_on_controllers());
	ASSERT_EQ(0, container_new(&self->c));
}

FIXTURE_TEARDOWN(limits)
{
	container_free(&self->c);
}

struct limit {
	const char *file;
	const char *value;
};

static const struct limit limits[] = {
	{ "memory.max", "67108864\n" },	 { "memory.low", "33554432\n" },
	{ "memory.oom.group", "1\n" },	 { "cpu.weight", "200\n" },
	{ "cpu.max", "50000 200000\n" }, { "pids.max", "20\n" },
};

TEST_F(limits, values_of_the_spec_are_in_the_files)
{
	struct oci_started started;
	int output;

	self->c.spec.resources = (struct oci_resources){
		.memory_max = 64 << 20,
		.memory_low = 32 << 20,
		.is_oom_group = true,
		.cpu_weight = 200,
		.cpu_quota_us = 50000,
		.cpu_period_us = 200000,
		.pids_max = 20,
	};
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output))
	{
		TH_LOG("%s", self->c.err.message);
	}
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		char path[256], text[64] = "";
		int fd;

		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/%s",
			 self->c.cgroup, limits[i].file);
		fd = open(path, O_RDONLY);
		ASSERT_LT(0, read(fd, text, sizeof(text) - 1));
		close(fd);
		ASSERT_STREQ(limits[i].value, text);
	}
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
}

TEST_F(limits, limits_of_a_running_container_can_be_changed)
{
	struct oci_started started;
	struct oci_resources r = { .pids_max = 30 };
	char path[256], text[64] = "", line[8];
	int output, fd;

	container_args(&self->c, "wait", NULL);
	ASSERT_EQ(0, container_start(&self->c, &started, &output));
	ASSERT_EQ(8, read(output, line, sizeof(line)));
	ASSERT_EQ(0, oci_update(self->c.cgroup, &r, &self->c.err));
	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/pids.max",
		 self->c.cgroup);
	fd = open(path, O_RDONLY);
	ASSERT_LT(0, read(fd, text, sizeof(text) - 1));
	close(fd);
	ASSERT_STREQ("30\n", text);
	r = (struct oci_resources){ .cpu_weight = 100000 };
	ASSERT_GT(0, oci_update(self->c.cgroup, &r, &self->c.err));
	ASSERT_EQ(0, oci_kill_all(self->c.cgroup, &self->c.err));
	ASSERT_EQ(0, container_end(&self->c, &started, &output));
	ASSERT_EQ(-ENOENT, oci_update(self->c.cgroup, &r, &self->c.err));
}

TEST_F(limits, processes_stop_at_pids_max)
{
	self->c.spec.resources.pids_max = 10;
	container_args(&self->c, "forks", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("9\n", self->c.output);
}

TEST_F(limits, processes_are_free_without_pids_max)
{
	container_args(&self->c, "forks", NULL);
	ASSERT_EQ(0, container_run(&self->c));
	ASSERT_STREQ("100\n", self->c.output);
}

/* Starts, waits, counts the kills, and only then cleans. */
static int run_hog(struct container *c, uint64_t *kills)
{
	struct oci_started started;
	int output;
	int r = container_start(c, &started, &output);

	if (r < 0)
		return r;
	close(output);
	waitpid(started.pid, &c->status, 0);
	close(started.pidfd);
	r = oci_oom_kills(c->cgroup, kills, &c->err);
	oci_clean(c->cgroup, NULL);
	return r;
}

TEST_F(limits, memory_hog_is_killed_and_counted_once)
{
	for (int group = 0; group < 2; group++) {
		uint64_t kills = 99;

		self->c.spec.resources.memory_max = 16 << 20;
		self->c.spec.resources.has_swap = false;
		self->c.spec.resources.is_oom_group = group;
		container_args(&self->c, "hog", NULL);
		ASSERT_EQ(0, run_hog(&self->c, &kills))
		{
			TH_LOG("%s", self->c.err.message);
		}
		ASSERT_TRUE(WIFSIGNALED(self->c.status));
		ASSERT_EQ(SIGKILL, WTERMSIG(self->c.status));
		ASSERT_EQ(1, kills);
		container_free(&self->c);
		ASSERT_EQ(0, container_new(&self->c));
	}
}

TEST_F(limits, program_that_stays_within_has_no_kill)
{
	uint64_t kills = 99;

	self->c.spec.resources.memory_max = 64 << 20;
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(0, run_hog(&self->c, &kills));
	ASSERT_EQ(0, self->c.status);
	ASSERT_EQ(0, kills);
}

/* Too little even to assemble the root: no success is claimed. */
TEST_F(limits, container_killed_before_its_program_is_echild)
{
	self->c.spec.resources.memory_max = 4096;
	container_args(&self->c, "exit", "0", NULL);
	ASSERT_EQ(-ECHILD, container_run(&self->c));
	ASSERT_STREQ("container: killed before its program started",
		     self->c.err.message);
	ASSERT_EQ(0, container_count_cgroups(&self->c));
}

TEST_HARNESS_MAIN
