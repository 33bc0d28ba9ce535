/*
 * queue: operator records that wait for their batch.
 *
 * A byte ring of packed records, bounded; when it is full the oldest go and
 * are counted. It is uplink's own memory: a crash of uplink loses what
 * waits here (at most QUEUE_BYTES; records that uplink has not read yet
 * stay in the socket, whose two ends init keeps). Task output is not here.
 */
#ifndef CLOISTER_UPLINK_QUEUE_H
#define CLOISTER_UPLINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/record.h"

#define QUEUE_BYTES (256u * 1024u)
#define QUEUE_ENTRY_MAX 6144u	/* all fields of the widest record */

struct queue {
	char bytes[QUEUE_BYTES];
	size_t start;
	size_t used;
	uint64_t count;
	uint64_t lost;		/* dropped, and no RECORDS_LOST about it yet */
	uint64_t lost_total;
};

/* A record out of the queue; its words point into `entry`. */
struct queue_record {
	struct record record;
	char entry[QUEUE_ENTRY_MAX];
};

/*
 * Appends a copy of `r`, dropping from the front where it needs room. Words
 * longer than RECORD_WORD_MAX (texts: RECORD_TEXT_MAX) are cut, characters
 * that no such word may have become '?'. r->lost is added to what is lost.
 */
void queue_push(struct queue *q, const struct record *r);

/* queue_push() of a record of our own, stamped with the time now. */
void queue_emit(struct queue *q, enum record_kind kind,
		const struct record_value *values, size_t count);

/* queue_emit() with the values listed, as RECORD() of record.h. */
#define QUEUE_EMIT(q, id, ...)                                                \
	queue_emit(q, RECORD_##id,                                            \
		   (const struct record_value[]){ __VA_ARGS__ },              \
		   sizeof((const struct record_value[]){ __VA_ARGS__ }) /     \
			   sizeof(struct record_value))

/* Takes the oldest record. Returns false when there is none. */
bool queue_pop(struct queue *q, struct queue_record *out);

#endif
