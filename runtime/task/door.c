// SPDX-License-Identifier: MIT
#include "runtime/task/door.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/description.h"
#include "runtime/base/fd.h"
#include "runtime/net/namespace.h"
#include "runtime/net/net.h"
#include "runtime/oci/oci.h"

#define LEAF ".door" /* no name of a container */
#define BACKLOG 16
#define BUFFER_BYTES 32768 /* of each connection, for what it sends */

struct maker {
	int group; /* the task's */
	int door;
	int counters;
};

struct outcome { /* what the child says */
	int door;
	int code;
};

/* ------------------------------------------- in the child: raw calls only */

static int listen_here(int *door)
{
	static const int bytes = BUFFER_BYTES;
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(DESCRIPTION_PORT),
	};

	*door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*door < 0 ||
	    inet_pton(AF_INET, DESCRIPTION_ADDRESS, &at.sin_addr) != 1 ||
	    setsockopt(*door, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) <
		    0 ||
	    bind(*door, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(*door, BACKLOG) < 0)
		return errno;
	return 0;
}

static void child(int report) __attribute__((noreturn));

static void child(int report)
{
	struct outcome o;

	o.code = listen_here(&o.door);
	_exit(write(report, &o, sizeof(o)) != sizeof(o));
}

/* ------------------------------------------------------------ in the parent */

/* Its table of descriptors is ours: the door stays when it ends. */
static pid_t clone_among(int group)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_FILES,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned int)group,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static int hear(int in, int out, pid_t pid, int *door, struct err *e)
{
	struct outcome o = { .door = -1, .code = ECHILD };

	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	/* Not before: the end of writing is in the table of both. */
	close(out);
	if (read(in, &o, sizeof(o)) != sizeof(o))
		return err_set(e, ECHILD, "door: the process ended early");
	*door = o.door;
	return o.code ? err_set(e, o.code, "door: listen(%s)",
				DESCRIPTION_ADDRESS) :
			0;
}

static int make_socket(int leaf, int *door, struct err *e)
{
	AUTO_CLOSE int in = -1;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_set(e, errno, "pipe2(door)");
	in = ends[0];
	pid = clone_among(leaf);
	if (pid == 0)
		child(ends[1]);
	if (pid < 0) {
		int r = err_set(e, errno, "clone3(door)");

		close(ends[1]);
		return r;
	}
	return hear(in, ends[1], pid, door, e);
}

static int make_in_leaf(struct maker *m, struct err *e)
{
	AUTO_CLOSE int leaf = -1;
	int r;

	if (mkdirat(m->group, LEAF, 0755) < 0)
		return err_set(e, errno, "mkdir(cgroup %s)", LEAF);
	leaf = openat(m->group, LEAF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = leaf < 0 ? err_set(e, errno, "open(cgroup %s)", LEAF) :
		       make_socket(leaf, &m->door, e);
	if (unlinkat(m->group, LEAF, AT_REMOVEDIR) < 0 && r == 0)
		r = err_set(e, errno, "rmdir(cgroup %s)", LEAF);
	return r;
}

/* Where the task's network is. */
static int make_there(void *data, int here, struct err *e)
{
	struct maker *m = data;
	struct net_address a;
	int r = net_address_parse(DESCRIPTION_ADDRESS, &a, e);

	(void)here;
	if (r == 0)
		r = net_address_add("lo", &a, e);
	if (r < 0)
		return r;
	/* Of the thread: of the process it would be where that began. */
	m->counters = open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
	if (m->counters < 0)
		return err_set(e, errno, "open(/proc/thread-self/net/dev)");
	return make_in_leaf(m, e);
}

int door_make(const char *cgroup, int network, int *door, int *counters,
	      struct err *e)
{
	AUTO_CLOSE int group = -1;
	struct maker m = { .door = -1, .counters = -1 };
	int r = oci_cgroup_open(cgroup, &group, e);

	m.group = group;
	if (r == 0)
		r = net_namespace_do(network, make_there, &m, e);
	if (r < 0) {
		fd_close(&m.door);
		fd_close(&m.counters);
		return r;
	}
	*door = m.door;
	*counters = m.counters;
	return 0;
}
