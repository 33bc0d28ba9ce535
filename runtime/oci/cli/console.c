// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>

#include "runtime/base/fd.h"

#define SIGNAL_EXIT_BASE 128
#define BLOCK_SIZE 4096
#define TERMINAL_HOLDS 65536 /* bytes: 8192 and 4096 in the kernel, and room */

/* ------------------------------------------------------------------ sockets */

/* sun_path holds 108 bytes: a longer path goes by its directory's fd. */
static int make_address(const char *path, int *directory,
			struct sockaddr_un *address)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	size_t len = strlen(path);
	int n;

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, len);
		return 0;
	}
	if (!slash || (size_t)(slash - path) >= sizeof(parent))
		return -ENAMETOOLONG;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	*directory = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*directory < 0)
		return -errno;
	n = snprintf(address->sun_path, sizeof(address->sun_path),
		     "/proc/self/fd/%d/%s", *directory, slash + 1);
	return n < 0 || (size_t)n >= sizeof(address->sun_path) ? -ENAMETOOLONG :
								 0;
}

int console_connect(const char *path, int *fd, struct err *e)
{
	AUTO_CLOSE int socket_fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	AUTO_CLOSE int directory = -1;
	struct sockaddr_un address;
	int r;

	if (socket_fd < 0)
		return err_set(e, errno, "socket(AF_UNIX)");
	r = make_address(path, &directory, &address);
	if (r == 0 && connect(socket_fd, (struct sockaddr *)&address,
			      sizeof(address)) < 0)
		r = -errno;
	if (r < 0)
		return err_set(e, -r, "connect(socket %s)", path);
	*fd = take_fd(&socket_fd);
	return 0;
}

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int console_receive(int socket, int *fd, struct err *e)
{
	char text[PATH_MAX];
	union control control;
	struct iovec part = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	if (n < 0)
		return err_set(e, errno, "recvmsg(terminal)");
	if (n == 0 || !c || c->cmsg_type != SCM_RIGHTS ||
	    c->cmsg_len != CMSG_LEN(sizeof(int)))
		return err_set(e, EPROTO, "recvmsg(terminal)");
	memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return 0;
}

int console_send(int socket, int fd, const void *text, size_t length,
		 struct err *e)
{
	union control control = {
		.head = { .cmsg_len = CMSG_LEN(sizeof(int)),
			  .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS },
	};
	union {
		const void *in;
		void *out; /* sendmsg(2) only reads it */
	} bytes = { .in = text };
	struct iovec part = { .iov_base = bytes.out, .iov_len = length };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	n = sendmsg(socket, &message, MSG_NOSIGNAL);
	if (n < 0)
		return err_set(e, errno, "sendmsg(descriptor)");
	if ((size_t)n == length)
		return 0;
	n = fd_write_all(socket, (const char *)text + n, length - (size_t)n);
	return n < 0 ? err_set(e, (int)-n, "write(socket)") : 0;
}

/* --------------------------------------------------------------- foreground */

struct relay {
	int signals;
	int pidfd;
	int master; /* does not block */
	bool is_input_over;
	bool is_raw;
	struct termios before;
	char input[BLOCK_SIZE]; /* that the terminal has not taken yet */
	size_t input_at;
	size_t input_end;
};

enum { SLOT_SIGNALS, SLOT_END, SLOT_INPUT, SLOT_OUTPUT, SLOT_COUNT };

