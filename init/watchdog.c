#include "init/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/fd.h"

static int device = -1;
static int64_t fed_at_ms;

/* The C libraries differ in the type of ioctl()'s request. */
static long control(unsigned long request, int *value)
{
	return syscall(SYS_ioctl, device, request, value);
}

int watchdog_open(struct err *e)
{
	int seconds = WATCHDOG_TIMEOUT_S;

	device = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);
	if (device < 0 && (errno == ENOENT || errno == ENODEV)) {
		say(2, "init", "no watchdog: %s", strerror(errno));
		return 0;
	}
	if (device < 0)
		return err_set(e, errno, "open(/dev/watchdog)");
	if (control(WDIOC_SETTIMEOUT, &seconds) < 0)
		return err_set(e, errno, "ioctl(watchdog, %d s)", seconds);
	say(2, "init", "watchdog: %d s", seconds);
	return 0;
}

void watchdog_feed(int64_t now_ms)
{
	if (device < 0 || now_ms < fed_at_ms + WATCHDOG_FEED_MS)
		return;
	/* A refusal is one meal less; nothing better is at hand. */
	control(WDIOC_KEEPALIVE, NULL);
	fed_at_ms = now_ms;
}

enum watchdog_verdict watchdog_judge(int64_t silent_ms)
{
	if (silent_ms >= WATCHDOG_STARVE_MS)
		return WATCHDOG_STARVE;
	return silent_ms >= WATCHDOG_KILL_MS ? WATCHDOG_KILL : WATCHDOG_WELL;
}
