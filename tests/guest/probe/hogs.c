/*
 * Verbs that take as much of one thing as they get, and keep it; and the
 * neighbour, which needs a little of each, again and again.
 */
#include "tests/guest/probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (1 << 16)

static char block[BLOCK];

/* Each gives 0, or -1 with errno where there is no more. */
static int one_file(void)
{
	return open("/probe", O_RDONLY | O_CLOEXEC) < 0 ? -1 : 0;
}

static int one_inode(void)
{
	static unsigned long number;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/inode-%d-%lu", getpid(), number++);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

/* Full, as far as the kernel lets it be. */
static int one_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	while (write(ends[1], block, sizeof(block)) > 0)
		;
	return 0;
}

static int one_watcher(void)
{
	return inotify_init1(IN_CLOEXEC) < 0 ? -1 : 0;
}

static int one_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &event, &timer);
}

static int one_local_pair(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		       ends) < 0)
		return -1;
	while (write(ends[0], block, sizeof(block)) > 0)
		;
	return 0;
}

/* Both ends of a connection over loopback; -1 with errno. */
static int connection(int ends[2])
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	struct sockaddr *address = (struct sockaddr *)&at;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ends[1] = -1;
	if (server >= 0 && ends[0] >= 0 && bind(server, address, len) == 0 &&
	    listen(server, 1) == 0 && getsockname(server, address, &len) == 0 &&
	    connect(ends[0], address, len) == 0)
		ends[1] = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	if (server >= 0)
		close(server);
	if (ends[1] < 0 && ends[0] >= 0)
		close(ends[0]);
	return ends[1] < 0 ? -1 : 0;
}

/* What nobody reads fills both directions. */
static int one_connection(void)
{
	int ends[2];

	if (connection(ends) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		while (send(ends[i], block, sizeof(block), MSG_DONTWAIT) > 0)
			;
	return 0;
}

static int one_megabyte(void)
{
	void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	memset(memory, 1, 1 << 20);
	return 0;
}

/* A megabyte more in a file that lies in memory. */
static int append(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ssize_t n = 0;

	for (int i = 0; fd >= 0 && n >= 0 && i < (1 << 20) / BLOCK; i++)
		n = write(fd, block, sizeof(block));
	if (fd >= 0)
		close(fd);
	return fd < 0 || n < 0 ? -1 : 0;
}

static int one_root_file(void)
{
	return append("/tmp/filler");
}

static int one_volume_file(void)
{
	return append("/volume/filler");
}

static int one_shared_file(void)
{
	return append("/dev/shm/filler");
}

static const struct {
	const char *name;
	int (*take)(void);
} things[] = {
	{ "root", one_root_file },	   { "volume", one_volume_file },
	{ "shared", one_shared_file },	   { "files", one_file },
	{ "inodes", one_inode },	   { "pipes", one_pipe },
	{ "watchers", one_watcher },	   { "timers", one_timer },
	{ "local-pairs", one_local_pair }, { "memory", one_megabyte },
	{ "connections", one_connection },
};

/* Where memory ends, not the one who counts them. */
static void die_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1000", 4) == 4)
		close(fd);
}

/* `hog THING PROCESSES`: that many, each until it gets no more. */
static void hog(const struct probe_call *call, int (*take)(void))
{
	long processes = probe_number(call, 2);

	for (long i = 0; i < processes; i++) {
		int status = 0;
		long taken = 0;
		int ready[2];
		char byte;
		pid_t pid;

		if (pipe(ready) < 0 || (pid = fork()) < 0) {
			probe_result(call, -1);
			break;
		}
		if (pid == 0) {
			die_first();
			while (take() == 0)
				taken++;
			status = errno;
			/* Room for what says so. */
			close(ready[0]);
			close(STDIN_FILENO);
			errno = status;
			probe_result(call, -1);
			probe_say(call, "took %ld", taken);
			if (write(ready[1], "", 1) < 0)
				_exit(1);
			for (;;)
				pause();
		}
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			probe_say(call, "one was killed");
		close(ready[0]);
	}
	probe_say(call, "holds");
	for (;;)
		pause();
}

/* Lines without an end: more than anybody sends on. */
static void run_flood(const struct probe_call *call)
{
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = i % 64 == 63 ? '\n' : 'x';
	probe_say(call, "begins");
	while (write(STDOUT_FILENO, block, sizeof(block)) > 0)
		;
}

static void run_hog(const struct probe_call *call)
{
	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		if (strcmp(things[i].name, call->argv[1]) == 0)
			hog(call, things[i].take);
	probe_say(call, "no such thing");
}

static int use_file(void)
{
	int fd = open("/tmp/neighbour", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int result = fd < 0 || write(fd, block, sizeof(block)) < 0 ? -1 : 0;

	if (fd >= 0)
		close(fd);
	unlink("/tmp/neighbour");
	return result;
}

/* The whole of what a pipe holds: with less, the kernel is short of it. */
static int use_pipe(void)
{
	int ends[2];
	int result;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	result = write(ends[1], block, sizeof(block)) == BLOCK ? 0 : -1;
	close(ends[0]);
	close(ends[1]);
	return result;
}

static int use_watcher(void)
{
	int fd = inotify_init1(IN_CLOEXEC);
	int result = fd < 0 ? -1 : inotify_add_watch(fd, "/tmp", IN_CREATE);

	if (fd >= 0)
		close(fd);
	return result < 0 ? -1 : 0;
}

static int use_timer(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGUSR1 };
	timer_t timer;

	return timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 ?
		       -1 :
		       timer_delete(timer);
}

/* A block there and back. */
static int use_connection(void)
{
	int ends[2];
	int result = connection(ends);

	for (int i = 0; result == 0 && i < 2; i++)
		if (send(ends[i], block, 4096, 0) != 4096 ||
		    recv(ends[1 - i], block, 4096, MSG_WAITALL) != 4096)
			result = -1;
	if (ends[1] >= 0) {
		close(ends[0]);
		close(ends[1]);
	}
	return result;
}

static int use_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, NULL, 0) < 0 ? -1 : 0;
}

static int use_memory(void)
{
	void *memory = mmap(NULL, 1 << 22, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	memset(memory, 1, 1 << 22);
	return munmap(memory, 1 << 22);
}

static const struct {
	const char *name;
	int (*use)(void);
} needs[] = {
	{ "file", use_file },
	{ "pipe", use_pipe },
	{ "watcher", use_watcher },
	{ "timer", use_timer },
	{ "connection", use_connection },
	{ "process", use_process },
	{ "memory", use_memory },
};

static long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static volatile sig_atomic_t is_over;

static void end(int number)
{
	(void)number;
	is_over = 1;
}

/* `neighbour MS`: a round, a rest, until SIGTERM; says how long each took. */
static void run_neighbour(const struct probe_call *call)
{
	struct sigaction action = { .sa_handler = end };
	long rest = probe_number(call, 1);

	sigaction(SIGTERM, &action, NULL);
	for (long round = 1; !is_over; round++) {
		long long start = now_us();

		for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
			errno = 0;
			if (needs[i].use() == 0 || is_over)
				continue;
			probe_say(call, "no %s", needs[i].name);
			probe_result(call, -1);
		}
		probe_say(call, "round %ld us %lld", round, now_us() - start);
		poll(NULL, 0, (int)rest);
	}
	probe_say(call, "unharmed");
	exit(0);
}

const struct probe_verb probe_hogs[] = {
	{ "hog", 2, "THING PROCESSES: all there is", run_hog },
	{ "flood", 0, "of lines", run_flood },
	{ "neighbour", 1, "MS: a little of each, with rests", run_neighbour },
	{ 0 },
};
