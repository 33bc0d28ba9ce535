// SPDX-License-Identifier: MIT
#include "runtime/metadata/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/uplink/cgstat.h"

#define TICKS_PER_S 100 /* USER_HZ, in which procfs counts on x86-64 */
#define KIB 1024

/* The number, or 0 where the text has none. */
static uint64_t number(enum cgstat_form form, const char *text, const char *key)
{
	int64_t n;

	return cgstat_read(form, text, key, &n) && n > 0 ? (uint64_t)n : 0;
}

static int read_file(const char *folder, const char *name, char *text,
		     struct err *e)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >=
	    (int)sizeof(path))
		return err_set(e, ENAMETOOLONG, "%s", name);
	return (int)fd_read_file(AT_FDCWD, path, text, STATS_FILE_MAX, e);
}

static int read_cpu(struct stats_sample *s, const char *group, struct err *e)
{
	static const char *const keys[] = { "usage_usec",   "user_usec",
					    "system_usec",  "nr_periods",
					    "nr_throttled", "throttled_usec" };
	char text[STATS_FILE_MAX];
	int r = read_file(group, "cpu.stat", text, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < 3; i++) {
		s->cpu_us[i] = number(CGSTAT_KEYED, text, keys[i]);
		s->throttled[i] = number(CGSTAT_KEYED, text, keys[i + 3]);
	}
	return 0;
}

/* "max" is no number: the limit is then the machine's memory. */
static int read_memory(struct stats_sample *s, const char *group,
		       const char *proc, struct err *e)
{
	char text[STATS_FILE_MAX];
	int r = read_file(group, "memory.current", text, e);

	s->memory = r < 0 ? 0 : number(CGSTAT_FLAT, text, "");
	if (r >= 0)
		r = read_file(group, "memory.max", text, e);
	s->memory_limit = r < 0 ? 0 : number(CGSTAT_FLAT, text, "");
	if (r >= 0 && s->memory_limit == 0) {
		r = read_file(proc, "meminfo", text, e);
		if (r >= 0)
			s->memory_limit =
				KIB * number(CGSTAT_KEYED, text, "MemTotal");
	}
	if (r >= 0)
		r = read_file(group, "memory.stat", text, e);
	if (r >= (int)sizeof(s->memory_stat))
		return err_set(e, EFBIG, "memory.stat");
	if (r >= 0)
		memcpy(s->memory_stat, text, (size_t)r + 1);
	return r < 0 ? r : 0;
}

static int read_pids(struct stats_sample *s, const char *group, struct err *e)
{
	char text[STATS_FILE_MAX];
	int r = read_file(group, "pids.current", text, e);

	s->pids = r < 0 ? 0 : number(CGSTAT_FLAT, text, "");
	if (r >= 0)
		r = read_file(group, "pids.max", text, e);
	s->pids_limit = r < 0 ? 0 : number(CGSTAT_FLAT, text, "");
	return r < 0 ? r : 0;
}

/* Lines of "8:0 rbytes=1 wbytes=2 rios=3 wios=4 ...". */
static int read_devices(struct stats_sample *s, const char *group,
			struct err *e)
{
	char text[STATS_FILE_MAX];
	char *line, *rest = text;
	int r = read_file(group, "io.stat", text, e);

	s->device_count = 0;
	if (r < 0)
		return r;
	while ((line = strsep(&rest, "\n")) &&
	       s->device_count < STATS_DEVICES_MAX) {
		struct stats_device *d = &s->devices[s->device_count];

		if (sscanf(line,
			   "%" SCNu32 ":%" SCNu32 " rbytes=%" SCNu64
			   " wbytes=%" SCNu64 " rios=%" SCNu64 " wios=%" SCNu64,
			   &d->major, &d->minor, &d->done[0], &d->done[1],
			   &d->done[2], &d->done[3]) == 6)
			s->device_count++;
	}
	return 0;
}

/* The line of all processors: user, nice, system, idle, iowait, irq, softirq,
   steal; and how many lines of single ones there are. */
static int read_system(struct stats_sample *s, const char *proc, struct err *e)
{
	char text[STATS_FILE_MAX];
	const char *line = text;
	uint64_t t[8] = { 0 };
	int r;

	r = read_file(proc, "stat", text, e);
	/* Interrupts make it long; what counts stands first. */
	if (r < 0 && r != -EFBIG)
		return r;
	text[sizeof(text) - 1] = '\0';
	if (sscanf(text,
		   "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		   &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
		return err_set(e, EBADMSG, "%s/stat", proc);
	s->system_us = 0;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		s->system_us += t[i] * (1000000 / TICKS_PER_S);
	s->processors = 0;
	while ((line = strstr(line, "\ncpu"))) {
		s->processors++;
		line++;
	}
	return 0;
}

/* "  eth0: " and sixteen numbers, of which the first four and the ninth to
   twelfth count. Loopback is no traffic of the task's. */
static bool read_link(const char *line, struct stats_link *l)
{
	uint64_t skipped[4];

	return sscanf(line,
		      " %15[^: ]: %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		      " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		      " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
		      l->name, &l->in[0], &l->in[1], &l->in[2], &l->in[3],
		      &skipped[0], &skipped[1], &skipped[2], &skipped[3],
		      &l->out[0], &l->out[1], &l->out[2], &l->out[3]) == 13 &&
	       strcmp(l->name, "lo") != 0;
}

static void read_links(struct stats_sample *s, int counters)
{
	char text[STATS_FILE_MAX];
	char *line, *rest = text;
	ssize_t n = counters < 0 ? -1 :
				   pread(counters, text, sizeof(text) - 1, 0);

	s->link_count = 0;
	text[n < 0 ? 0 : n] = '\0';
	while ((line = strsep(&rest, "\n")) && s->link_count < STATS_LINKS_MAX)
		s->link_count += read_link(line, &s->links[s->link_count]);
}

/* The next one to compare with takes its turn when it is old enough. */
static void advance(struct stats *s, const struct stats_sample *fresh)
{
	const uint64_t apart_ns = STATS_APART_MS * UINT64_C(1000000);

	s->now = *fresh;
	if (s->next.at_ns && fresh->at_ns - s->next.at_ns < apart_ns)
		return;
	s->before = s->next;
	s->next = *fresh;
}

int stats_read(struct stats *s, const char *group, const char *proc,
	       int counters, struct err *e)
{
	AUTO_FREE struct stats_sample *fresh = calloc(1, sizeof(*fresh));
	int r;

	if (!fresh)
		return err_set(e, ENOMEM, "calloc(stats)");
	fresh->at_ns = clock_ns(CLOCK_BOOTTIME);
	fresh->unix_ns = clock_ns(CLOCK_REALTIME);
	r = read_cpu(fresh, group, e);
	if (r == 0)
		r = read_memory(fresh, group, proc, e);
	if (r == 0)
		r = read_pids(fresh, group, e);
	if (r == 0)
		r = read_devices(fresh, group, e);
	if (r == 0)
		r = read_system(fresh, proc, e);
	if (r < 0)
		return r;
	read_links(fresh, counters);
	advance(s, fresh);
	return 0;
}
