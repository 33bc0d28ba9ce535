/*
 * clock: the one clock of init. CLOCK_BOOTTIME cannot be set and runs on
 * while the machine sleeps; every deadline and every time in a record of
 * init is milliseconds of it since the kernel started.
 */
#ifndef CLOISTER_INIT_CLOCK_H
#define CLOISTER_INIT_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since the kernel started. Source: clock_gettime(2). */
static inline int64_t clock_ms(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
