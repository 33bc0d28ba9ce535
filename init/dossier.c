/* SPDX-License-Identifier: MIT */
#include "init/dossier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "init/census.h"
#include "init/evidence.h"
#include "init/granted.h"
#include "init/guard.h"
#include "init/mounts.h"
#include "init/sysctls.h"
#include "runtime/base/fd.h"

static int write_facts(struct canon *c, struct err *e)
{
	struct evidence_facts f;
	int r = evidence_read(&f, e);

	if (r < 0)
		return r;
	canon_word(c, "image", f.version);
	canon_open(c, "kernel", '{');
	canon_word(c, "release", f.kernel.release);
	canon_word(c, "version", f.kernel.version);
	canon_word(c, "machine", f.kernel.machine);
	canon_close(c, '}');
	canon_open(c, "root", '{');
	canon_word(c, "hash", f.root_hash);
	canon_close(c, '}');
	canon_open(c, "policy", '{');
	canon_word(c, "sha256", f.policy);
	canon_number(c, "enforcing", 1); /* or evidence_read() had failed */
	canon_close(c, '}');
	canon_word(c, "lockdown", f.lockdown);
	canon_number(c, "modules_closed", f.modules_closed[0] == '1');
	return 0;
}

void dossier_write_parameters(struct canon *c, const char *line)
{
	char word[CANON_MAX / 8];
	int more = 0, count = 0;

	canon_open(c, "parameters", '[');
	for (;;) {
		size_t n;

		line += strspn(line, " \n");
		n = strcspn(line, " \n");
		if (n == 0)
			break;
		if (count++ < DOSSIER_PARAMETERS_MAX) {
			snprintf(word, sizeof(word), "%.*s", (int)n, line);
			canon_word(c, NULL, word);
		} else {
			more++;
		}
		line += n;
	}
	canon_close(c, ']');
	canon_number(c, "parameters_more", more);
}

static int write_parameters(struct canon *c, struct err *e)
{
	char line[CMDLINE_MAX];
	ssize_t n =
		fd_read_file(AT_FDCWD, "/proc/cmdline", line, sizeof(line), e);

	if (n < 0)
		return (int)n;
	dossier_write_parameters(c, line);
	return 0;
}

/* As sysctls_is_same() has it: what sets numbers apart is no matter. */
static void put_setting(struct canon *c, const char *path, char *value)
{
	for (char *p = value; *p; p++)
		if (*p == '\t')
			*p = ' ';
	canon_word(c, path, value);
}

static int write_sysctls(struct canon *c, struct err *e)
{
	AUTO_CLOSE int dir =
		open("/proc/sys", O_DIRECTORY | O_PATH | O_CLOEXEC);
	char value[SYSCTLS_VALUE_MAX];
	int r = 0;

	if (dir < 0)
		return err_set(e, errno, "open(/proc/sys)");
	canon_open(c, "sysctls", '{');
	for (size_t i = 0; r >= 0 && i < sysctls_count; i++) {
		r = sysctls_read(dir, &sysctls_rows[i], value, e);
		if (r > 0)
			put_setting(c, sysctls_rows[i].path, value);
	}
	canon_close(c, '}');
	return r < 0 ? r : 0;
}

/*
 * Only the house's own mounts are looked at; what runtime mounts for a moment
 * to make a container has "".
 */
static void read_label(const char *target, char *label, size_t cap)
{
	ssize_t n = 0;

	for (size_t i = 0; i < mounts_count; i++)
		if (strcmp(mounts_rows[i].target, target) == 0)
			n = lgetxattr(target, "security.selinux", label,
				      cap - 1);
	label[n > 0 ? n : 0] = '\0';
}

static void write_mount(struct canon *c, const struct mounts_line *m)
{
	char label[SELINUX_CONTEXT_MAX];

	read_label(m->target, label, sizeof(label));
	canon_open(c, NULL, '{');
	canon_word(c, "target", m->target);
	canon_word(c, "type", m->type);
	canon_word(c, "flags", m->flags);
	canon_word(c, "options", m->options);
	canon_word(c, "label", label);
	canon_close(c, '}');
}

int dossier_write_mounts(struct canon *c, char *mountinfo, struct err *e)
{
	char *line;
	int written = 0, more = 0, r = 0;

	canon_open(c, "mounts", '[');
	while (r == 0 && (line = strsep(&mountinfo, "\n"))) {
		struct mounts_line m;

		if (!*line)
			continue;
		if (!mounts_split_line(line, &m))
			r = err_set(e, EBADMSG, "mountinfo line");
		else if (written++ < DOSSIER_MOUNTS_MAX)
			write_mount(c, &m);
		else
			more++;
	}
	canon_close(c, ']');
	canon_number(c, "mounts_more", more);
	return r;
}

static int write_mounts(struct canon *c, struct err *e)
{
	static char text[MOUNTS_INFO_MAX];
	ssize_t n = fd_read_file(AT_FDCWD, "/proc/self/mountinfo", text,
				 sizeof(text), e);

	return n < 0 ? (int)n : dossier_write_mounts(c, text, e);
}

static int write_listening(struct canon *c, struct err *e)
{
	int r;

	canon_open(c, "listening", '{');
	r = evidence_write_listeners(c, "/proc/net", e);
	canon_close(c, '}');
	return r;
}

/* All of them are attached, or evidence_read() had failed. */
static int write_guards(struct canon *c, struct err *e)
{
	(void)e;
	canon_open(c, "guards", '[');
	for (size_t i = 0; i < guard_count; i++) {
		canon_open(c, NULL, '{');
		canon_word(c, "cgroup", guard_rows[i].cgroup);
		canon_number(c, "hook", guard_rows[i].hook);
		if (guard_rows[i].lsm)
			canon_word(c, "lsm", guard_rows[i].lsm);
		canon_close(c, '}');
	}
	canon_close(c, ']');
	return 0;
}

static int write_grants(struct canon *c, struct err *e)
{
	(void)e;
	granted_write(c);
	return 0;
}

static int (*const sections[])(struct canon *c, struct err *e) = {
	write_facts,	 write_parameters, write_sysctls, write_mounts,
	write_listening, census_write,	   write_guards,  write_grants,
};

int dossier_write(struct canon *c, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sections); i++)
		r = sections[i](c, e);
	return r;
}
