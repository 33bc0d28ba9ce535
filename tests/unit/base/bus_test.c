#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/bus.h"

#include "kselftest_harness.h"

FIXTURE(bus)
{
	int a;
	int b;
};

FIXTURE_SETUP(bus)
{
	int ends[2];

	ASSERT_EQ(0,
		  socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
	self->a = ends[0];
	self->b = ends[1];
}

FIXTURE_TEARDOWN(bus)
{
	close(self->a);
	close(self->b);
}

TEST_F(bus, a_kept_descriptor_arrives_with_name_and_meta)
{
	struct err e = ERR_NONE;
	struct bus_message m;
	int ends[2], fd;
	char c = 0;

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, bus_keep(self->a, BUS_UPLINK, "log/7", ends[0], "meta", 4,
			      &e));
	ASSERT_EQ(1, bus_receive(self->b, &m, &fd));
	EXPECT_EQ(BUS_KEEP, m.kind);
	EXPECT_EQ(BUS_UPLINK, m.service);
	EXPECT_STREQ("log/7", m.name);
	EXPECT_EQ(4, m.meta_len);
	EXPECT_EQ(0, memcmp("meta", m.meta, 4));
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(1, write(ends[1], "x", 1));
	EXPECT_EQ(1, read(fd, &c, 1));
	EXPECT_EQ('x', c);
	close(fd);
}

TEST_F(bus, a_message_without_descriptor_gives_minus_one)
{
	struct err e = ERR_NONE;
	struct bus_message m;
	int fd = 99;

	ASSERT_EQ(0, bus_tell(self->a, BUS_READY, 42, &e));
	ASSERT_EQ(1, bus_receive(self->b, &m, &fd));
	EXPECT_EQ(-1, fd);
	EXPECT_EQ(42, m.value);
}

TEST_F(bus, an_empty_queue_is_eagain_and_a_closed_one_is_zero)
{
	struct bus_message m;
	int fd;

	EXPECT_EQ(-EAGAIN, bus_receive(self->b, &m, &fd));
	shutdown(self->a, SHUT_RDWR);
	EXPECT_EQ(0, bus_receive(self->b, &m, &fd));
}

TEST_F(bus, a_full_queue_is_eagain)
{
	struct err e = ERR_NONE;
	int r = 0;

	for (int i = 0; i < 100000 && r == 0; i++)
		r = bus_tell(self->a, BUS_READY, i, &e);
	EXPECT_EQ(-EAGAIN, r);
}

TEST_F(bus, a_name_that_is_too_long_is_refused)
{
	struct err e = ERR_NONE;

	EXPECT_EQ(-ENAMETOOLONG,
		  bus_keep(self->a, BUS_UPLINK,
			   "a-name-of-more-than-thirty-one-characters", 0, NULL,
			   0, &e));
}

static int receive_raw(int a, int b, const void *bytes, size_t len)
{
	struct bus_message m;
	int fd;

	if (send(a, bytes, len, 0) != (ssize_t)len)
		return -errno;
	return bus_receive(b, &m, &fd);
}

TEST_F(bus, malformed_messages_are_refused)
{
	struct bus_message m = { .kind = BUS_READY };
	size_t header = offsetof(struct bus_message, meta);

	EXPECT_EQ(1, receive_raw(self->a, self->b, &m, header));
	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, &m, header - 1));
	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, &m, header + 1));
	m.meta_len = 5000;
	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, &m, header));
	m.meta_len = 0;
	m.kind = BUS_KIND_COUNT;
	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, &m, header));
	m.kind = BUS_READY;
	m.service = BUS_SERVICE_COUNT;
	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, &m, header));
	m.service = 0;
	memset(m.name, 'n', sizeof(m.name));
	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, &m, header));
}

TEST_F(bus, an_over_long_message_is_refused)
{
	char wide[sizeof(struct bus_message) + 8] = { 0 };

	EXPECT_EQ(-EBADMSG, receive_raw(self->a, self->b, wide, sizeof(wide)));
}

/* A valid header with that many copies of `fd` in one message. */
static int send_descriptors(int sock, int fd, size_t count)
{
	struct bus_message m = { .kind = BUS_READY };
	union {
		char bytes[CMSG_SPACE(4 * sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = { 0 } };
	struct iovec iov = { &m, offsetof(struct bus_message, meta) };
	struct msghdr h = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &fd, sizeof(fd));
	return sendmsg(sock, &h, 0) < 0 ? -errno : 0;
}

TEST_F(bus, more_than_one_descriptor_is_refused_and_none_stays)
{
	struct bus_message m;
	int next = dup(0);
	int fd;

	ASSERT_LE(0, next);
	close(next);
	for (size_t n = 2; n <= 4; n++) {
		ASSERT_EQ(0, send_descriptors(self->a, 0, n));
		EXPECT_EQ(-EBADMSG, bus_receive(self->b, &m, &fd));
		EXPECT_EQ(-1, fd);
		EXPECT_EQ(-1, fcntl(next, F_GETFD));
	}
	ASSERT_EQ(0, send_descriptors(self->a, 0, 1));
	ASSERT_EQ(1, bus_receive(self->b, &m, &fd));
	EXPECT_EQ(next, fd);
	close(fd);
}

TEST_HARNESS_MAIN
