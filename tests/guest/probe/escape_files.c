/* Attempts on files, device nodes, handles and programs: see escape.h. */
#include "tests/guest/probe/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define KERNFS_HANDLE 0xfe /* fid_type FILEID_KERNFS, linux/exportfs.h */

int escape_read(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char byte;
	ssize_t n = fd < 0 ? -1 : read(fd, &byte, 1);

	/* The null device, which masks files, has nothing to say; a
	   directory that opens has been looked into. */
	if (n == 0)
		return escape_fail(ENODATA);
	return fd >= 0 && (n > 0 || errno == EISDIR) ? 0 : -1;
}

int escape_write(const struct attempt *a)
{
	return escape_put(a->path, O_WRONLY, a->text);
}

/* The mount's own attribute: no security module is asked about that. */
static void loosen(const char *path)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };

	syscall(SYS_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attr,
		sizeof(attr));
}

static void loosen_all(void)
{
	escape_own_mounts();
	loosen("/proc");
	loosen("/sys");
}

/* Takes away what is mounted on the path and its parents, but the first. */
static void uncover(const char *path)
{
	char at[128];
	char *slash;

	loosen_all();
	snprintf(at, sizeof(at), "%s", path);
	while ((slash = strrchr(at, '/')) && slash != at) {
		umount2(at, MNT_DETACH);
		*slash = '\0';
	}
}

int escape_bare_read(const struct attempt *a)
{
	uncover(a->path);
	return escape_read(a);
}

int escape_bare_write(const struct attempt *a)
{
	uncover(a->path);
	return escape_write(a);
}

int escape_loose_write(const struct attempt *a)
{
	loosen_all();
	return escape_write(a);
}

int escape_mkdir(const struct attempt *a)
{
	loosen_all();
	return mkdir(a->path, 0755);
}

static int open_node(const char *name, mode_t kind, dev_t device)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", name);
	if (mknod(path, kind | 0600, device) < 0 && errno != EEXIST)
		return -1;
	return open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int escape_node(const struct attempt *a)
{
	return open_node(a->name, *a->text == 'b' ? S_IFBLK : S_IFCHR,
			 makedev((unsigned int)a->number[0],
				 (unsigned int)a->number[1])) < 0 ?
		       -1 :
		       0;
}

static int disk_device(const char *disk, dev_t *device)
{
	char path[64];
	char text[32] = "";
	char *colon;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/block/%s/dev", disk);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	colon = strchr(text, ':');
	*device = makedev((unsigned int)atoi(text),
			  (unsigned int)atoi(colon ? colon + 1 : "0"));
	return 0;
}

int escape_disk(const struct attempt *a)
{
	dev_t device;

	if (disk_device(a->path, &device) < 0)
		return -1;
	return open_node(a->name, S_IFBLK, device) < 0 ? -1 : 0;
}

int escape_open_cgroup(long number)
{
	char room[sizeof(struct file_handle) + sizeof(uint64_t)]
		__attribute__((aligned(8)));
	struct file_handle *handle = (struct file_handle *)(void *)room;
	uint64_t id = (uint64_t)number;
	int mount = open("/sys/fs/cgroup", O_RDONLY | O_CLOEXEC);

	handle->handle_bytes = sizeof(id);
	handle->handle_type = KERNFS_HANDLE;
	memcpy(handle->f_handle, &id, sizeof(id));
	return mount < 0 ?
		       -1 :
		       open_by_handle_at(mount, handle, O_RDONLY | O_CLOEXEC);
}

int escape_cgroup_handle(const struct attempt *a)
{
	int dir = escape_open_cgroup(a->number[0]);
	int fd = dir < 0 ? -1 :
			   openat(dir, a->text, (int)a->number[1] | O_CLOEXEC);

	return fd < 0 ? -1 : 0;
}

int escape_file_handle(const struct attempt *a)
{
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ]
		__attribute__((aligned(8))) = { 0 };
	struct file_handle *handle = (struct file_handle *)(void *)room;
	int mount_id;
	int root = open("/", O_RDONLY | O_CLOEXEC);

	handle->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, a->path, handle, &mount_id, 0) < 0)
		return -1;
	return open_by_handle_at(root, handle, O_RDONLY | O_CLOEXEC) < 0 ? -1 :
									   0;
}

int escape_set_label(const struct attempt *a)
{
	int fd = open("/dev/shm/label", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 ? -1 :
			fsetxattr(fd, "security.selinux", a->text,
				  strlen(a->text) + 1, 0);
}

static int read_label(char *label, size_t size)
{
	int fd = open("/proc/self/attr/current", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, label, size - 1);

	if (n < 0)
		return -1;
	label[n] = '\0';
	return 0;
}

static int copy_program(int to)
{
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t n = from < 0 ? -1 : 0;

	while (from >= 0 && (n = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return -1;
	return n < 0 ? -1 : 0;
}

static char *const no_environment[] = { NULL };

int escape_memfd(const struct attempt *a)
{
	static char program[] = "probe";
	static char verb[] = "is-label";
	char label[256];
	char *const words[] = { program, verb, label, NULL };
	int fd =
		memfd_create(a->name, MFD_CLOEXEC | (unsigned int)a->number[0]);
	int status = 0;
	pid_t pid;

	if (fd < 0 || copy_program(fd) < 0 ||
	    read_label(label, sizeof(label)) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		fexecve(fd, words, no_environment);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status == 0 ? 0 : escape_fail(WEXITSTATUS(status));
}

int escape_inherited(const struct attempt *a)
{
	(void)a;
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return 0;
	return escape_fail(ENOENT);
}

/* A root below the working directory does not bind the latter. */
int escape_chroot(const struct attempt *a)
{
	struct stat st;

	mkdir("/tmp/below", 0755);
	if (chroot("/tmp/below") < 0)
		return -1;
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return -1;
	if (chroot(".") < 0)
		return -1;
	return stat(a->path, &st);
}

int escape_core(const struct attempt *a)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int status;
	pid_t pid;

	(void)a;
	if (setrlimit(RLIMIT_CORE, &all) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* Where a file name pattern would put it. */
		if (chdir("/tmp") < 0)
			_exit(1);
		abort();
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WCOREDUMP(status) ? 0 : escape_fail(ENODATA);
}
