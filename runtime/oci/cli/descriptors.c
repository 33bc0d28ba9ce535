// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/descriptors.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

#define FIRST_FD 3
#define COUNT_MAX 65536

static uint64_t listening(void)
{
	const char *text = getenv("LISTEN_FDS");
	char *end;
	unsigned long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	n = strtoul(text, &end, 10);
	return *end ? 0 : n;
}

static int add_environment(struct oci_process *process, uint64_t count,
			   struct err *e)
{
	static const char listen_pid[] = "LISTEN_PID=1";
	static char listen_fds[32];
	const char **env;
	size_t n = 0;

	while (process->env[n])
		n++;
	env = calloc(n + 3, sizeof(*env));
	if (!env)
		return err_set(e, ENOMEM, "calloc(environment)");
	memcpy(env, process->env, n * sizeof(*env));
	snprintf(listen_fds, sizeof(listen_fds), "LISTEN_FDS=%" PRIu64, count);
	env[n] = listen_fds;
	env[n + 1] = listen_pid;
	process->env = env;
	return 0;
}

/* How many came with us. */
static unsigned int inherited;

int descriptors_begin(struct err *e)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return err_set(e, errno, "open(/dev/null)");
	} while (fd < FIRST_FD);
	close(fd);
	while (inherited < COUNT_MAX &&
	       fcntl(FIRST_FD + (int)inherited, F_GETFD) >= 0)
		inherited++;
	return 0;
}

int descriptors_close_on_exec(struct err *e)
{
	if (syscall(SYS_close_range, FIRST_FD, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_set(e, errno, "close_range()");
	return 0;
}

int descriptors_preserve(struct oci_process *process, uint64_t count,
			 struct err *e)
{
	uint64_t sockets = listening();

	if (count > inherited || sockets > inherited - count)
		return err_set(e, EBADF,
			       "%" PRIu64 " descriptors to keep, %u came",
			       count + sockets, inherited);
	process->preserved_fd_count = (unsigned int)(count + sockets);
	return sockets ? add_environment(process, sockets, e) : 0;
}
