// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/hooks.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cli/log.h"

#define SAID_MAX 160 /* bytes of its output in the message */

struct run {
	const char *kind;
	size_t index;
	const struct oci_hook *hook;
	int state_fd;
	int output_fd; /* memfd for both stdout and stderr */
	pid_t pid;
};

static char *const *vector(const char *const *strings)
{
	union {
		const char *const *in;
		char *const *out; /* execve(2) changes nothing of it */
	} u = { .in = strings };

	return u.out;
}

static int fail(const struct run *run, int code, const char *how, int number,
		struct err *e)
{
	char said[SAID_MAX + 1];
	ssize_t n = pread(run->output_fd, said, SAID_MAX, 0);

	said[n < 0 ? 0 : n] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return err_set(e, code, "%s hook %zu (%s): %s %d%s%s", run->kind,
		       run->index, run->hook->path, how, number,
		       said[0] ? ": " : "", said);
}

static int spawn(struct run *run)
{
	static const char *const no_environment[] = { NULL };
	const struct oci_hook *h = run->hook;
	const char *const path_alone[] = { h->path, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int r;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSIGMASK |
						      POSIX_SPAWN_SETSID);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_init(&files);
	r = posix_spawn_file_actions_adddup2(&files, run->state_fd, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&files, run->output_fd, 1);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&files, run->output_fd, 2);
	if (r == 0)
		r = posix_spawn(&run->pid, h->path, &files, &attributes,
				vector(h->args ? h->args : path_alone),
				vector(h->env ? h->env : no_environment));
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return -r;
}

static int remaining_ms(int64_t deadline_ms)
{
	int64_t now = clock_ms();

	if (now >= deadline_ms)
		return 0;
	return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}

/* Our own child: its pid is not used again before it is reaped. */
static int await(const struct run *run, struct err *e)
{
	AUTO_CLOSE int pidfd = sys_result(syscall(SYS_pidfd_open, run->pid, 0));
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int64_t timeout_ms = INT64_C(1000) * run->hook->timeout_s;
	int64_t deadline_ms = clock_ms() + timeout_ms;
	bool is_late = false;
	siginfo_t info;
	int r;

	do {
		int wait_ms = timeout_ms ? remaining_ms(deadline_ms) : -1;

		r = pidfd < 0 ? -1 : poll(&ended, 1, wait_ms);
	} while (r < 0 && errno == EINTR);
	if (r <= 0) {
		is_late = r == 0;
		kill(-run->pid, SIGKILL);
		kill(run->pid, SIGKILL);
	}
	while (waitid(P_PID, (id_t)run->pid, &info, WEXITED) < 0 &&
	       errno == EINTR)
		;
	if (is_late)
		return fail(run, ETIMEDOUT,
			    "killed after seconds:", (int)run->hook->timeout_s,
			    e);
	if (info.si_code != CLD_EXITED)
		return fail(run, ECANCELED, "ended by signal", info.si_status,
			    e);
	if (info.si_status != 0)
		return fail(run, ECANCELED, "exit status", info.si_status, e);
	return 0;
}

static int run_one(struct run *run, const char *text, size_t length,
		   struct err *e)
{
	AUTO_CLOSE int state_fd = fd_sealed("state", text, length, e);
	AUTO_CLOSE int output_fd = memfd_create("hook", MFD_CLOEXEC);
	int r;

	if (state_fd < 0)
		return state_fd;
	if (output_fd < 0)
		return err_set(e, errno, "memfd_create(hook)");
	run->state_fd = state_fd;
	run->output_fd = output_fd;
	r = spawn(run);
	if (r < 0)
		return err_set(e, -r, "%s hook %zu: execve(%s)", run->kind,
			       run->index, run->hook->path);
	return await(run, e);
}

int hooks_run(const char *kind, const struct state_hooks *hooks,
	      const struct state *state, enum status status, struct err *e)
{
	AUTO_FREE char *text = NULL;
	size_t length;
	int r = 0;

	if (hooks->count > 0)
		r = state_json(state, status, &text, &length, e);
	for (size_t i = 0; r == 0 && i < hooks->count; i++) {
		struct run run = {
			.kind = kind,
			.index = i,
			.hook = &hooks->list[i],
		};

		r = run_one(&run, text, length, e);
	}
	return r;
}

void hooks_run_all(const char *kind, const struct state_hooks *hooks,
		   const struct state *state, enum status status)
{
	for (size_t i = 0; i < hooks->count; i++) {
		const struct state_hooks one = { &hooks->list[i], 1 };
		struct err e = ERR_NONE;

		if (hooks_run(kind, &one, state, status, &e) < 0)
			log_error(LOG_WARNING, &e);
	}
}
