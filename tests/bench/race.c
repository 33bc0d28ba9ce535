// SPDX-License-Identifier: MIT
/*
 * Runs commands and measures them; small, so that what it measures is not
 * itself. A command is "name=program word word ..."; every "@" in it becomes a
 * number that no other run has.
 *
 *   bench_race each N COMMAND...      N rounds, in each every command once,
 *                                     with a pause before each
 *   bench_race row N COMMAND...       every command N times in a row
 *   bench_race together N COMMAND...  every command N times at once
 *   bench_race memory N COMMAND...    as each; KiB instead of nanoseconds
 *
 * Every command runs once before, not counted, so that its files are in memory.
 * Prints for each run "name NUMBER": the nanoseconds from before the fork until
 * the program has ended, or the largest resident set that it or what it started
 * ended with. For "row" and "together" one line for all N. A run that fails
 * ends the race with its name.
 *
 * A program that says "self" as its second word measures itself (engine.c): it
 * is started once and asked for each run.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/err.h"
#include "tests/bench/rss.h"

#define WORDS_MAX 32
#define WORD_BYTES 128
#define COMMANDS_MAX 16

struct command {
	const char *name;
	char text[1024];
	FILE *requests; /* of a program that measures itself, else NULL */
	FILE *answers;
};

struct run {
	uint64_t ns;
	long kib;
};

extern char **environ;
static unsigned long serial;

static void die(const char *name, const char *what) __attribute__((noreturn));

static void die(const char *name, const char *what)
{
	say(2, "bench_race", "%s: %s", name, what);
	exit(1);
}

/* One word with each "@" replaced. */
static char *expand(char *out, const char *word)
{
	size_t n = 0;

	for (; *word && n < WORD_BYTES - 24; word++) {
		if (*word == '@')
			n += (size_t)snprintf(out + n, WORD_BYTES - n, "%lu",
					      serial);
		else
			out[n++] = *word;
	}
	out[n] = '\0';
	return out;
}

/* The child of vfork shares this memory: the parent splits the words. */
static pid_t launch(const struct command *c, bool is_traced)
{
	static char expanded[WORDS_MAX][WORD_BYTES];
	char text[sizeof(c->text)], *rest = text, *word;
	char *words[WORDS_MAX + 1];
	size_t n = 0;
	pid_t pid;

	serial++;
	memcpy(text, c->text, sizeof(text));
	while (n < WORDS_MAX && (word = strsep(&rest, " ")))
		if (*word) {
			words[n] = expand(expanded[n], word);
			n++;
		}
	words[n] = NULL;
	pid = vfork();
	if (pid == 0) {
		if (!is_traced || ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
			execve(words[0], words, environ);
		_exit(127);
	}
	if (pid < 0)
		die(c->name, strerror(errno));
	return pid;
}

static void check(const struct command *c, int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die(c->name, "did not succeed");
}

static void reap(const struct command *c, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die(c->name, strerror(errno));
	check(c, status);
}

static struct run ask(const struct command *c, unsigned long n)
{
	unsigned long long ns;
	struct run r = { 0 };

	if (fprintf(c->requests, "%lu\n", n) < 0 || fflush(c->requests) != 0 ||
	    fscanf(c->answers, "%llu %ld", &ns, &r.kib) != 2)
		die(c->name, "gave no answer");
	r.ns = ns;
	return r;
}

static uint64_t one(const struct command *c)
{
	uint64_t begin;

	if (c->requests)
		return ask(c, 1).ns;
	begin = clock_ns(CLOCK_MONOTONIC);
	reap(c, launch(c, false));
	return clock_ns(CLOCK_MONOTONIC) - begin;
}

static uint64_t many(const struct command *c, unsigned long n)
{
	uint64_t begin;
	pid_t pids[128];

	if (n > sizeof(pids) / sizeof(pids[0]))
		die("together", "too many");
	if (c->requests)
		return ask(c, n).ns;
	begin = clock_ns(CLOCK_MONOTONIC);
	for (unsigned long i = 0; i < n; i++)
		pids[i] = launch(c, false);
	for (unsigned long i = 0; i < n; i++)
		reap(c, pids[i]);
	return clock_ns(CLOCK_MONOTONIC) - begin;
}

static long weigh(const struct command *c)
{
	int status = 0;
	long kib;

	if (c->requests)
		return ask(c, 1).kib;
	kib = rss_watch(launch(c, true), &status);
	check(c, status);
	if (kib < 0)
		die(c->name, "cannot be watched");
	return kib;
}

static void print(const struct command *c, uint64_t number)
{
	printf("%s %llu\n", c->name, (unsigned long long)number);
	fflush(stdout);
}

/* The kernel takes namespaces apart after the fact: not in the next run. */
static void settle(void)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	nanosleep(&pause, NULL);
}

static void each(struct command *commands, size_t count, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		for (size_t k = 0; k < count; k++) {
			settle();
			print(&commands[k], one(&commands[k]));
		}
}

static void row(struct command *commands, size_t count, unsigned long n)
{
	for (size_t k = 0; k < count; k++) {
		uint64_t sum = 0;

		settle();
		for (unsigned long i = 0; i < n; i++)
			sum += one(&commands[k]);
		print(&commands[k], sum);
	}
}

static void together(struct command *commands, size_t count, unsigned long n)
{
	for (size_t k = 0; k < count; k++) {
		settle();
		print(&commands[k], many(&commands[k], n));
	}
}

static void memory(struct command *commands, size_t count, unsigned long n)
{
	for (unsigned long i = 0; i < n; i++)
		for (size_t k = 0; k < count; k++)
			print(&commands[k], (uint64_t)weigh(&commands[k]));
}

/* Starts a program that measures itself, with pipes to and from it. */
static void employ(struct command *c)
{
	int to[2], from[2];
	pid_t pid;

	if (pipe(to) < 0 || pipe(from) < 0)
		die(c->name, strerror(errno));
	pid = fork();
	if (pid == 0) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		close(to[1]);
		close(from[0]);
		execl("/bin/sh", "sh", "-c", c->text, NULL);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	c->requests = fdopen(to[1], "w");
	c->answers = fdopen(from[0], "r");
	if (pid < 0 || !c->requests || !c->answers)
		die(c->name, strerror(errno));
}

static void take(struct command *c, char *word)
{
	char *text = strchr(word, '=');

	if (!text || strlen(text) >= sizeof(c->text))
		die(word, "is no command");
	*text++ = '\0';
	c->name = word;
	strcpy(c->text, text);
	text = strchr(c->text, ' ');
	if (text && strncmp(text, " self", 5) == 0)
		employ(c);
}

static const struct {
	const char *word;
	void (*run)(struct command *commands, size_t count, unsigned long n);
} modes[] = {
	{ "each", each },
	{ "row", row },
	{ "together", together },
	{ "memory", memory },
};

int main(int argc, char **argv)
{
	static struct command commands[COMMANDS_MAX];
	size_t count = argc > 3 ? (size_t)argc - 3 : 0;

	if (count > COMMANDS_MAX)
		die("bench_race", "too many commands");
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < count; i++) {
		take(&commands[i], argv[i + 3]);
		one(&commands[i]);
	}
	settle();
	for (size_t i = 0; count && i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(argv[1], modes[i].word) != 0)
			continue;
		modes[i].run(commands, count, strtoul(argv[2], NULL, 10));
		return 0;
	}
	say(2, "bench_race",
	    "each | row | together | memory N NAME=COMMAND...");
	return 2;
}
