/*
 * kernel: reads /dev/kmsg and turns what kmsg.h knows into records for the
 * operator and events for the customer, at a bounded rate.
 *
 * Each kind of message has a rate of its own, so that a flood of one does not
 * hide another. What exceeds it, what the kernel overwrote before it was read
 * and what the kernel itself held back (printk_ratelimit of sysctls.c, its
 * audit queue) is counted in one KERNEL_LOST record.
 */
#ifndef CLOISTER_UPLINK_KERNEL_H
#define CLOISTER_UPLINK_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/uplink/customer.h"
#include "runtime/uplink/kmsg.h"
#include "runtime/uplink/queue.h"
#include "runtime/uplink/sampler.h"
#include "runtime/uplink/uses.h"

#define KERNEL_BURST 100u		/* records of one kind at once */
#define KERNEL_PER_SECOND 10u		/* the same in the long run */
#define KERNEL_READS_MAX 64u		/* messages per kernel_ready() */
#define KERNEL_OOM_WAITING_MAX 16u
#define KERNEL_OOM_WAIT_MS 10000u

struct kernel_bucket {
	uint64_t tokens_milli;		/* thousandths of a record */
	uint64_t filled_ms;
};

/* An OOM kill in a container that uplink has not heard of yet. */
struct kernel_oom {
	struct kmsg_event event;
	uint64_t until_ms;
};

struct kernel {
	int fd;				/* -1: not given; owned */
	uint64_t next_sequence;		/* 0: nothing read yet */
	struct kernel_bucket buckets[KMSG_KIND_COUNT];
	struct uses uses;
	uint64_t audit_lost;		/* of these the kernel told us */
	uint64_t lost;			/* in no record yet */
	struct kernel_oom waiting[KERNEL_OOM_WAITING_MAX];
	size_t waiting_count;
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

/*
 * Tells of the kills that wait for their container, which comes on another way
 * and may be later than the kernel; what waited KERNEL_OOM_WAIT_MS is counted
 * in unmatched_oom. Call it when containers may have come.
 */
void kernel_retry(struct kernel *k, const struct kernel_sinks *sinks,
		  uint64_t now_ms, uint64_t now_ns);

/*
 * Emits what was counted: GRANT_USED, and KERNEL_LOST if something was; call
 * about every METRICS_INTERVAL_MS.
 */
void kernel_tell_counts(struct kernel *k, struct queue *q);

#endif
