// SPDX-License-Identifier: MIT
#include "runtime/oci/labels.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"
#include "runtime/oci/child.h"
#include "runtime/oci/digits.h"

#define LABEL_MAX 256
#define STRICT (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS)

static int open_attribute(int proc, pid_t pid, const char *name, int flags)
{
	char path[DIGITS_MAX + 16];
	size_t len = digits_write(path, pid);

	memcpy(path + len, name, strlen(name) + 1);
	return sys_openat2(proc, path, (uint64_t)flags, 0, STRICT);
}

/* 1 when the attribute holds `label` (the kernel may add a NUL or newline). */
static int holds(int fd, const char *label)
{
	char text[LABEL_MAX];
	ssize_t n = pread(fd, text, sizeof(text), 0);

	if (n < 0)
		return -errno;
	while (n > 0 && (text[n - 1] == '\0' || text[n - 1] == '\n'))
		n--;
	return (size_t)n == strlen(label) &&
	       memcmp(text, label, (size_t)n) == 0;
}

int child_open_proc(const struct child *c, const char *path, int flags)
{
	return sys_openat2(c->proc_fd, path, (uint64_t)flags, 0,
			   RESOLVE_BENEATH | RESOLVE_NO_XDEV |
				   RESOLVE_NO_MAGICLINKS);
}

/* That procfs cannot be an imitation; still read what was written. */
int child_label(struct child *c)
{
	const char *label = c->spec->process.selinux_label;
	AUTO_CLOSE int fd = -1;
	int r;

	if (!label)
		return 0;
	fd = c->attr_fd >= 0 ? take_fd(&c->attr_fd) :
			       child_open_proc(c, "self/attr/exec", O_RDWR);
	if (fd < 0)
		return take_fd(&fd);
	if (write(fd, label, strlen(label)) < 0)
		return -errno;
	r = holds(fd, label);
	if (r < 0)
		return r;
	return r ? 0 : -EPERM;
}

static bool is_reaped(int pidfd)
{
	return sys_pidfd_signal(pidfd, 0) == -ESRCH;
}

int label_verify(int proc, pid_t pid, int pidfd, const char *label,
		 struct err *e)
{
	AUTO_CLOSE int fd = -1;
	int r;

	fd = open_attribute(proc, pid, "/attr/current", O_RDONLY);
	r = fd < 0 ? fd : holds(fd, label);
	/* Only now is it known whose label that was. */
	if (is_reaped(pidfd))
		return 0;
	if (r < 0)
		return err_set(e, -r, "read(label of process %d)", (int)pid);
	if (r == 0)
		return err_set(e, EPERM, "process %d does not have label %s",
			       (int)pid, label);
	return 0;
}
