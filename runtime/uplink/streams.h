/*
 * streams: all streams of the instance, and their life over the bus.
 *
 * init gives "log/<n>" (a pipe) and, after a crash of uplink, "ring/<n>" too.
 * A stream without a ring gets one, and init gets a duplicate of it before the
 * first byte is read: from then on a crash loses nothing. When the pipe has
 * ended and all is acknowledged, "log/<n>" and then "ring/<n>" are dropped.
 * Order of use: streams_give() for what init gives; streams_arm() after
 * BUS_START and whenever has_unarmed; streams_ready() for each event;
 * streams_sweep() after acknowledgements.
 */
#ifndef CLOISTER_UPLINK_STREAMS_H
#define CLOISTER_UPLINK_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/bus.h"
#include "runtime/uplink/queue.h"
#include "runtime/uplink/stream.h"

#define STREAMS_MAX 5120u

struct streams {
	int bus;			/* not owned */
	int epoll_fd;			/* not owned */
	uint64_t token;			/* epoll data: token + index */
	struct stream *rows;		/* owned; index stays a stream's own */
	size_t count;			/* rows in use or used before */
	bool has_unarmed;
	uint64_t gone_sent_lines;	/* of streams that are no more */
	uint64_t gone_dropped_lines;
	uint64_t gone_dropped_bytes;
};

struct streams_totals {
	uint64_t sent_lines, dropped_lines, dropped_bytes, waiting_bytes;
};

void streams_init(struct streams *t, int bus, int epoll_fd, uint64_t token);

/*
 * Takes a pipe or a ring out of a BUS_GIVE; `fd` is the table's from now on.
 * Returns 0, -ENOENT when the name is neither "log/<n>" nor "ring/<n>",
 * -EINVAL for a stream whose meta data or ring cannot be used, -EEXIST for
 * one that was given before, -ENOSPC for more than STREAMS_MAX, -ENOMEM.
 */
int streams_give(struct streams *t, const struct bus_message *m, int fd,
		 struct err *e);

/*
 * Gives rings to streams without, has init keep them, and starts watching
 * their pipes. An older stream of the same container and source ends then.
 * Where init's queue is full, has_unarmed stays true.
 */
int streams_arm(struct streams *t, uint64_t now_ns, struct err *e);

/*
 * Reads the pipe of row `index`. Returns 1 when that was its end, 0 when not,
 * or -errno.
 */
int streams_ready(struct streams *t, size_t index, uint64_t now_ns,
		  struct err *e);

/* Puts a LOG_GAP record into `q` for each stream with untold drops. */
void streams_tell_gaps(struct streams *t, struct queue *q);

/*
 * Lets go of the streams that are done; `leave` is called with `context` and
 * the ring of each before.
 */
void streams_sweep(struct streams *t, struct queue *q,
		   void (*leave)(void *context, const struct ring *ring),
		   void *context);

struct streams_totals streams_totals(const struct streams *t);

#endif
