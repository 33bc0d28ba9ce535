// SPDX-License-Identifier: MIT
#include "tests/unit/oci/config/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Members of one object, completed by those that it does not give itself. */
static void put(FILE *f, const char *members, const char *key,
		const char *member)
{
	if (!strstr(members, key))
		fprintf(f, "%s,", member);
}

static void put_members(FILE *f, const char *members)
{
	if (members[0])
		fprintf(f, "%s,", members);
}

static void put_process(FILE *f, const char *members)
{
	fputs("'process':{", f);
	put_members(f, members);
	put(f, members, "'cwd'", "'cwd':'/'");
	put(f, members, "'args'", "'args':['true']");
	fputs("'x':0},", f);
}

static void put_linux(FILE *f, enum text_slot slot, const char *members)
{
	bool is_ours = slot == TEXT_LINUX;

	fputs("'linux':{", f);
	if (slot == TEXT_RESOURCES)
		fprintf(f, "'resources':{%s},", members);
	else if (slot == TEXT_SECCOMP)
		fprintf(f, "'seccomp':{%s},", members);
	else if (is_ours)
		put_members(f, members);
	put(f, is_ours ? members : "", "'namespaces'",
	    "'namespaces':[{'type':'mount'}]");
	fputs("'x':0},", f);
}

static void put_mount(FILE *f, const char *members)
{
	fputs("'mounts':[{", f);
	put_members(f, members);
	put(f, members, "'destination'", "'destination':'/mnt'");
	fputs("'x':0}],", f);
}

static void put_document(FILE *f, enum text_slot slot, const char *members)
{
	const char *top = slot == TEXT_TOP ? members : "";

	fputc('{', f);
	put_members(f, top);
	if (!strstr(top, "'process'"))
		put_process(f, slot == TEXT_PROCESS ? members : "");
	if (!strstr(top, "'linux'"))
		put_linux(f, slot, members);
	if (slot == TEXT_MOUNT)
		put_mount(f, members);
	put(f, top, "'root'", "'root':{'path':'rootfs'}");
	put(f, top, "'ociVersion'", "'ociVersion':'1.3.0'");
	fputs("'x':0}", f);
}

int text_file(const char *text)
{
	int fd = memfd_create("config.json", MFD_CLOEXEC);
	size_t length = strlen(text);
	char *copy = strdup(text);

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (write(fd, copy, length) != (ssize_t)length) {
		close(fd);
		fd = -1;
	}
	free(copy);
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

int text_load(enum text_slot slot, const char *members, struct config **out,
	      struct err *e)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	char path[64];
	int fd, err;

	put_document(f, slot, members);
	fclose(f);
	fd = text_file(text);
	free(text);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = config_load(AT_FDCWD, path, out, e);
	close(fd);
	return err;
}
