// SPDX-License-Identifier: MIT
/*
 * window: in which hours of the week an instance may be drained.
 *
 * EC2's event windows: whole hours in UTC, every week the same. A window can
 * only bring the drain forward, never put it off. Pure arithmetic: intake
 * checks a document's window with it, runtime asks it once for the drain.
 * Source: EC2 API reference, CreateInstanceEventWindow.
 */
#ifndef CLOISTER_TASK_WINDOW_H
#define CLOISTER_TASK_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/task/plan.h"

#define WINDOW_HOURS_A_WEEK 168
#define WINDOW_RANGE_LEAST_H 2 /* of one range */
#define WINDOW_TOTAL_LEAST_H 4 /* of all together */

struct window {
	/* From Sunday 00:00 UTC on. */
	bool is_open[WINDOW_HOURS_A_WEEK];
};

/*
 * Opens `hours` hours from the hour of the week `start` on, over the end of
 * the week where it comes to that.
 */
void window_open(struct window *w, unsigned int start, unsigned int hours);

/*
 * First hour of the week and length, 0 to 167 hours, of a plan's range. Equal
 * ends are a range of no hours.
 */
void window_range(const struct plan_time_range *r, unsigned int *start,
		  unsigned int *hours);

/* How many hours of the week are open. */
unsigned int window_total(const struct window *w);

/*
 * Opens the hours of "* H * * D": H is a range "20-23" (three hours) or more
 * of them behind commas, D is *, 0 to 6 or SUN to SAT, or more of them.
 * Returns NULL, or what the text has to be (see plan_syntax.h); then an
 * unknown part of it is open.
 */
const char *window_open_cron(struct window *w, const char *text);

/*
 * The window of a plan's instance. False: it has none, and drains when its
 * lifetime says.
 */
bool window_of_instance(const struct plan_instance *i, struct window *w);

enum window_reason {
	WINDOW_BEGINS,	/* where the last window before the latest time begins */
	WINDOW_IS_OPEN,	/* in the one that is open already */
	WINDOW_MISSED,	/* none is open in time: the latest time it is */
	WINDOW_REASON_COUNT
};

/* Words of records: "begins", "is-open", "missed". */
extern const char *const window_reason_words[WINDOW_REASON_COUNT];

/*
 * When to drain: Unix seconds, from `now_s` to `latest_s`.
 * The beginning of the last window between the two; without one, in a window
 * that is open now, as late as leaves `margin_s` of it for the drain; else
 * `latest_s`.
 */
int64_t window_choose(const struct window *w, int64_t now_s, int64_t latest_s,
		      int64_t margin_s, enum window_reason *reason);

#endif
