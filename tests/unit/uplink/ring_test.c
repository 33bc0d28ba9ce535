/*
 * The ring against a model that is a plain list of lines, through random
 * steps; after every step the ring may be let go and taken up again from its
 * descriptor alone, as after a SIGKILL.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/uplink/ring.h"
#include "runtime/uplink/text.h"

#undef ARRAY_SIZE
#include "kselftest_harness.h"

#define LINES_MAX 400000u
#define T0 1000000000u

static const struct channel_stream meta = { .source = CHANNEL_STDOUT,
					    .container = "web" };
static char bytes[1 << 20];

FIXTURE(ring)
{
	struct ring r;
	int kept; /* init's duplicate */
	int ends[2];
	unsigned int seed;
	/* the model */
	uint64_t produced; /* whole lines written */
	uint32_t *lengths; /* of line i, newline included */
};

FIXTURE_SETUP(ring)
{
	ASSERT_EQ(0, ring_create(&self->r, &meta, NULL));
	self->kept = fcntl(self->r.fd, F_DUPFD_CLOEXEC, 0);
	ASSERT_EQ(0, pipe2(self->ends, O_CLOEXEC | O_NONBLOCK));
	self->seed = 42;
	self->lengths = calloc(LINES_MAX, sizeof(uint32_t));
	ASSERT_NE(NULL, self->lengths);
}

FIXTURE_TEARDOWN(ring)
{
	ring_close(&self->r);
	fd_close(&self->kept);
	fd_close(&self->ends[0]);
	fd_close(&self->ends[1]);
	free(self->lengths);
}

