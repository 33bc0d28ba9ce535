// SPDX-License-Identifier: MIT
#include "runtime/task/window.h"

#include <stddef.h>
#include <string.h>

#include "runtime/base/fd.h"

#define HOUR_S 3600
#define HOURS_A_DAY 24
#define DAYS_A_WEEK 7
/* 1970 began on a Thursday, four days after a Sunday. */
#define FIRST_HOUR (4 * HOURS_A_DAY)

const char *const window_reason_words[WINDOW_REASON_COUNT] = {
	[WINDOW_BEGINS] = "begins",
	[WINDOW_IS_OPEN] = "is-open",
	[WINDOW_MISSED] = "missed",
};

void window_open(struct window *w, unsigned int start, unsigned int hours)
{
	for (unsigned int i = 0; i < hours; i++)
		w->is_open[(start + i) % WINDOW_HOURS_A_WEEK] = true;
}

unsigned int window_total(const struct window *w)
{
	unsigned int total = 0;

	for (unsigned int i = 0; i < WINDOW_HOURS_A_WEEK; i++)
		total += w->is_open[i];
	return total;
}

/* --------------------------------------------------------- cron expressions */

#define CRON_FORM "is not '* HOURS * * DAYS' like * 0-4,20-23 * * 1,5"
#define CRON_HOURS "has hours that are not ranges of at least 2, like 20-23"
#define CRON_DAYS "has days that are not 0 to 6 or SUN to SAT, each once"

/* Digits up to `max`; moves `at` behind them. -1: none, or more than that. */
static int take_number(const char **at, int max)
{
	int n = -1;

	while (**at >= '0' && **at <= '9') {
		n = (n < 0 ? 0 : n * 10) + (*(*at)++ - '0');
		if (n > max)
			return -1;
	}
	return n;
}

/* "FROM-TO": hours [FROM, TO) of each day. */
static bool take_hours(const char **at, bool hours[HOURS_A_DAY])
{
	int from = take_number(at, HOURS_A_DAY - 1);
	int to;

	if (from < 0 || *(*at)++ != '-')
		return false;
	to = take_number(at, HOURS_A_DAY - 1);
	if (to < from + WINDOW_RANGE_LEAST_H)
		return false;
	for (int i = from; i < to; i++)
		hours[i] = true;
	return true;
}

static int take_day_name(const char **at)
{
	static const char *const names[DAYS_A_WEEK] = {
		"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT",
	};

	for (int i = 0; i < DAYS_A_WEEK; i++) {
		if (strncmp(names[i], *at, 3) != 0)
			continue;
		*at += 3;
		return i;
	}
	return -1;
}

static bool take_day(const char **at, bool days[DAYS_A_WEEK])
{
	int day = take_number(at, DAYS_A_WEEK - 1);

	if (day < 0)
		day = take_day_name(at);
	if (day < 0 || days[day])
		return false;
	days[day] = true;
	return true;
}

static bool take_all_hours(const char **at, bool hours[HOURS_A_DAY])
{
	do {
		if (!take_hours(at, hours))
			return false;
	} while (**at == ',' && (*at)++);
	return true;
}

static bool take_all_days(const char **at, bool days[DAYS_A_WEEK])
{
	if (**at == '*') {
		memset(days, true, DAYS_A_WEEK * sizeof(*days));
		(*at)++;
		return true;
	}
	do {
		if (!take_day(at, days))
			return false;
	} while (**at == ',' && (*at)++);
	return true;
}

static bool take_text(const char **at, const char *text)
{
	size_t len = strlen(text);

	if (strncmp(*at, text, len) != 0)
		return false;
	*at += len;
	return true;
}

const char *window_open_cron(struct window *w, const char *text)
{
	bool hours[HOURS_A_DAY] = { false };
	bool days[DAYS_A_WEEK] = { false };

	if (!take_text(&text, "* "))
		return CRON_FORM;
	if (!take_all_hours(&text, hours))
		return CRON_HOURS;
	if (!take_text(&text, " * * "))
		return CRON_FORM;
	if (!take_all_days(&text, days))
		return CRON_DAYS;
	if (*text)
		return CRON_FORM;
	for (unsigned int i = 0; i < WINDOW_HOURS_A_WEEK; i++)
		w->is_open[i] |= days[i / HOURS_A_DAY] &&
				 hours[i % HOURS_A_DAY];
	return NULL;
}

static unsigned int week_hour(uint32_t day, int64_t hour)
{
	return day * HOURS_A_DAY + (unsigned int)hour;
}

void window_range(const struct plan_time_range *r, unsigned int *start,
		  unsigned int *hours)
{
	unsigned int end = week_hour(r->end_week_day, r->end_hour);

	*start = week_hour(r->start_week_day, r->start_hour);
	*hours = (end + WINDOW_HOURS_A_WEEK - *start) % WINDOW_HOURS_A_WEEK;
}

bool window_of_instance(const struct plan_instance *i, struct window *w)
{
	*w = (struct window){ { false } };
	for (uint32_t n = 0; n < i->event_ranges.count; n++) {
		unsigned int start, hours;

		window_range(&i->event_ranges.items[n], &start, &hours);
		window_open(w, start, hours);
	}
	/* Its form was checked with the field. */
	if (i->event_cron[0])
		window_open_cron(w, i->event_cron);
	return window_total(w) > 0;
}

/* ------------------------------------------------------------------- choice */

/* The hours of a time are counted from 1970. */
static bool is_open(const struct window *w, int64_t hour)
{
	return w->is_open[(hour + FIRST_HOUR) % WINDOW_HOURS_A_WEEK];
}

/*
 * The beginning of the last window in (now_s, latest_s], or -1. A week shows
 * all that there is: every week is the same.
 */
static int64_t last_beginning(const struct window *w, int64_t now_s,
			      int64_t latest_s)
{
	int64_t hour = latest_s / HOUR_S;

	for (int i = 0; i < WINDOW_HOURS_A_WEEK; i++, hour--) {
		if (hour * HOUR_S <= now_s)
			return -1;
		if (is_open(w, hour) && !is_open(w, hour - 1))
			return hour * HOUR_S;
	}
	return -1;
}

/* When the window that is open in `hour` ends. */
static int64_t end_of(const struct window *w, int64_t hour)
{
	for (int i = 0; i < WINDOW_HOURS_A_WEEK; i++)
		if (!is_open(w, hour + i))
			return (hour + i) * HOUR_S;
	return INT64_MAX;
}

/* No window begins before `latest_s`; one may be open since before `now_s`. */
static int64_t choose_present(const struct window *w, int64_t now_s,
			      int64_t latest_s, int64_t margin_s,
			      enum window_reason *reason)
{
	int64_t last;

	*reason = WINDOW_MISSED;
	if (!is_open(w, now_s / HOUR_S))
		return latest_s;
	last = end_of(w, now_s / HOUR_S) - margin_s;
	if (last <= now_s && !is_open(w, latest_s / HOUR_S))
		return latest_s;
	*reason = WINDOW_IS_OPEN;
	return last > now_s && last < latest_s ? last : latest_s;
}

int64_t window_choose(const struct window *w, int64_t now_s, int64_t latest_s,
		      int64_t margin_s, enum window_reason *reason)
{
	int64_t begins = last_beginning(w, now_s, latest_s);

	if (begins < 0)
		return choose_present(w, now_s, latest_s, margin_s, reason);
	*reason = WINDOW_BEGINS;
	return begins;
}
