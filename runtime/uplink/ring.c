#include "runtime/uplink/ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/uplink/text.h"

#define MAGIC 0x31676e6972706c63u /* "clpring1" */
#define PAGE 4096u
#define PUNCH_STEP RING_FILL_BYTES /* one fallocate(2) per so many bytes */
#define MARK_STEP_NS 5000000u	   /* finer arrival times are not kept */

static char scratch[RING_FILL_BYTES];

_Static_assert(sizeof(scratch) > TEXT_PIECE_MAX,
	       "a full scratch always holds a whole piece");
_Static_assert(RING_DATA_BYTES >= 8 * RING_FILL_BYTES,
	       "a flight leaves room to fill");

const struct ring_commit *ring_state(const struct ring *r)
{
	uint64_t g = atomic_load_explicit(&r->header->generation,
					  memory_order_acquire);

	return &r->header->commits[g & 1];
}

/*
 * The copy that is not valid is written whole, then the counter flips. A kill
 * before the flip leaves the old state, after it the new one.
 */
static void commit(struct ring *r, const struct ring_commit *next)
{
	uint64_t g = atomic_load_explicit(&r->header->generation,
					  memory_order_relaxed);

	r->header->commits[(g + 1) & 1] = *next;
	atomic_store_explicit(&r->header->generation, g + 1,
			      memory_order_release);
}

static int map_header(struct ring *r, struct err *e)
{
	void *p = mmap(NULL, RING_HEADER_BYTES, PROT_READ | PROT_WRITE,
		       MAP_SHARED, r->fd, 0);

	if (p == MAP_FAILED)
		return err_set(e, errno, "mmap(ring header)");
	r->header = p;
	return 0;
}

int ring_create(struct ring *r, const struct channel_stream *stream,
		struct err *e)
{
	AUTO_CLOSE int fd = memfd_create("ring", MFD_CLOEXEC);
	int code;

	*r = RING_NONE;
	if (fd < 0)
		return err_set(e, errno, "memfd_create(ring)");
	if (ftruncate(fd, RING_HEADER_BYTES) < 0 ||
	    lseek(fd, RING_HEADER_BYTES, SEEK_SET) < 0)
		return err_set(e, errno, "ftruncate(ring)");
	r->fd = fd;
	code = map_header(r, e);
	if (code < 0) {
		*r = RING_NONE;
		return code;
	}
	r->header->commits[0] = (struct ring_commit){
		.flight = { .start = RING_HEADER_BYTES,
			    .end = RING_HEADER_BYTES,
			    .first_line = 1 },
		.rest = { .start = RING_HEADER_BYTES, .first_line = 1 },
	};
	r->header->stream = *stream;
	r->header->magic = MAGIC;
	r->head = RING_HEADER_BYTES;
	r->punched = RING_HEADER_BYTES;
	r->fd = take_fd(&fd);
	return 0;
}

static bool is_consistent(const struct ring *r)
{
	const struct ring_commit *c = ring_state(r);

	return r->header->magic == MAGIC &&
	       c->flight.start >= RING_HEADER_BYTES &&
	       c->flight.start <= c->flight.end &&
	       c->flight.end <= c->rest.start && c->rest.start <= r->head &&
	       c->flight.end - c->flight.start <= RING_DATA_BYTES &&
	       r->head - c->rest.start <= RING_DATA_BYTES + RING_FILL_BYTES &&
	       r->header->mark_count <= RING_MARKS;
}

int ring_attach(struct ring *r, int fd, struct err *e)
{
	off_t position = lseek(fd, 0, SEEK_CUR);
	struct stat st;
	int code;

	*r = RING_NONE;
	if (position < (off_t)RING_HEADER_BYTES || fstat(fd, &st) < 0 ||
	    st.st_size < position)
		return err_set(e, EBADMSG, "kept fd is not a ring");
	r->fd = fd;
	r->head = (uint64_t)position;
	r->punched = RING_HEADER_BYTES;
	code = map_header(r, e);
	if (code == 0 && !is_consistent(r))
		code = err_set(e, EBADMSG, "kept ring contradicts itself");
	if (code < 0) {
		r->fd = -1;
		ring_close(r);
	}
	return code;
}

void ring_close(struct ring *r)
{
	if (r->header)
		munmap(r->header, RING_HEADER_BYTES);
	fd_close(&r->fd);
	*r = RING_NONE;
}

/* Gives whole pages back; the edges stay, they may hold live bytes. */
static void punch(const struct ring *r, uint64_t from, uint64_t to)
{
	from = (from + PAGE - 1) / PAGE * PAGE;
	to = to / PAGE * PAGE;
	if (from < to)
		/* Failing costs memory, not correctness. */
		(void)fallocate(r->fd,
				FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)from, (off_t)(to - from));
}

/* Frees what lies below the oldest live byte, a good piece at a time. */
static void release(struct ring *r)
{
	const struct ring_commit *c = ring_state(r);
	uint64_t live = c->flight.start < c->flight.end ? c->flight.start :
							  c->rest.start;

	if (live - r->punched < PUNCH_STEP && live != r->head)
		return;
	punch(r, r->punched, live);
	r->punched = live / PAGE * PAGE;
}

uint64_t ring_waiting_bytes(const struct ring *r)
{
	return r->head - ring_state(r)->rest.start;
}

static uint64_t used_bytes(const struct ring *r)
{
	const struct ring_commit *c = ring_state(r);

	return c->flight.end - c->flight.start + ring_waiting_bytes(r);
}

