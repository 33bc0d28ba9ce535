/* SPDX-License-Identifier: MIT */
/*
 * uses: how often what was granted is used, by context, class and permission.
 *
 * The kernel says so at each single check, which a busy task makes thousands
 * of times: they are counted here and told once per interval, so that no
 * number of them takes the room of a denial. What finds no row is the
 * caller's to count as lost.
 */
#ifndef CLOISTER_UPLINK_USES_H
#define CLOISTER_UPLINK_USES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/kmsg.h"
#include "runtime/uplink/queue.h"

#define USES_MAX 64u

struct uses_row {
	char source[RECORD_WORD_MAX + 1];
	char tclass[RECORD_WORD_MAX + 1];
	char permission[RECORD_WORD_MAX + 1];
	int64_t count;
};

struct uses {
	struct uses_row rows[USES_MAX];
	size_t count;
};

/* Counts one use. Returns false when the table has no row for it. */
bool uses_note(struct uses *u, const struct kmsg_event *ev);

/* Emits one GRANT_USED per row and empties the table. */
void uses_tell(struct uses *u, struct queue *q);

#endif
