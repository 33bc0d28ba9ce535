// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/early.h"

#include <elf.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

/* No pointers: nobody has relocated them. One that is no command but an id or
 * an argument does no harm. */
static const char starting[][8] = { "create", "run", "exec" };

static bool is_starting(char *const *argv)
{
	for (; *argv; argv++)
		for (size_t i = 0; i < ARRAY_SIZE(starting); i++)
			if (strcmp(*argv, starting[i]) == 0)
				return true;
	return false;
}

/* By way of a descriptor, as a copy is; main() makes sure that it is one. */
static bool is_executed_again(char *const *auxiliary)
{
	for (; auxiliary[0]; auxiliary += 2)
		if ((uintptr_t)auxiliary[0] == AT_EXECFN)
			return strncmp(auxiliary[1], "/dev/fd/", 8) == 0;
	return false;
}

static long at(const char *text)
{
	return (long)(uintptr_t)text;
}

/* What fstatfs(2) says, of procfs and of a mount that is read-only. */
static bool is_proc(int fd)
{
	struct statfs fs;

	return early_call(SYS_fstatfs, fd, (long)(uintptr_t)&fs, 0, 0, 0) ==
		       0 &&
	       fs.f_type == PROC_SUPER_MAGIC;
}

static bool is_writable(int fd)
{
	struct statfs fs;

	return early_call(SYS_fstatfs, fd, (long)(uintptr_t)&fs, 0, 0, 0) ==
		       0 &&
	       !(fs.f_flags & ST_RDONLY);
}

static void shut(int fd)
{
	if (fd >= 0)
		early_call(SYS_close, fd, 0, 0, 0, 0);
}

static int open_path(int dir, const char *path, int flags)
{
	return (int)early_call(SYS_openat, dir, at(path),
			       O_PATH | O_CLOEXEC | flags, 0, 0);
}

/* This program's file, if its mount can be written to; else -1. */
static int open_self(void)
{
	int proc = open_path(AT_FDCWD, "/proc", O_DIRECTORY);
	int exe = -1;

	if (proc >= 0 && is_proc(proc))
		exe = open_path(proc, "self/exe", 0);
	shut(proc);
	if (exe >= 0 && is_writable(exe))
		return exe;
	shut(exe);
	return -1;
}

static void execute_copy(int exe, char **argv, char **environment)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	int copy = (int)early_call(
		SYS_open_tree, exe, at(""),
		AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, 0, 0);

	if (copy >= 0 &&
	    early_call(SYS_mount_setattr, copy, at(""), AT_EMPTY_PATH,
		       (long)(uintptr_t)&read_only, sizeof(read_only)) == 0)
		early_call(SYS_execveat, copy, at(""), (long)(uintptr_t)argv,
			   (long)(uintptr_t)environment, AT_EMPTY_PATH);
	shut(copy);
}

void early_protect(char **stack)
{
	char **argv = stack + 1;
	char **environment = argv + (uintptr_t)stack[0] + 1;
	char **end = environment;
	int exe;

	while (*end)
		end++;
	if (!is_starting(argv) || is_executed_again(end + 1))
		return;
	exe = open_self();
	if (exe >= 0)
		execute_copy(exe, argv, environment);
	shut(exe);
}
