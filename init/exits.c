#include "init/exits.h"

static struct exits_entry *at(struct exits *q, size_t n)
{
	return &q->ring[(q->first + n) % EXITS_MAX];
}

bool exits_has_room(const struct exits *q)
{
	return q->count < EXITS_MAX || q->sent > 0;
}

bool exits_add(struct exits *q, pid_t pid, int status)
{
	if (!exits_has_room(q))
		return false;
	if (q->count == EXITS_MAX) {
		q->first = (q->first + 1) % EXITS_MAX;
		q->count--;
		q->sent--;
	}
	*at(q, q->count) = (struct exits_entry){ .pid = pid, .status = status };
	q->count++;
	return true;
}

const struct exits_entry *exits_next(const struct exits *q)
{
	if (q->sent == q->count)
		return NULL;
	return &q->ring[(q->first + q->sent) % EXITS_MAX];
}

void exits_mark_sent(struct exits *q)
{
	if (q->sent < q->count)
		q->sent++;
}

void exits_rewind(struct exits *q, bool (*is_child)(pid_t pid))
{
	size_t kept = 0;

	for (size_t i = 0; i < q->count; i++) {
		struct exits_entry entry = *at(q, i);

		if (!is_child(entry.pid))
			*at(q, kept++) = entry;
	}
	q->count = kept;
	q->sent = 0;
}
