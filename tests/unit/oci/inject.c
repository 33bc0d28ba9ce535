// SPDX-License-Identifier: MIT
/*
 * inject: runs a program and lets one of its system calls fail.
 *
 *	inject <n> <errno> <report> <program> [argument]...
 *
 * Counts the system calls of the program and of all that it starts; the n-th
 * is not done (but for close) and returns -errno. Writes "n NUMBER" of that
 * call to the file <report>, or "over TOTAL" when there were fewer. Exits as
 * the program does; what that leaves behind runs on untraced. With <errno> 0
 * the program is killed when it, or what it has started, does that call.
 * x86-64.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)
struct run {
	long wanted;
	long error; /* 0: the program is killed there */
	pid_t program;
	long count;
	long number;   /* of the call that failed, -1: none yet */
	pid_t pending; /* whose call is being made to fail */
};

/* What cannot fail, or has nobody to tell: the first steps of a program, which
 * ends itself without them (runtime/base/relro.c), and its last one. */
static bool is_exempt(long number)
{
	static const long exempt[] = { SYS_arch_prctl, SYS_set_tid_address,
				       SYS_mprotect,   SYS_exit,
				       SYS_exit_group, SYS_rt_sigreturn };

	for (size_t i = 0; i < sizeof(exempt) / sizeof(exempt[0]); i++)
		if (exempt[i] == number)
			return true;
	return false;
}

static void set_register(pid_t pid, bool is_entry, long value)
{
	struct user_regs_struct registers;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
		return;
	if (is_entry)
		registers.orig_rax = (unsigned long)value;
	else
		registers.rax = (unsigned long)value;
	ptrace(PTRACE_SETREGS, pid, NULL, &registers);
}

static void on_call(struct run *r, pid_t pid)
{
	struct ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && r->pending == pid) {
		set_register(pid, false, -r->error);
		r->pending = 0;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY ||
	    is_exempt((long)info.entry.nr))
		return;
	if (++r->count != r->wanted)
		return;
	r->number = (long)info.entry.nr;
	if (r->error == 0) {
		kill(r->program, SIGKILL);
		return;
	}
	r->pending = pid;
	/* The kernel frees a descriptor whatever close(2) says. */
	if (r->number != SYS_close)
		set_register(pid, true, -1);
}

/* The signal that the process is to get. */
static int on_stop(struct run *r, pid_t pid, int status)
{
	int signo = WSTOPSIG(status);

	if (signo == (SIGTRAP | 0x80)) {
		on_call(r, pid);
		return 0;
	}
	return status >> 16 ? 0 : signo; /* 0: an event */
}

static int trace(struct run *r)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			return 126;
		if (pid == r->program && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid == r->program && WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (WIFSTOPPED(status))
			ptrace(PTRACE_SYSCALL, pid, NULL,
			       on_stop(r, pid, status));
	}
}

static void report(const struct run *r, const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return;
	if (r->number >= 0)
		fprintf(file, "%ld %ld\n", r->wanted, r->number);
	else
		fprintf(file, "over %ld\n", r->count);
	fclose(file);
}

/* Waits for a byte; at its end nobody would trace us. */
static void run_program(const int ends[2], char **argv)
{
	char byte;

	close(ends[1]);
	if (read(ends[0], &byte, 1) == 1)
		execv(argv[0], argv);
	_exit(127);
}

/*
 * Seized and not attached: no SIGSTOP is on its way to what it starts, which
 * would hold that still for ever when we go first.
 */
static int begin(pid_t *program, char **argv)
{
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*program = fork();
	if (*program == 0)
		run_program(ends, argv);
	if (*program < 0 || ptrace(PTRACE_SEIZE, *program, NULL, OPTIONS) < 0 ||
	    write(ends[1], "", 1) != 1)
		return -1;
	close(ends[0]);
	close(ends[1]);
	/* Counting begins with the program. */
	if (waitpid(*program, &status, 0) != *program ||
	    status >> 16 != PTRACE_EVENT_EXEC)
		return -1;
	return ptrace(PTRACE_SYSCALL, *program, NULL, 0) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct run r = { .number = -1 };
	int status;

	if (argc < 5)
		return 126;
	r.wanted = strtol(argv[1], NULL, 10);
	r.error = strtol(argv[2], NULL, 10);
	if (begin(&r.program, argv + 4) < 0)
		return 126;
	status = trace(&r);
	report(&r, argv[3]);
	return status;
}
