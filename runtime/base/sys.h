/* SPDX-License-Identifier: MIT */
/*
 * sys: system calls that musl has no function for, and those whose function
 * does more than the call (set*id in all threads). Each returns 0 or a
 * descriptor, or -errno; safe between clone and exec.
 *
 * linux/mount.h and sys/mount.h do not go together: include this instead.
 * Source: mount_setattr(2), kernel include/uapi/linux/mount.h, openat2(2),
 * umount2(2), pidfd_send_signal(2).
 */
#ifndef CLOISTER_BASE_SYS_H
#define CLOISTER_BASE_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

#define SYS_MNT_DETACH 2	/* MNT_DETACH, umount2(2) */

static inline int sys_result(long r)
{
	return r < 0 ? -errno : (int)r;
}

/* A file system context of `type`. */
static inline int sys_fsopen(const char *type)
{
	return sys_result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

/* Sets `key` to the string `value`; a NULL value sets a flag. */
static inline int sys_fsconfig_set(int fs, const char *key, const char *value)
{
	return sys_result(syscall(SYS_fsconfig, fs,
				  value ? FSCONFIG_SET_STRING
					: FSCONFIG_SET_FLAG,
				  key, value, 0));
}

static inline int sys_fsconfig_create(int fs)
{
	return sys_result(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL,
				  NULL, 0));
}

/* The context of the file system that is mounted at `fd`. */
static inline int sys_fspick(int fd)
{
	return sys_result(syscall(SYS_fspick, fd, "",
				  FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
}

static inline int sys_fsconfig_reconfigure(int fs)
{
	return sys_result(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE,
				  NULL, NULL, 0));
}

/* A detached mount of a created context, with MOUNT_ATTR_ flags. */
static inline int sys_fsmount(int fs, unsigned int attributes)
{
	return sys_result(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
				  attributes));
}

/* A detached copy of the mount that `fd` is in, rooted at `fd`. */
static inline int sys_clone_mount(int fd, unsigned int flags)
{
	return sys_result(syscall(SYS_open_tree, fd, "",
				  flags | AT_EMPTY_PATH | OPEN_TREE_CLONE |
					  OPEN_TREE_CLOEXEC));
}

/* Attaches the detached mount `from` at what `to` stands for. */
static inline int sys_attach_mount(int from, int to)
{
	return sys_result(syscall(SYS_move_mount, from, "", to, "",
				  MOVE_MOUNT_F_EMPTY_PATH |
					  MOVE_MOUNT_T_EMPTY_PATH));
}

/* Takes the mount at `path` away; who has it open keeps it. */
static inline int sys_detach_mount(const char *path)
{
	return sys_result(syscall(SYS_umount2, path, SYS_MNT_DETACH));
}

static inline int sys_mount_setattr(int fd, unsigned int flags,
				    struct mount_attr *attr)
{
	return sys_result(syscall(SYS_mount_setattr, fd, "",
				  flags | AT_EMPTY_PATH, attr, sizeof(*attr)));
}

static inline int sys_openat2(int dirfd, const char *path, uint64_t flags,
			      uint64_t mode, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.mode = mode,
		.resolve = resolve,
	};

	return sys_result(syscall(SYS_openat2, dirfd, path, &how,
				  sizeof(how)));
}

/* A duplicate of descriptor `number` of another process. */
static inline int sys_pidfd_getfd(int pidfd, int number)
{
	return sys_result(syscall(SYS_pidfd_getfd, pidfd, number, 0));
}

/* A close-on-exec duplicate not below `low`; libc's takes two calls for it. */
static inline int sys_dup_above(int fd, int low)
{
	return sys_result(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, low));
}

/* Signal 0 asks: -ESRCH when the process is reaped. */
static inline int sys_pidfd_signal(int pidfd, int signo)
{
	return sys_result(syscall(SYS_pidfd_send_signal, pidfd, signo, NULL,
				  0));
}

#endif
