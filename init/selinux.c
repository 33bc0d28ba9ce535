#include "init/selinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "init/sha256.h"
#include "runtime/base/fd.h"

#define SELINUXFS "/sys/fs/selinux"

static int open_at(int dir, const char *name, int flags, int *fd, struct err *e)
{
	*fd = openat(dir, name, flags | O_CLOEXEC);
	if (*fd < 0)
		return err_set(e, errno, "open(%s)", name);
	return 0;
}

static void close_files(struct selinux_files *f)
{
	fd_close(&f->load);
	fd_close(&f->enforce);
	fd_close(&f->policy);
}

int selinux_open(const char *mount_point, const char *policy_path,
		 struct selinux_files *f, struct err *e)
{
	AUTO_CLOSE int dir =
		open(mount_point, O_DIRECTORY | O_PATH | O_CLOEXEC);
	int r;

	*f = SELINUX_FILES_NONE;
	if (dir < 0)
		return err_set(e, errno, "open(%s)", mount_point);
	r = open_at(dir, "load", O_WRONLY, &f->load, e);
	if (r == 0)
		r = open_at(dir, "enforce", O_RDONLY, &f->enforce, e);
	if (r == 0)
		r = open_at(AT_FDCWD, policy_path, O_RDONLY, &f->policy, e);
	if (r < 0)
		close_files(f);
	return r;
}

static int write_policy(const struct selinux_files *f, struct err *e)
{
	struct stat st;
	size_t size;
	ssize_t n;
	void *p;

	if (fstat(f->policy, &st) < 0)
		return err_set(e, errno, "fstat(policy)");
	if (st.st_size <= 0 || st.st_size > (off_t)SELINUX_POLICY_MAX)
		return err_set(e, EFBIG, "policy of %lld bytes",
			       (long long)st.st_size);
	size = (size_t)st.st_size;
	p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, f->policy, 0);
	if (p == MAP_FAILED)
		return err_set(e, errno, "mmap(policy)");
	/* selinuxfs takes a policy only whole, in one write. */
	n = write(f->load, p, size);
	if (n != (ssize_t)size)
		err_set(e, n < 0 ? errno : EIO, "write(selinuxfs load)");
	munmap(p, size);
	return n == (ssize_t)size ? 0 : -e->code;
}

static int check_enforce(int fd, struct err *e)
{
	char text[2] = "";
	ssize_t n = pread(fd, text, 1, 0);

	if (n < 0)
		return err_set(e, errno, "read(selinuxfs enforce)");
	if (n != 1 || text[0] != '1')
		return err_set(e, EPERM, "SELinux does not enforce");
	return 0;
}

int selinux_load(struct selinux_files *f, struct err *e)
{
	int r = write_policy(f, e);

	if (r == 0)
		r = check_enforce(f->enforce, e);
	close_files(f);
	return r;
}

bool selinux_has_type(const char *context, const char *type)
{
	size_t len = strlen(type);

	for (int field = 0; field < 2; field++) {
		context = strchr(context, ':');
		if (!context)
			return false;
		context++;
	}
	return len > 0 && strncmp(context, type, len) == 0 &&
	       (context[len] == ':' || context[len] == '\0');
}

int selinux_check_domain(pid_t pid, const char *type, struct err *e)
{
	char path[48], context[SELINUX_CONTEXT_MAX];
	ssize_t n;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/attr/current", (int)pid);
	else
		snprintf(path, sizeof(path), "/proc/self/attr/current");
	n = fd_read_file(AT_FDCWD, path, context, sizeof(context), e);
	if (n < 0)
		return (int)n;
	if (!selinux_has_type(context, type))
		return err_set(e, EACCES, "domain is %.100s, not %s", context,
			       type);
	return 0;
}

int selinux_check_enforcing(struct err *e)
{
	AUTO_CLOSE int fd = open(SELINUXFS "/enforce", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "open(%s/enforce)", SELINUXFS);
	return check_enforce(fd, e);
}

int selinux_policy_digest(char hex[65], struct err *e)
{
	AUTO_CLOSE int fd = open(SELINUXFS "/policy", O_RDONLY | O_CLOEXEC);
	struct sha256 h = sha256_start();
	char block[16384];
	ssize_t n;

	if (fd < 0)
		return err_set(e, errno, "open(%s/policy)", SELINUXFS);
	while ((n = read(fd, block, sizeof(block))) > 0)
		sha256_add(&h, block, (size_t)n);
	if (n < 0)
		return err_set(e, errno, "read(%s/policy)", SELINUXFS);
	sha256_end_hex(&h, hex);
	return 0;
}
