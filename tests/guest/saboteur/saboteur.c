/*
 * saboteur: a service of the test image alone. First it tries what a service
 * that was taken over would try. As soon as a task runs it kills
 * services of the house, one after the other, each when the one before is
 * back; then it ends. What it does it says on the console.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define POLL_MS 50
#define SETTLE_MS 1500 /* of ordinary work between two faults */
#define PATIENCE_MS 60000

static const char *const victims[] = { "uplink", "runtime", "uplink" };

static void rest(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* The text of a cgroup's file; ends the program where there is none. */
static void read_cgroup(const char *group, const char *file, char *text,
			size_t size)
{
	char path[128];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/%s", group, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, size - 1);
		close(fd);
	}
	if (len < 0) {
		fprintf(stderr, "saboteur: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	text[len] = '\0';
}

static bool has_tasks(void)
{
	char text[256];

	read_cgroup("tasks", "cgroup.events", text, sizeof(text));
	return strstr(text, "populated 1") != NULL;
}

/* The first process of a service's cgroup; 0 when there is none. */
static pid_t pid_of(const char *service)
{
	char group[64];
	char text[256];

	snprintf(group, sizeof(group), "host/%s", service);
	read_cgroup(group, "cgroup.procs", text, sizeof(text));
	return (pid_t)strtol(text, NULL, 10);
}

static void wait_for_tasks(void)
{
	for (long ms = 0; !has_tasks() && ms < PATIENCE_MS; ms += POLL_MS)
		rest(POLL_MS);
}

static void strike(const char *service)
{
	pid_t old = pid_of(service);
	pid_t now = old;

	if (old <= 0 || kill(old, SIGKILL) < 0) {
		fprintf(stderr, "saboteur: kill %s %d: %s\n", service, old,
			strerror(errno));
		exit(1);
	}
	for (long ms = 0; ms < PATIENCE_MS && (now == old || now <= 0);
	     ms += POLL_MS) {
		rest(POLL_MS);
		now = pid_of(service);
	}
	fprintf(stderr, "saboteur: killed %s %d, now %d\n", service, old, now);
}

static int try_write(void)
{
	return open("/usr/lib/cloister/version", O_WRONLY | O_CLOEXEC);
}

static int try_create(void)
{
	return open("/usr/lib/cloister/new", O_CREAT | O_WRONLY | O_CLOEXEC,
		    0600);
}

static int try_remount(void)
{
	return mount(NULL, "/", NULL, MS_REMOUNT, NULL);
}

static int try_drop(void)
{
	return open("/run/dropped", O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
}

static int try_exec(void)
{
	return execl("/usr/lib/cloister/uplink", "uplink", NULL);
}

static int try_listen(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int try_datagram(void)
{
	return socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int try_setenforce(void)
{
	return open("/sys/fs/selinux/enforce", O_WRONLY | O_CLOEXEC);
}

static int try_load(void)
{
	return open("/sys/fs/selinux/load", O_WRONLY | O_CLOEXEC);
}

/* What a service of the house that was taken over would try. */
static const struct attempt {
	const char *what;
	int (*try)(void);
} attempts[] = {
	{ "write the root", try_write },
	{ "create on the root", try_create },
	{ "remount the root", try_remount },
	{ "drop a file", try_drop },
	{ "execute another service", try_exec },
	{ "make a socket", try_listen },
	{ "make a datagram socket", try_datagram },
	{ "change enforcing", try_setenforce },
	{ "load a policy", try_load },
};

static void attempt_all(void)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int r = attempts[i].try();

		fprintf(stderr, "saboteur: %s: %s\n", attempts[i].what,
			r < 0 ? strerror(errno) : "done");
	}
}

int main(void)
{
	attempt_all();
	wait_for_tasks();
	for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++) {
		rest(SETTLE_MS);
		strike(victims[i]);
	}
	fprintf(stderr, "saboteur: done\n");
	return 0;
}
