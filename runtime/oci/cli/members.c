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

/* Where to go on in the cgroups above, from the top. */
struct trail {
	long *places;
	size_t count;
};

static int leave_mark(struct trail *t, long place)
{
	long *more = realloc(t->places, (t->count + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	t->places = more;
	t->places[t->count++] = place;
	return 0;
}

/* Takes the place of `*list`, which stays what it is on failure. */
static int turn(DIR **list, const char *where)
{
	AUTO_CLOSE int fd =
		openat(dirfd(*list), where,
		       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *next = fd < 0 ? NULL : fdopendir(fd);

	if (!next)
		return -errno;
	take_fd(&fd);
	closedir(*list);
	*list = next;
	return 0;
}

static const char *next_child(DIR *list)
{
	struct dirent *d;

	while ((d = readdir(list)))
		if (d->d_type == DT_DIR && d->d_name[0] != '.')
			return d->d_name;
	return NULL;
}

/* One that went away meanwhile has no processes. */
static int enter(DIR **list, const char *name, struct trail *t,
		 struct members *m)
{
	long place = telldir(*list);
	int r = turn(list, name);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = leave_mark(t, place);
	if (r == 0)
		r = read_procs(dirfd(*list), m);
	return r == -ENOENT || r == -ENODEV ? 0 : r;
}

/*
 * However deep a container has made it: one descriptor, and no stack. A cgroup
 * cannot be moved, so that ".." leads back.
 */
static int walk(DIR **list, struct trail *t, struct members *m)
{
	int r = read_procs(dirfd(*list), m);

	while (r == 0) {
		const char *name = next_child(*list);

		if (name) {
			r = enter(list, name, t, m);
		} else if (t->count > 0) {
			r = turn(list, "..");
			if (r == 0)
				seekdir(*list, t->places[--t->count]);
		} else {
			break;
		}
	}
	return r;
}

int members_list(const char *path, struct members *out, struct err *e)
{
	AUTO_CLOSE int dir = -1;
	struct trail trail = { .places = NULL };
	DIR *list;
	int r;

	*out = (struct members){ .pids = NULL };
	r = oci_cgroup_open(path, &dir, e);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	list = fdopendir(dir);
	if (!list)
		return err_set(e, errno, "opendir(cgroup %s)", path);
	take_fd(&dir);
	r = walk(&list, &trail, out);
	closedir(list);
	free(trail.places);
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

/* 1, 0, or -errno: the kernel does not tell of paths beyond PATH_MAX. */
static int is_member(pid_t pid, const char *path)
{
	char found[PROC_CGROUP_MAX];
	size_t len = strlen(path);
	int r = proc_cgroup(pid, found, NULL);

	if (r < 0)
		return r;
	return strncmp(found, path, len) == 0 &&
	       (found[len] == '/' || !found[len]);
}

/* First the descriptor, then the question whose it is. */
static int signal_member(pid_t pid, const char *path, int signo)
{
	AUTO_CLOSE int pidfd = sys_result(syscall(SYS_pidfd_open, pid, 0));
	int r;

	if (pidfd < 0)
		return take_fd(&pidfd);
	r = is_member(pid, path);
	if (r <= 0)
		return r < 0 ? r : -ESRCH;
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
