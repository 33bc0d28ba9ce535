/*
 * exits: which container processes ended, kept until runtime knows it.
 *
 * A container is init's child, so its end is seen here and only once. The
 * queue holds the EXITS_MAX latest ends. An entry makes room only after it
 * was sent; when all of them still wait, init stops reaping and the kernel
 * holds the zombies: nothing is ever lost, only late. What was sent to a
 * runtime that died may not have been read: exits_rewind() sends it again,
 * so runtime may hear of the same end twice.
 */
#ifndef CLOISTER_INIT_EXITS_H
#define CLOISTER_INIT_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* More than a full socket queue of messages (1 MiB) can hold. */
#define EXITS_MAX 4096

struct exits_entry {
	pid_t pid;
	int status;		/* as wait(2) gives it */
};

struct exits {			/* all zero: empty */
	struct exits_entry ring[EXITS_MAX];
	size_t first;		/* of the oldest entry */
	size_t count;		/* entries, sent and waiting */
	size_t sent;		/* the oldest `sent` of them were sent */
};

/* True if one more end can be taken: exits_add() will not fail. */
bool exits_has_room(const struct exits *q);

/* Adds an end. False if there is no room; then nothing changed. */
bool exits_add(struct exits *q, pid_t pid, int status);

/* The oldest end that waits to be sent, or NULL. Valid until the next call. */
const struct exits_entry *exits_next(const struct exits *q);

/* exits_next() was sent. */
void exits_mark_sent(struct exits *q);

/*
 * All that is still known is to be sent again, except an end whose pid
 * belongs by now to another child, as `is_child` says: it would be taken for
 * the new one's.
 */
void exits_rewind(struct exits *q, bool (*is_child)(pid_t pid));

#endif
