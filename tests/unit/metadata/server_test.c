// SPDX-License-Identifier: MIT
/* The whole server behind its filter of system calls, in a process of its
 * own, with doors on loopback. What it reads of the kernel is our own. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy/calls.h"
#include "runtime/base/bus.h"
#include "runtime/base/description.h"
#include "runtime/base/fd.h"
#include "runtime/metadata/server.h"
#include "runtime/metadata/throttle.h"

#include "kselftest_harness.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__GLIBC__)
/* The filter is made for what musl calls. */
static const bool has_sandbox;
#else
static const bool has_sandbox = true;
#endif

#define ID_A "0123456789abcdef0123456789abcdef"
#define ID_B "ffffffffffffffffffffffffffffffff"
#define TASK_JSON "{\"TaskARN\":\"a\"}"
#define CONTAINER_JSON "{\"Name\":\"app\"}"
#define CONNECTIONS 2000 /* one after the other */

/* Slower than the slowest machine asks. */
static const struct server_options options = { "/nowhere", "/proc", 1 };

FIXTURE(served)
{
	int bus;
	pid_t pid;
	struct err e;
};

static void serve(int bus)
{
	struct err e = ERR_NONE;
	struct server *s;
	int r = server_create(&s, bus, &options, &e);

	if (r == 0 && has_sandbox)
		r = allow_only(&calls_metadata, &e);
	if (r == 0)
		r = server_run(s, &e);
	if (r < 0)
		err_print(2, "metadata", &e);
	else
		server_free(s);
	syscall(SYS_exit_group, r < 0);
}

FIXTURE_SETUP(served)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX,
				SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
				0, pair));
	self->pid = fork();
	if (self->pid == 0) {
		/* As after exec: the bus is fd 3, and there is no fd more. */
		if (dup2(pair[1], BUS_FD) < 0 ||
		    syscall(SYS_close_range, BUS_FD + 1, ~0u, 0) < 0)
			_exit(1);
		serve(BUS_FD);
	}
	close(pair[1]);
	self->bus = pair[0];
	memset(&self->e, 0, sizeof(self->e));
}

FIXTURE_TEARDOWN(served)
{
	int status = -1;

	fd_close(&self->bus);
	if (self->pid > 0) {
		ASSERT_EQ(self->pid, waitpid(self->pid, &status, 0));
		EXPECT_EQ(0, status);
	}
}

/* --------------------------------------------------------- runtime's part */

static int give(int bus, const char *name, int fd, const char *id)
{
	struct bus_message m = { .kind = BUS_GIVE, .service = BUS_METADATA };
	int r;

	snprintf(m.name, sizeof(m.name), "%s", name);
	if (id) {
		m.meta_len = CHANNEL_TASK_ID_MAX;
		snprintf((char *)m.meta, sizeof(m.meta), "%s", id);
	}
	do
		r = bus_send(bus, &m, fd);
	while (r == -EAGAIN);
	return r;
}

/* A door whose port is `*port`; ours is closed when it was given away. */
static int give_door(int bus, const char *name, const char *id, in_port_t *port)
{
	AUTO_CLOSE int s =
		socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || bind(s, (struct sockaddr *)&at, len) < 0 ||
	    listen(s, 64) < 0 ||
	    getsockname(s, (struct sockaddr *)&at, &len) < 0)
		return -errno;
	*port = at.sin_port;
	return give(bus, name, s, id);
}

struct block {
	struct description d;
	char text[256];
};

static struct block block_of(const char *id)
{
	struct block b = { .d = { .size = sizeof(b.d), .count = 1 } };

	strcpy(b.d.task_id, id);
	strcpy(b.d.containers[0].name, "app");
	strcpy(b.text, TASK_JSON CONTAINER_JSON);
	b.d.task.len = sizeof(TASK_JSON) - 1;
	b.d.containers[0].json.at = sizeof(TASK_JSON) - 1;
	b.d.containers[0].json.len = sizeof(CONTAINER_JSON) - 1;
	return b;
}

