/*
 * backoff: when a service that ended may start again. The pause doubles from
 * one end to the next and a service that ends too often is given up: a crash
 * loop must end in a drain, not in a machine that looks alive.
 */
#ifndef CLOISTER_INIT_BACKOFF_H
#define CLOISTER_INIT_BACKOFF_H

#include <stdint.h>

#define BACKOFF_LIMIT 5			/* restarts within the window */
#define BACKOFF_WINDOW_MS 60000
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LONGEST_MS 2000

struct backoff {			/* all zero: nothing ended yet */
	int64_t ends_ms[BACKOFF_LIMIT];	/* of the latest ends, any order */
	uint32_t count;			/* ends so far, saturates at the limit */
	uint32_t next;			/* slot of the oldest end */
};

/*
 * Notes that the service ended at `now_ms`. Returns the pause in
 * milliseconds before the next start: BACKOFF_FIRST_MS for the first end
 * within the window, twice as much for each further one, at most
 * BACKOFF_LONGEST_MS; or -1 where BACKOFF_LIMIT restarts within the window
 * were not enough.
 */
int64_t backoff_ended(struct backoff *b, int64_t now_ms);

#endif
