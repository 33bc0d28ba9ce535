// SPDX-License-Identifier: MIT
/* Parents of a container's cgroup, and holding all in a cgroup still. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container.h"
#include "runtime/base/fd.h"
#include "runtime/oci/cgroup.h"

#include "kselftest_harness.h"

FIXTURE(cgroup)
{
	char base[64];
	struct err e;
};

FIXTURE_SETUP(cgroup)
{
	if (container_missing())
		SKIP(return, "%s", container_missing());
	ASSERT_EQ(0, container_prepare());
	snprintf(self->base, sizeof(self->base), "cloister-test-%d", getpid());
}

FIXTURE_TEARDOWN(cgroup)
{
	oci_clean(self->base, NULL);
}

static int exists(const char *path)
{
	int fd = -1;
	int r = oci_cgroup_open(path, &fd, NULL);

	fd_close(&fd);
	return r;
}

TEST_F(cgroup, missing_parents_are_made_and_the_last_component_is_not)
{
	char path[128];
	size_t made;

	snprintf(path, sizeof(path), "%s/a/b/c", self->base);
	ASSERT_EQ(0, oci_cgroup_parents(path, &made, &self->e));
	EXPECT_EQ(3, made);
	EXPECT_EQ(-ENOENT, exists(path));
	*strrchr(path, '/') = '\0';
	EXPECT_EQ(0, exists(path));
}

TEST_F(cgroup, parents_that_are_there_are_not_made_and_not_undone)
{
	char path[128];
	size_t made;

	snprintf(path, sizeof(path), "%s/a/b", self->base);
	ASSERT_EQ(0, oci_cgroup_parents(path, &made, &self->e));
	ASSERT_EQ(0, oci_cgroup_parents(path, &made, &self->e));
	EXPECT_EQ(0, made);
	oci_cgroup_parents_undo(path, made);
	*strrchr(path, '/') = '\0';
	EXPECT_EQ(0, exists(path));
}

TEST_F(cgroup, undoing_removes_what_was_made)
{
	char path[128];
	size_t made;

	snprintf(path, sizeof(path), "%s/a/b", self->base);
	ASSERT_EQ(0, oci_cgroup_parents(path, &made, &self->e));
	oci_cgroup_parents_undo(path, made);
	EXPECT_EQ(-ENOENT, exists(self->base));
}

TEST_F(cgroup, undoing_leaves_a_parent_that_somebody_uses)
{
	char path[128], other[128];
	size_t made, more;

	snprintf(path, sizeof(path), "%s/a/b", self->base);
	snprintf(other, sizeof(other), "%s/x/y", self->base);
	ASSERT_EQ(0, oci_cgroup_parents(path, &made, &self->e));
	ASSERT_EQ(0, oci_cgroup_parents(other, &more, &self->e));
	EXPECT_EQ(2, made);
	EXPECT_EQ(1, more);
	oci_cgroup_parents_undo(path, made);
	EXPECT_EQ(0, exists(self->base));
	*strrchr(other, '/') = '\0';
	EXPECT_EQ(0, exists(other));
	*strrchr(path, '/') = '\0';
	EXPECT_EQ(-ENOENT, exists(path));
}

TEST_F(cgroup, paths_that_climb_or_are_empty_are_refused)
{
	static const char *const bad[] = { "",	     "/",    "/a/b",
					   "a//b",   "a/b/", "../a",
					   "a/../b", "./a",  "a/.b/c" };
	size_t made;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, oci_cgroup_parents(bad[i], &made, &self->e))
		{
			TH_LOG("%s", bad[i]);
		}
	}
}

TEST_F(cgroup, a_path_through_a_file_is_refused)
{
	size_t made;

	EXPECT_EQ(-ENOTDIR,
		  oci_cgroup_parents("cgroup.procs/a", &made, &self->e));
	EXPECT_EQ(0, made);
}

/* A chain of cgroups in `path`, and one beside each; the last one's fd. */
static int deepen(const char *path, int levels)
{
	int at = -1;

	if (oci_cgroup_open(path, &at, NULL) < 0)
		return -1;
	for (int i = 0; i < levels; i++) {
		int above = at;

		if (mkdirat(at, "beside", 0755) < 0 ||
		    mkdirat(at, "below", 0755) < 0)
			return -1;
		at = openat(above, "below", O_RDONLY | O_CLOEXEC);
		close(above);
	}
	return at;
}

TEST_F(cgroup, cleaning_removes_however_deep_a_container_has_made_it)
{
	static const struct oci_resources none;
	int before = container_count_fds();
	int deep;

	ASSERT_EQ(0, oci_cgroup_parent(self->base, &none, &self->e));
	deep = deepen(self->base, 200);
	ASSERT_LE(0, deep);
	close(deep);
	ASSERT_EQ(0, oci_clean(self->base, &self->e));
	EXPECT_EQ(-ENOENT, exists(self->base));
	EXPECT_EQ(before, container_count_fds());
}

static int move(int dir, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return fd_write_file(dir, "cgroup.procs", text, NULL);
}

TEST_F(cgroup, cleaning_what_has_a_process_deep_in_it_is_ebusy)
{
	static const struct oci_resources none;
	int deep, dir;
	pid_t pid;

	ASSERT_EQ(0, cgroup_create(self->base, &none, &dir, &self->e));
	deep = deepen(self->base, 20);
	ASSERT_LE(0, deep);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	ASSERT_EQ(0, move(deep, pid));
	EXPECT_EQ(-EBUSY, oci_clean(self->base, &self->e));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	while (oci_is_empty(self->base, &self->e) == 0)
		sched_yield();
	EXPECT_EQ(0, oci_clean(self->base, &self->e));
}

/* Counts as fast as it can in the cgroup, until it is stopped. */
static pid_t spawn_counter(int dir, volatile unsigned long *counter)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(*counter)++;
	if (move(dir, pid) == 0)
		return pid;
	kill(pid, SIGKILL);
	return -1;
}

static volatile unsigned long *shared_counter(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

TEST_F(cgroup, a_paused_cgroup_does_nothing_until_it_is_resumed)
{
	static const struct oci_resources none;
	volatile unsigned long *counter = shared_counter();
	unsigned long before;
	int dir;
	pid_t pid;

	ASSERT_EQ(0, cgroup_create(self->base, &none, &dir, &self->e));
	pid = spawn_counter(dir, counter);
	ASSERT_LT(0, pid);
	while (*counter == 0)
		;
	EXPECT_EQ(0, oci_is_frozen(self->base, &self->e));
	ASSERT_EQ(0, oci_pause(self->base, &self->e));
	EXPECT_EQ(1, oci_is_frozen(self->base, &self->e));
	before = *counter;
	for (int i = 0; i < 1000; i++)
		sched_yield(); /* it would have the processor now */
	EXPECT_EQ(before, *counter);
	ASSERT_EQ(0, oci_resume(self->base, &self->e));
	EXPECT_EQ(0, oci_is_frozen(self->base, &self->e));
	while (*counter == before)
		;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F(cgroup, a_cgroup_that_is_gone_cannot_be_paused)
{
	EXPECT_EQ(-ENOENT, oci_pause(self->base, &self->e));
	EXPECT_EQ(-ENOENT, oci_resume(self->base, &self->e));
	EXPECT_EQ(-ENOENT, oci_is_frozen(self->base, &self->e));
}

TEST_HARNESS_MAIN
