// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/statistics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/oci/oci.h"

#define FILE_MAX_BYTES 65536
#define TEXT_ROOM 262144
#define NS_PER_US 1000

struct source {
	int dir;
	char text[FILE_MAX_BYTES]; /* of the file read last, "" if none */
};

static void load(struct source *s, const char *file)
{
	if (fd_read_file(s->dir, file, s->text, sizeof(s->text), NULL) < 0)
		s->text[0] = '\0';
}

/* "N" or "max" */
static uint64_t value(struct source *s, const char *file)
{
	load(s, file);
	if (strcmp(s->text, "max") == 0)
		return UINT64_MAX;
	return strtoull(s->text, NULL, 10);
}

/* "key N" lines of the text loaded last. */
static uint64_t keyed(const struct source *s, const char *key)
{
	const char *line = s->text;
	size_t len = strlen(key);

	while (line) {
		if (strncmp(line, key, len) == 0 && line[len] == ' ')
			return strtoull(line + len + 1, NULL, 10);
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return 0;
}

static void put(struct json *j, const char *key, uint64_t n)
{
	json_key(j, key);
	json_uint(j, n);
}

static void open_object(struct json *j, const char *key)
{
	json_key(j, key);
	json_open(j, '{');
}

static void put_cpu(struct json *j, struct source *s)
{
	load(s, "cpu.stat");
	open_object(j, "cpu");
	open_object(j, "usage");
	put(j, "total", NS_PER_US * keyed(s, "usage_usec"));
	put(j, "kernel", NS_PER_US * keyed(s, "system_usec"));
	put(j, "user", NS_PER_US * keyed(s, "user_usec"));
	json_close(j, '}');
	open_object(j, "throttling");
	put(j, "periods", keyed(s, "nr_periods"));
	put(j, "throttledPeriods", keyed(s, "nr_throttled"));
	put(j, "throttledTime", NS_PER_US * keyed(s, "throttled_usec"));
	json_close(j, '}');
	json_close(j, '}');
}

static void put_usage(struct json *j, const char *key, uint64_t limit,
		      uint64_t usage, uint64_t max, uint64_t failures)
{
	open_object(j, key);
	put(j, "limit", limit);
	put(j, "usage", usage);
	put(j, "max", max);
	put(j, "failcnt", failures);
	json_close(j, '}');
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Each "key N" line of memory.stat. */
static void put_raw(struct json *j, struct source *s)
{
	char *rest = NULL;

	open_object(j, "raw");
	for (char *line = strtok_r(s->text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *space = strchr(line, ' ');

		if (!space)
			continue;
		*space = '\0';
		json_name(j, line);
		json_uint(j, strtoull(space + 1, NULL, 10));
	}
	json_close(j, '}');
}

/* As in cgroup v1, swap is memory and swap together. */
static void put_memory(struct json *j, struct source *s)
{
	uint64_t usage = value(s, "memory.current");
	uint64_t limit = value(s, "memory.max");
	uint64_t peak = value(s, "memory.peak");
	uint64_t swap = value(s, "memory.swap.current");
	uint64_t swap_limit = value(s, "memory.swap.max");
	uint64_t failures;

	load(s, "memory.events");
	failures = keyed(s, "max");
	open_object(j, "memory");
	put_usage(j, "usage", limit, usage, peak, failures);
	put_usage(j, "swap", add(limit, swap_limit), add(usage, swap), 0, 0);
	load(s, "memory.stat");
	put(j, "cache", keyed(s, "file"));
	put_raw(j, s);
	json_close(j, '}');
}

static void put_pids(struct json *j, struct source *s)
{
	uint64_t limit = value(s, "pids.max");

	open_object(j, "pids");
	put(j, "current", value(s, "pids.current"));
	/* runc says 0 for "no limit". */
	put(j, "limit", limit == UINT64_MAX ? 0 : limit);
	json_close(j, '}');
}

/* One entry of a list: a device, what was done, and how much. */
static void put_entry(struct json *j, unsigned int major, unsigned int minor,
		      const char *op, const char *line, const char *key)
{
	const char *at = strstr(line, key);

	json_open(j, '{');
	put(j, "major", major);
	put(j, "minor", minor);
	json_key(j, "op");
	json_text(j, op);
	put(j, "value", at ? strtoull(at + strlen(key), NULL, 10) : 0);
	json_close(j, '}');
}

static void put_io_list(struct json *j, struct source *s, const char *name,
			const char *read_key, const char *write_key)
{
	char *rest = NULL;

	load(s, "io.stat");
	json_key(j, name);
	json_open(j, '[');
	for (char *line = strtok_r(s->text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		unsigned int major, minor;

		if (sscanf(line, "%u:%u ", &major, &minor) != 2)
			continue;
		put_entry(j, major, minor, "Read", line, read_key);
		put_entry(j, major, minor, "Write", line, write_key);
	}
	json_close(j, ']');
}

static void put_io(struct json *j, struct source *s)
{
	open_object(j, "blkio");
	put_io_list(j, s, "ioServiceBytesRecursive", " rbytes=", " wbytes=");
	put_io_list(j, s, "ioServicedRecursive", " rios=", " wios=");
	json_close(j, '}');
}

/* "hugetlb.2MB.current": the size is the word in the middle. */
static void put_hugetlb_size(struct json *j, struct source *s, const char *size,
			     int len)
{
	char file[128];

	snprintf(file, sizeof(file), "%.*s", len, size);
	json_name(j, file);
	json_open(j, '{');
	snprintf(file, sizeof(file), "hugetlb.%.*s.current", len, size);
	put(j, "usage", value(s, file));
	snprintf(file, sizeof(file), "hugetlb.%.*s.events", len, size);
	load(s, file);
	put(j, "failcnt", keyed(s, "max"));
	json_close(j, '}');
}

static void put_hugetlb(struct json *j, struct source *s)
{
	static const char head[] = "hugetlb.";
	static const char tail[] = ".current";
	int copy = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *d;

	open_object(j, "hugetlb");
	while (list && (d = readdir(list))) {
		const char *size = d->d_name + sizeof(head) - 1;
		const char *end;

		if (strncmp(d->d_name, head, sizeof(head) - 1) != 0)
			continue;
		end = strchr(size, '.');
		if (end && strcmp(end, tail) == 0)
			put_hugetlb_size(j, s, size, (int)(end - size));
	}
	if (list)
		closedir(list);
	else
		fd_close(&copy);
	json_close(j, '}');
}

static void put_all(struct json *j, struct source *s, const char *id)
{
	json_open(j, '{');
	json_key(j, "type");
	json_text(j, "stats");
	json_key(j, "id");
	json_text(j, id);
	open_object(j, "data");
	put_cpu(j, s);
	put_memory(j, s);
	put_pids(j, s);
	put_io(j, s);
	put_hugetlb(j, s);
	json_close(j, '}');
	json_close(j, '}');
}

int statistics_json(const char *id, const char *cgroup, char **text,
		    size_t *length, struct err *e)
{
	AUTO_FREE struct source *s = calloc(1, sizeof(*s));
	AUTO_FREE char *bytes = malloc(TEXT_ROOM);
	AUTO_CLOSE int dir = -1;
	struct json j;
	int r;

	if (!s || !bytes)
		return err_set(e, ENOMEM, "malloc(statistics)");
	r = oci_cgroup_open(cgroup, &dir, e);
	if (r < 0)
		return r;
	s->dir = dir;
	json_start(&j, bytes, TEXT_ROOM - 1);
	put_all(&j, s, id);
	if (j.is_full)
		return err_set(e, EFBIG, "statistics of %s", id);
	bytes[j.len++] = '\n';
	*length = j.len;
	*text = take_ptr(&bytes);
	return 0;
}
