/* SPDX-License-Identifier: MIT */
/*
 * stats: what a container uses, from its control group and the counters of
 * its network, in the form of Docker's stats with ECS's network rates.
 *
 * Rates and "precpu_stats" compare with a reading that is STATS_APART_MS old or
 * more, however often one asks: the first answers have none yet.
 * Source: cgroup-v2.rst, proc(5).
 */
#ifndef CLOISTER_METADATA_STATS_H
#define CLOISTER_METADATA_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/base/json.h"

#define STATS_APART_MS 1000
#define STATS_DEVICES_MAX 8
#define STATS_LINKS_MAX 8
#define STATS_FILE_MAX 8192
#define STATS_MEMORY_MAX 3072	/* bytes of memory.stat */

struct stats_link {
	char name[16];
	uint64_t in[4];		/* bytes, packets, errors, dropped */
	uint64_t out[4];
};

struct stats_device {
	uint32_t major, minor;
	uint64_t done[4];	/* read, written bytes; reads, writes */
};

struct stats_sample {
	uint64_t at_ns;		/* CLOCK_BOOTTIME; 0: never read */
	uint64_t unix_ns;
	uint64_t cpu_us[3];	/* usage, in user mode, in the kernel */
	uint64_t throttled[3];	/* periods, throttled ones, us */
	uint64_t system_us;	/* of all processors together */
	uint32_t processors;
	uint64_t memory;
	uint64_t memory_limit;
	uint64_t pids;
	uint64_t pids_limit;	/* 0: none */
	uint32_t device_count;
	uint32_t link_count;
	struct stats_device devices[STATS_DEVICES_MAX];
	struct stats_link links[STATS_LINKS_MAX];
	char memory_stat[STATS_MEMORY_MAX];
};

struct stats {			/* of one container */
	struct stats_sample before;	/* what is compared with */
	struct stats_sample next;	/* what will be, in a while */
	struct stats_sample now;
};

/*
 * Reads anew: `group` is the directory of the container's control group,
 * `proc` that of procfs, `counters` an open /proc/net/dev or -1. -ENOENT when
 * the group is gone; then nothing has changed.
 */
int stats_read(struct stats *s, const char *group, const char *proc,
	       int counters, struct err *e);

/* Writes the last reading, as one object. */
void stats_write(const struct stats *s, const char *name, const char *id,
		 struct json *j);

#endif
