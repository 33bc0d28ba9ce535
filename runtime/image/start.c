// SPDX-License-Identifier: MIT
#include "runtime/image/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "runtime/base/clock.h"
#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/image/host.h"
#include "runtime/image/image.h"
#include "runtime/image/limits.h"
#include "runtime/image/reply.h"

#define FREE_FD 10 /* above the fds that the unpacker gets */
#define GO 'g'
#define REPLY_MS 1000
#define EXIT_NOT_STARTED 126

#define NAMESPACES                                                   \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | \
	 CLONE_NEWUTS | CLONE_NEWCGROUP)

/* All fds between the two sides of the clone. */
struct start {
	int socket[2]; /* ours, the unpacker's */
	int store;     /* the caller's */
	int layers;
	int program;
	int proc;
	int cgroup; /* -1: stay in ours */
	bool has_selinux;
};

/* Steps between clone and exec, with the words of their failures. */
#define STAGES(ROW)                   \
	ROW(WAIT, "wait for its ids") \
	ROW(IDS, "set its ids")       \
	ROW(LABEL, "set its label")   \
	ROW(FDS, "arrange its fds")   \
	ROW(EXEC, "execute its program")

enum stage {
#define STAGE_ENUM(id, word) STAGE_##id,
	STAGES(STAGE_ENUM)
#undef STAGE_ENUM
};

static const char *const stage_words[] = {
#define STAGE_WORD(id, word) [STAGE_##id] = "unpacker: " word,
	STAGES(STAGE_WORD)
#undef STAGE_WORD
};

/* ------------------------------------------------- between clone and exec */

static int wait_for_ids(const struct start *s)
{
	char go = 0;
	ssize_t n = read(s->socket[1], &go, 1);

	if (n < 0)
		return -errno;
	return n == 1 && go == GO ? 0 : -EPIPE;
}

/* Root of its own namespace; the kernel's calls, not the libc's. */
static int become_root(void)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    syscall(SYS_setresgid, 0, 0, 0) < 0 ||
	    syscall(SYS_setresuid, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

static int set_label(const struct start *s)
{
	int fd;
	ssize_t n;

	if (!s->has_selinux)
		return 0;
	/* Beneath a procfs that was proven, and not across a mount on it. */
	fd = fd_open_beneath(s->proc, "thread-self/attr/exec", O_WRONLY, 0,
			     RESOLVE_BENEATH | RESOLVE_NO_XDEV);
	if (fd < 0)
		return fd;
	n = write(fd, UNPACKER_LABEL, strlen(UNPACKER_LABEL));
	return n == (ssize_t)strlen(UNPACKER_LABEL) ? 0 : -errno;
}

/* First out of the way of each other, then to their numbers. */
static int arrange_fds(const struct start *s, int *program)
{
	static const int targets[] = { UNPACKER_SOCKET, UNPACKER_STORE,
				       UNPACKER_LAYERS };
	const int sources[] = { s->socket[1], s->store, s->layers };
	int high[ARRAY_SIZE(targets)];

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		high[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, FREE_FD);
		if (high[i] < 0)
			return -errno;
	}
	*program = fcntl(s->program, F_DUPFD_CLOEXEC, FREE_FD);
	if (*program < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (dup2(high[i], targets[i]) < 0)
			return -errno;
	return syscall(SYS_close_range, UNPACKER_LAST + 1, ~0U,
		       CLOSE_RANGE_CLOEXEC) < 0 ?
		       -errno :
		       0;
}

static int execute(int program)
{
	static char name[] = UNPACKER_NAME;
	char *argv[] = { name, NULL };
	char *env[] = { NULL };

	syscall(SYS_execveat, program, "", argv, env, AT_EMPTY_PATH);
	return -errno;
}

/* Tells as the unpacker would have told. */
static void report(int socket, enum stage stage, int r)
{
	static struct image_reply reply;
	const char *word = stage_words[stage];

	reply.error = -r;
	memcpy(reply.reason, word, strlen(word) + 1);
	fd_write_all(socket, &reply, sizeof(reply));
	_exit(EXIT_NOT_STARTED);
}

static void child(const struct start *s)
{
	int program = -1;
	int r = wait_for_ids(s);

	if (r < 0)
		report(s->socket[1], STAGE_WAIT, r);
	r = become_root();
	if (r < 0)
		report(s->socket[1], STAGE_IDS, r);
	r = set_label(s);
	if (r < 0)
		report(s->socket[1], STAGE_LABEL, r);
	r = arrange_fds(s, &program);
	if (r < 0)
		report(s->socket[1], STAGE_FDS, r);
	r = execute(program);
	report(UNPACKER_SOCKET, STAGE_EXEC, r);
}

/* ----------------------------------------------------------- runtime's side */

static int open_all(struct start *s, struct err *e)
{
	s->has_selinux = host_has_selinux();
	s->proc = fd_open_proc(e);
	if (s->proc < 0)
		return s->proc;
	s->layers = open(HOST_LAYERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->layers < 0)
		return err_set(e, errno, "open(%s)", HOST_LAYERS);
	s->program = open(UNPACKER_PROGRAM, O_PATH | O_CLOEXEC);
	if (s->program < 0)
		return err_set(e, errno, "open(%s)", UNPACKER_PROGRAM);
	s->cgroup = open(UNPACKER_CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->cgroup < 0 && errno != ENOENT)
		return err_set(e, errno, "open(%s)", UNPACKER_CGROUP);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->socket) < 0)
		return err_set(e, errno, "socketpair(unpacker)");
	return 0;
}

