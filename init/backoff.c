#include "init/backoff.h"

static uint32_t recent_ends(const struct backoff *b, int64_t now_ms)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->count; i++)
		n += now_ms - b->ends_ms[i] < BACKOFF_WINDOW_MS;
	return n;
}

int64_t backoff_ended(struct backoff *b, int64_t now_ms)
{
	uint32_t recent = recent_ends(b, now_ms);
	int64_t pause = (int64_t)BACKOFF_FIRST_MS << recent;

	if (recent >= BACKOFF_LIMIT)
		return -1;
	b->ends_ms[b->next] = now_ms;
	b->next = (b->next + 1) % BACKOFF_LIMIT;
	if (b->count < BACKOFF_LIMIT)
		b->count++;
	return pause < BACKOFF_LONGEST_MS ? pause : BACKOFF_LONGEST_MS;
}