static int give_block(int bus, const char *name, const struct block *b)
{
	struct err e = ERR_NONE;
	AUTO_CLOSE int fd = fd_sealed("description", b, sizeof(*b), &e);

	return fd < 0 ? fd : give(bus, name, fd, NULL);
}

static int give_task(int bus, const char *number, const char *id,
		     in_port_t *port)
{
	struct block b = block_of(id);
	char name[BUS_NAME_MAX];
	int r;

	snprintf(name, sizeof(name), "task/%s", number);
	r = give_block(bus, name, &b);
	snprintf(name, sizeof(name), "door/%s", number);
	return r < 0 ? r : give_door(bus, name, id, port);
}

/* ------------------------------------------------------------ a task's part */

static int dial(in_port_t port)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = port };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s >= 0 && connect(s, (struct sockaddr *)&to, sizeof(to)) < 0) {
		int error = errno;

		close(s);
		return -error;
	}
	return s < 0 ? -errno : s;
}

/* Reads to the end; gives the status, 0 for none, and the body. */
static int hear(int s, char *body, size_t cap)
{
	char text[8192];
	ssize_t n = fd_read_all(s, text, sizeof(text) - 1);
	const char *at;
	int status = 0;

	if (n < 0)
		return (int)n;
	text[n] = '\0';
	if (sscanf(text, "HTTP/1.1 %d ", &status) != 1)
		return 0;
	at = strstr(text, "\r\n\r\n");
	if (body)
		snprintf(body, cap, "%s", at ? at + 4 : "");
	return status;
}

static int ask(in_port_t port, const char *request, char *body, size_t cap)
{
	AUTO_CLOSE int s = dial(port);

	if (s < 0)
		return s;
	if (send(s, request, strlen(request), MSG_NOSIGNAL) < 0)
		return -errno;
	return hear(s, body, cap);
}

static int get(in_port_t port, const char *path, char *body, size_t cap)
{
	char request[512];

	snprintf(request, sizeof(request),
		 "GET %s HTTP/1.1\r\nHost: 169.254.170.2\r\n\r\n", path);
	return ask(port, request, body, cap);
}

/* What the bus brought is there once its door answers with 200: both came in
 * order, and the server takes one event at a time. */
#define A_PATH "/v4/" ID_A "-1"

/* ------------------------------------------------------------------- tests */

TEST_F(served, a_task_reads_itself)
{
	in_port_t port = 0;
	char body[512];

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &port));
	EXPECT_EQ(200, get(port, A_PATH, body, sizeof(body)));
	EXPECT_STREQ(CONTAINER_JSON, body);
	EXPECT_EQ(200, get(port, A_PATH "/task", body, sizeof(body)));
	EXPECT_STREQ(TASK_JSON, body);
	EXPECT_EQ(200, get(port, A_PATH "/taskWithTags", body, sizeof(body)));
	EXPECT_STREQ(TASK_JSON, body);
	/* It does not run: there is nothing to measure. */
	EXPECT_EQ(200, get(port, A_PATH "/stats", body, sizeof(body)));
	EXPECT_STREQ("null", body);
	EXPECT_EQ(200, get(port, A_PATH "/task/stats", body, sizeof(body)));
	EXPECT_STREQ("{\"" ID_A "-1\":null}", body);
}

TEST_F(served, a_door_shows_its_own_task_and_no_other)
{
	in_port_t a = 0, b = 0;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &a));
	ASSERT_EQ(0, give_task(self->bus, "1", ID_B, &b));
	EXPECT_EQ(200, get(a, A_PATH, NULL, 0));
	EXPECT_EQ(200, get(b, "/v4/" ID_B "-1", NULL, 0));
	EXPECT_EQ(404, get(b, A_PATH, NULL, 0));
	EXPECT_EQ(404, get(a, "/v4/" ID_B "-1/task", NULL, 0));
}

