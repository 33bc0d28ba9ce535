// SPDX-License-Identifier: MIT
/*
 * Every system call of a runtime's commands fails once:
 *
 *   faults RUNTIME BUNDLE STEP
 *
 * create, run, start, exec, kill and delete run once to count their calls,
 * then again and again with one call failing, every STEP-th of them. After each
 * fault the command has said one line and failed, or had no use for the call
 * and succeeded; then what is left of the container is deleted by force (not
 * after a failed create or run, which leaves nothing) and there must be no
 * process, cgroup, mount or state more than before. The program of the bundle
 * runs until it is killed. Prints each shortcoming, then
 * "N faults, N shortcomings".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "tests/workbench/faults/tracer.h"

#define STATE "/run/faults"
#define ID "c"
#define TIMEOUT_S 60
#define LEFT_TRIES 500 /* of 10 ms, for what is on its way out */

static char *runtime;
static char *bundle;

/* What there is of what a container consists of. */
struct inventory {
	int states;
	int cgroups;
	int mounts;
	int children;
};

/* --------------------------------------------------------------- inventory */

static int count_directories(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int n = 0;

	while (d && (entry = readdir(d)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			n += 1 + count_directories(dirfd(d), entry->d_name);
	if (d)
		closedir(d);
	return n;
}

static int count_lines(const char *path)
{
	FILE *f = fopen(path, "re");
	int n = 0;

	for (int c; f && (c = fgetc(f)) != EOF;)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

/* Reaps what has ended; 1 if a child still runs. */
static int reap(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG | __WALL);
	} while (pid > 0);
	return pid == 0;
}

static struct inventory look(void)
{
	return (struct inventory){
		.children = reap(),
		.states = count_directories(AT_FDCWD, STATE),
		.cgroups = count_directories(AT_FDCWD, "/sys/fs/cgroup"),
		.mounts = count_lines("/proc/self/mountinfo"),
	};
}

static bool is_same(const struct inventory *a, const struct inventory *b)
{
	return a->children == b->children && a->states == b->states &&
	       a->cgroups == b->cgroups && a->mounts == b->mounts;
}

/* A killed process needs a moment. */
static struct inventory look_for(const struct inventory *wanted)
{
	struct inventory now = look();

	for (int i = 0; i < LEFT_TRIES && !is_same(&now, wanted); i++) {
		poll(NULL, 0, 10);
		now = look();
	}
	return now;
}

/* ---------------------------------------------------------------- commands */

/* A command line; `text` has its words after the runtime's own. */
struct line {
	char words[256];
	char *argv[16];
};

static char *const *split(struct line *l, const char *text)
{
	char *rest = l->words, *word;
	size_t n = 0;

	snprintf(l->words, sizeof(l->words), "--root " STATE " %s", text);
	l->argv[n++] = runtime;
	while ((word = strsep(&rest, " ")))
		l->argv[n++] = strcmp(word, "BUNDLE") == 0 ? bundle : word;
	l->argv[n] = NULL;
	return l->argv;
}

/* Untraced, silent; its exit status. */
static int run(const char *text)
{
	struct line l;
	char *const *argv = split(&l, text);
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void wait_until_stopped(void)
{
	/* The container's process is ours: the runtime has ended. */
	waitpid(-1, NULL, __WALL);
}

static void prepare_start(void)
{
	run("create -b BUNDLE " ID);
}

static void prepare_kill(void)
{
	prepare_start();
	run("start " ID);
}

static void prepare_delete(void)
{
	prepare_kill();
	run("kill " ID " KILL");
	wait_until_stopped();
}

static const struct operation {
	const char *name;
	const char *text;
	void (*prepare)(void);
	bool is_clean; /* its failure leaves nothing */
} operations[] = {
	{ "create", "create -b BUNDLE " ID, NULL, true },
	{ "run", "run -d -b BUNDLE " ID, NULL, true },
	{ "start", "start " ID, prepare_start, false },
	{ "exec", "exec " ID " /nothing", prepare_kill, false },
	{ "kill", "kill " ID " KILL", prepare_kill, false },
	{ "delete", "delete " ID, prepare_delete, false },
};

/* ------------------------------------------------------------------ faults */

struct count {
	unsigned long faults;
	unsigned long shortcomings;
};

static void complain(struct count *n, const struct operation *o,
		     const struct tracer_fault *f,
		     const struct tracer_result *r, const char *what)
{
	printf("%s: process %d call %zu (system call %ld): %s\n", o->name,
	       f->process, f->call, r->number, what);
	n->shortcomings++;
}

/* The text of a failure is one line that names the runtime. */
static bool is_one_line(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);
	char *end;

	text[n < 0 ? 0 : n] = '\0';
	end = strchr(text, '\n');
	return end && end > text && end[1] == '\0';
}

static void judge(struct count *n, const struct operation *o,
		  const struct tracer_fault *f, const struct tracer_result *r,
		  int output)
{
	char text[4096];
	bool is_line = is_one_line(output, text, sizeof(text));

	if (r->is_hung)
		complain(n, o, f, r, "hangs");
	else if (!WIFEXITED(r->status))
		complain(n, o, f, r, "was killed by a signal");
	else if (WEXITSTATUS(r->status) != 0 && !is_line)
		complain(n, o, f, r, "did not say one line");
}

static void judge_rest(struct count *n, const struct operation *o,
		       const struct tracer_fault *f,
		       const struct tracer_result *r,
		       const struct inventory *before)
{
	struct inventory now = look_for(before);
	char what[128];

	if (is_same(&now, before))
		return;
	snprintf(what, sizeof(what),
		 "left states %+d, cgroups %+d, mounts %+d, processes %+d",
		 now.states - before->states, now.cgroups - before->cgroups,
		 now.mounts - before->mounts, now.children - before->children);
	complain(n, o, f, r, what);
	run("delete --force " ID);
}

static struct tracer_result once(struct count *n, const struct operation *o,
				 const struct tracer_fault *f,
				 const struct inventory *before)
{
	AUTO_CLOSE int output = memfd_create("output", MFD_CLOEXEC);
	struct tracer_result r;
	bool has_failed;
	struct line l;

	if (o->prepare)
		o->prepare();
	if (tracer_run(split(&l, o->text), output, f, TIMEOUT_S, &r) < 0)
		complain(n, o, f, &r, strerror(errno));
	judge(n, o, f, &r, output);
	has_failed = !WIFEXITED(r.status) || WEXITSTATUS(r.status) != 0;
	if (!o->is_clean || !has_failed)
		run("delete --force " ID);
	judge_rest(n, o, f, &r, before);
	return r;
}

static void try_all(struct count *n, const struct operation *o, size_t step)
{
	const struct tracer_fault none = { .process = TRACER_NOBODY };
	struct inventory before = look();
	struct tracer_result plain = once(n, o, &none, &before);

	if (plain.status != 0)
		complain(n, o, &none, &plain, "fails by itself");
	for (int p = 0; p < plain.process_count; p++) {
		for (size_t c = 0; c < plain.calls[p]; c += step) {
			struct tracer_fault f = { p, c, ENOMEM };

			n->faults += once(n, o, &f, &before).is_injected;
		}
		printf("%s: process %d: %zu calls\n", o->name, p,
		       plain.calls[p]);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct count n = { 0 };

	if (argc != 4 || strtoul(argv[3], NULL, 10) == 0) {
		say(2, "faults", "RUNTIME BUNDLE STEP");
		return 2;
	}
	runtime = argv[1];
	bundle = argv[2];
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
		try_all(&n, &operations[i], strtoul(argv[3], NULL, 10));
	printf("%lu faults, %lu shortcomings\n", n.faults, n.shortcomings);
	return n.shortcomings ? 1 : 0;
}
