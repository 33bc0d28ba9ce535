// SPDX-License-Identifier: MIT
/* Whose child a process is, whatever it calls itself. */
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/task/kin.h"

#include "kselftest_harness.h"

/* Waits until it is killed; with the flag CLONE_PARENT it is a sibling. */
static pid_t begin(uint64_t flags, const char *name)
{
	struct clone_args args = {
		.flags = flags,
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
	};
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0) {
		prctl(PR_SET_NAME, name);
		if (write(ends[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	/* Its name is there. */
	if (read(ends[0], &byte, 1) != 1)
		return -1;
	close(ends[0]);
	close(ends[1]);
	return pid;
}

/* The runtime of this test: its parent is the test. */
static int judge(uint64_t flags, const char *name)
{
	int status;
	pid_t runtime = fork();

	if (runtime == 0) {
		pid_t pid = begin(flags, name);
		bool verdict;

		if (pid <= 0)
			_exit(2);
		verdict = kin_is_child(pid, getppid());
		kill(pid, SIGKILL);
		_exit(verdict);
	}
	for (;;) {
		pid_t ended = waitpid(-1, &status, __WALL);

		if (ended == runtime)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
		if (ended < 0)
			return 4;
	}
}

TEST(what_we_have_started_beside_us_is_a_sibling)
{
	EXPECT_EQ(1, judge(CLONE_PARENT, "task"));
	EXPECT_EQ(1, judge(CLONE_PARENT, ") S 1 ("));
}

TEST(a_child_is_none)
{
	EXPECT_EQ(0, judge(0, "task"));
	EXPECT_EQ(0, judge(0, "x) S 1 (y)"));
}

TEST(what_is_not_there_is_none)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_FALSE(kin_is_child(pid, getpid()));
	EXPECT_FALSE(kin_is_child(-1, getpid()));
	EXPECT_FALSE(kin_is_child(getpid(), getpid()));
	EXPECT_TRUE(kin_is_child(getpid(), getppid()));
}

TEST_HARNESS_MAIN
