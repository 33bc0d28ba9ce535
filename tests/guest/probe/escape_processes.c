/* Attempts on other processes, and the kernel's own calls: see escape.h. */
#include "tests/guest/probe/escape.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIDS_TRIED 600 /* the instance has fewer processes when it is tried */

static bool is_own(pid_t pid)
{
	return pid == 1 || pid == getpid() || pid == getppid();
}

int escape_any_process(const struct attempt *a)
{
	for (pid_t pid = 2; pid < PIDS_TRIED; pid++) {
		if (is_own(pid))
			continue;
		if (a->on_process(pid) >= 0)
			return 0;
		if (errno != ESRCH)
			return -1;
	}
	return escape_fail(ESRCH);
}

int escape_on_ptrace(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 ? -1 : 0;
}

int escape_on_memory(pid_t pid)
{
	char byte;
	struct iovec mine = { &byte, 1 };
	struct iovec theirs = { (void *)0x400000, 1 };

	return process_vm_readv(pid, &mine, 1, &theirs, 1, 0) < 0 ? -1 : 0;
}

int escape_on_signal(pid_t pid)
{
	return kill(pid, SIGKILL);
}

int escape_on_pidfd(pid_t pid)
{
	return syscall(SYS_pidfd_open, pid, 0) < 0 ? -1 : 0;
}

int escape_on_limits(pid_t pid)
{
	struct rlimit none = { 0, 0 };

	return prlimit(pid, RLIMIT_NOFILE, &none, NULL);
}

int escape_on_affinity(pid_t pid)
{
	cpu_set_t first = { { 1 } };

	return sched_setaffinity(pid, sizeof(first), &first);
}

int escape_see_processes(const struct attempt *a)
{
	DIR *list = opendir(a->path);
	struct dirent *d;

	if (!list)
		return -1;
	while ((d = readdir(list)))
		if (atoi(d->d_name) > 0 && !is_own(atoi(d->d_name)))
			return 0;
	return escape_fail(ENOENT);
}

int escape_call(const struct attempt *a)
{
	const long *n = a->number;

	if (a->path)
		return syscall(n[0], a->path, n[1], n[2], n[3]) < 0 ? -1 : 0;
	return syscall(n[0], n[1], n[2], n[3], 0L, 0L) < 0 ? -1 : 0;
}

int escape_set_time(const struct attempt *a)
{
	struct timeval now;

	(void)a;
	gettimeofday(&now, NULL);
	return settimeofday(&now, NULL);
}

int escape_slew_time(const struct attempt *a)
{
	struct timex same = { .modes = ADJ_TICK, .tick = 10000 };

	(void)a;
	return adjtimex(&same) < 0 ? -1 : 0;
}

int escape_perf(const struct attempt *a)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};

	return syscall(SYS_perf_event_open, &attr, a->number[0], a->number[1],
		       -1, 0UL) < 0 ?
		       -1 :
		       0;
}

int escape_raise(const struct attempt *a)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct all[_LINUX_CAPABILITY_U32S_3] = {
		{ ~0U, ~0U, 0 },
		{ ~0U, ~0U, 0 },
	};

	(void)a;
	return (int)syscall(SYS_capset, &head, all);
}

int escape_schedule(const struct attempt *a)
{
	struct sched_param first = { .sched_priority = 1 };

	(void)a;
	/* musl's own says ENOSYS. */
	return (int)syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &first);
}

int escape_shared_memory(const struct attempt *a)
{
	return shmget((key_t)a->number[0], 0, 0) < 0 ? -1 : 0;
}
