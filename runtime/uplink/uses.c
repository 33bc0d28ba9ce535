/* SPDX-License-Identifier: MIT */
#include "runtime/uplink/uses.h"

#include <string.h>

static struct uses_row *find(struct uses *u, const struct kmsg_event *ev)
{
	for (size_t i = 0; i < u->count; i++) {
		struct uses_row *row = &u->rows[i];

		if (strcmp(row->source, ev->source) == 0 &&
		    strcmp(row->tclass, ev->tclass) == 0 &&
		    strcmp(row->permission, ev->permission) == 0)
			return row;
	}
	return NULL;
}

bool uses_note(struct uses *u, const struct kmsg_event *ev)
{
	struct uses_row *row = find(u, ev);

	if (!row) {
		if (u->count == USES_MAX)
			return false;
		row = &u->rows[u->count++];
		row->count = 0;
		memcpy(row->source, ev->source, sizeof(row->source));
		memcpy(row->tclass, ev->tclass, sizeof(row->tclass));
		memcpy(row->permission, ev->permission,
		       sizeof(row->permission));
	}
	row->count++;
	return true;
}

void uses_tell(struct uses *u, struct queue *q)
{
	for (size_t i = 0; i < u->count; i++)
		QUEUE_EMIT(q, GRANT_USED, RECORD_W(u->rows[i].source),
			   RECORD_W(u->rows[i].tclass),
			   RECORD_W(u->rows[i].permission),
			   RECORD_N(u->rows[i].count));
	u->count = 0;
}
