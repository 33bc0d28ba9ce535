// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/digits.h"

/*
 * Not with clone3: the root of a new cgroup namespace is the cgroup of who
 * asks, and with CLONE_INTO_CGROUP that is still the parent's.
 * Source: cgroup_namespaces(7), kernel copy_cgroup_ns().
 */
int child_cgroup_namespace(struct child *c)
{
	if (!(c->spec->namespaces.unshare & CLONE_NEWCGROUP))
		return 0;
	return sys_result(unshare(CLONE_NEWCGROUP));
}

#define LOOPBACK_INDEX 1 /* of each namespace: the kernel's LOOPBACK_IFINDEX */

struct link_request {
	struct nlmsghdr head;
	struct ifinfomsg link;
};

struct link_answer {
	struct nlmsghdr head;
	struct nlmsgerr error;
	char request[sizeof(struct link_request)];
};

/*
 * One flag by hand: not an ioctl, because nobody in the house may make the
 * socket of a network protocol; not runtime/net, because this is also done
 * between clone and exec. Source: rtnetlink(7).
 */
static int loopback_up(void)
{
	AUTO_CLOSE int s =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct link_request request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.link = { .ifi_index = LOOPBACK_INDEX,
			  .ifi_flags = IFF_UP,
			  .ifi_change = IFF_UP },
	};
	struct link_answer answer;
	ssize_t n;

	if (s < 0 || send(s, &request, sizeof(request), 0) < 0)
		return -errno;
	n = recv(s, &answer, sizeof(answer), 0);
	if (n < 0)
		return -errno;
	if ((size_t)n < offsetof(struct link_answer, request) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return answer.error.error;
}

int child_network(struct child *c)
{
	const struct oci_namespaces *n = &c->spec->namespaces;
	int fd = n->join[OCI_NAMESPACE_NETWORK];

	if (c->is_joined && fd >= 0)
		return 0;
	if (fd >= 0)
		return sys_result(setns(fd, CLONE_NEWNET));
	return n->unshare & CLONE_NEWNET ? loopback_up() : 0;
}

int child_ipc(struct child *c)
{
	int fd = c->spec->namespaces.join[OCI_NAMESPACE_IPC];

	c->index = OCI_NAMESPACE_IPC;
	if (c->is_joined || fd < 0)
		return 0;
	return sys_result(setns(fd, CLONE_NEWIPC));
}

int child_host_name(struct child *c)
{
	const char *host = c->spec->hostname;
	const char *domain = c->spec->domainname;
	int r = host ? sys_result(sethostname(host, strlen(host))) : 0;

	if (r == 0 && domain)
		r = sys_result(setdomainname(domain, strlen(domain)));
	return r;
}

/* "clock seconds nanoseconds\n" */
static size_t write_offset(char *text, const char *clock,
			   const struct oci_time_offset *offset)
{
	size_t len = strlen(clock);

	memcpy(text, clock, len);
	text[len++] = ' ';
	len += digits_write(text + len, offset->seconds);
	text[len++] = ' ';
	len += digits_write(text + len, offset->nanoseconds);
	text[len++] = '\n';
	return len;
}

static int set_offsets(const struct child *c)
{
	const struct oci_namespaces *n = &c->spec->namespaces;
	AUTO_CLOSE int fd = -1;
	char text[256];
	size_t len = write_offset(text, "monotonic", &n->monotonic);

	if (!n->has_time_offsets)
		return 0;
	len += write_offset(text + len, "boottime", &n->boottime);
	fd = child_open_proc(c, "self/timens_offsets", O_WRONLY);
	if (fd < 0)
		return take_fd(&fd);
	return write(fd, text, len) < 0 ? -errno : 0;
}

/*
 * Made for children alone, so that its clocks can be set first; then entered.
 * Source: time_namespaces(7).
 */
int child_time_namespace(struct child *c)
{
	AUTO_CLOSE int dir = -1;
	AUTO_CLOSE int made = -1;
	int r;

	if (!(c->spec->namespaces.unshare & CLONE_NEWTIME))
		return 0;
	r = sys_result(unshare(CLONE_NEWTIME));
	if (r == 0)
		r = set_offsets(c);
	if (r < 0)
		return r;
	dir = child_open_proc(c, "self/ns", O_PATH | O_DIRECTORY);
	if (dir < 0)
		return take_fd(&dir);
	/* A link of procfs that is meant to be followed. */
	made = openat(dir, "time_for_children", O_RDONLY | O_CLOEXEC);
	if (made < 0)
		return -errno;
	return sys_result(setns(made, CLONE_NEWTIME));
}

/* A new namespace and what belongs to it; the caller goes back to its own. */
static int make(int type, const char *path, int (*fit_out)(void), int *fd,
		struct err *e)
{
	AUTO_CLOSE int mine = open(path, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int made = -1;
	int r;

	if (mine < 0)
		return err_set(e, errno, "open(own %s)", path);
	if (unshare(type) < 0)
		return err_set(e, errno, "unshare(%s)", path);
	r = fit_out ? fit_out() : 0;
	if (r < 0)
		err_set(e, -r, "new %s", path);
	else
		made = open(path, O_RDONLY | O_CLOEXEC);
	if (r == 0 && made < 0)
		r = err_set(e, errno, "open(new %s)", path);
	/* Staying in the wrong namespace would be worse than ending. */
	if (setns(mine, type) < 0)
		abort();
	if (r < 0)
		return r;
	*fd = take_fd(&made);
	return 0;
}

int oci_network_new(int *fd, struct err *e)
{
	return make(CLONE_NEWNET, "/proc/thread-self/ns/net", loopback_up, fd,
		    e);
}

int oci_ipc_new(int *fd, struct err *e)
{
	return make(CLONE_NEWIPC, "/proc/thread-self/ns/ipc", NULL, fd, e);
}
