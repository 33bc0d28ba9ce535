/* SPDX-License-Identifier: MIT */
/*
 * tasks: what this process knows of each task: its description, its door and
 * its counters, as the bus brought them.
 *
 * Nothing is trusted: a description that does not hold together is not taken,
 * and the task it is about has none until a better one comes.
 */
#ifndef CLOISTER_METADATA_TASKS_H
#define CLOISTER_METADATA_TASKS_H

#include <stdbool.h>

#include "runtime/base/description.h"
#include "runtime/base/err.h"
#include "runtime/metadata/throttle.h"

struct task {
	int door;			/* owned; listens; -1: none */
	int counters;			/* owned; -1: none */
	char door_id[CHANNEL_TASK_ID_MAX];
	char counters_id[CHANNEL_TASK_ID_MAX];
	struct description *about;	/* owned, the text follows; NULL: none */
	size_t about_len;		/* bytes of both */
	struct throttle throttle;
};

/*
 * Checks a description as it came: sizes, the id, names that are one
 * component of a path, places in the text. Returns 0 or -EBADMSG.
 */
int tasks_check(const void *data, size_t len, struct err *e);

/* Takes "task/<n>": `fd` is read, not consumed. -EBADMSG, or fd_read_sealed()'s
 * errors; then the task has no description. */
int tasks_take_description(struct task *t, int fd, struct err *e);

/* Takes an id from meta data; -EBADMSG for what is no id of a task. */
int tasks_take_id(const void *meta, size_t len,
		  char id[CHANNEL_TASK_ID_MAX], struct err *e);

/* The task's description if it is of the one whose door this is, or NULL. */
const struct description *tasks_described(const struct task *t);

/* A text of the description; `*len` of it. */
const char *tasks_text(const struct description *d, struct description_text x);

#endif