ssize_t ring_read(const struct ring *r, uint64_t at, void *data, size_t cap)
{
	uint64_t left = at < r->head ? r->head - at : 0;
	ssize_t n =
		pread(r->fd, data, left < cap ? (size_t)left : cap, (off_t)at);

	return n < 0 ? -errno : n;
}

/* Drops the oldest pieces until `want` bytes are free; one commit. */
static int drop_oldest(struct ring *r, uint64_t want)
{
	struct ring_commit next = *ring_state(r);
	uint64_t before = next.rest.start;
	ssize_t n = ring_read(r, before, scratch, sizeof(scratch));
	struct text_piece piece;
	size_t at = 0;

	if (n < 0)
		return (int)n;
	while (at < want &&
	       text_next_piece(scratch + at, (size_t)n - at, false, &piece)) {
		at += piece.consumed;
		next.rest.first_line++;
		next.rest.gap_lines++;
		next.dropped_lines++;
	}
	next.rest.start += at;
	next.rest.gap_bytes += at;
	next.dropped_bytes += at;
	commit(r, &next);
	before = before / PAGE * PAGE;
	punch(r, next.flight.end > before ? next.flight.end : before,
	      next.rest.start);
	return at > 0 ? 0 : -ENOBUFS;
}

static int trim(struct ring *r)
{
	while (used_bytes(r) > RING_DATA_BYTES) {
		int code = drop_oldest(r, used_bytes(r) - RING_DATA_BYTES);

		if (code < 0)
			return code;
	}
	return 0;
}

/* When the table is full every second mark goes: times get coarser. */
static void thin_marks(struct ring_header *h)
{
	uint64_t kept = 0;

	for (uint64_t i = 1; i < h->mark_count; i += 2)
		h->marks[kept++] = h->marks[i];
	h->mark_count = kept;
}

static void forget_marks(struct ring *r)
{
	const struct ring_commit *c = ring_state(r);
	uint64_t live = c->flight.start < c->flight.end ? c->flight.start :
							  c->rest.start;
	struct ring_header *h = r->header;
	uint64_t gone = 0;

	while (gone < h->mark_count && h->marks[gone].end <= live)
		gone++;
	memmove(h->marks, h->marks + gone,
		(h->mark_count - gone) * sizeof(h->marks[0]));
	h->mark_count -= gone;
}

static void mark(struct ring *r, uint64_t now_ns)
{
	struct ring_header *h = r->header;
	struct ring_mark *last;

	if (h->mark_count) {
		last = &h->marks[h->mark_count - 1];
		if (now_ns >= last->unix_ns &&
		    now_ns - last->unix_ns < MARK_STEP_NS) {
			last->end = r->head;
			return;
		}
	}
	if (h->mark_count == RING_MARKS)
		forget_marks(r);
	if (h->mark_count == RING_MARKS)
		thin_marks(h);
	h->marks[h->mark_count++] = (struct ring_mark){ r->head, now_ns };
}

uint64_t ring_time(const struct ring *r, uint64_t end, uint64_t fallback_ns)
{
	const struct ring_header *h = r->header;
	uint64_t low = 0, high = h->mark_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (h->marks[middle].end < end)
			low = middle + 1;
		else
			high = middle;
	}
	return low < h->mark_count ? h->marks[low].unix_ns : fallback_ns;
}

ssize_t ring_fill(struct ring *r, int pipe, uint64_t now_ns)
{
	/* A predecessor may have been killed between splice and trim. */
	int code = trim(r);
	ssize_t n;

	if (code < 0)
		return code;
	n = splice(pipe, NULL, r->fd, NULL, RING_FILL_BYTES, SPLICE_F_NONBLOCK);
	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	r->head += (uint64_t)n;
	mark(r, now_ns);
	code = trim(r);
	return code < 0 ? code : n;
}

bool ring_is_flying(const struct ring *r)
{
	const struct ring_part *f = &ring_state(r)->flight;

	return f->line_count > 0 || f->gap_lines > 0;
}

int ring_take(struct ring *r, uint64_t bytes, uint64_t lines)
{
	struct ring_commit next = *ring_state(r);

	if (ring_is_flying(r))
		return -EBUSY;
	if (bytes > ring_waiting_bytes(r))
		return -EINVAL;
	next.flight = next.rest;
	next.flight.end = next.rest.start + bytes;
	next.flight.line_count = lines;
	next.rest.start += bytes;
	next.rest.first_line += lines;
	next.rest.gap_lines = 0;
	next.rest.gap_bytes = 0;
	commit(r, &next);
	return 0;
}

void ring_settle(struct ring *r, bool is_accepted)
{
	struct ring_commit next = *ring_state(r);
	struct ring_part *f = &next.flight;
	uint64_t bytes = f->end - f->start;

	if (is_accepted) {
		next.sent_lines += f->line_count;
	} else {
		next.dropped_lines += f->line_count;
		next.dropped_bytes += bytes;
		next.rest.gap_lines += f->gap_lines + f->line_count;
		next.rest.gap_bytes += f->gap_bytes + bytes;
	}
	*f = (struct ring_part){ .start = next.rest.start,
				 .end = next.rest.start,
				 .first_line = next.rest.first_line };
	commit(r, &next);
	release(r);
}

void ring_tell(struct ring *r, uint64_t *lines, uint64_t *bytes)
{
	struct ring_commit next = *ring_state(r);

	*lines = next.dropped_lines - next.told_lines;
	*bytes = next.dropped_bytes - next.told_bytes;
	if (*lines == 0 && *bytes == 0)
		return;
	next.told_lines = next.dropped_lines;
	next.told_bytes = next.dropped_bytes;
	commit(r, &next);
}
