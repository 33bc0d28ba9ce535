/*
 * fd: who owns a file descriptor or a heap block, written in the declaration.
 *
 * AUTO_CLOSE and AUTO_FREE variables are declared first in their function and
 * initialised to -1 or NULL; the owner gives a resource away with take_fd()
 * or take_ptr(). Never mix with goto (gcc does not see a jump past them).
 */
#ifndef CLOISTER_BASE_FD_H
#define CLOISTER_BASE_FD_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "runtime/base/err.h"

/* close(2) keeps errno and is never retried: Linux frees the fd regardless. */
static inline void fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static inline void ptr_free(void *p)
{
	void **owner = p;

	free(*owner);
	*owner = NULL;
}

#define AUTO_CLOSE __attribute__((cleanup(fd_close)))
#define AUTO_FREE __attribute__((cleanup(ptr_free)))

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void *take_ptr(void *p)
{
	void **owner = p;
	void *taken = *owner;

	*owner = NULL;
	return taken;
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Writes all `len` bytes, through EINTR and short writes.
 * Returns 0 or -errno; on error an unknown part was written.
 */
int fd_write_all(int fd, const void *data, size_t len);

/*
 * Reads until `cap` bytes or end of file, through EINTR and short reads.
 * Returns the number of bytes read or -errno.
 */
ssize_t fd_read_all(int fd, void *data, size_t cap);

/*
 * Opens `path` (relative to directory fd `dirfd`, AT_FDCWD allowed only for
 * paths that we chose ourselves) and writes the string `text` with a single
 * write(2), as cgroup, sysctl and procfs files want it.
 * Returns 0 or -errno with the path named in `e`.
 */
int fd_write_file(int dirfd, const char *path, const char *text, struct err *e);

/*
 * Reads a small file into `text` (at most cap - 1 bytes, NUL added, one
 * trailing newline removed). A longer file is -EFBIG.
 * Returns the length or -errno with the path named in `e`.
 */
ssize_t fd_read_file(int dirfd, const char *path, char *text, size_t cap,
		     struct err *e);

/*
 * openat2(2): opens `path` beneath `dirfd` with O_CLOEXEC; `resolve` is a set
 * of RESOLVE_ flags and RESOLVE_NO_MAGICLINKS is always added.
 * Returns the fd or -errno. Source: openat2(2).
 */
int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
		    unsigned long long resolve);

/*
 * Opens /proc (O_PATH) and proves that it is procfs: -EPERM if it is not.
 * Returns the fd or -errno.
 */
int fd_open_proc(struct err *e);

/*
 * A memfd with `len` bytes of `data`, sealed against every change
 * (F_SEAL_WRITE|SHRINK|GROW|SEAL), position 0, close-on-exec.
 * Returns the fd or -errno. Source: memfd_create(2), fcntl(2).
 */
int fd_sealed(const char *name, const void *data, size_t len, struct err *e);

/*
 * Reads a sealed memfd whole into a heap block, with one NUL more than the
 * data. Refuses an fd that is not a memfd sealed as fd_sealed() does
 * (-EPERM) or holds more than `max` bytes (-EFBIG): the sender cannot change
 * what was checked. The caller owns `*data`.
 * Returns 0 or -errno.
 */
int fd_read_sealed(int fd, size_t max, void **data, size_t *len,
		   struct err *e);

#endif
