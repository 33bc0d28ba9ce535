/*
 * Each forbidden thing is tried by a child behind the filter and must end it
 * with SIGSYS; each allowed twin must not.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/calls.h"

#include "kselftest_harness.h"

/* Raw calls: what libc would do beside them is not the question. */
static void exit_now(int code)
{
	syscall(SYS_exit_group, code);
}

/* Runs one call behind the filter; gives the signal that ended it, or 0. */
static int try_call(long number, long a, long b, long c, long d)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		if (allow_only(&calls_uplink, NULL) < 0)
			exit_now(99);
		syscall(number, a, b, c, d, 0, 0);
		exit_now(7);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		return WTERMSIG(status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : -1;
}

#define NULL_ADDRESS 0L

struct call_row {
	const char *name;
	long number, a, b, c, d;
};

TEST(what_uplink_needs_is_allowed)
{
	static const struct call_row rows[] = {
		{ "socket inet", SYS_socket, AF_INET,
		  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, 0 },
		{ "socket inet6", SYS_socket, AF_INET6, SOCK_STREAM, 0, 0 },
		{ "openat read", SYS_openat, AT_FDCWD, NULL_ADDRESS,
		  O_RDONLY | O_CLOEXEC, 0 },
		{ "openat path", SYS_openat, AT_FDCWD, NULL_ADDRESS,
		  O_PATH | O_DIRECTORY, 0 },
		{ "mmap", SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE },
		{ "fcntl get seals", SYS_fcntl, -1, F_GET_SEALS, 0, 0 },
		{ "punch", SYS_fallocate, -1, 3, 0, 4096 },
		{ "splice", SYS_splice, -1, 0, -1, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_EQ(0, try_call(rows[i].number, rows[i].a, rows[i].b,
				      rows[i].c, rows[i].d))
		{
			TH_LOG("%s", rows[i].name);
		}
	}
}

TEST(everything_else_kills)
{
	static const struct call_row rows[] = {
		{ "listen", SYS_listen, -1, 1, 0, 0 },
		{ "bind", SYS_bind, -1, 0, 0, 0 },
		{ "accept", SYS_accept4, -1, 0, 0, 0 },
		{ "socket unix", SYS_socket, AF_UNIX, SOCK_STREAM, 0, 0 },
		{ "socket udp", SYS_socket, AF_INET, SOCK_DGRAM, 0, 0 },
		{ "socket raw", SYS_socket, AF_INET, SOCK_RAW, 1, 0 },
		{ "socket netlink", SYS_socket, AF_NETLINK, SOCK_RAW, 0, 0 },
		{ "socket packet", SYS_socket, AF_PACKET, SOCK_RAW, 0, 0 },
		{ "execve", SYS_execve, 0, 0, 0, 0 },
		{ "execveat", SYS_execveat, -1, 0, 0, 0 },
		{ "fork", SYS_fork, 0, 0, 0, 0 },
		{ "clone", SYS_clone, 0, 0, 0, 0 },
		{ "openat write", SYS_openat, AT_FDCWD, NULL_ADDRESS, O_WRONLY,
		  0 },
		{ "openat read write", SYS_openat, AT_FDCWD, NULL_ADDRESS,
		  O_RDWR, 0 },
		{ "openat create", SYS_openat, AT_FDCWD, NULL_ADDRESS,
		  O_RDONLY | O_CREAT, 0600 },
		{ "open", SYS_open, NULL_ADDRESS, O_RDONLY, 0, 0 },
		{ "mmap exec", SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC,
		  MAP_PRIVATE },
		{ "mprotect exec", SYS_mprotect, 0, 4096, PROT_EXEC, 0 },
		{ "fallocate", SYS_fallocate, -1, 0, 0, 4096 },
		{ "ptrace", SYS_ptrace, 0, 0, 0, 0 },
		{ "kill", SYS_kill, 0, 0, 0, 0 },
		{ "unlink", SYS_unlink, NULL_ADDRESS, 0, 0, 0 },
		{ "setuid", SYS_setuid, 902, 0, 0, 0 },
		{ "mount", SYS_mount, 0, 0, 0, 0 },
		{ "bpf", SYS_bpf, 0, 0, 0, 0 },
		{ "io_uring_setup", SYS_io_uring_setup, 1, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_EQ(SIGSYS, try_call(rows[i].number, rows[i].a, rows[i].b,
					   rows[i].c, rows[i].d))
		{
			TH_LOG("%s", rows[i].name);
		}
	}
}

TEST_HARNESS_MAIN
