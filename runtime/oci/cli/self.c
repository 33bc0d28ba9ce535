// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/self.h"

#include <errno.h>
#include <sys/statvfs.h>

#include "runtime/base/fd.h"
#include "runtime/base/sys.h"

extern char **environ;

int self_protect(char **argv, struct err *e)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };
	AUTO_CLOSE int proc = fd_open_proc(e);
	AUTO_CLOSE int exe = -1;
	AUTO_CLOSE int copy = -1;
	struct statvfs fs;
	int r;

	if (proc < 0)
		return proc;
	exe = openat(proc, "self/exe", O_PATH | O_CLOEXEC);
	if (exe < 0 || fstatvfs(exe, &fs) < 0)
		return err_set(e, errno, "open(/proc/self/exe)");
	if (fs.f_flag & ST_RDONLY)
		return 0;
	copy = sys_clone_mount(exe, 0);
	r = copy < 0 ? copy : sys_mount_setattr(copy, 0, &read_only);
	if (r < 0)
		return err_set(e, -r, "read-only copy of this program");
	syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	return err_set(e, errno, "execveat(this program)");
}
