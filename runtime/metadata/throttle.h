/* SPDX-License-Identifier: MIT */
/*
 * throttle: how often a task may ask, in ECS's numbers, as a bucket that
 * fills with time. Each task has its own.
 */
#ifndef CLOISTER_METADATA_THROTTLE_H
#define CLOISTER_METADATA_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_PER_S 40
#define THROTTLE_BURST 60

struct throttle {
	uint64_t free_at_us;	/* when everything taken is paid for */
};

/* True, and one is taken, if one is there at `now_us` (any steady clock). */
static inline bool throttle_take(struct throttle *t, uint64_t now_us,
				 unsigned int per_s)
{
	const uint64_t each_us = 1000000u / per_s;

	if (t->free_at_us < now_us)
		t->free_at_us = now_us;
	if (t->free_at_us - now_us > (THROTTLE_BURST - 1) * each_us)
		return false;
	t->free_at_us += each_us;
	return true;
}

#endif
