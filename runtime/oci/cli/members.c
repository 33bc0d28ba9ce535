// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/cli/proc.h"
#include "runtime/oci/oci.h"

#define DEPTH_MAX 16
#define MEMBERS_MAX (1U << 22) /* PID_MAX_LIMIT */

static int add(struct members *m, pid_t pid)
{
	/* Room grows at powers of two. */
	if ((m->count & (m->count - 1)) == 0) {
		size_t room = m->count ? 2 * m->count : 1;
		pid_t *more = realloc(m->pids, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		m->pids = more;
	}
	if (m->count >= MEMBERS_MAX)
		return -E2BIG;
	m->pids[m->count++] = pid;
	return 0;
}

static int read_procs(int dir, struct members *m)
{
	int fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	int r = file ? 0 : -errno;
	char line[32];

	if (!file) {
		fd_close(&fd);
		return r;
	}
	while (r == 0 && fgets(line, sizeof(line), file)) {
		long pid = strtol(line, NULL, 10);

		/* 0 is a process of another pid namespace. */
		if (pid > 0)
			r = add(m, (pid_t)pid);
	}
	/* EOPNOTSUPP: a threaded cgroup, whose root has them. */
	if (r == 0 && ferror(file) && errno != EOPNOTSUPP)
		r = -errno;
	fclose(file);
	return r;
}

static int walk(int dir, int depth, struct members *m)
{
	AUTO_CLOSE int copy =
		openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = NULL;
	struct dirent *d;
	int r = read_procs(dir, m);

	if (r == 0 && depth < DEPTH_MAX)
		list = copy < 0 ? NULL : fdopendir(copy);
	if (!list)
		return r;
	take_fd(&copy);
	while (r == 0 && (d = readdir(list))) {
		AUTO_CLOSE int child = -1;

		if (d->d_type != DT_DIR || d->d_name[0] == '.')
			continue;
		child = openat(dir, d->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			r = walk(child, depth + 1, m);
		/* It went away meanwhile, with its processes. */
		if (r == -ENOENT || r == -ENODEV)
			r = 0;
	}
	closedir(list);
	return r;
}

int members_list(const char *path, struct members *out, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	int r;

	*out = (struct members){ .pids = NULL };
	r = oci_cgroup_open(path, &dir, e);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = walk(dir, 0, out);
	if (r == 0 || r == -ENODEV)
		return 0;
	members_free(out);
	return err_set(e, -r, "processes of cgroup %s", path);
}

void members_free(struct members *m)
{
	free(m->pids);
	*m = (struct members){ .pids = NULL };
}

static bool is_member(pid_t pid, const char *path)
{
	char found[PROC_CGROUP_MAX];
	size_t len = strlen(path);

	if (proc_cgroup(pid, found, NULL) < 0)
		return false;
	return strncmp(found, path, len) == 0 &&
	       (found[len] == '/' || !found[len]);
}

/* First the descriptor, then the question whose it is. */
static int signal_member(pid_t pid, const char *path, int signo)
{
	AUTO_CLOSE int pidfd = sys_result(syscall(SYS_pidfd_open, pid, 0));

	if (pidfd < 0)
		return take_fd(&pidfd);
	if (!is_member(pid, path))
		return -ESRCH;
	return sys_pidfd_signal(pidfd, signo);
}

int members_signal(const char *path, int signo, size_t *sent, struct err *e)
{
	struct members m;
	int r = members_list(path, &m, e);

	*sent = 0;
	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < m.count; i++) {
		r = signal_member(m.pids[i], path, signo);
		*sent += r == 0;
		if (r == -ESRCH)
			r = 0;
	}
	members_free(&m);
	return r < 0 ? err_set(e, -r, "pidfd_send_signal(%d)", signo) : 0;
}
