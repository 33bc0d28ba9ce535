/* Verbs about processes, signals, time and memory. */
#include "tests/guest/probe/probe.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void run_exit(const struct probe_call *call)
{
	exit((int)probe_number(call, 1));
}

static void run_kill_self(const struct probe_call *call)
{
	kill(getpid(), (int)probe_number(call, 1));
	probe_say(call, "still here");
}

static void run_crash(const struct probe_call *call)
{
	volatile int *volatile nowhere = NULL;

	(void)call;
	*nowhere = 1;
}

static void run_ignore(const struct probe_call *call)
{
	probe_result(call,
		     signal((int)probe_number(call, 1), SIG_IGN) == SIG_ERR ?
			     -1 :
			     0);
}

static int catch_status;

static void on_signal(int number)
{
	char text[] = "caught 00\n";

	text[7] = (char)('0' + number / 10);
	text[8] = (char)('0' + number % 10);
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) < 0)
		_exit(120);
	_exit(catch_status);
}

static void run_catch(const struct probe_call *call)
{
	struct sigaction action = { .sa_handler = on_signal };

	catch_status = (int)probe_number(call, 2);
	probe_result(call,
		     sigaction((int)probe_number(call, 1), &action, NULL));
}

static void run_pause(const struct probe_call *call)
{
	probe_say(call, "waiting");
	for (;;)
		pause();
}

static void run_sleep(const struct probe_call *call)
{
	long ms = probe_number(call, 1);
	struct timespec rest = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
		;
	probe_say(call, "ok");
}

static void run_burn(const struct probe_call *call)
{
	struct timespec now;
	time_t end;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + probe_number(call, 1);
	while (now.tv_sec < end)
		clock_gettime(CLOCK_MONOTONIC, &now);
	probe_say(call, "ok");
}

static void run_signal(const struct probe_call *call)
{
	probe_result(call, kill((pid_t)probe_number(call, 1),
				(int)probe_number(call, 2)));
}

static void run_ptrace(const struct probe_call *call)
{
	pid_t pid = (pid_t)probe_number(call, 1);
	long result = ptrace(PTRACE_SEIZE, pid, NULL, NULL);

	probe_result(call, result);
	if (result == 0)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void run_ptrace_child(const struct probe_call *call)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	long result = pid < 0 ? -1 : ptrace(PTRACE_SEIZE, pid, NULL, NULL);

	probe_result(call, result);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/* Children that wait; says how many there could be, and why not more. */
static void run_fork(const struct probe_call *call)
{
	long limit = probe_number(call, 1);
	long done = 0;
	pid_t pid = 0;

	/* The group dies at once at the end, and the limit is free again. */
	setpgid(0, 0);
	while (done < limit && (pid = fork()) > 0)
		done++;
	if (pid == 0 && limit > 0) {
		pause();
		_exit(0);
	}
	if (pid < 0)
		probe_result(call, -1);
	probe_say(call, "made %ld", done);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	signal(SIGTERM, SIG_DFL);
}

/* Never gives up: what a limit must hold. */
static void run_fork_bomb(const struct probe_call *call)
{
	probe_say(call, "begins");
	for (;;)
		if (fork() < 0)
			usleep(10000);
}

/* Leaves `count` orphans that end at once: somebody must reap them. */
static void run_orphans(const struct probe_call *call)
{
	long count = probe_number(call, 1);

	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0)
				_exit(0);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	probe_say(call, "ok %ld", count);
}

/* The verbs that follow run in a child; the parent waits and goes on to end. */
static void run_child(const struct probe_call *call)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		return;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	probe_say(call, "exit=%d signal=%d",
		  WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		  WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	exit(0);
}

static void run_eat(const struct probe_call *call)
{
	long mib = probe_number(call, 1);

	for (long i = 0; i < mib; i++) {
		char *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (block == MAP_FAILED) {
			probe_result(call, -1);
			return;
		}
		memset(block, 0x5a, 1 << 20);
	}
	probe_result(call, mib);
}

static void run_exec(const struct probe_call *call)
{
	execv(call->argv[1], call->argv + 1);
	probe_result(call, -1);
}

static void run_write_exec(const struct probe_call *call)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	probe_result(call, page == MAP_FAILED ? -1 : 0);
}

/* A child that may do all but ask for its number, and does. */
static void die_by_seccomp(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(errno);
	syscall(SYS_getppid);
	_exit(0);
}

static void run_seccomp_kill(const struct probe_call *call)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		die_by_seccomp();
	waitpid(pid, &status, 0);
	probe_say(call, WIFSIGNALED(status) ? "signal %d" : "exit %d",
		  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

const struct probe_verb probe_processes[] = {
	{ "exit", 1, "CODE", run_exit },
	{ "kill-self", 1, "SIGNAL", run_kill_self },
	{ "crash", 0, "", run_crash },
	{ "ignore", 1, "SIGNAL", run_ignore },
	{ "catch", 2, "SIGNAL CODE: exits with it", run_catch },
	{ "pause", 0, "for ever", run_pause },
	{ "sleep", 1, "MS", run_sleep },
	{ "burn", 1, "SECONDS", run_burn },
	{ "signal", 2, "PID SIGNAL", run_signal },
	{ "ptrace", 1, "PID", run_ptrace },
	{ "ptrace-child", 0, "", run_ptrace_child },
	{ "fork", 1, "COUNT", run_fork },
	{ "fork-bomb", 0, "", run_fork_bomb },
	{ "orphans", 1, "COUNT", run_orphans },
	{ "child", 0, "-- VERB...: run in a child", run_child },
	{ "seccomp-kill", 0, "a child, by a filter of its own",
	  run_seccomp_kill },
	{ "eat", 1, "MIB", run_eat },
	{ "exec", 1, "PATH [ARG...]", run_exec },
	{ "write-exec", 0, "a page both writable and executable",
	  run_write_exec },
	{ 0 },
};
