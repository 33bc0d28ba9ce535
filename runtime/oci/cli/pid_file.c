// SPDX-License-Identifier: MIT
#include "runtime/oci/cli/pid_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

/* Written beside its place and renamed: readers poll for the name. */
int pid_file_write(const char *path, pid_t pid, struct err *e)
{
	AUTO_CLOSE int fd = -1;
	char temporary[PATH_MAX];
	char text[16];
	int n = snprintf(temporary, sizeof(temporary), "%s.%d", path,
			 (int)getpid());
	int r;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return err_set(e, ENAMETOOLONG, "pid file %.64s...", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_set(e, errno, "open(pid file %s)", temporary);
	n = snprintf(text, sizeof(text), "%d", (int)pid);
	r = fd_write_all(fd, text, (size_t)n);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	unlink(temporary);
	return err_set(e, -r, "write(pid file %s)", path);
}
