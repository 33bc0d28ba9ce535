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
#define PIDS_MAX 64

struct run {
	long wanted;
	long error; /* 0: the program is killed there */
	pid_t program;
	long count;
	long number;   /* of the call that failed, -1: none yet */
	pid_t pending; /* whose call is being made to fail */
	pid_t seen[PIDS_MAX];
	size_t seen_count;
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

/* The first stop of a new process is not for it. */
static bool is_new(struct run *r, pid_t pid)
{
	for (size_t i = 0; i < r->seen_count; i++)
		if (r->seen[i] == pid)
			return false;
	if (r->seen_count < PIDS_MAX)
		r->seen[r->seen_count++] = pid;
	return true;
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
	if (status >> 16)
		return 0; /* an event */
	return is_new(r, pid) && signo == SIGSTOP ? 0 : signo;
}

static int trace(struct run *r, pid_t program)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0)
			return 126;
		if (pid == program && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid == program && WIFSIGNALED(status))
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

int main(int argc, char **argv)
{
	struct run r = { .number = -1 };
	int status;
	pid_t pid;

	if (argc < 5)
		return 126;
	r.wanted = strtol(argv[1], NULL, 10);
	r.error = strtol(argv[2], NULL, 10);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(argv[4], argv + 4);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) < 0)
		return 126;
	is_new(&r, pid);
	r.program = pid;
	ptrace(PTRACE_CONT, pid, NULL, 0);
	/* Counting begins with the program. */
	if (waitpid(pid, &status, 0) != pid)
		return 126;
	ptrace(PTRACE_SYSCALL, pid, NULL, 0);
	status = trace(&r, pid);
	report(&r, argv[3]);
	return status;
}
