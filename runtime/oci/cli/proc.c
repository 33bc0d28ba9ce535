// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/proc.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

#define STAT_MAX 1024
#define STATUS_MAX 8192
#define FIELDS_TO_START 19 /* from the state, field 3, to field 22 */

/* The name in parentheses is the process's own choice: skip to its end. */
static int parse(const char *text, struct proc_facts *out)
{
	const char *at = strrchr(text, ')');
	char *end;

	if (!at || at[1] != ' ' || !at[2])
		return -EBADMSG;
	at += 2;
	out->has_ended = *at == 'Z' || *at == 'X';
	for (int i = 0; i < FIELDS_TO_START; i++) {
		at = strchr(at, ' ');
		if (!at)
			return -EBADMSG;
		at++;
	}
	out->start_ticks = strtoull(at, &end, 10);
	return end == at ? -EBADMSG : 0;
}

static int read_file(pid_t pid, const char *file, char *text, size_t size,
		     struct err *e)
{
	AUTO_CLOSE int proc = fd_open_proc(e);
	AUTO_CLOSE int fd = -1;
	ssize_t n;

	if (proc < 0)
		return proc;
	snprintf(text, size, "%d/%s", (int)pid, file);
	fd = sys_openat2(proc, text, O_RDONLY, 0,
			 RESOLVE_BENEATH | RESOLVE_NO_XDEV |
				 RESOLVE_NO_SYMLINKS);
	n = fd < 0 ? fd : fd_read_all(fd, text, size - 1);
	if (n == -ENOENT)
		n = -ESRCH;
	if (n < 0)
		return err_set(e, (int)-n, "read(%s of process %d)", file,
			       (int)pid);
	text[n] = '\0';
	return 0;
}

int proc_read(pid_t pid, struct proc_facts *out, struct err *e)
{
	char text[STAT_MAX];
	int r = read_file(pid, "stat", text, sizeof(text), e);

	if (r < 0)
		return r;
	r = parse(text, out);
	return r < 0 ? err_set(e, -r, "stat of process %d", (int)pid) : 0;
}

/* The line "0::/path"; hierarchies of cgroup v1 may stand before it. */
int proc_cgroup(pid_t pid, char path[PROC_CGROUP_MAX], struct err *e)
{
	static const char head[] = "\n0::/";
	char text[PROC_CGROUP_MAX];
	char *at;
	int r;

	text[0] = '\n'; /* so that every line begins with one */
	r = read_file(pid, "cgroup", text + 1, sizeof(text) - 1, e);
	if (r < 0)
		return r;
	at = strstr(text, head);
	if (!at)
		return err_set(e, EBADMSG, "cgroup of process %d", (int)pid);
	at += sizeof(head) - 1;
	at[strcspn(at, "\n")] = '\0';
	memcpy(path, at, strlen(at) + 1);
	return 0;
}

/* "NSpid:\t4711\t1": from our namespace inwards. */
int proc_inner_pid(pid_t pid, pid_t *inner, struct err *e)
{
	char text[STATUS_MAX];
	int r = read_file(pid, "status", text, sizeof(text), e);
	char *line, *end, *last;

	if (r < 0)
		return r;
	line = strstr(text, "\nNSpid:");
	end = line ? strchr(line + 1, '\n') : NULL;
	if (!end)
		return err_set(e, EBADMSG, "status of process %d", (int)pid);
	*end = '\0';
	last = strrchr(line, '\t');
	*inner = last ? (pid_t)strtol(last + 1, NULL, 10) : 0;
	if (*inner <= 0)
		return err_set(e, EBADMSG, "NSpid of process %d", (int)pid);
	return 0;
}

int proc_open(pid_t pid, uint64_t start_ticks, int *pidfd, struct err *e)
{
	/* First the descriptor, then the facts: what they say of a later
	 * process with this pid cannot match. */
	AUTO_CLOSE int fd = sys_result(syscall(SYS_pidfd_open, pid, 0));
	struct proc_facts facts;
	int r = fd;

	if (r >= 0)
		r = proc_read(pid, &facts, e);
	if (r == 0 && (facts.has_ended || facts.start_ticks != start_ticks))
		r = -ESRCH;
	if (r == -ESRCH)
		return err_set(e, ESRCH, "process already finished");
	if (r < 0)
		return fd < 0 ? err_set(e, -r, "pidfd_open(%d)", (int)pid) : r;
	*pidfd = take_fd(&fd);
	return 0;
}