static unsigned int next_random(unsigned int *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static int reattach(struct ring *r, int kept)
{
	int fd = fcntl(kept, F_DUPFD_CLOEXEC, 0);

	ring_close(r);
	return ring_attach(r, fd, NULL);
}

TEST_F(ring, splice_moves_the_position_that_init_shares)
{
	ASSERT_EQ(5, write(self->ends[1], "abcd\n", 5));
	ASSERT_EQ(5, ring_fill(&self->r, self->ends[0], T0));
	EXPECT_EQ(RING_HEADER_BYTES + 5, lseek(self->kept, 0, SEEK_CUR));
	EXPECT_EQ(5, ring_waiting_bytes(&self->r));
	ASSERT_EQ(5, ring_read(&self->r, RING_HEADER_BYTES, bytes, 100));
	EXPECT_EQ(0, memcmp(bytes, "abcd\n", 5));
}

TEST_F(ring, an_empty_pipe_is_eagain_and_an_ended_one_is_zero)
{
	EXPECT_EQ(-EAGAIN, ring_fill(&self->r, self->ends[0], T0));
	fd_close(&self->ends[1]);
	EXPECT_EQ(0, ring_fill(&self->r, self->ends[0], T0));
}

TEST_F(ring, a_taken_line_is_in_flight_until_it_is_settled)
{
	ASSERT_EQ(6, write(self->ends[1], "a\nb\nc\n", 6));
	ASSERT_EQ(6, ring_fill(&self->r, self->ends[0], T0));
	EXPECT_EQ(-EINVAL, ring_take(&self->r, 7, 4));
	ASSERT_EQ(0, ring_take(&self->r, 4, 2));
	EXPECT_EQ(-EBUSY, ring_take(&self->r, 2, 1));
	ASSERT_EQ(0, reattach(&self->r, self->kept));
	EXPECT_TRUE(ring_is_flying(&self->r));
	EXPECT_EQ(1, ring_state(&self->r)->flight.first_line);
	EXPECT_EQ(3, ring_state(&self->r)->rest.first_line);
	ring_settle(&self->r, true);
	EXPECT_EQ(2, ring_state(&self->r)->sent_lines);
	EXPECT_FALSE(ring_is_flying(&self->r));
}

TEST_F(ring, refused_lines_are_dropped_lines_and_the_next_gap)
{
	ASSERT_EQ(6, write(self->ends[1], "a\nb\nc\n", 6));
	ASSERT_EQ(6, ring_fill(&self->r, self->ends[0], T0));
	ASSERT_EQ(0, ring_take(&self->r, 4, 2));
	ring_settle(&self->r, false);
	EXPECT_EQ(0, ring_state(&self->r)->sent_lines);
	EXPECT_EQ(2, ring_state(&self->r)->dropped_lines);
	EXPECT_EQ(4, ring_state(&self->r)->dropped_bytes);
	EXPECT_EQ(2, ring_state(&self->r)->rest.gap_lines);
	ASSERT_EQ(0, ring_take(&self->r, 2, 1));
	EXPECT_EQ(2, ring_state(&self->r)->flight.gap_lines);
	EXPECT_EQ(0, ring_state(&self->r)->rest.gap_lines);
	ring_settle(&self->r, true);
	EXPECT_EQ(2, ring_state(&self->r)->dropped_lines);
	EXPECT_EQ(1, ring_state(&self->r)->sent_lines);
}

TEST_F(ring, drops_are_told_once)
{
	uint64_t lines, n;

	ASSERT_EQ(2, write(self->ends[1], "a\n", 2));
	ASSERT_EQ(2, ring_fill(&self->r, self->ends[0], T0));
	ASSERT_EQ(0, ring_take(&self->r, 2, 1));
	ring_settle(&self->r, false);
	ring_tell(&self->r, &lines, &n);
	EXPECT_EQ(1, lines);
	EXPECT_EQ(2, n);
	ASSERT_EQ(0, reattach(&self->r, self->kept));
	ring_tell(&self->r, &lines, &n);
	EXPECT_EQ(0, lines);
}

TEST_F(ring, half_a_commit_is_no_commit)
{
	struct ring_header *h = self->r.header;
	struct ring_commit before = *ring_state(&self->r);

	/* A kill while the other copy was being written. */
	memset(&h->commits[(h->generation + 1) & 1], 0xa5,
	       sizeof(struct ring_commit));
	ASSERT_EQ(0, reattach(&self->r, self->kept));
	EXPECT_EQ(0, memcmp(&before, ring_state(&self->r), sizeof(before)));
}

TEST_F(ring, what_is_no_ring_is_refused)
{
	int fd = memfd_create("other", MFD_CLOEXEC);
	struct ring r;

	EXPECT_EQ(-EBADMSG, ring_attach(&r, fd, NULL));
	ASSERT_EQ(0, ftruncate(fd, 2 * RING_HEADER_BYTES));
	ASSERT_EQ(RING_HEADER_BYTES, lseek(fd, RING_HEADER_BYTES, SEEK_SET));
	EXPECT_EQ(-EBADMSG, ring_attach(&r, fd, NULL));
	EXPECT_LE(0, fcntl(fd, F_GETFD));
	close(fd);
	self->r.header->commits[self->r.header->generation & 1].rest.start =
		RING_HEADER_BYTES + 1;
	fd = fcntl(self->kept, F_DUPFD_CLOEXEC, 0);
	EXPECT_EQ(-EBADMSG, ring_attach(&r, fd, NULL));
	close(fd);
}

TEST_F(ring, arrival_times_are_kept_and_get_coarser_not_wrong)
{
	uint64_t last = 0;

	for (unsigned int i = 1; i <= 5000; i++) {
		ASSERT_EQ(2, write(self->ends[1], "x\n", 2));
		ASSERT_EQ(2,
			  ring_fill(&self->r, self->ends[0], i * 10000000ull));
	}
	ASSERT_EQ(0, reattach(&self->r, self->kept));
	for (unsigned int i = 1; i <= 5000; i++) {
		uint64_t t = ring_time(&self->r, RING_HEADER_BYTES + 2 * i, 7);

		EXPECT_LE(i * 10000000ull, t);
		EXPECT_LE(last, t);
		last = t;
	}
	EXPECT_EQ(7, ring_time(&self->r, RING_HEADER_BYTES + 10001, 7));
}

/* Writes one random line if the pipe has room for it. */
static bool produce(struct __test_metadata *_metadata,
		    FIXTURE_DATA(ring) * self)
{
	size_t len = next_random(&self->seed) % 16 == 0 ?
			     next_random(&self->seed) % 8000 :
			     next_random(&self->seed) % 100;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)('a' + (self->produced + i) % 26);
	bytes[len] = '\n';
	/* Up to PIPE_BUF a write is whole or not at all; make it so above. */
	if (write(self->ends[1], bytes, len + 1) != (ssize_t)len + 1)
		return false;
	ASSERT_LT(self->produced, LINES_MAX);
	self->lengths[self->produced++] = (uint32_t)len + 1;
	return true;
}

