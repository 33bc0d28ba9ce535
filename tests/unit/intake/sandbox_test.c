// SPDX-License-Identifier: MIT
/* What the sandbox allows works, everything else ends the process. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/calls.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* Deeds return 0 or an errno; raw calls, so that no libc helps or hinders. */
static long deed_open(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0);
}

static long deed_open_old(void)
{
	return syscall(SYS_open, "/", O_RDONLY | O_DIRECTORY, 0);
}

static long deed_openat2(void)
{
	return syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0);
}

static long deed_stat(void)
{
	char buffer[512];

	return syscall(SYS_newfstatat, AT_FDCWD, "/", buffer, 0);
}

static long deed_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long deed_connect(void)
{
	return syscall(SYS_connect, 0, NULL, 0);
}

static long deed_clone(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static long deed_execve(void)
{
	return syscall(SYS_execve, "/", NULL, NULL);
}

static long deed_kill(void)
{
	return syscall(SYS_kill, 0, 0);
}

static long deed_ptrace(void)
{
	return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}

static long deed_unlink(void)
{
	return syscall(SYS_unlink, "");
}

static long deed_ioctl(void)
{
	return syscall(SYS_ioctl, 0, 0, 0);
}

static long deed_dup_by_fcntl(void)
{
	return syscall(SYS_fcntl, 0, F_DUPFD_CLOEXEC, 0);
}

static long deed_set_flags(void)
{
	return syscall(SYS_fcntl, 0, F_SETFL, 0);
}

static long deed_map_executable(void)
{
	return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long deed_make_executable(void)
{
	return syscall(SYS_mprotect, 0, 0, PROT_EXEC);
}

static long deed_bpf(void)
{
	return syscall(SYS_bpf, 0, 0, 0);
}

static long deed_setuid(void)
{
	return syscall(SYS_setuid, 0);
}

static long deed_prctl(void)
{
	return syscall(SYS_prctl, 0, 0, 0, 0, 0);
}

static long deed_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long deed_map(void)
{
	return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1;
}

static long deed_memfd(void)
{
	long fd = syscall(SYS_memfd_create, "x", MFD_ALLOW_SEALING);

	if (fd < 0 || syscall(SYS_write, fd, "x", 1) != 1 ||
	    syscall(SYS_lseek, fd, 0, SEEK_SET) != 0)
		return 1;
	return syscall(SYS_fcntl, fd, F_ADD_SEALS, SEALS);
}

static long deed_poll(void)
{
	struct pollfd none = { .fd = -1 };

	return syscall(SYS_poll, &none, 1, 0);
}

static long deed_none(void)
{
	return 0;
}

/* Enters the sandbox in a child, does the deed; the child's wait status. */
static int do_deed(long (*deed)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		/* AddressSanitizer would turn the signal into an exit. */
		signal(SIGSYS, SIG_DFL);
		if (allow_only(&calls_intake, NULL) < 0)
			syscall(SYS_exit_group, 99);
		syscall(SYS_exit_group, deed() != 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

TEST(deeds_of_intake_are_allowed)
{
	static const struct {
		const char *name;
		long (*deed)(void);
	} deeds[] = {
		{ "none", deed_none },
		{ "map", deed_map },
		{ "memfd", deed_memfd },
		{ "poll", deed_poll },
	};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		int status = do_deed(deeds[i].deed);

		EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
		TH_LOG("%s: status %d", deeds[i].name, status);
	}
}

TEST(other_deeds_kill_the_process)
{
	static const struct {
		const char *name;
		long (*deed)(void);
	} deeds[] = {
		{ "openat", deed_open },
		{ "open", deed_open_old },
		{ "openat2", deed_openat2 },
		{ "newfstatat", deed_stat },
		{ "socket", deed_socket },
		{ "connect", deed_connect },
		{ "clone", deed_clone },
		{ "execve", deed_execve },
		{ "kill", deed_kill },
		{ "ptrace", deed_ptrace },
		{ "unlink", deed_unlink },
		{ "ioctl", deed_ioctl },
		{ "fcntl F_DUPFD", deed_dup_by_fcntl },
		{ "fcntl F_SETFL", deed_set_flags },
		{ "mmap PROT_EXEC", deed_map_executable },
		{ "mprotect PROT_EXEC", deed_make_executable },
		{ "bpf", deed_bpf },
		{ "setuid", deed_setuid },
		{ "prctl", deed_prctl },
		{ "io_uring_setup", deed_io_uring },
	};

	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++) {
		int status = do_deed(deeds[i].deed);

		EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		TH_LOG("%s: status %d", deeds[i].name, status);
	}
}

TEST_HARNESS_MAIN
