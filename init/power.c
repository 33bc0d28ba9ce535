#include "init/power.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#include "init/disk.h"
#include "runtime/base/fd.h"

static void (*last_words)(const char *step, const char *reason);

void power_set_last_words(void (*f)(const char *step, const char *reason))
{
	last_words = f;
}

static void turn_off(void) __attribute__((noreturn));

static void turn_off(void)
{
	reboot(RB_POWER_OFF);
	/* No way to turn it off: stop, so that nothing runs on unattended. */
	reboot((int)RB_HALT_SYSTEM);
	/*
	 * Only a policy that denies reboot gets here. The death of PID 1 is a
	 * kernel panic, and panic=-1 on the command line makes it a reset.
	 */
	_exit(1);
}

void init_panic(const char *step, const struct err *e)
{
	void (*speak)(const char *, const char *) = last_words;
	char reason[ERR_MESSAGE_MAX + 80];

	last_words = NULL;
	snprintf(reason, sizeof(reason), "%s%s%s", e->message,
		 e->message[0] ? ": " : "", strerror(e->code));
	if (speak)
		speak(step, reason);
	sync();
	disk_forget();
	say(2, "init", "power off: %s: %s", step, reason);
	tcdrain(2);
	turn_off();
}

void must(const char *step, int r, const struct err *e)
{
	if (r < 0)
		init_panic(step, e);
}

static void let_go(void)
{
	static const char *const writable[] = { "/data", "/run" };

	sync();
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++)
		if (umount2(writable[i], MNT_DETACH) < 0)
			say(2, "init", "umount(%s): %s", writable[i],
			    strerror(errno));
	disk_forget();
}

void power_off_after_drain(enum bus_drain cause)
{
	let_go();
	say(2, "init", "power off after drain (%s)", bus_drain_words[cause]);
	tcdrain(2);
	turn_off();
}

void power_off_at_deadline(void)
{
	let_go();
	say(2, "init", "power off: lifetime: deadline passed");
	tcdrain(2);
	turn_off();
}

/* Async-signal-safe calls only: anything of init may be broken here. */
static void on_fault(int number)
{
	char line[] = "init: power off: fault: signal 00\n";

	line[sizeof(line) - 4] = (char)('0' + number / 10 % 10);
	line[sizeof(line) - 3] = (char)('0' + number % 10);
	if (write(2, line, sizeof(line) - 1) < 0)
		reboot(RB_POWER_OFF);
	turn_off();
}

void power_catch_faults(void)
{
	static const int faults[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS,
	};
	struct sigaction action = {
		.sa_handler = on_fault,
		.sa_flags = (int)SA_RESETHAND,
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		sigaction(faults[i], &action, NULL);
	reboot(RB_DISABLE_CAD);
}
