#include "runtime/uplink/kernel.h"

#include <errno.h>
#include <unistd.h>

#define MILLI 1000u

void kernel_init(struct kernel *k, uint64_t now_ms)
{
	*k = (struct kernel){ .fd = -1,
			      .tokens_milli = KERNEL_BURST * MILLI,
			      .filled_ms = now_ms };
}

static bool take_token(struct kernel *k, uint64_t now_ms)
{
	/* Thousandths per millisecond are records per second. */
	k->tokens_milli += (now_ms - k->filled_ms) * KERNEL_PER_SECOND;
	if (k->tokens_milli > KERNEL_BURST * MILLI)
		k->tokens_milli = KERNEL_BURST * MILLI;
	k->filled_ms = now_ms;
	if (k->tokens_milli < MILLI) {
		k->lost++;
		return false;
	}
	k->tokens_milli -= MILLI;
	return true;
}

static void count_skipped(struct kernel *k, uint64_t sequence)
{
	if (k->next_sequence && sequence > k->next_sequence)
		k->lost += sequence - k->next_sequence;
	k->next_sequence = sequence + 1;
}

static void take_oom(struct kernel *k, const struct kmsg_event *ev,
		     const struct kernel_sinks *sinks, uint64_t now_ns)
{
	const struct channel_stream *origin =
		sampler_find(sinks->sampler, ev->task_id, ev->container);

	if (origin)
		customer_note_oom(sinks->customer, origin, ev, now_ns);
	else
		k->unmatched_oom++;
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
		if (take_token(k, now_ms))
			QUEUE_EMIT(sinks->queue, DENIAL, RECORD_W(ev.source),
				   RECORD_W(ev.target), RECORD_W(ev.tclass),
				   RECORD_W(ev.permission),
				   RECORD_N(ev.is_permissive));
		return;
	case KMSG_SECCOMP:
		if (take_token(k, now_ms))
			QUEUE_EMIT(sinks->queue, SECCOMP_KILL,
				   RECORD_W(ev.source), RECORD_N(ev.syscall),
				   RECORD_N(ev.signal));
		return;
	case KMSG_OOM:
		take_oom(k, &ev, sinks, now_ns);
		return;
	case KMSG_SUPPRESSED:
		k->lost += (uint64_t)ev.count;
		return;
	case KMSG_OTHER:
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

void kernel_tell_lost(struct kernel *k, struct queue *q)
{
	if (k->lost == 0)
		return;
	QUEUE_EMIT(q, KERNEL_LOST, RECORD_N(k->lost));
	k->lost = 0;
}
