// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"

#define SCRIPT_MAX 256 /* BINPRM_BUF_SIZE, what the kernel reads */
#define SCRIPT_DEPTH 6 /* and one more than it follows */
#define DEFAULT_PATH \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *search_path(const char *const *env)
{
	for (; *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			return *env + 5;
	return DEFAULT_PATH;
}

/* To be read if it may be: a program may be for execution alone. */
static int open_program(const char *path)
{
	int fd = sys_openat2(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY,
			     0, RESOLVE_NO_MAGICLINKS);

	if (fd != -EACCES && fd != -EPERM && fd != -ENXIO)
		return fd;
	return sys_openat2(AT_FDCWD, path, O_PATH, 0, RESOLVE_NO_MAGICLINKS);
}

/* The interpreter that a script names, in `line`; false: it is no script. */
static bool read_interpreter(int fd, char line[SCRIPT_MAX], char **name)
{
	ssize_t n = pread(fd, line, SCRIPT_MAX - 1, 0);

	if (n < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	*name = line + 2 + strspn(line + 2, " \t");
	(*name)[strcspn(*name, " \t\n")] = '\0';
	return true;
}

/*
 * A script names its interpreter, and one that is /proc/self/exe would be the
 * runtime as well. What else may be wrong with it, execve(2) says.
 */
static int check_interpreters(int program)
{
	AUTO_CLOSE int fd = -1;
	char line[SCRIPT_MAX], *name;
	int at = program;

	for (int i = 0; i < SCRIPT_DEPTH; i++) {
		int next;

		if (!read_interpreter(at, line, &name))
			return 0;
		next = open_program(name);
		if (next < 0)
			return next == -ELOOP ? -ELOOP : 0;
		fd_close(&fd);
		fd = next;
		at = fd;
	}
	return 0;
}

/*
 * What execve(2) would say of a file, without running it: -ENOENT, -ENOTDIR,
 * -EACCES for a directory, a missing x bit or a noexec mount. -ELOOP for a
 * link of procfs: /proc/self/exe is the runtime until the exec
 * (CVE-2019-5736). We are in the container's root as its user here.
 */
int child_may_run(const char *path)
{
	AUTO_CLOSE int fd = open_program(path);
	struct stat st;
	int r;

	if (fd < 0)
		return take_fd(&fd);
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	r = sys_result(syscall(SYS_faccessat2, fd, "", X_OK,
			       AT_EACCESS | AT_EMPTY_PATH));
	return r < 0 ? r : check_interpreters(fd);
}

/* "directory/name" to `out`; an empty directory is the working directory. */
static int join(char *out, const char *directory, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	if (len + name_len + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out, directory, len);
	if (len)
		out[len++] = '/';
	memcpy(out + len, name, name_len + 1);
	return 0;
}

/* As execvp(3): the first that runs; -EACCES if one only lacked permission. */
static int search(char *out, const char *path, const char *name)
{
	int verdict = -ENOENT;

	for (;;) {
		size_t len = strcspn(path, ":");
		int r = join(out, path, len, name);

		if (r == 0)
			r = child_may_run(out);
		if (r != -ENOENT && r != -ENOTDIR && r != -EACCES)
			return r;
		if (r == -EACCES)
			verdict = r;
		if (!path[len])
			return verdict;
		path += len + 1;
	}
}

int child_lookup(struct child *c)
{
	const struct oci_process *p = &c->spec->process;
	const char *name = p->args[0];

	if (!name)
		return 0; /* the reaper alone */
	if (!*name)
		return -ENOENT;
	if (!strchr(name, '/'))
		return search(c->program, search_path(p->env), name);
	if (strlen(name) >= sizeof(c->program))
		return -ENAMETOOLONG;
	memcpy(c->program, name, strlen(name) + 1);
	return child_may_run(c->program);
}

char *const *child_vector(const char *const *strings)
{
	union {
		const char *const *in;
		char *const *out; /* execve(2) changes nothing of it */
	} u = { .in = strings };

	return u.out;
}

/* The reaper keeps the pipe over its own exec, to tell of the program's. */
int child_init(struct child *c)
{
	if (c->init_fd < 0)
		return 0;
	if (c->spec->process.args[0])
		c->init_args[2] = c->program;
	if (fcntl(c->fault_fd, F_SETFD, 0) < 0)
		return -errno;
	syscall(SYS_execveat, c->init_fd, "", child_vector(c->init_args),
		child_vector(c->spec->process.env), AT_EMPTY_PATH);
	return -errno;
}

int child_exec(struct child *c)
{
	oci_fault_send(c->fault_fd, OCI_STAGE_EXEC, 0, 0);
	syscall(SYS_execve, c->program, child_vector(c->spec->process.args),
		child_vector(c->spec->process.env));
	return -errno;
}
