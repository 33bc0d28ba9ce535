/*
 * images: which images the tasks need, each unpacked once, one at a time.
 *
 * An entry is one pair of image reference and user (the user is resolved in
 * the image's own passwd file). Nothing here outlives a crash of runtime: the
 * unpacked layers do, so asking again is quick.
 */
#ifndef CLOISTER_TASK_IMAGES_H
#define CLOISTER_TASK_IMAGES_H

#include <stdbool.h>

#include "runtime/base/err.h"
#include "runtime/image/image.h"

#define IMAGES_MAX 256
#define IMAGES_UNPACK_MS (15 * 60 * 1000)	/* bound of one unpacker */

enum images_phase {
	IMAGES_WAITING,
	IMAGES_UNPACKING,
	IMAGES_READY,
	IMAGES_REFUSED,
};

struct images_entry {
	struct image_request request;
	enum images_phase phase;
	struct image_reply *reply;	/* owned; valid in READY */
	struct err error;		/* valid in REFUSED */
	int64_t started_ms;
};

struct images {
	int store_fd;		/* -1: the instance has no store disk */
	struct images_entry entries[IMAGES_MAX];
	unsigned int count;
	unsigned int refused;	/* how many so far */
	struct image_unpacker unpacker;	/* valid while unpacking != NULL */
	struct images_entry *unpacking;
};

/*
 * 1 with `*reply` (owned by `im`, valid for good) when it is there, 0 when it
 * is under way or queued, -errno with the reason when it was refused.
 */
int images_get(struct images *im, const char *reference, const char *user,
	       const struct image_reply **reply, struct err *e);

/* The same without wanting it: NULL where it is not there. */
const struct image_reply *images_look(const struct images *im,
				      const char *reference, const char *user);

/*
 * Starts the next unpacker if none runs and one is wanted. Returns the fd to
 * wait on (readable: call images_finish()), or -1 when nothing runs.
 */
int images_work(struct images *im);

/*
 * Kills an unpacker whose time is up; its image is then refused by
 * images_finish(). Returns when the running one's time will be up
 * (CLOCK_BOOTTIME, ms), INT64_MAX when none runs.
 */
int64_t images_expire(struct images *im, int64_t now_ms);

/* Takes the answer of the running unpacker. */
void images_finish(struct images *im);

#endif
