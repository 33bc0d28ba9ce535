#include "init/modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "runtime/base/fd.h"

#define MODULES_ROOT "/usr/lib/modules/"
#define SWITCH "/proc/sys/kernel/modules_disabled"
#define LIST_BYTES_MAX 8192

static int load(int dirfd, const char *path, struct err *e)
{
	AUTO_CLOSE int fd =
		openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_set(e, errno, "open(%s)", path);
	/* -EEXIST: built in or already there, which is what is wanted. */
	if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
		return err_set(e, errno, "finit_module(%s)", path);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

int modules_load_directory(const char *directory, struct err *e)
{
	char names[MODULES_MAX][MODULES_PATH_MAX];
	DIR *d = opendir(directory);
	struct dirent *entry;
	size_t count = 0;
	int r = 0;

	if (!d)
		return err_set(e, errno, "opendir(%s)", directory);
	while (r == 0 && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		if (count == MODULES_MAX ||
		    strlen(entry->d_name) >= MODULES_PATH_MAX)
			r = err_set(e, E2BIG, "%s/%s", directory,
				    entry->d_name);
		else
			strcpy(names[count++], entry->d_name);
	}
	qsort(names, count, sizeof(names[0]), by_name);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = load(dirfd(d), names[i], e);
	closedir(d);
	return r;
}

static int load_line(const char *path, struct err *e)
{
	int r;

	if (strncmp(path, MODULES_ROOT, strlen(MODULES_ROOT)) != 0 ||
	    strstr(path, ".."))
		return err_set(e, EINVAL, "module path %.160s", path);
	r = load(AT_FDCWD, path, e);
	return r == -ENODEV ? 0 : r;
}

int modules_load_list(const char *path, struct err *e)
{
	char text[LIST_BYTES_MAX], *rest = text, *line;
	ssize_t n = fd_read_file(AT_FDCWD, path, text, sizeof(text), e);
	int r = n < 0 ? (int)n : 0;

	while (r == 0 && (line = strsep(&rest, "\n")))
		if (*line)
			r = load_line(line, e);
	return r;
}

int modules_close(struct err *e)
{
	char now[8];
	int r = fd_write_file(AT_FDCWD, SWITCH, "1", e);
	ssize_t n;

	if (r < 0)
		return r;
	n = fd_read_file(AT_FDCWD, SWITCH, now, sizeof(now), e);
	if (n < 0)
		return (int)n;
	if (strcmp(now, "1") != 0)
		return err_set(e, EPERM, "%s is %s", SWITCH, now);
	return 0;
}
