/* Verbs that say what the process and its surroundings are. */
#include "tests/guest/probe/probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static void run_env(const struct probe_call *call)
{
	for (char **e = environ; *e; e++)
		probe_say(call, "%s", *e);
}

static void run_ids(const struct probe_call *call)
{
	gid_t groups[64];
	char list[512] = "";
	size_t len = 0;
	int count = getgroups(64, groups);

	for (int i = 0; i < count && len < sizeof(list) - 16; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%u",
					i ? "," : "", groups[i]);
	probe_say(call,
		  "uid=%u euid=%u gid=%u egid=%u groups=%s pid=%d ppid=%d",
		  getuid(), geteuid(), getgid(), getegid(), list, getpid(),
		  getppid());
}

/* Prints the lines of `path` that begin with one of `keys` (all if NULL). */
static void say_lines(const struct probe_call *call, const char *path,
		      const char *const *keys)
{
	char line[PROBE_LINE_MAX / 2];
	FILE *f = fopen(path, "re");

	if (!f) {
		probe_result(call, -1);
		return;
	}
	while (fgets(line, sizeof(line), f)) {
		bool wanted = !keys;

		for (size_t i = 0; keys && keys[i]; i++)
			wanted |= strncmp(line, keys[i], strlen(keys[i])) == 0;
		line[strcspn(line, "\n")] = '\0';
		if (wanted)
			probe_say(call, "%s", line);
	}
	fclose(f);
}

static void run_caps(const struct probe_call *call)
{
	static const char *const keys[] = {
		"CapInh:", "CapPrm:",	  "CapEff:",  "CapBnd:",
		"CapAmb:", "NoNewPrivs:", "Seccomp:", NULL,
	};

	say_lines(call, "/proc/self/status", keys);
}

static void run_mounts(const struct probe_call *call)
{
	say_lines(call, "/proc/self/mountinfo", NULL);
}

static void run_cgroup(const struct probe_call *call)
{
	say_lines(call, "/proc/self/cgroup", NULL);
}

static void run_label(const struct probe_call *call)
{
	say_lines(call, "/proc/self/attr/current", NULL);
}

static void run_limits(const struct probe_call *call)
{
	static const struct {
		int resource;
		const char *name;
	} limits[] = {
		{ RLIMIT_CORE, "core" },
		{ RLIMIT_CPU, "cpu" },
		{ RLIMIT_DATA, "data" },
		{ RLIMIT_FSIZE, "fsize" },
		{ RLIMIT_LOCKS, "locks" },
		{ RLIMIT_MEMLOCK, "memlock" },
		{ RLIMIT_MSGQUEUE, "msgqueue" },
		{ RLIMIT_NICE, "nice" },
		{ RLIMIT_NOFILE, "nofile" },
		{ RLIMIT_NPROC, "nproc" },
		{ RLIMIT_RSS, "rss" },
		{ RLIMIT_RTPRIO, "rtprio" },
		{ RLIMIT_RTTIME, "rttime" },
		{ RLIMIT_SIGPENDING, "sigpending" },
		{ RLIMIT_STACK, "stack" },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit r;

		if (getrlimit(limits[i].resource, &r) < 0)
			probe_result(call, -1);
		else
			probe_say(call, "%s %lld %lld", limits[i].name,
				  (long long)r.rlim_cur, (long long)r.rlim_max);
	}
}

/* Names in a directory, sorted, on one line. */
static void say_names(const struct probe_call *call, const char *path,
		      bool only_numbers)
{
	char list[PROBE_LINE_MAX / 2] = "";
	size_t len = 0;
	struct dirent **names;
	int count = scandir(path, &names, NULL, alphasort);

	if (count < 0) {
		probe_result(call, -1);
		return;
	}
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name;

		if (name[0] != '.' && len + strlen(name) + 2 < sizeof(list) &&
		    (!only_numbers || (name[0] >= '0' && name[0] <= '9')))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
						"%s%s", len ? " " : "", name);
		free(names[i]);
	}
	free(names);
	probe_say(call, "%s", list);
}

static void run_pids(const struct probe_call *call)
{
	say_names(call, "/proc", true);
}

static void run_list(const struct probe_call *call)
{
	say_names(call, call->argv[1], false);
}

static void run_fds(const struct probe_call *call)
{
	for (int fd = 0; fd < 1024; fd++) {
		char path[64];
		char target[256];
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, target, sizeof(target) - 1);
		if (len >= 0)
			probe_say(call, "%d %.*s", fd, (int)len, target);
	}
}

static void run_netifs(const struct probe_call *call)
{
	struct if_nameindex *all = if_nameindex();

	for (struct if_nameindex *i = all; i && i->if_name; i++)
		probe_say(call, "%s", i->if_name);
	if_freenameindex(all);
}

static void run_uname(const struct probe_call *call)
{
	struct utsname name;

	uname(&name);
	probe_say(call, "%s %s %s", name.nodename, name.release, name.machine);
}

static void run_cwd(const struct probe_call *call)
{
	char path[1024];

	probe_say(call, "%s", getcwd(path, sizeof(path)) ? path : "?");
}

static void run_args(const struct probe_call *call)
{
	probe_say(call, "%d", call->argc - 1);
}

/* Processes that have ended and were not reaped. */
static long count_zombies(void)
{
	struct dirent *entry;
	long count = 0;
	DIR *proc = opendir("/proc");

	while (proc && (entry = readdir(proc))) {
		char path[300];
		char text[512];
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		f = fopen(path, "re");
		if (f && fgets(text, sizeof(text), f))
			count += strstr(text, ") Z ") != NULL;
		if (f)
			fclose(f);
	}
	if (proc)
		closedir(proc);
	return count;
}

static void run_zombies(const struct probe_call *call)
{
	probe_say(call, "%ld", count_zombies());
}

static void run_reaped(const struct probe_call *call)
{
	while (count_zombies() > 0)
		sched_yield();
	probe_say(call, "ok");
}

const struct probe_verb probe_facts[] = {
	{ "args", 0, "WORD...: says them back", run_args },
	{ "env", 0, "", run_env },
	{ "ids", 0, "", run_ids },
	{ "caps", 0, "", run_caps },
	{ "limits", 0, "", run_limits },
	{ "mounts", 0, "", run_mounts },
	{ "cgroup", 0, "", run_cgroup },
	{ "label", 0, "", run_label },
	{ "pids", 0, "", run_pids },
	{ "zombies", 0, "", run_zombies },
	{ "reaped", 0, "waits until there is no zombie", run_reaped },
	{ "fds", 0, "", run_fds },
	{ "netifs", 0, "", run_netifs },
	{ "uname", 0, "", run_uname },
	{ "cwd", 0, "", run_cwd },
	{ "list", 1, "DIRECTORY", run_list },
	{ 0 },
};
