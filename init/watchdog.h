/*
 * watchdog: the machine's hardware timer, the last resort where init itself
 * no longer runs. Once it is open, a machine whose timer is not fed for
 * WATCHDOG_TIMEOUT_S is reset or turned off by its hypervisor.
 *
 * It is fed from the loop of init alone, and only while runtime gives signs of
 * life: init ends a silent runtime first, which starts again with its tasks;
 * one that even SIGKILL does not end is left to the timer.
 *
 * Nothing ever stops it, the orderly end neither: until the power is really
 * off, a hang is still a hang. The magic close is not written, and init never
 * closes the device.
 */
#ifndef CLOISTER_INIT_WATCHDOG_H
#define CLOISTER_INIT_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/bus.h"
#include "runtime/base/err.h"

#define WATCHDOG_TIMEOUT_S 60
#define WATCHDOG_FEED_MS 10000

/* Silence of runtime: what ends it, and what ends the machine. */
#define WATCHDOG_KILL_MS (9 * BUS_ALIVE_EVERY_MS)
#define WATCHDOG_STARVE_MS (12 * BUS_ALIVE_EVERY_MS)

/*
 * Opens /dev/watchdog, which starts it, and sets its time. Says on the console
 * which it got, or that the machine has none, which is no error.
 * Returns 0 or -errno. Source: watchdog-api.rst, WDIOC_SETTIMEOUT.
 */
int watchdog_open(struct err *e);

/* Feeds it if it is there and the last time is WATCHDOG_FEED_MS ago. */
void watchdog_feed(int64_t now_ms);

enum watchdog_verdict {
	WATCHDOG_WELL,		/* feed */
	WATCHDOG_KILL,		/* feed, and end runtime */
	WATCHDOG_STARVE,	/* do not feed */
};

/* What a runtime that lives and was heard `silent_ms` ago deserves. */
enum watchdog_verdict watchdog_judge(int64_t silent_ms);

#endif
