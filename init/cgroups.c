#include "init/cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"

#define TASKS CGROUPS_ROOT "/tasks"
#define PATH_BYTES 128

/* clang-format off */
const struct cgroups_row cgroups_rows[] = {
	/* Tasks cannot push the house out of memory. */
	{ "host", { { "memory.min", "100663296" }, { "cpu.weight", "1000" } } },
	{ "host/init", { { "pids.max", "8" } } },
	{ "host/intake", { { "memory.max", "134217728" }, { "pids.max", "4" } } },
	{ "host/courier", { { "memory.max", "33554432" }, { "pids.max", "4" } } },
	/* Its helpers between clone and exec of a container count here too. */
	{ "host/runtime", { { "memory.max", "268435456" }, { "pids.max", "256" } } },
	/* Holds the rings of all streams. */
	{ "host/uplink", { { "memory.max", "536870912" }, { "pids.max", "4" } } },
	/* Works for tasks: what they ask costs the house at most this. */
	{ "host/metadata", { { "memory.max", "268435456" }, { "pids.max", "2" },
			     { "cpu.max", "50000 100000" } } },
	/* Layers on /data are memory of this group: /data bounds them. */
	{ "host/unpack", { { "pids.max", "32" } } },
	{ "tasks", { { "cpu.weight", "100" } } },
#ifdef CLOISTER_TEST_SERVICE
	{ "host/saboteur", { { "pids.max", "8" } } },
#endif
};
/* clang-format on */
const size_t cgroups_count = ARRAY_SIZE(cgroups_rows);

/* Parents that hand the controllers to their children. */
static const char *const parents[] = { ".", "host", "tasks" };

static int make_row(int root, const struct cgroups_row *row, struct err *e)
{
	if (mkdirat(root, row->path, 0755) < 0)
		return err_set(e, errno, "mkdir(cgroup %s)", row->path);
	return 0;
}

static int enable(int root, const char *parent, struct err *e)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "%s/cgroup.subtree_control", parent);
	return fd_write_file(root, path, "+cpuset +cpu +io +memory +pids", e);
}

static int set_row(int root, const struct cgroups_row *row, struct err *e)
{
	for (size_t i = 0; i < CGROUPS_FILES_MAX && row->files[i].name; i++) {
		char path[PATH_BYTES];
		int r;

		snprintf(path, sizeof(path), "%s/%s", row->path,
			 row->files[i].name);
		r = fd_write_file(root, path, row->files[i].value, e);
		if (r < 0)
			return r;
	}
	return 0;
}

int cgroups_setup(struct err *e)
{
	AUTO_CLOSE int root =
		open(CGROUPS_ROOT, O_DIRECTORY | O_PATH | O_CLOEXEC);
	int r = 0;

	if (root < 0)
		return err_set(e, errno, "open(%s)", CGROUPS_ROOT);
	for (size_t i = 0; r == 0 && i < cgroups_count; i++)
		r = make_row(root, &cgroups_rows[i], e);
	/* "0" is the writer: its children start where it is. */
	if (r == 0)
		r = fd_write_file(root, "host/init/cgroup.procs", "0", e);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(parents); i++)
		r = enable(root, parents[i], e);
	for (size_t i = 0; r == 0 && i < cgroups_count; i++)
		r = set_row(root, &cgroups_rows[i], e);
	return r;
}

int cgroups_open(const char *path, struct err *e)
{
	char full[PATH_BYTES];
	int fd;

	snprintf(full, sizeof(full), CGROUPS_ROOT "/%s", path);
	fd = open(full, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	return fd < 0 ? err_set(e, errno, "open(%s)", full) : fd;
}

int cgroups_kill_tasks(struct err *e)
{
	return fd_write_file(AT_FDCWD, TASKS "/cgroup.kill", "1", e);
}

bool cgroups_has_tasks(void)
{
	char text[128];
	ssize_t n = fd_read_file(AT_FDCWD, TASKS "/cgroup.events", text,
				 sizeof(text), NULL);

	return n < 0 || !strstr(text, "populated 0");
}

static int count_lines(const char *path, struct err *e)
{
	char text[4096];
	ssize_t n = fd_read_file(AT_FDCWD, path, text, sizeof(text), e);
	int lines = n > 0;

	for (ssize_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return n < 0 ? (int)n : lines;
}

int cgroups_count_host(struct err *e)
{
	int total = 0;

	for (size_t i = 0; i < cgroups_count; i++) {
		char path[PATH_BYTES];
		int n;

		if (strncmp(cgroups_rows[i].path, "host/", 5) != 0)
			continue;
		snprintf(path, sizeof(path), CGROUPS_ROOT "/%s/cgroup.procs",
			 cgroups_rows[i].path);
		n = count_lines(path, e);
		if (n < 0)
			return n;
		total += n;
	}
	return total;
}
