// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/digits.h"

/* What the kernel takes: 64 signals, whatever libc keeps for itself. */
#define KERNEL_SIGNALS 64

struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

/* Handlers end with exec; ignored signals and the mask would live on. */
static int reset_signals(void)
{
	const struct kernel_sigaction standard = { .handler = SIG_DFL };
	const uint64_t nothing = 0;

	for (int n = 1; n <= KERNEL_SIGNALS; n++)
		if (n != SIGKILL && n != SIGSTOP &&
		    syscall(SYS_rt_sigaction, n, &standard, NULL,
			    sizeof(nothing)) < 0)
			return -errno;
	return sys_result(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &nothing,
				  NULL, sizeof(nothing)));
}

/* Nobody may look into this copy of the runtime through /proc or ptrace. */
int child_process(struct child *c)
{
	int r = sys_result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));

	(void)c;
	if (r == 0)
		r = reset_signals();
	if (r == 0)
		r = sys_result(setsid());
	umask(0);
	return r < 0 ? r : 0;
}

/* A pipe opened again through /dev/stdout must be the user's. */
static void give_pipe(int fd, uid_t uid)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    fchown(fd, uid, (gid_t)-1) < 0)
		return; /* it works for whoever does not open it again */
}

static bool is_some_missing(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] < 0)
			return true;
	return false;
}

int child_stdio(struct child *c)
{
	const struct oci_process *p = &c->spec->process;
	const int wanted[] = { p->stdin_fd, p->stdout_fd, p->stderr_fd };
	int copies[ARRAY_SIZE(wanted)];
	AUTO_CLOSE int null = -1;

	if (p->terminal.is_wanted)
		return 0;
	if (is_some_missing(wanted, ARRAY_SIZE(wanted))) {
		null = child_open_null(c);
		if (null < 0)
			return take_fd(&null);
	}
	/* First out of the way of 0..2, then into place. */
	for (uint32_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		c->index = i;
		copies[i] = sys_dup_above(wanted[i] < 0 ? null : wanted[i],
					  3 + (int)p->preserved_fd_count);
		if (copies[i] < 0)
			return copies[i];
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		c->index = i;
		if (dup2(copies[i], (int)i) < 0)
			return -errno;
		close(copies[i]);
		give_pipe((int)i, p->uid);
	}
	/* null may have been one of 0..2 and is now somebody else's. */
	if (null <= 2)
		(void)take_fd(&null);
	return 0;
}

int child_rlimits(struct child *c)
{
	const struct oci_process *p = &c->spec->process;

	if (child_is_excused(c))
		return 0;
	for (uint32_t i = 0; i < p->rlimit_count; i++) {
		c->index = i;
		if (syscall(SYS_prlimit64, c->pid, p->rlimits[i].resource,
			    &p->rlimits[i].limit, NULL) < 0)
			return -errno;
	}
	return 0;
}

/* By way of the caller's procfs, which nothing in the image can imitate. */
int child_oom_score(struct child *c)
{
	static const char file[] = "/oom_score_adj";
	AUTO_CLOSE int fd = -1;
	char text[DIGITS_MAX], path[DIGITS_MAX + sizeof(file)] = "self";
	size_t len = digits_write(text, c->spec->process.oom_score_adj);
	size_t at = c->pid ? digits_write(path, c->pid) : 4;

	if (!c->spec->process.has_oom_score_adj || child_is_excused(c))
		return 0;
	memcpy(path + at, file, sizeof(file));
	fd = child_open_proc(c, path, O_WRONLY);
	if (fd < 0)
		return take_fd(&fd);
	return write(fd, text, len) < 0 ? -errno : 0;
}

/* A kernel without keyrings has none to leak. */
int child_keyring(struct child *c)
{
	int r;

	if (c->spec->process.keeps_keyring)
		return 0;
	r = sys_result(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0,
			       0, 0));
	return r < 0 && r != -ENOSYS ? r : 0;
}

static int close_between(unsigned int first, unsigned int last)
{
	if (first > last)
		return 0;
	return sys_result(syscall(SYS_close_range, first, last, 0));
}

static int keep_preserved(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (fcntl(3 + (int)i, F_SETFD, 0) < 0)
			return -errno;
	return 0;
}

/*
 * Only 0..2, what the caller wants preserved and what the next steps need
 * stay; the latter is close-on-exec (CVE-2024-21626 was one that did not go).
 */
int child_descriptors(struct child *c)
{
	const int needed[] = { c->fault_fd,	 c->init_fd,  c->gate_fd,
			       c->gate_fault_fd, c->state_fd, c->sync_fd };
	unsigned int low = 3 + c->spec->process.preserved_fd_count;
	int r = keep_preserved(c->spec->process.preserved_fd_count);

	while (r == 0) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
			if (needed[i] >= (int)low &&
			    (unsigned int)needed[i] < next)
				next = (unsigned int)needed[i];
		if (next == ~0U)
			return close_between(low, ~0U);
		r = close_between(low, next - 1);
		low = next + 1;
	}
	return r;
}
