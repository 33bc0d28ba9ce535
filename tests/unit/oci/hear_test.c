// SPDX-License-Identifier: MIT
/* What a child may say: what its spec asked for, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/oci/start.h"

#include "kselftest_harness.h"

struct telling {
	struct oci_fault faults[2];
	size_t count;
	bool has_gate;
	int verdict;
	const char *words;
};

static void run_nothing(struct child *c)
{
	(void)c;
}

/* Tells it through the pipe, which then ends. */
static int hear(const struct telling *t, struct err *e)
{
	static const char *const args[] = { "probe", NULL };
	struct oci_spec spec;
	struct start s;
	int ends[2], r;

	oci_spec_init(&spec);
	spec.process.args = args;
	spec.gate_fd = t->has_gate ? STDIN_FILENO : -1;
	start_begin(&s, &spec, OCI_PARENT_IS_CALLER, run_nothing);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	s.fault_read = ends[0];
	for (size_t i = 0; i < t->count; i++)
		oci_fault_send(ends[1], t->faults[i].stage, t->faults[i].error,
			       t->faults[i].index);
	close(ends[1]);
	r = start_hear(&s, e);
	start_release(&s);
	return r;
}

/* clang-format off */
static const struct telling rows[] = {
	{ { { OCI_STAGE_EXEC, 0, 0 } }, 1, false, 0, "" },
	{ { { OCI_STAGE_GATE, 0, 0 } }, 1, true, 0, "" },
	{ { { OCI_STAGE_EXEC, 0, 0 }, { OCI_STAGE_EXEC, ENOENT, 0 } }, 2, false,
	  -ENOENT, "container: exec probe" },
	{ { { OCI_STAGE_EXEC, 0, 0 } }, 0, false, -ECHILD,
	  "container: killed before its program started" },
	/* No gate, no listener, no child that waits. */
	{ { { OCI_STAGE_GATE, 0, 0 } }, 1, false, -EPROTO, "container: stage " },
	{ { { OCI_STAGE_SECCOMP, 0, 0 } }, 1, false, -EPROTO, "container: stage " },
	{ { { OCI_STAGE_WAIT, 0, 0 } }, 1, false, -EPROTO, "container: stage " },
	{ { { OCI_STAGE_COUNT, 0, 0 } }, 1, false, -EPROTO, "container: stage " },
	{ { { OCI_STAGE_EXEC, -1, 0 } }, 1, false, -EPROTO, "container: stage " },
};
/* clang-format on */

TEST(only_what_was_asked_for_is_heard)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_NONE;

		EXPECT_EQ(rows[i].verdict, hear(&rows[i], &e))
		{
			TH_LOG("row %zu: %s", i, e.message);
		}
		EXPECT_EQ(0, strncmp(rows[i].words, e.message,
				     strlen(rows[i].words)))
		{
			TH_LOG("row %zu: %s", i, e.message);
		}
	}
}

/* Nobody wants it any more: that is heard when there is nothing else. */
TEST(start_that_is_cancelled_is_ecanceled)
{
	static const char *const args[] = { "probe", NULL };
	struct err e = ERR_NONE;
	struct oci_spec spec;
	struct start s;
	int ends[2], cancel[2];

	ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(cancel, O_CLOEXEC));
	ASSERT_EQ(1, write(cancel[1], "", 1));
	oci_spec_init(&spec);
	spec.process.args = args;
	spec.cancel_fd = cancel[0];
	start_begin(&s, &spec, OCI_PARENT_IS_CALLER, run_nothing);
	s.fault_read = ends[0];
	EXPECT_EQ(-ECANCELED, start_hear(&s, &e));
	EXPECT_STREQ("container: start", e.message);
	oci_fault_send(ends[1], OCI_STAGE_EXEC, 0, 0);
	close(ends[1]);
	EXPECT_EQ(0, start_hear(&s, &e));
	start_release(&s);
}

/* Behind the gate it is about to execute, and says nothing else. */
TEST(behind_the_gate_nothing_is_asked_for)
{
	static const struct {
		struct oci_fault fault;
		int verdict;
	} told[] = {
		{ { OCI_STAGE_EXEC, 0, 0 }, 0 },
		{ { OCI_STAGE_EXEC, ENOENT, 0 }, -ENOENT },
		{ { OCI_STAGE_SECCOMP, 0, 0 }, -EPROTO },
		{ { OCI_STAGE_GATE, 0, 0 }, -EPROTO },
		{ { OCI_STAGE_WAIT, 0, 0 }, -EPROTO },
	};

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct oci_fault *f = &told[i].fault;
		struct err e = ERR_NONE;
		int ends[2];

		ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
		oci_fault_send(ends[1], f->stage, f->error, f->index);
		close(ends[1]);
		EXPECT_EQ(told[i].verdict, oci_fault_hear(ends[0], "p", &e))
		{
			TH_LOG("row %zu: %s", i, e.message);
		}
		close(ends[0]);
	}
}

TEST_HARNESS_MAIN
