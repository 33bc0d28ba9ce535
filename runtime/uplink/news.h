/* SPDX-License-Identifier: MIT */
/*
 * news: what records say of the machine and metrics repeat: how many tasks
 * and containers run, and how long the instance has to live. Pure.
 */
#ifndef CLOISTER_UPLINK_NEWS_H
#define CLOISTER_UPLINK_NEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/channel.h"
#include "runtime/base/record.h"
#include "runtime/uplink/metrics.h"

#define NEWS_STATES_MAX 512u

/* The last known state of tasks or of containers. */
struct news_states {
	struct {
		char id[CHANNEL_TASK_ID_MAX + CHANNEL_NAME_MAX];
		bool is_running;
	} rows[NEWS_STATES_MAX];
	unsigned int count;
};

struct news {
	struct news_states tasks, containers;
	int64_t drain_at_s, dead_at_s;	/* of the instance's age */
};

/*
 * Takes in what `r` says. "RUNNING" counts as running, "STOPPED" forgets a
 * task or container; what does not fit the table is not counted.
 */
void news_note(struct news *n, const struct record *r);

/* Fills in those of uplink's own numbers that are here; `age_s` as init counts. */
void news_measure(const struct news *n, int64_t age_s,
		  int64_t own[METRICS_OWN_COUNT]);

#endif
