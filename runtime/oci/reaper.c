// SPDX-License-Identifier: MIT
/*
 * reaper: PID 1 of a container that asked for an init process.
 *
 *	reaper <fault fd> <program> <argv of the program>...
 *	reaper <fault fd>
 *
 * Without a program it is there for the namespaces that it is the first process
 * of, and reaps what is orphaned in them until it is killed. With one it
 * starts the program, passes every signal on to it, reaps whatever else ends
 * in the container, and exits as the program did: its status, or 128+n when
 * signal n killed it. Runs under the container's own user, label and seccomp
 * profile and opens no file. What fails before the program runs is told
 * through <fault fd> (runtime/oci/fault.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/oci/fault.h"

extern char **environ;

enum {
	EXIT_OWN_FAILURE = 125,
	EXIT_SIGNAL_BASE = 128,
};

static int parse_fd(const char *text)
{
	int fd = 0;

	for (; *text >= '0' && *text <= '9' && fd < 1 << 20; text++)
		fd = fd * 10 + (*text - '0');
	return *text ? -1 : fd;
}

/* Until the other end, the reaper's, is closed. */
static void await_close(const int ends[2])
{
	char byte;

	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	close(ends[0]);
}

static void run_program(int fault_fd, const sigset_t *mask, char **argv)
{
	/* Closes with the exec: that is how the starter knows. */
	if (sigprocmask(SIG_SETMASK, mask, NULL) == 0 &&
	    fcntl(fault_fd, F_SETFD, FD_CLOEXEC) == 0) {
		oci_fault_send(fault_fd, OCI_STAGE_EXEC, 0, 0);
		execve(argv[0], argv + 1, environ);
	}
	oci_fault_send(fault_fd, OCI_STAGE_EXEC, errno, 0);
	_exit(EXIT_OWN_FAILURE);
}

/* Takes all that has ended; returns the program's status once, else -1. */
static int reap(pid_t program)
{
	int result = -1;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == program)
			result = WIFSIGNALED(status) ?
					 EXIT_SIGNAL_BASE + WTERMSIG(status) :
					 WEXITSTATUS(status);
	return result;
}

static void hold(const sigset_t *all) __attribute__((noreturn));

static void hold(const sigset_t *all)
{
	for (;;)
		if (sigwaitinfo(all, NULL) == SIGCHLD)
			reap(0);
}

/* The kernel kills what is left when PID 1 exits. */
static int serve(pid_t program, const sigset_t *all)
{
	int status = -1;

	while (status < 0) {
		int signo = sigwaitinfo(all, NULL);

		if (signo == SIGCHLD)
			status = reap(program);
		else if (signo > 0)
			kill(program, signo);
	}
	return status;
}

/* Blocked signals wait for serve(); a fault of our own must still kill. */
static int block_signals(sigset_t *all, sigset_t *before)
{
	static const int faults[] = { SIGSEGV, SIGBUS,	SIGILL, SIGFPE,
				      SIGTRAP, SIGABRT, SIGSYS };

	sigfillset(all);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(all, faults[i]);
	return sigprocmask(SIG_BLOCK, all, before);
}

int main(int argc, char **argv)
{
	sigset_t all, before;
	int fault_fd = argc != 2 && argc < 4 ? -1 : parse_fd(argv[1]);
	pid_t program;
	int ends[2];

	if (fault_fd < 3 || block_signals(&all, &before) < 0)
		return EXIT_OWN_FAILURE;
	if (argc == 2) {
		oci_fault_send(fault_fd, OCI_STAGE_EXEC, 0, 0);
		close(fault_fd);
		syscall(SYS_close_range, 0, ~0U, 0);
		hold(&all);
	}
	/* What is orphaned is ours, also where others hold the namespace. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	program = pipe(ends) < 0 ? -1 : fork();
	if (program == 0) {
		await_close(ends);
		run_program(fault_fd, &before, argv + 2);
	}
	if (program < 0) {
		oci_fault_send(fault_fd, OCI_STAGE_EXEC, errno, 0);
		return EXIT_OWN_FAILURE;
	}
	/*
	 * The streams are the program's: their readers wait for its end. The
	 * program runs when nothing is left that it could open by way of our
	 * /proc/1/fd: with the pipe of faults it would speak to the starter.
	 */
	close(fault_fd);
	syscall(SYS_close_range, 0, ~0U, 0);
	return serve(program, &all);
}
