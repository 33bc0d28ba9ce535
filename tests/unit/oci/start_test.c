// SPDX-License-Identifier: MIT
/* A container starts as its spec says; each promise has a case. */
#include <sys/stat.h>
#include <sys/wait.h>

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

/* Runs and expects success; says why not. */
#define RUN(...)                                                              \
	do {                                                                  \
		container_args(&self->c, __VA_ARGS__, NULL);                  \
		ASSERT_EQ(0, container_run(&self->c))                         \
		{                                                             \
			TH_LOG("%s (%d)", self->c.err.message,                \
			       self->c.err.code);                             \
		}                                                             \
	} while (0)

TEST_F(start, program_prints_and_exits_with_its_status)
{
	RUN("exit", "3");
	ASSERT_TRUE(WIFEXITED(self->c.status));
	ASSERT_EQ(3, WEXITSTATUS(self->c.status));
}

TEST_F(start, process_is_pid_1_of_its_namespace_and_leads_its_session)
{
	RUN("pid");
	ASSERT_STREQ("1 0 1\n", self->c.output);
}

TEST_F(start, only_standard_streams_are_open)
{
	int extra[2];

	/* Neither ours nor those that lost their close-on-exec. */
	ASSERT_EQ(0, pipe(extra));
	RUN("fds");
	ASSERT_STREQ("0 1 2 \n", self->c.output);
}

TEST_HARNESS_MAIN
