/*
 * The whole of uplink, in a process of its own, between a fake init and a
 * fake collector.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"
#include "runtime/uplink/ring.h"
#include "tests/unit/uplink/world.h"

#undef ARRAY_SIZE
#include "kselftest_harness.h"

#define WAIT_MS 10000

FIXTURE(uplink)
{
	struct world w;
	int out;
};

FIXTURE_SETUP(uplink)
{
	ASSERT_EQ(0, world_open(&self->w));
	ASSERT_EQ(0, world_configure(&self->w, "127.0.0.1"));
	self->out = world_stream(&self->w, 1, CHANNEL_STDOUT);
	ASSERT_LE(0, self->out);
}

FIXTURE_TEARDOWN(uplink)
{
	fd_close(&self->out);
	world_close(&self->w);
}

/* Writes lines first..last; lets the world turn so that nothing deadlocks. */
static void write_lines(struct world *w, int fd, unsigned int first,
			unsigned int last)
{
	char line[128];

	for (unsigned int i = first; i <= last; i++) {
		int n = snprintf(line, sizeof(line), "line %u %.*s\n", i,
				 (int)(i % 80),
				 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrs"
				 "tuvwxyzabcdefghijklmnopqrstuvwxyzabcd");

		fd_write_all(fd, line, (size_t)n);
		if (i % 512 == 0)
			world_turn(w, 0);
	}
}

static bool is_stream_gone(struct world *w)
{
	return !world_has(w, "log/1") && !world_has(w, "ring/1");
}

static bool has_ring(struct world *w)
{
	return world_has(w, "ring/1");
}

static bool has_customer(struct world *w)
{
	return json_array_size(w->customer) > 0;
}

static bool has_operator(struct world *w)
{
	return json_array_size(w->operator) > 0;
}

static bool has_request(struct world *w)
{
	return w->requests > 0;
}

TEST_F(uplink, lines_arrive_numbered_and_the_stream_is_let_go_at_its_end)
{
	struct world *w = &self->w;

	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 3000);
	fd_close(&self->out);
	ASSERT_TRUE(world_until(w, is_stream_gone, WAIT_MS));
	EXPECT_TRUE(w->is_ready);
	EXPECT_EQ(0, w->early_drops);
	EXPECT_EQ(3000, world_count_seen(w, 3000));
	EXPECT_EQ(3000, w->top);
	EXPECT_EQ(0, w->mismatched);
	EXPECT_EQ(0, w->gap_lines);
	EXPECT_TRUE(world_holds(w->customer, "aws.ecs.task.family"));
	EXPECT_TRUE(world_holds(w->customer, "log.iostream"));
}

TEST_F(uplink, stream_of_a_restarted_container_ends_the_one_before)
{
	AUTO_CLOSE int next = world_stream(&self->w, 2, CHANNEL_STDOUT);
	AUTO_CLOSE int other = world_stream(&self->w, 3, CHANNEL_STDERR);
	struct world *w = &self->w;

	ASSERT_LE(0, next);
	write_lines(w, self->out, 1, 100);
	ASSERT_EQ(0, world_start(w));
	/* Its writing end is still open. */
	ASSERT_TRUE(world_until(w, is_stream_gone, WAIT_MS));
	EXPECT_EQ(100, world_count_seen(w, 100));
	EXPECT_TRUE(world_has(w, "log/2"));
	EXPECT_TRUE(world_has(w, "log/3"));
	EXPECT_LE(0, self->out);
}

TEST_F(uplink, with_the_collector_down_the_pipe_drains_and_counts_add_up)
{
	struct world *w = &self->w;
	const unsigned int lines = 60000; /* some 3 MiB */

	world_collector(w, false);
	ASSERT_EQ(0, world_start(w));
	/* Blocks for ever here if a dead collector could hold up a task. */
	write_lines(w, self->out, 1, lines);
	fd_close(&self->out);
	world_collector(w, true);
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_EQ(0, w->flushed_value);
	EXPECT_EQ(0, w->mismatched);
	EXPECT_LT(0, w->gap_lines);
	EXPECT_EQ(lines, world_count_seen(w, lines) + w->gap_lines);
	EXPECT_EQ(lines, w->top);
	EXPECT_TRUE(world_holds(w->operator, "cloister.log.gap"));
}

TEST_F(uplink, killed_many_times_mid_stream_it_loses_and_invents_no_line)
{
	struct world *w = &self->w;
	unsigned int at = 1;

	ASSERT_EQ(0, world_start(w));
	for (unsigned int round = 0; round < 12; round++) {
		unsigned int n = 400 + round * 37;

		write_lines(w, self->out, at, at + n - 1);
		at += n;
		world_turn(w, (int)(round % 4));
		world_kill(w);
		ASSERT_EQ(0, world_start(w));
	}
	fd_close(&self->out);
	ASSERT_TRUE(world_until(w, is_stream_gone, WAIT_MS));
	EXPECT_EQ(at - 1, world_count_seen(w, at - 1));
	EXPECT_EQ(at - 1, w->top);
	EXPECT_EQ(0, w->mismatched);
	EXPECT_EQ(0, w->gap_lines);
}

