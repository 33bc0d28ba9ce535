// SPDX-License-Identifier: MIT
#include "runtime/oci/labels.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "runtime/base/fd.h"
#include "runtime/oci/child.h"
#include "runtime/oci/digits.h"
#include "runtime/oci/sys.h"

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

/* Our own procfs mount cannot be an imitation; still read what was written. */
int child_label(struct child *c)
{
	const char *label = c->spec->process.selinux_label;
	AUTO_CLOSE int fd = -1;
	int r;

	if (!label)
		return 0;
	fd = open_attribute(c->proc_fd, getpid(), "/attr/exec", O_RDWR);
	if (fd < 0)
		return take_fd(&fd);
	if (write(fd, label, strlen(label)) < 0)
		return -errno;
	r = holds(fd, label);
	if (r < 0)
		return r;
	return r ? 0 : -EPERM;
}

static int open_proc(struct err *e)
{
	AUTO_CLOSE int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (proc < 0 || fstatfs(proc, &fs) < 0)
		return err_set(e, errno, "open(/proc)");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, EPERM, "/proc is not procfs");
	return take_fd(&proc);
}

static bool is_reaped(int pidfd)
{
	return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0 &&
	       errno == ESRCH;
}

int label_verify(pid_t pid, int pidfd, const char *label, struct err *e)
{
	AUTO_CLOSE int proc = open_proc(e);
	AUTO_CLOSE int fd = -1;
	int r;

	if (proc < 0)
		return proc;
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
