/*
 * saboteur: a service of the test image alone, in the domain of PID 1. What
 * it does depends on the tasks that run:
 *
 * Containers named `own` and `host` (one in each network): it goes through
 * labels.list and denials.list. Every attempt is made by probe with all
 * capabilities, with no list of system calls but init's and no namespaces, in
 * the domain that the row names, so that nothing but the policy stands in its
 * way. The policy is the one that ships: probe lies on the root under the
 * label of the program that it stands in for.
 *
 * Else it kills services of the house, one after the other, each when the one
 * before is back, and tells which system calls the house made meanwhile. Then
 * it ends. What it does it says on the console.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/saboteur/tracer.h"

#define LIBRARY "/usr/lib/cloister/"
#define CGROUPS "/sys/fs/cgroup/"
#define POLL_MS 50
#define SETTLE_MS 1500 /* of ordinary work between two faults */
#define PATIENCE_MS 60000
#define PACE_MS 100 /* uplink reports ten denials per second */
#define WORDS_MAX 64
#define LINE_MAX_BYTES 1024
/* With every category, so that types alone decide. */
#define EVERY_LEVEL "s0-s0:c0.c1023"

static const char *const victims[] = { "uplink", "runtime", "uplink",
				       "metadata" };

static void rest(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static void fail(const char *what)
{
	fprintf(stderr, "saboteur: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ----------------------------------------------------------- who is there */

/* The text of a cgroup's file; -1 where there is none. */
static int read_cgroup(const char *group, const char *file, char *text,
		       size_t size)
{
	char path[512];
	ssize_t len = -1;
	int fd;

	snprintf(path, sizeof(path), CGROUPS "%s/%s", group, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, text, size - 1);
		close(fd);
	}
	text[len < 0 ? 0 : len] = '\0';
	return len < 0 ? -1 : 0;
}

/* The first process of a cgroup; 0 when there is none. */
static pid_t first_of(const char *group)
{
	char text[256];

	if (read_cgroup(group, "cgroup.procs", text, sizeof(text)) < 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

static pid_t service_pid(const char *service)
{
	char group[64];

	snprintf(group, sizeof(group), "host/%s", service);
	return first_of(group);
}

/* The first process of the container with that name, of whatever task. */
static pid_t container_pid(const char *name)
{
	DIR *d = opendir(CGROUPS "tasks");
	struct dirent *entry;
	pid_t pid = 0;

	while (d && pid <= 0 && (entry = readdir(d))) {
		char group[320];

		snprintf(group, sizeof(group), "tasks/%s/%s", entry->d_name,
			 name);
		pid = first_of(group);
	}
	if (d)
		closedir(d);
	return pid;
}

static bool has_tasks(void)
{
	char text[256];

	if (read_cgroup("tasks", "cgroup.events", text, sizeof(text)) < 0)
		fail(CGROUPS "tasks");
	return strstr(text, "populated 1") != NULL;
}

static void wait_for_tasks(void)
{
	for (long ms = 0; !has_tasks() && ms < PATIENCE_MS; ms += POLL_MS)
		rest(POLL_MS);
}

/* ---------------------------------------------------------------- attempts */

/* Which program of the root starts a domain, and through which other one. */
static const struct stand_in {
	const char *domain; /* how it begins */
	const char *program;
	bool is_started_by_runtime;
} stand_ins[] = {
	{ "init_t", LIBRARY "probe.init", false },
	{ "intake_t", LIBRARY "probe.intake", false },
	{ "courier_t", LIBRARY "probe.courier", false },
	{ "format_t", LIBRARY "probe.format", false },
	{ "uplink_t", LIBRARY "probe.uplink", false },
	{ "metadata_t", LIBRARY "probe.metadata", false },
	{ "runtime_t", LIBRARY "probe.runtime", false },
	{ "unpack_t", LIBRARY "probe.runtime", true },
	{ "task_", LIBRARY "probe.reaper", true },
};

struct attempt {
	char *words[WORDS_MAX + 1];
	size_t count;
	char label[128];
};

static const struct stand_in *find_stand_in(const char *domain)
{
	for (size_t i = 0; i < sizeof(stand_ins) / sizeof(*stand_ins); i++)
		if (strncmp(domain, stand_ins[i].domain,
			    strlen(stand_ins[i].domain)) == 0)
			return &stand_ins[i];
	errno = EINVAL;
	fail(domain);
	return NULL;
}

static void add(struct attempt *a, const char *word)
{
	if (a->count == WORDS_MAX)
		exit(2);
	a->words[a->count++] = strdup(word);
}

/* "@init", "@uplink", "@own": the number of a process. */
static void add_pid(struct attempt *a, const char *name)
{
	char text[16];
	pid_t pid = strcmp(name, "init") == 0 ? 1 : service_pid(name);

	snprintf(text, sizeof(text), "%d", pid > 0 ? pid : container_pid(name));
	add(a, text);
}

/* A comma parts two verbs; for the first program that is "--". */
static void add_words(struct attempt *a, char *text, const char *separator)
{
	char *rest_of = text;
	char *word;

	while ((word = strtok_r(rest_of, " \t\n", &rest_of))) {
		if (*word == '@')
			add_pid(a, word + 1);
		else
			add(a, strcmp(word, ",") == 0 ? separator : word);
	}
}

/*
 * "VERB , VERB => VERB , VERB": what stands before the arrow is done by
 * runtime, which then becomes the domain.
 */
static void prepare(struct attempt *a, const char *domain, char *text)
{
	const struct stand_in *s = find_stand_in(domain);
	char *arrow = strstr(text, "=>");

	if (!s->is_started_by_runtime) {
		add(a, s->program);
		add_words(a, text, "--");
		return;
	}
	snprintf(a->label, sizeof(a->label),
		 strchr(domain, ':') ? "system_u:system_r:%s" :
				       "system_u:system_r:%s:" EVERY_LEVEL,
		 domain);
	add(a, LIBRARY "probe.runtime");
	add(a, "chdir");
	add(a, "/proc");
	add(a, "--");
	if (arrow) {
		*arrow = '\0';
		add_words(a, text, "--");
		add(a, "--");
		text = arrow + 2;
	}
	add(a, "become");
	add(a, a->label);
	add(a, s->program);
	add_words(a, text, ",");
}

static pid_t start(struct attempt *a, int out)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		execv(a->words[0], a->words);
		dprintf(out, "exec: %s\n", strerror(errno));
		_exit(1);
	}
	return pid;
}

/* Each line of what the attempt said, under the list and number of its row. */
static void relay(FILE *in, const char *list, int row)
{
	char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), in)) {
		char text[LINE_MAX_BYTES + 32];
		int len = snprintf(text, sizeof(text), "saboteur: %s %d: %s",
				   list, row, line);

		if (write(STDERR_FILENO, text, (size_t)len) < 0)
			exit(3);
	}
}

