// SPDX-License-Identifier: MIT
/*
 * The unpacker as a program of its own, for tests of runtime's side. With an
 * argument it goes into the unpacker's jail, root directory "/", and tries
 * that call. Where there is UNPACKER_STALL it never answers.
 */
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/image.h"
#include "runtime/image/jail.h"
#include "tests/unit/image/place.h"

#define EXIT_NO_JAIL 100
#define EXIT_NO_SUCH_CALL 101

static long try_getpid(void)
{
	return getpid() <= 0;
}

static long try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long try_exec(void)
{
	return execl("/nothing", "nothing", (char *)NULL);
}

static long try_fork(void)
{
	return syscall(SYS_fork);
}

static long try_chroot(void)
{
	return chroot("/");
}

static long try_mount(void)
{
	return syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL);
}

static long try_setuid(void)
{
	return syscall(SYS_setuid, 0);
}

static long try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static long try_ptrace(void)
{
	return syscall(SYS_ptrace, 0, 0, 0, 0);
}

/* clang-format off */
static const struct {
	const char *name;
	long (*call)(void);
} calls[] = {
	{ "getpid", try_getpid },
	{ "socket", try_socket },
	{ "exec", try_exec },
	{ "fork", try_fork },
	{ "chroot", try_chroot },
	{ "mount", try_mount },
	{ "setuid", try_setuid },
	{ "code", try_code },
	{ "ptrace", try_ptrace },
};
/* clang-format on */

int main(int argc, char **argv)
{
	if (argc < 2 && access(UNPACKER_STALL, F_OK) == 0)
		pause();
	if (argc < 2)
		image_unpack_main();
	if (jail_enter(open("/", O_RDONLY | O_DIRECTORY), NULL) < 0)
		return EXIT_NO_JAIL;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, argv[1]) == 0)
			return calls[i].call() != 0;
	return EXIT_NO_SUCH_CALL;
}
