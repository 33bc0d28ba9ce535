// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/joined.h"
#include "runtime/oci/path.h"

/* The multiplexer of the container's own devpts, proven to be that. */
static int open_master(const struct child *c)
{
	AUTO_CLOSE int pts =
		path_open_strict(c->root_fd, "/dev/pts", O_DIRECTORY);
	struct statfs fs;

	if (pts < 0)
		return take_fd(&pts);
	if (fstatfs(pts, &fs) < 0)
		return -errno;
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return -ENODEV;
	return sys_openat2(pts, "ptmx", O_RDWR | O_NOCTTY, 0,
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
				   RESOLVE_NO_XDEV);
}

/* By the master and not by its name: a name could be somebody else's. */
static int open_slave(int master)
{
	int unlocked = 0;

	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return -errno;
	return sys_result(
		ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

static int set_size(int master, const struct oci_terminal *t)
{
	const struct winsize size = { .ws_row = t->rows, .ws_col = t->columns };

	if (!t->rows && !t->columns)
		return 0;
	return sys_result(ioctl(master, TIOCSWINSZ, &size));
}

/* Some receivers take the text for the terminal's name. */
static int send_master(int socket, int master)
{
	static char name[] = "/dev/pts/ptmx";
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec text = { .iov_base = name, .iov_len = sizeof(name) - 1 };
	struct msghdr m = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.head), &master, sizeof(int));
	do
		n = sendmsg(socket, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int child_terminal(struct child *c)
{
	const struct oci_process *p = &c->spec->process;
	AUTO_CLOSE int master = -1;
	AUTO_CLOSE int slave = -1;
	int r;

	if (!p->terminal.is_wanted)
		return 0;
	master = open_master(c);
	if (master < 0)
		return take_fd(&master);
	slave = open_slave(master);
	if (slave < 0)
		return take_fd(&slave);
	r = set_size(master, &p->terminal);
	if (r == 0)
		r = sys_result(fchown(slave, p->uid, (gid_t)-1));
	if (r == 0)
		r = send_master(p->terminal.socket_fd, master);
	if (r == 0)
		r = sys_result(ioctl(slave, TIOCSCTTY, 0));
	for (int i = 0; r == 0 && i < 3; i++)
		if (dup2(slave, i) < 0)
			r = -errno;
	/* Opened with 0..2 closed it is in its place already. */
	if (slave <= 2)
		(void)take_fd(&slave);
	return r;
}

/* An empty file to mount on; one that is there will do, a link will not. */
static int open_console(int dev)
{
	int fd = path_open_strict(dev, "console", 0);

	if (fd != -ENOENT)
		return fd;
	fd = openat(dev, "console",
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	close(fd);
	return path_open_strict(dev, "console", 0);
}

/*
 * What is mounted is the open terminal, not what its name leads to by now
 * (CVE-2025-52565).
 */
int child_console(struct child *c)
{
	AUTO_CLOSE int copy = -1;
	AUTO_CLOSE int where = -1;

	if (!c->spec->process.terminal.is_wanted || joined_mounts(c->spec))
		return 0;
	copy = sys_clone_mount(STDIN_FILENO, 0);
	if (copy < 0)
		return take_fd(&copy);
	where = open_console(c->dev_fd);
	return where < 0 ? take_fd(&where) : sys_attach_mount(copy, where);
}