TEST_F(uplink, a_ring_whose_pipe_was_dropped_is_let_go_by_the_next)
{
	struct world *w = &self->w;
	struct ring r;

	/* What a death between the two drops leaves. */
	ASSERT_EQ(0, ring_create(&r, &(struct channel_stream){ .source = 1 },
				 NULL));
	ASSERT_EQ(0, world_keep(w, "ring/1", dup(r.fd), NULL, 0));
	ring_close(&r);
	world_forget(w, "log/1");
	ASSERT_EQ(0, world_start(w));
	EXPECT_TRUE(world_until(w, is_stream_gone, WAIT_MS));
}

TEST_F(uplink, an_unavailable_collector_is_asked_again_with_the_same_lines)
{
	struct world *w = &self->w;

	w->status = 503;
	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 10);
	ASSERT_TRUE(world_until(w, has_request, WAIT_MS));
	EXPECT_EQ(0, w->accepted);
	w->status = 200;
	fd_close(&self->out);
	ASSERT_TRUE(world_until(w, is_stream_gone, WAIT_MS));
	EXPECT_EQ(10, world_count_seen(w, 10));
	EXPECT_EQ(0, w->gap_lines);
}

TEST_F(uplink, a_refusing_collector_is_not_asked_again_and_the_gap_is_told)
{
	struct world *w = &self->w;

	w->status = 400;
	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 10);
	ASSERT_TRUE(world_until(w, has_request, WAIT_MS));
	world_turn(w, 50);
	w->status = 200;
	write_lines(w, self->out, 11, 20);
	fd_close(&self->out);
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_EQ(20, world_count_seen(w, 20) + w->gap_lines);
	EXPECT_LE(10, w->gap_lines);
	EXPECT_TRUE(world_holds(w->operator, "cloister.export.rejected"));
}

TEST_F(uplink, partial_success_is_told)
{
	struct world *w = &self->w;

	w->answer = "{\"partialSuccess\":{\"rejectedLogRecords\":\"3\"}}";
	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 10);
	ASSERT_TRUE(world_until(w, has_customer, WAIT_MS));
	w->answer = "{}";
	fd_close(&self->out);
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "cloister.export.rejected"));
	EXPECT_EQ(0, w->gap_lines);
}

TEST_F(uplink, records_reach_the_operator_and_task_bytes_never_do)
{
	struct world *w = &self->w;
	int pair[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	record_use_socket(pair[1]);
	ASSERT_EQ(0, RECORD(GRANT_GIVEN, RECORD_W("t1"), RECORD_W("sample"),
			    RECORD_W("BPF")));
	ASSERT_EQ(0, world_keep(w, "records-in/2", pair[0], NULL, 0));
	ASSERT_EQ(0, world_start(w));
	ASSERT_EQ(0, fd_write_all(self->out, "CANARY-7\n", 9));
	fd_close(&self->out);
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "cloister.grant.given"));
	EXPECT_FALSE(world_holds(w->customer, "cloister.grant.given"));
	EXPECT_TRUE(world_holds(w->customer, "CANARY-7"));
	EXPECT_FALSE(world_holds(w->operator, "CANARY-7"));
	close(pair[1]);
}

TEST_F(uplink, a_record_that_waited_in_the_socket_survives_a_crash)
{
	struct world *w = &self->w;
	int pair[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	ASSERT_EQ(0, world_keep(w, "records-in/0", pair[0], NULL, 0));
	ASSERT_EQ(0, world_start(w));
	world_kill(w);
	record_use_socket(pair[1]);
	ASSERT_EQ(0, RECORD(DRAIN_STARTED, RECORD_W("tasks-ended"),
			    RECORD_N(1000)));
	ASSERT_EQ(0, world_start(w));
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "cloister.drain.started"));
	close(pair[1]);
}

TEST_F(uplink, a_record_that_is_anothers_to_tell_is_refused_and_counted)
{
	struct world *w = &self->w;
	int pair[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	record_use_socket(pair[1]);
	ASSERT_EQ(0, RECORD(EVIDENCE_SEALED, RECORD_N(1), RECORD_W("forged")));
	ASSERT_EQ(0, RECORD(DENIAL, RECORD_W("forged"), RECORD_W(""),
			    RECORD_W(""), RECORD_W(""), RECORD_N(0)));
	ASSERT_EQ(0, RECORD(IMAGE_REFUSED, RECORD_W("mine"), RECORD_W("")));
	ASSERT_EQ(0, world_keep(w, "records-in/2", pair[0], NULL, 0));
	ASSERT_EQ(0, world_start(w));
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "cloister.image.refused"));
	EXPECT_TRUE(world_holds(w->operator, "cloister.records.lost"));
	EXPECT_FALSE(world_holds(w->operator, "forged"));
	close(pair[1]);
}