static void attempt(const char *list, int row, const char *domain, char *text)
{
	struct attempt a = { .count = 0 };
	int ends[2];
	pid_t pid;
	FILE *in;

	prepare(&a, domain, text);
	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	pid = start(&a, ends[1]);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	relay(in, list, row);
	fclose(in);
	waitpid(pid, NULL, 0);
	for (size_t i = 0; i < a.count; i++)
		free(a.words[i]);
}

/* Each denial shall be heard: the kernel's limit on its log is for others. */
static void hear_all(void)
{
	int fd =
		open("/proc/sys/kernel/printk_ratelimit", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		fail("printk_ratelimit");
	close(fd);
}

/* What attempts mount is theirs alone. */
static void leave_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0)
		fail("unshare(mounts)");
}

/* "DOMAIN ; VERBS ; ..." of each row; the rest is for the tests. */
static void attempt_all(const char *name)
{
	char line[LINE_MAX_BYTES];
	FILE *list;

	snprintf(line, sizeof(line), LIBRARY "%s.list", name);
	list = fopen(line, "re");
	if (!list)
		fail(line);
	for (int row = 1; fgets(line, sizeof(line), list); row++) {
		char *rest_of = line;
		char *domain = strsep(&rest_of, ";");
		char *text = strsep(&rest_of, ";");

		domain[strcspn(domain, " \t\n")] = '\0';
		if (*domain && *domain != '#' && text &&
		    strcmp(domain, "nobody") != 0) {
			attempt(name, row, domain, text);
			rest(PACE_MS);
		}
	}
	fclose(list);
}

/* ------------------------------------------------------------------ strikes */

static void strike(const char *service)
{
	pid_t old = service_pid(service);
	pid_t now = old;

	if (old <= 0 || kill(old, SIGKILL) < 0)
		fail(service);
	for (long ms = 0; ms < PATIENCE_MS && (now == old || now <= 0);
	     ms += POLL_MS) {
		rest(POLL_MS);
		now = service_pid(service);
	}
	fprintf(stderr, "saboteur: killed %s %d, now %d\n", service, old, now);
}

static void strike_all(void)
{
	for (size_t i = 0; i < sizeof(victims) / sizeof(victims[0]); i++) {
		rest(SETTLE_MS);
		strike(victims[i]);
	}
}

int main(void)
{
	tracer_begin();
	wait_for_tasks();
	rest(SETTLE_MS);
	if (container_pid("own") > 0 && container_pid("host") > 0) {
		hear_all();
		leave_mounts();
		attempt_all("labels");
		attempt_all("denials");
	} else {
		strike_all();
		tracer_tell();
	}
	fprintf(stderr, "saboteur: done\n");
	return 0;
}
