/*
 * clock: what time it is, for every process of the house.
 *
 * CLOCK_BOOTTIME cannot be set and runs on while the machine sleeps: every
 * deadline and every duration is counted with it. CLOCK_REALTIME is for the
 * reader of telemetry alone. Both come from the vDSO or, where it cannot tell,
 * from a system call that each seccomp filter allows.
 * Source: clock_gettime(2).
 */
#ifndef CLOISTER_BASE_CLOCK_H
#define CLOISTER_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of `id`: since the kernel started, or since 1970 in UTC. */
static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec t = { 0 };

	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Milliseconds since the kernel started. */
static inline int64_t clock_ms(void)
{
	return (int64_t)(clock_ns(CLOCK_BOOTTIME) / 1000000u);
}

/*
 * Suspended time is what CLOCK_BOOTTIME has and CLOCK_MONOTONIC lacks; all
 * other time is CLOCK_MONOTONIC_RAW. Any unit.
 */
static inline int64_t clock_age_of(int64_t raw, int64_t boottime,
				   int64_t monotonic)
{
	return raw + (boottime - monotonic);
}

/*
 * Age of the machine in milliseconds, for deadlines that nobody may move:
 * adjtimex(2) lets who may set the time slew CLOCK_BOOTTIME by a tenth, this
 * not. Source: clock_gettime(2), adjtimex(2).
 */
static inline int64_t clock_age_ms(void)
{
	return clock_age_of((int64_t)clock_ns(CLOCK_MONOTONIC_RAW),
			    (int64_t)clock_ns(CLOCK_BOOTTIME),
			    (int64_t)clock_ns(CLOCK_MONOTONIC)) /
	       1000000;
}

#endif
