#include "runtime/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "runtime/base/sys.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t fd_read_all(int fd, void *data, size_t cap)
{
	char *p = data;
	size_t got = 0;

	while (got < cap) {
		ssize_t n = read(fd, p + got, cap - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int fd_write_file(int dirfd, const char *path, const char *text, struct err *e)
{
	AUTO_CLOSE int fd = openat(dirfd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "open(%s)", path);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return err_set(e, errno, "write(%.*s to %s)",
			       (int)strcspn(text, "\n"), text, path);
	return 0;
}

ssize_t fd_read_file(int dirfd, const char *path, char *text, size_t cap,
		     struct err *e)
{
	AUTO_CLOSE int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_set(e, errno, "open(%s)", path);
	n = fd_read_all(fd, text, cap);
	if (n < 0)
		return err_set(e, (int)-n, "read(%s)", path);
	if ((size_t)n == cap)
		return err_set(e, EFBIG, "read(%s)", path);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return n;
}

int fd_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
		    unsigned long long resolve)
{
	return sys_openat2(dirfd, path, (uint64_t)flags, mode,
			   resolve | RESOLVE_NO_MAGICLINKS);
}

int fd_open_proc(struct err *e)
{
	AUTO_CLOSE int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return err_set(e, errno, "open(/proc)");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return err_set(e, EPERM, "/proc is not procfs");
	return take_fd(&fd);
}

int fd_sealed(const char *name, const void *data, size_t len, struct err *e)
{
	AUTO_CLOSE int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return err_set(e, errno, "memfd_create(%s)", name);
	r = fd_write_all(fd, data, len);
	if (r < 0)
		return err_set(e, -r, "write(%zu bytes to %s)", len, name);
	if (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return err_set(e, errno, "fcntl(seal %s)", name);
	return take_fd(&fd);
}

int fd_read_sealed(int fd, size_t max, void **data, size_t *len, struct err *e)
{
	AUTO_FREE char *block = NULL;
	struct stat st;
	size_t size;
	ssize_t n;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS)
		return err_set(e, EPERM, "fcntl(F_GET_SEALS): not sealed");
	if (fstat(fd, &st) < 0)
		return err_set(e, errno, "fstat(sealed memory)");
	size = (size_t)st.st_size;
	if (size > max)
		return err_set(e, EFBIG, "sealed memory of %zu bytes", size);
	block = calloc(1, size + 1);
	if (!block)
		return err_set(e, ENOMEM, "calloc(%zu)", size);
	n = pread(fd, block, size, 0);
	if (n != (ssize_t)size)
		return err_set(e, n < 0 ? errno : EIO, "pread(sealed memory)");
	*data = take_ptr(&block);
	*len = size;
	return 0;
}