TEST_F(served, wrong_paths_and_methods_are_refused)
{
	in_port_t port = 0;
	char body[512];

	ASSERT_EQ(0, give_task(self->bus, "511", ID_A, &port));
	EXPECT_EQ(404, get(port, "/", body, sizeof(body)));
	EXPECT_STREQ("{\"message\":\"Not Found\"}", body);
	EXPECT_EQ(405, ask(port, "PUT " A_PATH " HTTP/1.1\r\n\r\n", NULL, 0));
	EXPECT_EQ(400, ask(port, "no http\r\n\r\n", NULL, 0));
	EXPECT_EQ(200, ask(port, "GET " A_PATH " HTTP/1.0\r\n\r\n", NULL, 0));
}

TEST_F(served, huge_headers_are_refused_and_the_refusal_arrives)
{
	static char request[60000];
	in_port_t port = 0;

	memset(request, 'a', sizeof(request) - 1);
	memcpy(request, "GET / HTTP/1.1\r\nX: ", 19);
	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &port));
	EXPECT_EQ(431, ask(port, request, NULL, 0));
	EXPECT_EQ(200, get(port, A_PATH, NULL, 0));
}

TEST_F(served, a_task_that_asks_too_often_is_told_so_and_others_are_not)
{
	in_port_t a = 0, b = 0;
	int served = 0, refused = 0;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &a));
	ASSERT_EQ(0, give_task(self->bus, "1", ID_B, &b));
	while (refused == 0 && served < 10 * THROTTLE_BURST) {
		int status = get(a, A_PATH, NULL, 0);

		ASSERT_TRUE(status == 200 || status == 429);
		served += status == 200;
		refused += status == 429;
	}
	EXPECT_LE(THROTTLE_BURST, served);
	EXPECT_EQ(1, refused);
	EXPECT_EQ(200, get(b, "/v4/" ID_B "-1", NULL, 0));
}

TEST_F(served, who_never_finishes_keeps_nobody_else_waiting)
{
	int idle[SERVER_CONNECTIONS + 1];
	in_port_t a = 0, b = 0;
	char byte;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &a));
	ASSERT_EQ(0, give_task(self->bus, "1", ID_B, &b));
	for (int i = 0; i <= SERVER_CONNECTIONS; i++) {
		idle[i] = dial(a);
		ASSERT_LE(0, idle[i]);
		ASSERT_EQ(4, send(idle[i], "GET ", 4, MSG_NOSIGNAL));
	}
	EXPECT_EQ(200, get(b, "/v4/" ID_B "-1", NULL, 0));
	/* The first one is ended, and all are when they hang up. */
	EXPECT_GE(0, recv(idle[0], &byte, 1, 0));
	for (int i = 0; i <= SERVER_CONNECTIONS; i++)
		close(idle[i]);
	EXPECT_EQ(200, get(a, A_PATH, NULL, 0));
}

static int count_open(pid_t pid)
{
	char path[64];
	DIR *d;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

TEST_F(served, nothing_grows_with_the_number_of_connections)
{
	in_port_t port = 0;
	int before;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &port));
	ASSERT_EQ(200, get(port, A_PATH, NULL, 0));
	before = count_open(self->pid);
	for (int i = 0; i < CONNECTIONS; i++) {
		int status = get(port, i % 2 ? A_PATH : "/", NULL, 0);

		ASSERT_TRUE(status == 200 || status == 404 || status == 429);
	}
	ASSERT_LT(0, get(port, A_PATH, NULL, 0));
	EXPECT_GE(before + SERVER_CONNECTIONS, count_open(self->pid));
}

TEST_F(served, a_task_that_has_ended_has_no_door)
{
	struct block over = { .d = { .size = sizeof(over.d), .is_over = 1 } };
	in_port_t a = 0, b = 0;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &a));
	ASSERT_EQ(0, give_task(self->bus, "1", ID_B, &b));
	ASSERT_EQ(200, get(a, A_PATH, NULL, 0));
	strcpy(over.d.task_id, ID_A);
	ASSERT_EQ(0, give_block(self->bus, "task/0", &over));
	/* It came before this one's, so it is taken when that answers anew. */
	ASSERT_EQ(0, give_task(self->bus, "2", ID_B, &b));
	ASSERT_EQ(200, get(b, "/v4/" ID_B "-1", NULL, 0));
	EXPECT_EQ(-ECONNREFUSED, get(a, A_PATH, NULL, 0));
}

