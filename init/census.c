/* SPDX-License-Identifier: MIT */
#include "init/census.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init/cgroups.h"
#include "runtime/base/fd.h"

#define STATUS_MAX 4096
#define PIDS_MAX 4096
#define HOUSE "host/"

/* The number behind `key` at the start of a line; the nth one of it. */
static bool find(const char *text, const char *key, int nth, int base,
		 uint64_t *n)
{
	size_t len = strlen(key);
	const char *line = text;

	while (line && strncmp(line, key, len) != 0) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	if (!line)
		return false;
	for (line += len; nth > 0; nth--) {
		line += strspn(line, " \t");
		line += strcspn(line, " \t\n");
	}
	line += strspn(line, " \t");
	if (!strchr("0123456789abcdef", *line) || !*line)
		return false;
	*n = strtoull(line, NULL, base);
	return true;
}

int census_parse_status(const char *text, struct census_rights *r,
			struct err *e)
{
	uint64_t uid, no_new_privs, seccomp;

	/* Uid: real, effective, saved, file system. */
	if (!find(text, "Uid:", 1, 10, &uid) ||
	    !find(text, "CapEff:", 0, 16, &r->effective) ||
	    !find(text, "CapBnd:", 0, 16, &r->bounding) ||
	    !find(text, "NoNewPrivs:", 0, 10, &no_new_privs) ||
	    !find(text, "Seccomp:", 0, 10, &seccomp))
		return err_set(e, EBADMSG, "status of a process");
	r->uid = (int64_t)uid;
	r->no_new_privs = (int64_t)no_new_privs;
	r->seccomp = (int64_t)seccomp;
	return 0;
}

static int read_of(long pid, const char *file, char *text, size_t cap,
		   struct err *e)
{
	char path[48];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, file);
	n = fd_read_file(AT_FDCWD, path, text, cap, e);
	return n < 0 ? (int)n : 0;
}

static void put_set(struct canon *c, const char *key, uint64_t set)
{
	char hex[17];

	snprintf(hex, sizeof(hex), "%016llx", (unsigned long long)set);
	canon_word(c, key, hex);
}

static int write_process(struct canon *c, const char *group, long pid,
			 struct err *e)
{
	char status[STATUS_MAX], domain[SELINUX_CONTEXT_MAX];
	struct census_rights rights;
	int r = read_of(pid, "status", status, sizeof(status), e);

	if (r == 0)
		r = read_of(pid, "attr/current", domain, sizeof(domain), e);
	if (r == 0)
		r = census_parse_status(status, &rights, e);
	if (r < 0)
		return r;
	canon_open(c, NULL, '{');
	canon_word(c, "cgroup", group);
	canon_number(c, "pid", pid);
	canon_word(c, "domain", domain);
	canon_number(c, "uid", rights.uid);
	put_set(c, "effective", rights.effective);
	put_set(c, "bounding", rights.bounding);
	canon_number(c, "no_new_privs", rights.no_new_privs);
	canon_number(c, "seccomp", rights.seccomp);
	canon_close(c, '}');
	return 0;
}

static bool has_ended(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

static int write_group(struct canon *c, const char *group, int *written,
		       int *more, struct err *e)
{
	char path[128], text[PIDS_MAX], *rest = text, *line;
	ssize_t n;
	int r = 0;

	snprintf(path, sizeof(path), CGROUPS_ROOT "/%s/cgroup.procs", group);
	n = fd_read_file(AT_FDCWD, path, text, sizeof(text), e);
	if (n < 0)
		return (int)n;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (*written == CENSUS_MAX) {
			++*more;
			continue;
		}
		r = write_process(c, group, strtol(line, NULL, 10), e);
		*written += r == 0;
		if (has_ended(r))
			r = 0;
	}
	return r;
}

int census_write(struct canon *c, struct err *e)
{
	int written = 0, more = 0, r = 0;

	canon_open(c, "processes", '[');
	for (size_t i = 0; r == 0 && i < cgroups_count; i++)
		if (strncmp(cgroups_rows[i].path, HOUSE, strlen(HOUSE)) == 0)
			r = write_group(c, cgroups_rows[i].path, &written,
					&more, e);
	canon_close(c, ']');
	canon_number(c, "processes_more", more);
	return r;
}
