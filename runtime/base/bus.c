#include "runtime/base/bus.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"

#define HEADER_BYTES offsetof(struct bus_message, meta)

const char *const bus_drain_words[BUS_DRAIN_COUNT] = {
	[BUS_DRAIN_TASKS_ENDED] = "tasks-ended",
	[BUS_DRAIN_POWER_BUTTON] = "power-button",
	[BUS_DRAIN_DOCUMENT_REFUSED] = "document-refused",
	[BUS_DRAIN_SERVICE_FAILED] = "service-failed",
	[BUS_DRAIN_LIFETIME] = "lifetime",
	[BUS_DRAIN_DAEMON_STOPPED] = "daemon-stopped",
};

const char *const bus_service_words[BUS_SERVICE_COUNT] = {
	[BUS_INIT] = "init",	   [BUS_INTAKE] = "intake",
	[BUS_RUNTIME] = "runtime", [BUS_COURIER] = "courier",
	[BUS_UPLINK] = "uplink",   [BUS_METADATA] = "metadata",
};

union fd_control {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int bus_send(int sock, const struct bus_message *m, int fd)
{
	union fd_control control = { .bytes = { 0 } };
	struct bus_message copy = *m;
	struct iovec iov = {
		.iov_base = &copy,
		.iov_len = HEADER_BYTES + m->meta_len,
	};
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (m->meta_len > BUS_META_MAX)
		return -EMSGSIZE;
	if (fd >= 0) {
		struct cmsghdr *c;

		h.msg_control = control.bytes;
		h.msg_controllen = sizeof(control.bytes);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(sock, &h, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

static int received_fd(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static bool is_well_formed(const struct bus_message *m, size_t len,
			   const struct msghdr *h)
{
	return !(h->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
	       len >= HEADER_BYTES && m->meta_len == len - HEADER_BYTES &&
	       m->kind < BUS_KIND_COUNT && m->service < BUS_SERVICE_COUNT &&
	       memchr(m->name, '\0', sizeof(m->name));
}

int bus_receive(int sock, struct bus_message *m, int *fd)
{
	AUTO_CLOSE int got = -1;
	union fd_control control;
	struct iovec iov = { .iov_base = m, .iov_len = sizeof(*m) };
	struct msghdr h = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		/* Not the padded size: the kernel would fill it with two. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t n;

	*fd = -1;
	n = recvmsg(sock, &h, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -errno;
	if (n == 0)
		return 0;
	got = received_fd(&h);
	if (!is_well_formed(m, (size_t)n, &h))
		return -EBADMSG;
	*fd = take_fd(&got);
	return 1;
}

static int fill_name(struct bus_message *m, const char *name, struct err *e)
{
	size_t len = strlen(name);

	if (len >= sizeof(m->name))
		return err_set(e, ENAMETOOLONG, "bus name %s", name);
	memcpy(m->name, name, len + 1);
	return 0;
}

int bus_keep(int sock, enum bus_service service, const char *name, int fd,
	     const void *meta, size_t meta_len, struct err *e)
{
	struct bus_message m = { .kind = BUS_KEEP, .service = service };
	int r = fill_name(&m, name, e);

	if (r < 0)
		return r;
	if (meta_len > sizeof(m.meta))
		return err_set(e, EMSGSIZE, "bus meta of %zu bytes", meta_len);
	if (meta_len)
		memcpy(m.meta, meta, meta_len);
	m.meta_len = (uint32_t)meta_len;
	r = bus_send(sock, &m, fd);
	if (r < 0)
		return err_set(e, -r, "sendmsg(bus, keep %s for %s)", name,
			       bus_service_words[service]);
	return 0;
}

int bus_drop(int sock, enum bus_service service, const char *name,
	     struct err *e)
{
	struct bus_message m = { .kind = BUS_DROP, .service = service };
	int r = fill_name(&m, name, e);

	if (r < 0)
		return r;
	r = bus_send(sock, &m, -1);
	if (r < 0)
		return err_set(e, -r, "sendmsg(bus, drop %s)", name);
	return 0;
}

int bus_tell(int sock, enum bus_kind kind, int64_t value, struct err *e)
{
	struct bus_message m = { .kind = kind, .value = value };
	int r = bus_send(sock, &m, -1);

	if (r < 0)
		return err_set(e, -r, "sendmsg(bus, kind %d)", (int)kind);
	return 0;
}
