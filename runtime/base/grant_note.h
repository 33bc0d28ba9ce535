/* SPDX-License-Identifier: MIT */
/*
 * grant_note: what runtime tells init of a container with privilege, as the
 * meta data of BUS_GRANT. init believes none of it further than its evidence
 * goes: every text must be a word, see record.h.
 */
#ifndef CLOISTER_BASE_GRANT_NOTE_H
#define CLOISTER_BASE_GRANT_NOTE_H

#include <stdint.h>

#include "runtime/base/channel.h"

#define GRANT_NOTE_LABEL_MAX 64

struct grant_note {
	uint64_t set;		/* capabilities beyond the default set; 0: the
				   container has ended */
	char task[CHANNEL_TASK_ID_MAX];
	char container[CHANNEL_NAME_MAX];
	char label[GRANT_NOTE_LABEL_MAX];	/* of its processes */
};

_Static_assert(sizeof(struct grant_note) <= BUS_META_MAX,
	       "a note fits into one bus message");

#endif
