// SPDX-License-Identifier: MIT
#include "runtime/image/quota.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Not in musl's list. Source: arch/x86/entry/syscalls/syscall_64.tbl. */
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

#define BLOCK_BYTES 1024 /* of a quota. Source: quota(5), QIF_DQBLKSIZE */
#define FILES_MIN 64

/* The C libraries disagree about the type of ioctl's request. */
static int set_project(int fd, uint32_t project, struct err *e)
{
	struct fsxattr x;

	if (syscall(SYS_ioctl, fd, FS_IOC_FSGETXATTR, &x) < 0)
		return err_set(e, errno, "ioctl(FS_IOC_FSGETXATTR)");
	x.fsx_projid = project;
	x.fsx_xflags |= FS_XFLAG_PROJINHERIT;
	if (syscall(SYS_ioctl, fd, FS_IOC_FSSETXATTR, &x) < 0)
		return err_set(e, errno, "ioctl(FS_IOC_FSSETXATTR)");
	return 0;
}

/* A limit of 0 is none. */
static int set_limits(int fd, uint32_t project, uint64_t blocks, uint64_t files,
		      struct err *e)
{
	struct if_dqblk q = {
		.dqb_bhardlimit = blocks,
		.dqb_ihardlimit = files,
		.dqb_valid = QIF_LIMITS,
	};

	if (syscall(SYS_quotactl_fd, fd, QCMD(Q_SETQUOTA, PRJQUOTA), project,
		    &q) < 0)
		return err_set(e, errno, "quotactl_fd(Q_SETQUOTA)");
	return 0;
}

int quota_set(int fd, uint64_t bytes, struct err *e)
{
	uint64_t files = bytes / QUOTA_BYTES_PER_INODE;
	struct stat st;
	int r;

	if (bytes && files < FILES_MIN)
		files = FILES_MIN;
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat(place)");
	if (st.st_ino > UINT32_MAX)
		return err_set(e, EOVERFLOW, "inode of a place");
	r = set_limits(fd, (uint32_t)st.st_ino, bytes / BLOCK_BYTES, files, e);
	return r < 0 ? r : set_project(fd, (uint32_t)st.st_ino, e);
}

int quota_close_rest(int fd, struct err *e)
{
	return set_limits(fd, 0, 1, 1, e);
}
