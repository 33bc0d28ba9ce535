// SPDX-License-Identifier: MIT
#include "tests/workbench/faults/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"

#define OPTIONS                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)
#define SYSCALL_STOP (SIGTRAP | 0x80)

struct tracee {
	pid_t pid;
	bool is_counted; /* past the exec that it begins with */
	bool is_inside;	 /* between entry and exit of a call */
	bool is_failing;
	bool is_ended;
};

struct tracer {
	struct tracee tracees[TRACER_PROCESSES_MAX];
	const struct tracer_fault *fault;
	struct tracer_result *out;
};

/* Never fail, or have no way to tell anybody (mprotect: relro.c). */
static const long untouched[] = {
	SYS_exit,	  SYS_exit_group,
	SYS_rt_sigreturn, SYS_close,
	SYS_getpid,	  SYS_gettid,
	SYS_getppid,	  SYS_geteuid,
	SYS_getuid,	  SYS_umask,
	SYS_rt_sigaction, SYS_set_tid_address,
	SYS_arch_prctl,	  SYS_clock_gettime,
	SYS_munmap,	  SYS_restart_syscall,
	SYS_mprotect,
};

static volatile sig_atomic_t is_late;

static void on_alarm(int number)
{
	(void)number;
	is_late = 1;
}

static bool is_touched(long number)
{
	for (size_t i = 0; i < ARRAY_SIZE(untouched); i++)
		if (untouched[i] == number)
			return false;
	return true;
}

static struct tracee *find(struct tracer *t, pid_t pid)
{
	for (int i = 0; i < t->out->process_count; i++)
		if (t->tracees[i].pid == pid)
			return &t->tracees[i];
	return NULL;
}

/* The kernel may tell of a child's first stop before its parent's event. */
static struct tracee *find_or_add(struct tracer *t, pid_t pid)
{
	struct tracee *known = find(t, pid);

	if (known || t->out->process_count == TRACER_PROCESSES_MAX)
		return known;
	known = &t->tracees[t->out->process_count++];
	*known = (struct tracee){ .pid = pid, .is_counted = true };
	return known;
}

/* Entry: the call becomes none; exit: that gives the error. */
static void on_call(struct tracer *t, struct tracee *p)
{
	int index = (int)(p - t->tracees);
	struct user_regs_struct r;

	p->is_inside = !p->is_inside;
	if (ptrace(PTRACE_GETREGS, p->pid, NULL, &r) < 0)
		return;
	if (!p->is_inside && p->is_failing) {
		r.rax = (unsigned long long)-(long)t->fault->error;
		ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
		p->is_failing = false;
	}
	if (!p->is_inside || !p->is_counted || !is_touched((long)r.orig_rax))
		return;
	if (index == t->fault->process &&
	    t->out->calls[index] == t->fault->call) {
		t->out->number = (long)r.orig_rax;
		t->out->is_injected = p->is_failing = true;
		r.orig_rax = (unsigned long long)-1;
		ptrace(PTRACE_SETREGS, p->pid, NULL, &r);
	}
	t->out->calls[index]++;
}

/* What a stop was for; gives the signal that the process shall get. */
static int on_stop(struct tracer *t, struct tracee *p, int status)
{
	int signo = WSTOPSIG(status);
	unsigned int event = (unsigned int)status >> 16;

	if (signo == SYSCALL_STOP) {
		on_call(t, p);
		return 0;
	}
	/* The first exec of the command is the tracer's own doing. */
	if (event == PTRACE_EVENT_EXEC && p == t->tracees && !p->is_counted) {
		p->is_counted = true;
		return 0;
	}
	return event ? 0 : signo;
}

static void end_all(struct tracer *t)
{
	t->out->is_hung = true;
	for (int i = 0; i < t->out->process_count; i++)
		if (!t->tracees[i].is_ended)
			kill(t->tracees[i].pid, SIGKILL);
}

/* Until the command has ended. */
static void follow(struct tracer *t)
{
	while (!t->tracees[0].is_ended) {
		struct tracee *p;
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (is_late) {
			is_late = 0;
			end_all(t);
		}
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return;
		/* What ends unseen was never traced: a child of another run. */
		p = WIFSTOPPED(status) ? find_or_add(t, pid) : find(t, pid);
		if (!p)
			continue;
		if (!WIFSTOPPED(status)) {
			p->is_ended = true;
			if (p == t->tracees)
				t->out->status = status;
			continue;
		}
		ptrace(PTRACE_SYSCALL, pid, NULL,
		       (void *)(uintptr_t)on_stop(t, p, status));
	}
}

/* What the command left goes on by itself. */
static void let_go(struct tracer *t)
{
	for (int i = 1; i < t->out->process_count; i++) {
		struct tracee *p = &t->tracees[i];
		int status;

		if (p->is_ended ||
		    ptrace(PTRACE_INTERRUPT, p->pid, NULL, NULL) < 0)
			continue;
		if (waitpid(p->pid, &status, __WALL) == p->pid &&
		    WIFSTOPPED(status))
			ptrace(PTRACE_DETACH, p->pid, NULL, NULL);
	}
}

static void be_command(char *const *argv, int output_fd, int go)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char byte;

	dup2(null, 0);
	dup2(null, 1);
	dup2(output_fd, 2);
	/* Traced from here on. */
	if (read(go, &byte, 1) == 1)
		execv(argv[0], argv);
	_exit(127);
}

int tracer_run(char *const *argv, int output_fd,
	       const struct tracer_fault *fault, unsigned int timeout_s,
	       struct tracer_result *out)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct tracer t = { .fault = fault, .out = out };
	int go[2];
	pid_t pid;

	*out = (struct tracer_result){ .process_count = 1 };
	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	sigaction(SIGALRM, &action, NULL);
	pid = fork();
	if (pid == 0)
		be_command(argv, output_fd, go[0]);
	t.tracees[0].pid = pid;
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS) < 0)
		return -errno;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	is_late = 0;
	alarm(timeout_s);
	if (write(go[1], "", 1) < 0)
		return -errno;
	close(go[0]);
	close(go[1]);
	follow(&t);
	alarm(0);
	let_go(&t);
	return 0;
}
