/* Verbs that use files and sockets. */
#include "tests/guest/probe/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints `text` as it is, so that tests can place bytes of their choice. */
static void put(int fd, const char *text)
{
	char line[PROBE_LINE_MAX];
	int len = snprintf(line, sizeof(line), "%s\n", text);

	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (write(fd, line, (size_t)len) < 0)
		exit(120);
}

static void run_say(const struct probe_call *call)
{
	put(STDOUT_FILENO, call->argv[1]);
}

static void run_err(const struct probe_call *call)
{
	put(STDERR_FILENO, call->argv[1]);
}

/* Numbered lines in large writes, as a busy program's stdio makes them. */
static void run_lines(const struct probe_call *call)
{
	long count = probe_number(call, 1);
	const char *word = probe_word(call, 2, "line");

	for (long i = 1; i <= count; i++)
		printf("%s %ld\n", word, i);
	fflush(stdout);
}

static int open_flags(const char *mode)
{
	switch (mode[0]) {
	case 'w':
		return O_WRONLY;
	case 'c':
		return O_WRONLY | O_CREAT | O_TRUNC;
	case 'a':
		return O_WRONLY | O_CREAT | O_APPEND;
	case 'p':
		return O_PATH;
	default:
		return O_RDONLY;
	}
}

static void run_open(const struct probe_call *call)
{
	int fd = open(call->argv[1],
		      open_flags(probe_word(call, 2, "r")) | O_CLOEXEC, 0644);

	probe_result(call, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

static void run_knock(const struct probe_call *call)
{
	long refused = 0;

	for (long i = probe_number(call, 1); i > 0; i--) {
		int fd = open(call->argv[2], O_WRONLY | O_CLOEXEC);

		refused += fd < 0;
		if (fd >= 0)
			close(fd);
	}
	probe_result(call, refused);
}

static void run_read(const struct probe_call *call)
{
	char text[1024];
	int fd = open(call->argv[1], O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (len < 0) {
		probe_result(call, -1);
	} else {
		text[len] = '\0';
		text[strcspn(text, "\n")] = '\0';
		probe_say(call, "ok %s", text);
	}
	if (fd >= 0)
		close(fd);
}

static void run_write(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ssize_t len = fd < 0 ? -1 :
			       write(fd, call->argv[2], strlen(call->argv[2]));

	probe_result(call, len);
	if (fd >= 0)
		close(fd);
}

/* Writes MiB by MiB until it fails; says how many and why not more. */
static void run_fill(const struct probe_call *call)
{
	static char block[1 << 20];
	long limit = probe_number(call, 2);
	long done = 0;
	int fd = open(call->argv[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd >= 0) {
		while (done < limit && write(fd, block, sizeof(block)) > 0)
			done++;
	}
	if (done < limit)
		probe_result(call, -1);
	probe_say(call, "wrote %ld", done);
	if (fd >= 0)
		close(fd);
}

static void run_stat(const struct probe_call *call)
{
	struct stat st;

	if (lstat(call->argv[1], &st) < 0)
		probe_result(call, -1);
	else
		probe_say(call, "ok mode=%o uid=%u gid=%u size=%lld",
			  st.st_mode, st.st_uid, st.st_gid,
			  (long long)st.st_size);
}

static void run_mkdir(const struct probe_call *call)
{
	probe_result(call, mkdir(call->argv[1], 0755));
}

static void run_unlink(const struct probe_call *call)
{
	probe_result(call, unlink(call->argv[1]));
}

static void run_symlink(const struct probe_call *call)
{
	probe_result(call, symlink(call->argv[1], call->argv[2]));
}

static void run_chmod(const struct probe_call *call)
{
	probe_result(call, chmod(call->argv[1], (mode_t)probe_number(call, 2)));
}

static void run_chown(const struct probe_call *call)
{
	probe_result(call, lchown(call->argv[1], (uid_t)probe_number(call, 2),
				  (gid_t)probe_number(call, 2)));
}

static void run_copy_self(const struct probe_call *call)
{
	char buffer[65536];
	ssize_t len = -1;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(call->argv[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	while (from >= 0 && to >= 0 &&
	       (len = read(from, buffer, sizeof(buffer))) > 0) {
		len = write(to, buffer, (size_t)len);
		if (len < 0)
			break;
	}
	probe_result(call, len);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
}

/* Waits until the file is there: how two containers take turns. */
static void run_await(const struct probe_call *call)
{
	char dir[PATH_MAX];
	char events[4096];
	char *slash;
	int notify = inotify_init1(IN_CLOEXEC);

	snprintf(dir, sizeof(dir), "%s", call->argv[1]);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	if (notify < 0 || inotify_add_watch(notify, slash && *dir ? dir : "/",
					    IN_CREATE | IN_MOVED_TO) < 0) {
		probe_result(call, -1);
		return;
	}
	while (access(call->argv[1], F_OK) < 0)
		if (read(notify, events, sizeof(events)) < 0)
			break;
	probe_result(call, access(call->argv[1], F_OK));
	close(notify);
}

/* Bounded, as a dropped packet would hold the test up for minutes. */
static int connect_in(int s, const struct sockaddr *to, socklen_t len,
		      int timeout_ms)
{
	struct pollfd waits = { .fd = s, .events = POLLOUT };
	socklen_t size = sizeof(int);
	int error = 0;

	if (connect(s, to, len) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return -1;
	if (poll(&waits, 1, timeout_ms) != 1) {
		errno = ETIMEDOUT;
		return -1;
	}
	if (getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -1;
	errno = error;
	return error ? -1 : 0;
}

/* The call's words ADDRESS [PORT]; IPv6 where there is a colon. */
static socklen_t read_address(const struct probe_call *call,
			      struct sockaddr_storage *to)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	uint16_t port = 0;

	if (call->argc > 2)
		port = htons((uint16_t)probe_number(call, 2));
	v4.sin_port = v6.sin6_port = port;
	if (strchr(call->argv[1], ':')) {
		inet_pton(AF_INET6, call->argv[1], &v6.sin6_addr);
		memcpy(to, &v6, sizeof(v6));
		return sizeof(v6);
	}
	inet_pton(AF_INET, call->argv[1], &v4.sin_addr);
	memcpy(to, &v4, sizeof(v4));
	return sizeof(v4);
}

static void run_connect(const struct probe_call *call)
{
	struct sockaddr_storage to;
	socklen_t len = read_address(call, &to);
	int s = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0);

	probe_result(call, s < 0 ? -1 :
				   connect_in(s, (const struct sockaddr *)&to,
					      len, 3000));
	if (s >= 0)
		close(s);
}

static void send_to(const struct probe_call *call, int type, int protocol)
{
	static const char echo[] = { 8, 0, (char)0xf7, (char)0xff, 0, 0, 0, 0 };
	struct sockaddr_storage to;
	socklen_t len = read_address(call, &to);
	int s = socket(to.ss_family, type | SOCK_CLOEXEC, protocol);

	probe_result(call, s < 0 ? -1 :
				   sendto(s, echo, sizeof(echo), 0,
					  (const struct sockaddr *)&to, len));
	if (s >= 0)
		close(s);
}

static void run_send(const struct probe_call *call)
{
	send_to(call, SOCK_DGRAM, 0);
}

static void run_send_raw(const struct probe_call *call)
{
	send_to(call, SOCK_RAW, IPPROTO_ICMP);
}

static void run_listen(const struct probe_call *call)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int result = s;

	at.sin_port = htons((uint16_t)probe_number(call, 1));
	if (result >= 0)
		result = bind(s, (const struct sockaddr *)&at, sizeof(at));
	if (result >= 0)
		result = listen(s, 1);
	/* Stays open: the port is taken for the verbs that follow. */
	probe_result(call, result < 0 ? -1 : 0);
}

/* A name with a leading @ is abstract. */
static void run_unix_connect(const struct probe_call *call)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(call->argv[1]);
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (len >= sizeof(to.sun_path))
		len = sizeof(to.sun_path) - 1;
	memcpy(to.sun_path, call->argv[1], len);
	if (to.sun_path[0] == '@')
		to.sun_path[0] = '\0';
	probe_result(call,
		     s < 0 ? -1 :
			     connect(s, (const struct sockaddr *)&to,
				     (socklen_t)(offsetof(struct sockaddr_un,
							  sun_path) +
						 len)));
	if (s >= 0)
		close(s);
}

static void run_sync(const struct probe_call *call)
{
	sync();
	probe_result(call, 0);
}

/* A file's quota is its project's: out of it, into the one without bound. */
static void run_leave_quota(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_RDONLY);
	struct fsxattr x;
	long r = fd < 0 ? -1 : syscall(SYS_ioctl, fd, FS_IOC_FSGETXATTR, &x);

	x.fsx_projid = 0;
	probe_result(call,
		     r < 0 ? r : syscall(SYS_ioctl, fd, FS_IOC_FSSETXATTR, &x));
	if (fd >= 0)
		close(fd);
}

/* What is made in the directory from now on gets no project. */
static void run_disinherit(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_RDONLY);
	unsigned int flags = 0;
	long r = fd < 0 ? -1 : syscall(SYS_ioctl, fd, FS_IOC_GETFLAGS, &flags);

	flags &= ~(unsigned int)FS_PROJINHERIT_FL;
	probe_result(call,
		     r < 0 ? r :
			     syscall(SYS_ioctl, fd, FS_IOC_SETFLAGS, &flags));
	if (fd >= 0)
		close(fd);
}

/* Deeper than any path is long. */
static void run_nest(const struct probe_call *call)
{
	long depth = probe_number(call, 2);
	int r = chdir(call->argv[1]);

	for (long i = 0; r == 0 && i < depth; i++) {
		r = mkdir("d", 0700);
		if (r == 0)
			r = chdir("d");
	}
	probe_result(call, r);
}

const struct probe_verb probe_files[] = {
	{ "sync", 0, "", run_sync },
	{ "leave-quota", 1, "PATH", run_leave_quota },
	{ "disinherit", 1, "DIRECTORY", run_disinherit },
	{ "nest", 2, "PATH DEPTH: directories", run_nest },
	{ "say", 1, "TEXT: to stdout", run_say },
	{ "err", 1, "TEXT: to stderr", run_err },
	{ "lines", 1, "COUNT [WORD]: numbered lines", run_lines },
	{ "open", 1, "PATH [r|w|c|a|p]", run_open },
	{ "knock", 2, "COUNT PATH: opened for writing", run_knock },
	{ "read", 1, "PATH: its first line", run_read },
	{ "write", 2, "PATH TEXT", run_write },
	{ "fill", 2, "PATH MIB", run_fill },
	{ "stat", 1, "PATH", run_stat },
	{ "mkdir", 1, "PATH", run_mkdir },
	{ "unlink", 1, "PATH", run_unlink },
	{ "symlink", 2, "TARGET PATH", run_symlink },
	{ "chmod", 2, "PATH MODE", run_chmod },
	{ "chown", 2, "PATH ID", run_chown },
	{ "copy-self", 1, "PATH", run_copy_self },
	{ "await", 1, "PATH: until it exists", run_await },
	{ "connect", 2, "ADDRESS PORT", run_connect },
	{ "send", 2, "ADDRESS PORT: a datagram", run_send },
	{ "send-raw", 1, "IPV4: an ICMP packet", run_send_raw },
	{ "listen", 1, "PORT", run_listen },
	{ "unix-connect", 1, "PATH or @NAME", run_unix_connect },
	{ 0 },
};
