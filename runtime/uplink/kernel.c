#include "runtime/uplink/kernel.h"

#include <errno.h>
#include <unistd.h>

#define MILLI 1000u

void kernel_init(struct kernel *k, uint64_t now_ms)
{
	*k = (struct kernel){ .fd = -1 };
	for (size_t i = 0; i < KMSG_KIND_COUNT; i++)
		k->buckets[i] =
			(struct kernel_bucket){ KERNEL_BURST * MILLI, now_ms };
}

static bool take_token(struct kernel *k, enum kmsg_kind kind, uint64_t now_ms)
{
	struct kernel_bucket *b = &k->buckets[kind];

	/* Thousandths per millisecond are records per second. */
	b->tokens_milli += (now_ms - b->filled_ms) * KERNEL_PER_SECOND;
	if (b->tokens_milli > KERNEL_BURST * MILLI)
		b->tokens_milli = KERNEL_BURST * MILLI;
	b->filled_ms = now_ms;
	if (b->tokens_milli < MILLI) {
		k->lost++;
		return false;
	}
	b->tokens_milli -= MILLI;
	return true;
}

static void count_skipped(struct kernel *k, uint64_t sequence)
{
	if (k->next_sequence && sequence > k->next_sequence)
		k->lost += sequence - k->next_sequence;
	k->next_sequence = sequence + 1;
}

/* False if the container is not known. */
static bool tell_oom(const struct kmsg_event *ev,
		     const struct kernel_sinks *sinks, uint64_t now_ns)
{
	const struct channel_stream *origin =
		sampler_find(sinks->sampler, ev->task_id, ev->container);

	if (origin)
		customer_note_oom(sinks->customer, origin, ev, now_ns);
	return origin != NULL;
}

static void take_oom(struct kernel *k, const struct kmsg_event *ev,
		     const struct kernel_sinks *sinks, uint64_t now_ms,
		     uint64_t now_ns)
{
	if (tell_oom(ev, sinks, now_ns))
		return;
	if (k->waiting_count == KERNEL_OOM_WAITING_MAX)
		k->unmatched_oom++;
	else
		k->waiting[k->waiting_count++] = (struct kernel_oom){
			.event = *ev,
			.until_ms = now_ms + KERNEL_OOM_WAIT_MS,
		};
}

void kernel_retry(struct kernel *k, const struct kernel_sinks *sinks,
		  uint64_t now_ms, uint64_t now_ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < k->waiting_count; i++) {
		const struct kernel_oom *w = &k->waiting[i];

		if (tell_oom(&w->event, sinks, now_ns))
			continue;
		if (now_ms >= w->until_ms)
			k->unmatched_oom++;
		else
			k->waiting[kept++] = *w;
	}
	k->waiting_count = kept;
}

/* The kernel tells the sum since boot, and not each time it grows. */
static void take_audit_lost(struct kernel *k, uint64_t total)
{
	if (total > k->audit_lost)
		k->lost += total - k->audit_lost;
	k->audit_lost = total;
}

static void tell(const struct kmsg_event *ev, struct queue *q)
{
	if (ev->kind == KMSG_DENIAL)
		QUEUE_EMIT(q, DENIAL, RECORD_W(ev->source),
			   RECORD_W(ev->target), RECORD_W(ev->tclass),
			   RECORD_W(ev->permission),
			   RECORD_N(ev->is_permissive));
	if (ev->kind == KMSG_SECCOMP)
		QUEUE_EMIT(q, SECCOMP_KILL, RECORD_W(ev->source),
			   RECORD_N(ev->syscall), RECORD_N(ev->signal));
	if (ev->kind == KMSG_POLICY)
		QUEUE_EMIT(q, POLICY_CHANGED, RECORD_W(ev->change),
			   RECORD_N(ev->value));
}

void kernel_take(struct kernel *k, const char *text, size_t len,
		 const struct kernel_sinks *sinks, uint64_t now_ms,
		 uint64_t now_ns)
{
	struct kmsg_event ev;

	if (kmsg_parse(text, len, &ev) < 0)
		return;
	count_skipped(k, ev.sequence);
	switch (ev.kind) {
	case KMSG_DENIAL:
	case KMSG_SECCOMP:
	case KMSG_POLICY:
		if (take_token(k, ev.kind, now_ms))
			tell(&ev, sinks->queue);
		return;
	case KMSG_GRANTED:
		k->lost += !uses_note(&k->uses, &ev);
		return;
	case KMSG_OOM:
		take_oom(k, &ev, sinks, now_ms, now_ns);
		return;
	case KMSG_SUPPRESSED:
		k->lost += (uint64_t)ev.count;
		return;
	case KMSG_AUDIT_LOST:
		take_audit_lost(k, (uint64_t)ev.count);
		return;
	case KMSG_OTHER:
	case KMSG_KIND_COUNT:
		return;
	}
}

int kernel_ready(struct kernel *k, const struct kernel_sinks *sinks,
		 uint64_t now_ms, uint64_t now_ns)
{
	static char text[KMSG_MESSAGE_MAX];

	for (unsigned int i = 0; i < KERNEL_READS_MAX; i++) {
		ssize_t n = read(k->fd, text, sizeof(text));

		/* EPIPE: overwritten; the next message's number says by how
		 * many. */
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (n == 0)
			return 0;
		kernel_take(k, text, (size_t)n, sinks, now_ms, now_ns);
	}
	return 0;
}

void kernel_tell_counts(struct kernel *k, struct queue *q)
{
	uses_tell(&k->uses, q);
	if (k->lost == 0)
		return;
	QUEUE_EMIT(q, KERNEL_LOST, RECORD_N(k->lost));
	k->lost = 0;
}
