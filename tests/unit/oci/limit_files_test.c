// SPDX-License-Identifier: MIT
/*
 * Which numbers go to which file of a cgroup. The cgroup is a directory of
 * plain files here, so every controller is "there"; what the kernel makes of
 * the numbers is shown by limits_test.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/oci/limits.h"

#include "kselftest_harness.h"

FIXTURE(files)
{
	char path[64];
	int dir;
	struct err err;
};

FIXTURE_SETUP(files)
{
	strcpy(self->path, "/tmp/cloister-limits-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->path));
	self->dir = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->dir);
}

static int add_file(int dir, const char *name, const char *text)
{
	AUTO_CLOSE int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

static const char *const names[] = {
	"memory.max",	    "memory.low",      "memory.swap.max",
	"memory.oom.group", "memory.current",  "memory.high",
	"cpu.weight",	    "cpu.idle",	       "cpu.max",
	"cpu.max.burst",    "cpuset.cpus",     "cpuset.mems",
	"pids.max",	    "io.weight",       "io.bfq.weight",
	"io.max",	    "hugetlb.2MB.max", "rdma.max",
};

FIXTURE_TEARDOWN(files)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(self->dir, names[i], 0);
	close(self->dir);
	rmdir(self->path);
}

struct row {
	const char *file;
	const char *before;
	const char *after;
	struct oci_resources r;
};

static const struct oci_io_weight disk_weight = { 8, 0, 505 };
static const struct oci_io_throttle throttle = { 8, 16, "rbps", 99 };
static const struct oci_io_throttle no_throttle = { 8, 16, "wiops",
						    OCI_UNLIMITED };
static const struct oci_hugetlb huge = { "2MB", 4194304 };
static const struct oci_rdma both = { "mlx5_0", true, 3, true, OCI_UNLIMITED };
static const struct oci_rdma objects = { "mlx5_0", false, 0, true, 7 };
static const struct oci_rdma forbidden = { "mlx5_0", true, 0, true, 0 };
static const struct oci_unified high = { "memory.high", "5000" };
static const struct oci_unified lines = { "io.max", "8:0 rbps=1\n8:0 rbps=2" };

/* clang-format off */
static const struct row rows[] = {
	{ "memory.max", "", "4096", { .memory_max = 4096 } },
	{ "memory.max", "", "max", { .memory_max = OCI_UNLIMITED } },
	{ "memory.low", "", "4096", { .memory_low = 4096 } },
	{ "memory.swap.max", "", "0", { .has_swap = true } },
	{ "memory.swap.max", "", "max", { .has_swap = true, .memory_swap_max = OCI_UNLIMITED } },
	{ "memory.oom.group", "", "1", { .is_oom_group = true } },
	{ "cpu.weight", "", "200", { .cpu_weight = 200 } },
	{ "cpu.idle", "", "1", { .has_cpu_idle = true, .is_cpu_idle = true } },
	{ "cpu.idle", "", "0", { .has_cpu_idle = true } },
	{ "cpu.max", "", "50000 200000", { .cpu_quota_us = 50000, .cpu_period_us = 200000 } },
	{ "cpu.max", "", "50000", { .cpu_quota_us = 50000 } },
	{ "cpu.max", "", "max", { .cpu_quota_us = OCI_UNLIMITED } },
	{ "cpu.max", "7000 100000", "7000 200000", { .cpu_period_us = 200000 } },
	{ "cpu.max.burst", "", "1000", { .has_cpu_burst = true, .cpu_burst_us = 1000 } },
	{ "cpuset.cpus", "", "0-1", { .cpus = "0-1" } },
	{ "cpuset.mems", "", "0", { .mems = "0" } },
	{ "pids.max", "", "20", { .pids_max = 20 } },
	{ "pids.max", "", "max", { .pids_max = OCI_UNLIMITED } },
	{ "io.bfq.weight", "", "default 10", { .io_weight = 10 } },
	{ "io.weight", "", "default 1", { .io_weight = 10 } },
	{ "io.weight", "", "default 10000", { .io_weight = 1000 } },
	{ "io.bfq.weight", "", "8:0 505", { .io_weights = &disk_weight, .io_weight_count = 1 } },
	{ "io.weight", "", "8:0 5000", { .io_weights = &disk_weight, .io_weight_count = 1 } },
	{ "io.max", "", "8:16 rbps=99", { .io_throttles = &throttle, .io_throttle_count = 1 } },
	{ "io.max", "", "8:16 wiops=max",
	  { .io_throttles = &no_throttle, .io_throttle_count = 1 } },
	{ "hugetlb.2MB.max", "", "4194304", { .hugetlbs = &huge, .hugetlb_count = 1 } },
	{ "rdma.max", "", "mlx5_0 hca_handle=3 hca_object=max",
	  { .rdmas = &both, .rdma_count = 1 } },
	{ "rdma.max", "", "mlx5_0 hca_object=7", { .rdmas = &objects, .rdma_count = 1 } },
	{ "rdma.max", "", "mlx5_0 hca_handle=0 hca_object=0",
	  { .rdmas = &forbidden, .rdma_count = 1 } },
	{ "memory.high", "", "5000", { .unified = &high, .unified_count = 1 } },
	/* One write a line; a plain file shows the last. */
	{ "io.max", "", "8:0 rbps=2", { .unified = &lines, .unified_count = 1 } },
};
/* clang-format on */

