// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/metadata/stats.h"

#include "kselftest_harness.h"

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (!f)
		abort();
	fputs(text, f);
	fclose(f);
}

static int counters(const char *eth0)
{
	int fd = memfd_create("counters", MFD_CLOEXEC);
	char text[1024];
	int n = snprintf(text, sizeof(text),
			 "Inter-|   Receive  | Transmit\n"
			 " face |bytes packets errs drop\n"
			 "    lo: 7 7 7 7 0 0 0 0 7 7 7 7 0 0 0 0\n"
			 "  eth0: %s\n",
			 eth0);

	if (write(fd, text, (size_t)n) != n)
		abort();
	return fd;
}

FIXTURE(group)
{
	char folder[64];
	struct stats stats;
	struct err e;
};

FIXTURE_SETUP(group)
{
	strcpy(self->folder, "/tmp/metadata-stats-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->folder));
	memset(&self->stats, 0, sizeof(self->stats));
	write_file(self->folder, "cpu.stat",
		   "usage_usec 5000\nuser_usec 3000\nsystem_usec 2000\n"
		   "nr_periods 9\nnr_throttled 4\nthrottled_usec 70\n");
	write_file(self->folder, "memory.current", "4096\n");
	write_file(self->folder, "memory.max", "max\n");
	write_file(self->folder, "memory.stat", "anon 1000\nfile 2000\n");
	write_file(self->folder, "pids.current", "3\n");
	write_file(self->folder, "pids.max", "1024\n");
	write_file(self->folder, "io.stat",
		   "254:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n");
	write_file(self->folder, "meminfo", "MemTotal:    2048 kB\n");
	write_file(self->folder, "stat",
		   "cpu  1 2 3 4 5 6 7 8 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n"
		   "cpu1 1 2 3 4 5 6 7 8 0 0\nintr 1\n");
}

FIXTURE_TEARDOWN(group)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", self->folder);
	ASSERT_EQ(0, system(command));
}

static int read_now(struct stats *s, const char *folder, int fd, struct err *e)
{
	return stats_read(s, folder, folder, fd, e);
}

static json_t *written(const struct stats *s)
{
	static char text[65536];
	struct json j;

	json_start(&j, text, sizeof(text));
	stats_write(s, "app", "id-1", &j);
	return j.is_full ? NULL : json_loadb(text, j.len, 0, NULL);
}

static json_int_t at(const json_t *root, const char *a, const char *b)
{
	return json_integer_value(json_object_get(json_object_get(root, a), b));
}

TEST_F(group, a_reading_is_dockers)
{
	int fd = counters("100 2 3 4 0 0 0 0 200 6 7 8 0 0 0 0");
	const json_t *io, *link;
	json_t *root;

	ASSERT_EQ(0, read_now(&self->stats, self->folder, fd, &self->e))
	TH_LOG("%s", self->e.message);
	root = written(&self->stats);
	ASSERT_NE(NULL, root);
	EXPECT_STREQ("id-1", json_string_value(json_object_get(root, "id")));
	EXPECT_STREQ("app", json_string_value(json_object_get(root, "name")));
	EXPECT_EQ(5000000, at(json_object_get(root, "cpu_stats"), "cpu_usage",
			      "total_usage"));
	EXPECT_EQ(360000000, at(root, "cpu_stats", "system_cpu_usage"));
	EXPECT_EQ(2, at(root, "cpu_stats", "online_cpus"));
	EXPECT_EQ(70000, at(json_object_get(root, "cpu_stats"),
			    "throttling_data", "throttled_time"));
	EXPECT_EQ(4096, at(root, "memory_stats", "usage"));
	EXPECT_EQ(2048 * 1024, at(root, "memory_stats", "limit"));
	EXPECT_EQ(2000,
		  at(json_object_get(root, "memory_stats"), "stats", "file"));
	EXPECT_EQ(3, at(root, "pids_stats", "current"));
	EXPECT_EQ(1024, at(root, "pids_stats", "limit"));
	io = json_object_get(json_object_get(root, "blkio_stats"),
			     "io_service_bytes_recursive");
	ASSERT_EQ(2, json_array_size(io));
	EXPECT_EQ(20, json_integer_value(
			      json_object_get(json_array_get(io, 1), "value")));
	EXPECT_EQ(1, json_object_size(json_object_get(root, "networks")));
	link = json_object_get(json_object_get(root, "networks"), "eth0");
	EXPECT_EQ(100, json_integer_value(json_object_get(link, "rx_bytes")));
	EXPECT_EQ(8, json_integer_value(json_object_get(link, "tx_dropped")));
	/* There is nothing to compare with yet. */
	EXPECT_EQ(NULL, json_object_get(root, "network_rate_stats"));
	EXPECT_EQ(0, at(json_object_get(root, "precpu_stats"), "cpu_usage",
			"total_usage"));
	json_decref(root);
	close(fd);
}