TEST_F(uplink, an_emitter_that_has_ended_is_not_asked_again)
{
	struct world *w = &self->w;
	int pair[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
	record_use_socket(pair[1]);
	ASSERT_EQ(0,
		  RECORD(DOCUMENT_ACCEPTED, RECORD_W("i-1"), RECORD_N(1),
			 RECORD_N(1), RECORD_W("k"), RECORD_N(1), RECORD_N(1)));
	close(pair[1]);
	ASSERT_EQ(0, world_keep(w, "records-in/1", pair[0], NULL, 0));
	ASSERT_EQ(0, world_start(w));
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "cloister.document.accepted"));
	EXPECT_FALSE(world_holds(w->operator, "cloister.records.lost"));
}

TEST_F(uplink, a_denial_goes_to_the_operator_and_an_oom_kill_to_the_customer)
{
	static const char denial[] =
		"5,100,1,-;audit: type=1400 audit(1.2:3): avc:  denied  "
		"{ read } for  pid=9 comm=\"EVILCOMM\" name=\"x\" "
		"scontext=system_u:system_r:task_t:s0:c1,c2 "
		"tcontext=system_u:object_r:root_t:s0 tclass=file "
		"permissive=0\n";
	static const char oom[] =
		"6,101,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,"
		"nodemask=(null),cpuset=web,mems_allowed=0,"
		"oom_memcg=/tasks/0123456789abcdef0123456789abcdef/web,"
		"task_memcg=/tasks/0123456789abcdef0123456789abcdef/web,"
		"task=HUNGRY,pid=77,uid=0\n";
	struct world *w = &self->w;
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX,
				SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
				0, pair));
	ASSERT_EQ(0, world_start(w));
	ASSERT_TRUE(world_until(w, has_ring, WAIT_MS));
	world_kill(w);
	ASSERT_EQ(0, world_keep(w, "kmsg", pair[0], NULL, 0));
	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 1);
	ASSERT_TRUE(world_until(w, has_customer, WAIT_MS));
	ASSERT_LT(0, write(pair[1], denial, sizeof(denial) - 1));
	ASSERT_LT(0, write(pair[1], oom, sizeof(oom) - 1));
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "cloister.denial"));
	EXPECT_TRUE(world_holds(w->customer, "process HUNGRY (pid 77)"));
	EXPECT_FALSE(world_holds(w->operator, "HUNGRY"));
	EXPECT_FALSE(world_holds(w->operator, "EVILCOMM"));
	close(pair[1]);
}

static void put_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "we");
	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

static void put_cgroup(const char *root)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/tasks", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path),
		 "%s/tasks/0123456789abcdef0123456789abcdef", root);
	mkdir(path, 0755);
	snprintf(path, sizeof(path),
		 "%s/tasks/0123456789abcdef0123456789abcdef/web", root);
	mkdir(path, 0755);
	put_file(path, "memory.current", "4096\n");
	put_file(path, "cpu.stat",
		 "usage_usec 3000\nuser_usec 1000000\n"
		 "system_usec 2000\n");
	put_file(root, "meminfo", "MemTotal:       1000 kB\n");
}

TEST_F(uplink, containers_are_measured)
{
	struct world *w = &self->w;

	put_cgroup(w->directory);
	ASSERT_EQ(0, world_start(w));
	ASSERT_TRUE(world_until(w, has_ring, WAIT_MS));
	ASSERT_TRUE(world_until(w, has_operator, WAIT_MS));
	ASSERT_TRUE(world_flush(w, WAIT_MS));
	EXPECT_TRUE(world_holds(w->operator, "container.cpu.time"));
	EXPECT_TRUE(world_holds(w->operator, "container.memory.usage"));
	EXPECT_TRUE(world_holds(w->operator, "\"asInt\":\"4096\""));
	EXPECT_TRUE(world_holds(w->operator, "system.memory.limit"));
	EXPECT_FALSE(world_holds(w->operator, "container.disk.io"));
	EXPECT_FALSE(world_holds(w->customer, "resourceMetrics"));
}

TEST_F(uplink, a_host_name_as_endpoint_sends_nothing_but_drains_the_pipe)
{
	struct world *w = &self->w;
	int waiting = 0;

	ASSERT_EQ(0, world_configure(w, "collector.example"));
	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 40000);
	ASSERT_EQ(0, ioctl(self->out, FIONREAD, &waiting));
	ASSERT_TRUE(world_flush(w, 1000));
	EXPECT_EQ(0, w->requests);
	EXPECT_TRUE(world_has(w, "ring/1"));
}

TEST_F(uplink, a_flush_without_collector_ends_at_its_bound_and_says_so)
{
	struct world *w = &self->w;

	world_collector(w, false);
	ASSERT_EQ(0, world_start(w));
	write_lines(w, self->out, 1, 5);
	ASSERT_TRUE(world_until(w, has_ring, WAIT_MS));
	ASSERT_TRUE(world_flush(w, 700));
	EXPECT_LT(0, w->flushed_value);
}

TEST_HARNESS_MAIN
