/*
 * ring: the last RING_DATA_BYTES of one stream, in a memfd that outlives us.
 *
 * Bytes go from the pipe into the memfd by splice(2) at the memfd's own file
 * position. The kernel moves bytes and position in one call that no signal
 * can divide, and init's duplicate shares the position: it IS the write
 * cursor, and killing uplink at any instruction neither loses nor repeats a
 * byte. The position never turns back; the file is sparse, and pages
 * that are no longer needed are given back with a punched hole. So there is
 * no lap to account for and no end to splice across.
 *
 * In the file:   header | hole | flight | hole | rest | <- file position
 * flight: lines copied into a request that is not answered yet. rest: lines
 * that wait. When the ring is full the oldest lines of `rest` go, whole, and
 * are counted; so a gap always lies right before the part that carries it.
 * Everything but the position lives in the header, in two copies of which
 * the generation counter's lowest bit names the valid one: each change is
 * written to the other copy and comes true with one store.
 *
 * Lines have numbers from 1 on, dropped ones too. Always:
 *   sent_lines + dropped_lines + flight.line_count + lines in rest
 *                                                  = lines produced.
 * A "line" is a piece as text_next_piece() cuts it.
 *
 * Order of use: ring_create() or ring_attach(); ring_fill() whenever the pipe
 * has bytes; ring_read() and ring_take() to send; ring_settle() on the answer.
 * Trusts init (which keeps the memfd) and nobody's bytes.
 * Source: splice(2), memfd_create(2), fallocate(2); Linux fs/splice.c.
 */
#ifndef CLOISTER_UPLINK_RING_H
#define CLOISTER_UPLINK_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/base/channel.h"
#include "runtime/base/err.h"

#define RING_DATA_BYTES (1024u * 1024u)
#define RING_HEADER_BYTES 32768u
#define RING_FILL_BYTES 65536u		/* moved by one ring_fill() */
#define RING_MARKS 1024u

struct ring_part {
	uint64_t start;		/* offset in the file of the first byte */
	uint64_t end;		/* flight: after the last; unused in rest */
	uint64_t first_line;	/* number of the line at start */
	uint64_t line_count;	/* flight: lines in it; unused in rest */
	uint64_t gap_lines;	/* dropped right before start, and no gap */
	uint64_t gap_bytes;	/*   record about them acknowledged yet */
};

struct ring_commit {
	struct ring_part flight;	/* start == end: nothing in flight */
	struct ring_part rest;
	uint64_t sent_lines;
	uint64_t dropped_lines;
	uint64_t dropped_bytes;
	uint64_t told_lines;	/* of dropped: in LOG_GAP records so far */
	uint64_t told_bytes;
};

/* Bytes before `end` were read from the pipe at `unix_ns` or earlier. */
struct ring_mark {
	uint64_t end;
	uint64_t unix_ns;
};

struct ring_header {
	uint64_t magic;
	_Atomic uint64_t generation;
	struct ring_commit commits[2];
	struct channel_stream stream;
	uint64_t mark_count;
	struct ring_mark marks[RING_MARKS];
};

_Static_assert(sizeof(struct ring_header) <= RING_HEADER_BYTES,
	       "the header fits before the data");

struct ring {
	int fd;				/* owned */
	struct ring_header *header;	/* mapped shared, owned */
	uint64_t head;			/* the file position, as last seen */
	uint64_t punched;		/* everything below is given back */
};

#define RING_NONE ((struct ring){ .fd = -1 })

/*
 * Makes a new, empty ring for `stream`. Returns 0 or -errno.
 */
int ring_create(struct ring *r, const struct channel_stream *stream,
		struct err *e);

/*
 * Goes on with the ring in `fd` (owned by the ring on success, by the caller
 * on failure). Returns 0 or -errno: -EBADMSG not a ring, or one whose header
 * contradicts itself or the file position.
 */
int ring_attach(struct ring *r, int fd, struct err *e);

/* Unmaps and closes; the data lives on while init keeps its duplicate. */
void ring_close(struct ring *r);

/* The valid state; stays true until the next call that changes the ring. */
const struct ring_commit *ring_state(const struct ring *r);

/*
 * Moves up to RING_FILL_BYTES from the pipe, then drops the oldest lines of
 * rest until the ring holds RING_DATA_BYTES or less. `now_ns` becomes the
 * arrival time of the moved bytes.
 * Returns the bytes moved, 0 at the end of the pipe, -EAGAIN when the pipe is
 * empty, or -errno (-ENOBUFS: nothing could be dropped, the flight is all).
 */
ssize_t ring_fill(struct ring *r, int pipe, uint64_t now_ns);

/*
 * Copies up to `cap` bytes from file offset `at`, not beyond the head.
 * Returns the bytes copied or -errno.
 */
ssize_t ring_read(const struct ring *r, uint64_t at, void *data, size_t cap);

/* Bytes that wait in rest. */
uint64_t ring_waiting_bytes(const struct ring *r);

/*
 * Puts the first `bytes` of rest, which are `lines` lines, in flight, with
 * the gap before them. `lines` 0 sends a gap alone. Nothing may be in flight
 * (-EBUSY); more bytes than wait are -EINVAL.
 */
int ring_take(struct ring *r, uint64_t bytes, uint64_t lines);

/* True when lines or a gap are in flight. */
bool ring_is_flying(const struct ring *r);

/*
 * The answer about the flight: accepted lines count as sent; refused ones as
 * dropped, and the next gap record tells of them.
 */
void ring_settle(struct ring *r, bool is_accepted);

/* Counts all drops so far as told; gives the part that was not before. */
void ring_tell(struct ring *r, uint64_t *lines, uint64_t *bytes);

/* When the byte before offset `end` arrived; `fallback_ns` if unknown. */
uint64_t ring_time(const struct ring *r, uint64_t end, uint64_t fallback_ns);

#endif
