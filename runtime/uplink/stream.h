/*
 * stream: one stdout or stderr of one container, from its pipe to the words
 * of a log request.
 *
 * Owns the pipe's read end and the ring. Lines become log records of the
 * container: body the line without its newline, attributes log.iostream,
 * cloister.log.sequence (the line's number, from 1 on), cloister.log.partial
 * (true: the next record goes on with this line). A line that is not valid
 * UTF-8 has U+FFFD in the body for each bad byte and, in
 * cloister.log.original_base64, exactly what the task wrote.
 * Dropped lines appear as a record with cloister.gap.lines, cloister.gap.bytes
 * and the sequence number of the first one, at their place.
 */
#ifndef CLOISTER_UPLINK_STREAM_H
#define CLOISTER_UPLINK_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/channel.h"
#include "runtime/base/err.h"
#include "runtime/base/json.h"
#include "runtime/uplink/ring.h"

struct stream {
	uint32_t number;		/* the n of "log/<n>", 0: unused */
	bool is_armed;			/* init keeps the ring, epoll the pipe */
	bool is_eof;
	bool is_in_batch;		/* the request on its way carries it */
	int pipe;			/* owned, -1: ended or not given */
	struct channel_stream meta;	/* for a ring that is yet to be made */
	struct ring ring;		/* owned */
};

/* What one request may still take; counted down. */
struct stream_budget {
	size_t records;
	size_t soft_bytes;		/* stop once the text is this long */
};

extern const char *const stream_words[3];	/* by enum channel_source */

/*
 * True when a stream's meta data can be used: strings end, source is one of
 * two, task id and container name are made of the characters that ECS allows
 * (they become part of a cgroup path).
 */
bool stream_is_valid_meta(const struct channel_stream *c);

/* Closes pipe and ring; the struct is then unused (number 0). */
void stream_close(struct stream *s);

/*
 * Reads the pipe once into the ring. At its end sets is_eof; the owner then
 * closes the pipe. Returns 0 or -errno of ring_fill(); -EAGAIN is 0.
 */
int stream_fill(struct stream *s, uint64_t now_ns);

/* True when there is something to send: lines, a gap, or a flight. */
bool stream_has_work(const struct stream *s, bool is_final);

/* True when the pipe has ended and everything is acknowledged. */
bool stream_is_done(const struct stream *s);

/*
 * Writes one resource with this stream's next records and puts them in
 * flight; where lines are in flight already (a predecessor sent them and died
 * before the answer) exactly those, again. `is_final`: an unfinished last
 * line counts. `now_ns` is the time of lines whose own is not known.
 * Returns the number of records written, 0 when they did not fit or there is
 * nothing; or -errno.
 */
int stream_encode(struct stream *s, struct json *j,
		  const struct channel_config *config,
		  struct stream_budget *budget, bool is_final,
		  uint64_t now_ns);

#endif