/* Lines of a part must be the model's, byte for byte; gives their number. */
static uint64_t check_lines(struct __test_metadata *_metadata,
			    FIXTURE_DATA(ring) * self, uint64_t at,
			    uint64_t end, uint64_t line)
{
	uint64_t n = 0;

	while (at < end) {
		uint32_t len = self->lengths[line + n - 1];

		ASSERT_LE(line + n, self->produced);
		if (end - at < len)
			break;
		ASSERT_EQ((ssize_t)len, ring_read(&self->r, at, bytes, len));
		ASSERT_EQ('\n', bytes[len - 1]);
		for (size_t i = 0; i + 1 < len; i += 97)
			ASSERT_EQ((char)('a' + (line + n - 1 + i) % 26),
				  bytes[i]);
		at += len;
		n++;
	}
	return n;
}

static void check(struct __test_metadata *_metadata, FIXTURE_DATA(ring) * self)
{
	const struct ring_commit *c = ring_state(&self->r);
	struct stat st;

	ASSERT_EQ(c->flight.line_count,
		  check_lines(_metadata, self, c->flight.start, c->flight.end,
			      c->flight.first_line));
	check_lines(_metadata, self, c->rest.start, self->r.head,
		    c->rest.first_line);
	ASSERT_EQ(c->rest.first_line - 1,
		  c->sent_lines + c->dropped_lines + c->flight.line_count);
	ASSERT_GE(RING_DATA_BYTES, c->flight.end - c->flight.start +
					   ring_waiting_bytes(&self->r));
	ASSERT_EQ(0, fstat(self->kept, &st));
	/* Memory in use: header, data, what is not yet worth punching. */
	ASSERT_GE((RING_HEADER_BYTES + RING_DATA_BYTES + 3 * RING_FILL_BYTES) /
			  512,
		  st.st_blocks);
}

static void take_some(struct __test_metadata *_metadata,
		      FIXTURE_DATA(ring) * self)
{
	uint64_t want = next_random(&self->seed) % 200;
	const struct ring_commit *c = ring_state(&self->r);
	uint64_t at = c->rest.start, lines = 0;

	while (lines < want && c->rest.first_line + lines <= self->produced &&
	       at + self->lengths[c->rest.first_line + lines - 1] <=
		       self->r.head) {
		at += self->lengths[c->rest.first_line + lines - 1];
		lines++;
	}
	ASSERT_EQ(0, ring_take(&self->r, at - c->rest.start, lines));
}

static void step(struct __test_metadata *_metadata, FIXTURE_DATA(ring) * self)
{
	unsigned int dice = next_random(&self->seed) % 100;
	ssize_t n;

	if (dice < 60) {
		for (unsigned int i = 0; i < 8 && produce(_metadata, self);)
			i++;
		n = ring_fill(&self->r, self->ends[0], T0);
		ASSERT_TRUE(n > 0 || n == -EAGAIN);
	} else if (dice < 80) {
		if (!ring_is_flying(&self->r))
			take_some(_metadata, self);
	} else if (dice < 90) {
		if (ring_is_flying(&self->r))
			ring_settle(&self->r, dice < 88);
	}
	if (next_random(&self->seed) % 4 == 0)
		ASSERT_EQ(0, reattach(&self->r, self->kept));
}