TEST_F(group, rates_are_of_the_time_between_two_readings)
{
	int first = counters("100 0 0 0 0 0 0 0 1000 0 0 0 0 0 0 0");
	int second = counters("900 0 0 0 0 0 0 0 500 0 0 0 0 0 0 0");
	const json_t *rates;
	json_t *root;
	double in;

	ASSERT_EQ(0, read_now(&self->stats, self->folder, first, &self->e));
	/* As if it had been two seconds ago. */
	self->stats.next.at_ns -= 2000000000u;
	ASSERT_EQ(0, read_now(&self->stats, self->folder, second, &self->e));
	root = written(&self->stats);
	rates = json_object_get(root, "network_rate_stats");
	in = json_number_value(json_object_get(rates, "rx_bytes_per_sec"));
	EXPECT_LT(0, in);
	EXPECT_GE(400, in);
	/* A count that went back is a link that was made anew. */
	EXPECT_EQ(0, json_number_value(
			     json_object_get(rates, "tx_bytes_per_sec")));
	EXPECT_EQ(5000000, at(json_object_get(root, "precpu_stats"),
			      "cpu_usage", "total_usage"));
	json_decref(root);
	close(first);
	close(second);
}

TEST_F(group, who_asks_often_gets_rates_all_the_same)
{
	uint64_t first;

	/* The first reading is far enough back for both that follow it. */
	ASSERT_EQ(0, read_now(&self->stats, self->folder, -1, &self->e));
	EXPECT_EQ(0, self->stats.before.at_ns);
	first = self->stats.next.at_ns -= 1000000ull * STATS_APART_MS;
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0,
			  read_now(&self->stats, self->folder, -1, &self->e));
		ASSERT_NE(0, self->stats.before.at_ns);
		ASSERT_GE(self->stats.now.at_ns - self->stats.before.at_ns,
			  1000000ull * STATS_APART_MS);
	}
	EXPECT_LE(first, self->stats.before.at_ns);
}

TEST_F(group, a_group_that_is_gone_changes_nothing)
{
	struct stats before;

	ASSERT_EQ(0, read_now(&self->stats, self->folder, -1, &self->e));
	before = self->stats;
	EXPECT_EQ(-ENOENT, stats_read(&self->stats, "/nowhere", self->folder,
				      -1, &self->e));
	EXPECT_EQ(0, memcmp(&before, &self->stats, sizeof(before)));
}

TEST_F(group, a_limit_is_the_groups_own_where_it_has_one)
{
	write_file(self->folder, "memory.max", "8192\n");
	write_file(self->folder, "pids.max", "max\n");
	ASSERT_EQ(0, read_now(&self->stats, self->folder, -1, &self->e));
	EXPECT_EQ(8192, self->stats.now.memory_limit);
	EXPECT_EQ(0, self->stats.now.pids_limit);
}

TEST_HARNESS_MAIN
