/*
 * kernel: reads /dev/kmsg and turns what kmsg.h knows into records for the
 * operator and events for the customer, at a bounded rate.
 *
 * What exceeds the rate, what the kernel overwrote before it was read and what
 * the kernel itself held back is counted in one KERNEL_LOST record.
 */
#ifndef CLOISTER_UPLINK_KERNEL_H
#define CLOISTER_UPLINK_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/customer.h"
#include "runtime/uplink/kmsg.h"
#include "runtime/uplink/queue.h"
#include "runtime/uplink/sampler.h"

#define KERNEL_BURST 100u		/* records at once */
#define KERNEL_PER_SECOND 10u		/* records in the long run */
#define KERNEL_READS_MAX 64u		/* messages per kernel_ready() */

struct kernel {
	int fd;				/* -1: not given; owned */
	uint64_t next_sequence;		/* 0: nothing read yet */
	uint64_t tokens_milli;		/* thousandths of a record */
	uint64_t filled_ms;
	uint64_t lost;			/* in no record yet */
	uint64_t unmatched_oom;		/* killed, but no container we know */
};

void kernel_init(struct kernel *k, uint64_t now_ms);

/* Where the parts of one message go. */
struct kernel_sinks {
	struct queue *queue;
	struct customer *customer;
	const struct sampler *sampler;
};

/* Takes one message, as kernel_ready() does with each that it reads. */
void kernel_take(struct kernel *k, const char *text, size_t len,
		 const struct kernel_sinks *sinks, uint64_t now_ms,
		 uint64_t now_ns);

/* Reads what waits. Returns 0 or -errno when the device cannot be read. */
int kernel_ready(struct kernel *k, const struct kernel_sinks *sinks,
		 uint64_t now_ms, uint64_t now_ns);

/* Emits KERNEL_LOST if something was; call about every METRICS_INTERVAL_MS. */
void kernel_tell_lost(struct kernel *k, struct queue *q);

#endif