TEST_F(ring, random_steps_agree_with_the_model)
{
	/* Pipe writes must be whole: one page more than the longest line. */
	ASSERT_LE(0, fcntl(self->ends[1], F_SETPIPE_SZ, 1 << 17));
	fcntl(self->ends[1], F_SETFL, 0);
	for (unsigned int i = 0; i < 20000; i++) {
		step(_metadata, self);
		if (i % 50 == 0)
			check(_metadata, self);
	}
	EXPECT_LT(0, ring_state(&self->r)->dropped_lines);
	EXPECT_LT(0, ring_state(&self->r)->sent_lines);
	EXPECT_LT(4 * RING_DATA_BYTES, self->r.head);
}

TEST_F(ring, without_anyone_taking_the_newest_lines_stay)
{
	for (unsigned int i = 0; i < 4000; i++) {
		ASSERT_TRUE(produce(_metadata, self));
		ASSERT_LT(0, ring_fill(&self->r, self->ends[0], T0));
	}
	check(_metadata, self);
	EXPECT_EQ(ring_state(&self->r)->dropped_lines,
		  ring_state(&self->r)->rest.gap_lines);
	EXPECT_EQ(ring_state(&self->r)->dropped_bytes,
		  ring_state(&self->r)->rest.gap_bytes);
	EXPECT_EQ(self->produced,
		  ring_state(&self->r)->dropped_lines +
			  check_lines(_metadata, self,
				      ring_state(&self->r)->rest.start,
				      self->r.head,
				      ring_state(&self->r)->rest.first_line));
	EXPECT_LT(RING_DATA_BYTES - 2 * TEXT_PIECE_MAX,
		  ring_waiting_bytes(&self->r));
}

/* Fills, takes and settles as fast as it can, until it is killed. */
static void work(struct ring *r, int pipe)
{
	for (;;) {
		const struct ring_commit *c;

		ring_fill(r, pipe, T0);
		if (ring_is_flying(r)) {
			ring_settle(r, true);
			continue;
		}
		c = ring_state(r);
		/* Lines of 16 bytes: whole ones can be counted. */
		ring_take(r, (r->head - c->rest.start) / 16 * 16,
			  (r->head - c->rest.start) / 16);
	}
}

TEST_F(ring, sigkill_at_any_instruction_loses_and_repeats_nothing)
{
	uint64_t written = 0;

	for (unsigned int round = 0; round < 60; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct ring r;

			if (ring_attach(&r, self->kept, NULL) == 0)
				work(&r, self->ends[0]);
			_exit(1);
		}
		for (unsigned int i = 0; i < 500 + 37 * round; i++) {
			struct timespec pause = { .tv_nsec = 1 };
			char line[17];

			snprintf(line, sizeof(line), "%015llu\n",
				 (unsigned long long)written);
			while (write(self->ends[1], line, 16) != 16)
				nanosleep(&pause, NULL);
			written++;
		}
		ASSERT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		ASSERT_EQ(0, reattach(&self->r, self->kept));
		ASSERT_EQ(0, self->r.head % 16);
	}
	while (ring_fill(&self->r, self->ends[0], T0) > 0)
		;
	EXPECT_EQ(RING_HEADER_BYTES + 16 * written, self->r.head);
	EXPECT_EQ(written, ring_state(&self->r)->sent_lines +
				   ring_state(&self->r)->dropped_lines +
				   ring_state(&self->r)->flight.line_count +
				   ring_waiting_bytes(&self->r) / 16);
	EXPECT_EQ(0, ring_state(&self->r)->dropped_lines);
}

TEST_HARNESS_MAIN
