#include "init/lifetime.h"

#include <errno.h>

#include "init/drain.h"
#include "runtime/base/lifetime.h"

_Static_assert(DRAIN_TASKS_MS + DRAIN_SWEEP_MS + DRAIN_FLUSH_MS +
			       DRAIN_FLUSH_GRACE_MS + DRAIN_STOP_MS <
		       LIFETIME_MARGIN_S * 1000,
	       "a drain of nobody knows what ends before the end");

struct lifetime lifetime_birth(void)
{
	return (struct lifetime){ LIFETIME_DRAIN_S * INT64_C(1000),
				  LIFETIME_DEAD_S * INT64_C(1000) };
}

int lifetime_shorten(int64_t *deadline_ms, int64_t after_s, struct err *e)
{
	int64_t now_s = *deadline_ms / 1000;

	if (after_s < 0)
		return err_set(e, ERANGE, "deadline %lld s",
			       (long long)after_s);
	if (after_s > now_s)
		return err_set(e, EPERM, "deadline %lld s, not %lld s",
			       (long long)now_s, (long long)after_s);
	*deadline_ms = after_s * 1000;
	return after_s < now_s;
}

enum lifetime_phase lifetime_phase(const struct lifetime *l, int64_t now_ms)
{
	if (now_ms >= l->dead_at_ms)
		return LIFETIME_OVER;
	return now_ms >= l->drain_at_ms ? LIFETIME_DRAIN : LIFETIME_WORK;
}

int64_t lifetime_left_ms(const struct lifetime *l, int64_t now_ms)
{
	switch (lifetime_phase(l, now_ms)) {
	case LIFETIME_WORK:
		return (l->drain_at_ms < l->dead_at_ms ? l->drain_at_ms :
							 l->dead_at_ms) -
		       now_ms;
	case LIFETIME_DRAIN:
		return l->dead_at_ms - now_ms;
	case LIFETIME_OVER:
		break;
	}
	return 0;
}