TEST_F(served, an_older_tasks_end_does_not_close_the_next_ones_door)
{
	struct block over = { .d = { .size = sizeof(over.d), .is_over = 1 } };
	struct block next = block_of(ID_B);
	in_port_t port = 0;

	strcpy(over.d.task_id, ID_A);
	ASSERT_EQ(0, give_task(self->bus, "0", ID_B, &port));
	ASSERT_EQ(0, give_block(self->bus, "task/0", &over));
	ASSERT_EQ(0, give_block(self->bus, "task/0", &next));
	EXPECT_EQ(200, get(port, "/v4/" ID_B "-1", NULL, 0));
}

TEST_F(served, a_row_that_is_used_again_is_another_tasks)
{
	in_port_t old = 0, new = 0;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &old));
	ASSERT_EQ(200, get(old, A_PATH, NULL, 0));
	ASSERT_EQ(0, give_task(self->bus, "0", ID_B, &new));
	EXPECT_EQ(200, get(new, "/v4/" ID_B "-1", NULL, 0));
	EXPECT_EQ(404, get(new, A_PATH, NULL, 0));
	EXPECT_EQ(-ECONNREFUSED, get(old, A_PATH, NULL, 0));
}

TEST_F(served, what_does_not_hold_together_is_not_taken)
{
	struct block bad[7];
	in_port_t port = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = block_of(ID_A);
	bad[0].d.size--;
	bad[1].d.count = 0;
	bad[2].d.count = DESCRIPTION_CONTAINERS_MAX + 1;
	bad[3].d.task.at = sizeof(bad[0].text) + 1;
	bad[4].d.containers[0].json.len = UINT32_MAX;
	strcpy(bad[5].d.containers[0].name, "../../host/init");
	bad[6].d.task_id[0] = 'G';
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &port));
		ASSERT_EQ(200, get(port, A_PATH, NULL, 0));
		ASSERT_EQ(0, give_block(self->bus, "task/0", &bad[i]));
		ASSERT_EQ(0, give_door(self->bus, "door/0", ID_A, &port));
		EXPECT_EQ(503, get(port, A_PATH, NULL, 0))
		TH_LOG("%zu", i);
	}
}

TEST_F(served, what_is_not_sealed_or_has_no_id_is_not_taken)
{
	struct block b = block_of(ID_A);
	AUTO_CLOSE int open = memfd_create("open", MFD_CLOEXEC);
	in_port_t port = 0, none = 0;

	ASSERT_EQ(0, fd_write_all(open, &b, sizeof(b)));
	ASSERT_EQ(0, give(self->bus, "task/0", open, NULL));
	ASSERT_EQ(0, give_door(self->bus, "door/0", ID_A, &port));
	ASSERT_EQ(0, give_door(self->bus, "door/1", "short", &none));
	ASSERT_EQ(0, give(self->bus, "door/512", open, ID_A));
	EXPECT_EQ(503, get(port, A_PATH, NULL, 0));
	EXPECT_EQ(-ECONNREFUSED, get(none, A_PATH, NULL, 0));
}

TEST_F(served, who_hangs_up_is_forgotten)
{
	in_port_t port = 0;

	ASSERT_EQ(0, give_task(self->bus, "0", ID_A, &port));
	for (int i = 0; i < 4 * SERVER_CONNECTIONS; i++) {
		int s = dial(port);

		ASSERT_LE(0, s);
		ASSERT_EQ(4, send(s, "GET ", 4, MSG_NOSIGNAL));
		close(s);
	}
	EXPECT_EQ(200, get(port, A_PATH, NULL, 0));
}

TEST_HARNESS_MAIN