static void close_all(struct start *s)
{
	fd_close(&s->proc);
	fd_close(&s->layers);
	fd_close(&s->program);
	fd_close(&s->cgroup);
	fd_close(&s->socket[0]);
	fd_close(&s->socket[1]);
}

static pid_t clone_child(const struct start *s, int *pidfd)
{
	/* With CLONE_PARENT the exit signal is that of this process. */
	struct clone_args args = {
		.flags = NAMESPACES | CLONE_PARENT | CLONE_PIDFD |
			 (s->cgroup < 0 ? 0U : CLONE_INTO_CGROUP),
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.cgroup = s->cgroup < 0 ? 0U : (uint32_t)s->cgroup,
	};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		child(s);
	return pid;
}

static int send_all(int socket, const void *data, size_t len, struct err *e)
{
	/* The whole request fits an empty socket: this does not block. */
	ssize_t n = send(socket, data, len, MSG_NOSIGNAL);

	if (n != (ssize_t)len)
		return err_set(e, n < 0 ? errno : EIO, "send(unpacker)");
	return 0;
}

static int let_go(const struct start *s, pid_t pid,
		  const struct image_request *q, struct err *e)
{
	const char go = GO;
	int r = host_map_ids(s->proc, pid, 0, UNPACKER_HOST_ID,
			     LAYER_OWNER_MAX + 1, e);

	if (r == 0)
		r = send_all(s->socket[0], &go, sizeof(go), e);
	if (r == 0)
		r = send_all(s->socket[0], q, sizeof(*q), e);
	return r;
}

static void kill_unpacker(int pidfd)
{
	sys_pidfd_signal(pidfd, SIGKILL);
}

static int start(struct start *s, const struct image_request *q,
		 struct image_unpacker *u, struct err *e)
{
	AUTO_CLOSE int pidfd = -1;
	pid_t pid = clone_child(s, &pidfd);
	int r;

	if (pid < 0)
		return err_set(e, errno, "clone3(unpacker)");
	r = let_go(s, pid, q, e);
	if (r < 0) {
		kill_unpacker(pidfd);
		return r;
	}
	u->pid = pid;
	u->pidfd = take_fd(&pidfd);
	u->reply_fd = take_fd(&s->socket[0]);
	return 0;
}

int image_unpack_start(const struct image_request *q, int store_fd,
		       struct image_unpacker *u, struct err *e)
{
	struct start s = { .socket = { -1, -1 },
			   .store = store_fd,
			   .layers = -1,
			   .program = -1,
			   .proc = -1,
			   .cgroup = -1 };
	int r = open_all(&s, e);

	*u = (struct image_unpacker){ .pid = -1, .pidfd = -1, .reply_fd = -1 };
	if (r == 0)
		r = start(&s, q, u, e);
	close_all(&s);
	return r;
}

/* -------------------------------------------------------------- the answer */

static int read_reply(int fd, struct image_reply *reply, struct err *e)
{
	int64_t end = clock_ms() + REPLY_MS;
	char *at = (char *)reply;
	size_t left = sizeof(*reply);

	while (left > 0) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t wait = end - clock_ms();
		ssize_t n = recv(fd, at, left, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return err_set(e, EPIPE, "unpacker: ended early");
		if (n > 0) {
			at += n;
			left -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return err_set(e, errno, "recv(unpacker)");
		if (wait <= 0)
			return err_set(e, ETIMEDOUT, "unpacker: slow answer");
		poll(&p, 1, (int)wait);
	}
	return 0;
}

static int take_reply(const struct image_unpacker *u, struct image_reply *r,
		      struct err *e)
{
	int result = read_reply(u->reply_fd, r, e);

	if (result == 0)
		result = image_reply_check(r, e);
	if (result == 0 && r->error)
		return err_set(e, r->error, "%s", r->reason);
	return result;
}

int image_unpack_finish(struct image_unpacker *u, struct image_reply **reply,
			struct err *e)
{
	AUTO_FREE struct image_reply *r = calloc(1, sizeof(*r));
	int result = -ENOMEM;

	if (r)
		result = take_reply(u, r, e);
	else
		err_set(e, ENOMEM, "unpacker");
	/* It has nothing left to do, whatever it thinks. */
	kill_unpacker(u->pidfd);
	fd_close(&u->pidfd);
	fd_close(&u->reply_fd);
	if (result == 0)
		*reply = take_ptr(&r);
	return result;
}