static void follow_window(const struct relay *r)
{
	struct winsize size;

	if (r->master >= 0 && ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(r->master, TIOCSWINSZ, &size);
}

static void make_raw(struct relay *r)
{
	struct termios raw;

	if (r->master < 0 || tcgetattr(STDIN_FILENO, &r->before) < 0)
		return;
	raw = r->before;
	cfmakeraw(&raw);
	r->is_raw = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

/* Returns how much that was, or -EPIPE when `from` or `to` takes no more. */
static ssize_t copy(int from, int to)
{
	char block[BLOCK_SIZE];
	ssize_t n = read(from, block, sizeof(block));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	return n > 0 && fd_write_all(to, block, (size_t)n) == 0 ? n : -EPIPE;
}

static bool has_input(const struct relay *r)
{
	return r->input_at < r->input_end;
}

static void take_input(struct relay *r)
{
	ssize_t n = read(STDIN_FILENO, r->input, sizeof(r->input));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	r->is_input_over = n <= 0;
	r->input_at = 0;
	r->input_end = n > 0 ? (size_t)n : 0;
}

/* As much as it takes: nobody there may be reading it. */
static void give_input(struct relay *r)
{
	ssize_t n = write(r->master, r->input + r->input_at,
			  r->input_end - r->input_at);

	if (n >= 0)
		r->input_at += (size_t)n;
	else if (errno != EINTR && errno != EAGAIN)
		r->is_input_over = true;
	if (r->is_input_over)
		r->input_end = 0;
}

static void pass_signal(const struct relay *r)
{
	struct signalfd_siginfo info;

	/* One that was taken back meanwhile is not waited for. */
	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		return;
	if (info.ssi_signo == SIGWINCH && r->master >= 0)
		follow_window(r);
	else
		oci_signal(r->pidfd, (int)info.ssi_signo, NULL);
}

static void serve(struct relay *r)
{
	bool is_ended = false;

	while (!is_ended) {
		bool takes = r->master >= 0 && !has_input(r);
		short wanted = has_input(r) ? POLLIN | POLLOUT : POLLIN;
		struct pollfd slots[SLOT_COUNT] = {
			[SLOT_SIGNALS] = { r->signals, POLLIN, 0 },
			[SLOT_END] = { r->pidfd, POLLIN, 0 },
			[SLOT_INPUT] = { takes && !r->is_input_over ?
						 STDIN_FILENO :
						 -1,
					 POLLIN, 0 },
			[SLOT_OUTPUT] = { r->master, wanted, 0 },
		};

		if (poll(slots, SLOT_COUNT, -1) < 0)
			continue;
		if (slots[SLOT_SIGNALS].revents)
			pass_signal(r);
		if (slots[SLOT_INPUT].revents)
			take_input(r);
		if (slots[SLOT_OUTPUT].revents & POLLOUT)
			give_input(r);
		/* EIO: nobody has the other side open any more. */
		if (slots[SLOT_OUTPUT].revents & ~POLLOUT &&
		    copy(r->master, STDOUT_FILENO) < 0)
			r->master = -1;
		is_ended = slots[SLOT_END].revents;
	}
}

/*
 * What the process wrote before its end is no more than a terminal holds;
 * others may have it open and go on writing.
 */
static void drain(const struct relay *r)
{
	struct pollfd rest = { .fd = r->master, .events = POLLIN };
	ssize_t n = 0;

	for (ssize_t done = 0; done < TERMINAL_HOLDS && n >= 0; done += n) {
		if (r->master < 0 || poll(&rest, 1, 0) <= 0 ||
		    !(rest.revents & POLLIN))
			break;
		n = copy(r->master, STDOUT_FILENO);
	}
}

int console_reap(const struct oci_started *started, struct err *e)
{
	siginfo_t info = { .si_status = 0 };

	while (waitid(P_PID, (id_t)started->pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return err_set(e, errno, "waitid(%d)",
				       (int)started->pid);
	return info.si_code == CLD_EXITED ? info.si_status :
					    SIGNAL_EXIT_BASE + info.si_status;
}

int console_block_signals(int *fd, struct err *e)
{
	sigset_t all;

	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0)
		return err_set(e, errno, "sigprocmask(SIG_BLOCK)");
	*fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return *fd < 0 ? err_set(e, errno, "signalfd()") : 0;
}

int console_cancel_signals(int *fd, struct err *e)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&set, ending[i]);
	*fd = signalfd(-1, &set, SFD_CLOEXEC);
	return *fd < 0 ? err_set(e, errno, "signalfd()") : 0;
}

int console_wait(const struct oci_started *started, int signals, int master,
		 struct err *e)
{
	struct relay r = { .pidfd = started->pidfd,
			   .signals = signals,
			   .master = master };

	if (master >= 0 && fcntl(master, F_SETFL, O_NONBLOCK) < 0)
		return err_set(e, errno, "fcntl(terminal)");
	follow_window(&r);
	make_raw(&r);
	serve(&r);
	drain(&r);
	if (r.is_raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &r.before);
	return console_reap(started, e);
}