TEST_F(files, each_number_goes_to_its_file_in_the_kernels_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *w = &rows[i];
		char text[128] = "";

		ASSERT_EQ(0, add_file(self->dir, w->file, w->before));
		EXPECT_EQ(0, limits_apply(self->dir, &w->r, &self->err))
		{
			TH_LOG("%s: %s", w->after, self->err.message);
		}
		ASSERT_LE(0, fd_read_file(self->dir, w->file, text,
					  sizeof(text), &self->err));
		EXPECT_STREQ(w->after, text);
		ASSERT_EQ(0, unlinkat(self->dir, w->file, 0));
	}
}

/* The twin: the same numbers without the file are a controller not there. */
TEST_F(files, number_without_its_file_is_enoent_and_names_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *w = &rows[i];

		EXPECT_EQ(-ENOENT, limits_apply(self->dir, &w->r, &self->err));
		if (strcmp(w->file, "io.bfq.weight") != 0)
			EXPECT_NE(NULL, strstr(self->err.message, w->file));
	}
}

TEST_F(files, nothing_asked_for_is_nothing_written)
{
	static const struct oci_resources none;

	ASSERT_EQ(0, limits_apply(self->dir, &none, &self->err));
}

TEST_F(files, memory_limit_below_what_is_used_is_ebusy_if_checked)
{
	struct oci_resources r = { .memory_max = 4096,
				   .is_memory_checked = true };
	char text[16];

	ASSERT_EQ(0, add_file(self->dir, "memory.current", "8192\n"));
	ASSERT_EQ(0, add_file(self->dir, "memory.max", ""));
	ASSERT_EQ(-EBUSY, limits_apply(self->dir, &r, &self->err));
	ASSERT_EQ(0, fd_read_file(self->dir, "memory.max", text, sizeof(text),
				  &self->err));
	r.memory_max = 8192;
	ASSERT_EQ(0, limits_apply(self->dir, &r, &self->err));
}

TEST_F(files, name_that_leads_to_another_cgroup_is_einval)
{
	static const char *const bad[] = { "../memory.max", "a/memory.max",
					   "..", ".", "" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const struct oci_unified u = { bad[i], "1" };
		const struct oci_hugetlb h = { "/../x", 1 };
		const struct oci_resources r = { .unified = &u,
						 .unified_count = 1 };
		const struct oci_resources p = { .hugetlbs = &h,
						 .hugetlb_count = 1 };

		ASSERT_EQ(-EINVAL, limits_apply(self->dir, &r, &self->err));
		ASSERT_EQ(-EINVAL, limits_apply(self->dir, &p, &self->err));
	}
}

TEST_F(files, value_that_is_too_long_is_einval)
{
	static char value[1024];
	const struct oci_unified u = { "memory.high", value };
	const struct oci_resources r = { .unified = &u, .unified_count = 1 };

	memset(value, '1', sizeof(value) - 1);
	ASSERT_EQ(0, add_file(self->dir, "memory.high", ""));
	ASSERT_EQ(-EINVAL, limits_apply(self->dir, &r, &self->err));
}

TEST_HARNESS_MAIN
