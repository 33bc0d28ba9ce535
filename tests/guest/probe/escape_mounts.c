/* Attempts on mounts and namespaces: see escape.h. */
#include "tests/guest/probe/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FREEZE ((int)_IOWR('X', 119, int)) /* FIFREEZE, linux/fs.h */
#define THAW ((int)_IOWR('X', 120, int))

int escape_mount(const struct attempt *a)
{
	escape_own_mounts();
	return mount(a->text, a->path, a->text, 0, a->options);
}

int escape_mount_file(const struct attempt *a)
{
	int fd = open("/dev/shm/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	escape_own_mounts();
	if (fd < 0 || ftruncate(fd, 1 << 20) < 0)
		return -1;
	return mount("/dev/shm/file", a->path, a->text, MS_RDONLY, a->options);
}

int escape_mount_disk(const struct attempt *a)
{
	char path[64];

	escape_own_mounts();
	/* Makes the node; whether it opens is another attempt. */
	escape_disk(a);
	snprintf(path, sizeof(path), "/dev/%s", a->name);
	return mount(path, "/tmp", a->text, MS_RDONLY, NULL);
}

int escape_umount(const struct attempt *a)
{
	escape_own_mounts();
	return umount2(a->path, MNT_DETACH);
}

int escape_pivot(const struct attempt *a)
{
	escape_own_mounts();
	if (mount("new", a->path, "tmpfs", 0, NULL) < 0 || chdir(a->path) < 0)
		return -1;
	return (int)syscall(SYS_pivot_root, ".", ".");
}

int escape_unshare(const struct attempt *a)
{
	return unshare((int)a->number[0]);
}

static int reap(long pid)
{
	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid((pid_t)pid, NULL, 0) < 0 ? -1 : 0;
}

int escape_clone(const struct attempt *a)
{
	return reap(syscall(SYS_clone, a->number[0] | SIGCHLD, 0L, 0L, 0L, 0L));
}

int escape_clone3(const struct attempt *a)
{
	struct clone_args args = {
		.flags = (uint64_t)a->number[0],
		.exit_signal = SIGCHLD,
	};

	return reap(syscall(SYS_clone3, &args, sizeof(args)));
}

/* Every capability, in a namespace of one's own: does it mount more? */
int escape_userns_mount(const struct attempt *a)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	if (escape_put("/proc/self/uid_map", O_WRONLY, "0 0 1") < 0)
		return -1;
	return mount(a->text, a->path, a->text, 0, NULL);
}

int escape_setns(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : setns(fd, 0);
}

int escape_namespace_parent(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 || ioctl(fd, NS_GET_PARENT) < 0 ? -1 : 0;
}

/* The kernel hands out namespaces one after the other to who may. */
int escape_neighbour_mounts(const struct attempt *a)
{
	int own = open(a->path, O_RDONLY | O_CLOEXEC);
	int other = own < 0 ? -1 : ioctl(own, (int)NS_MNT_GET_PREV, NULL);

	if (own >= 0 && other < 0)
		other = ioctl(own, (int)NS_MNT_GET_NEXT, NULL);
	return other < 0 ? -1 : setns(other, CLONE_NEWNS);
}

struct mounts_request { /* struct mnt_id_req, linux/mount.h of 6.12 */
	uint32_t size;
	uint32_t spare;
	uint64_t mount;
	uint64_t after;
	uint64_t namespace;
};

#define SYS_LISTMOUNT 458
#define NAMESPACES_TRIED 400

int escape_list_mounts(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);
	uint64_t own = 0;
	uint64_t found[1];
	int refused = 0;

	if (fd >= 0)
		ioctl(fd, (int)NS_GET_MNTNS_ID, &own);
	for (uint64_t i = 1; i < NAMESPACES_TRIED; i++) {
		struct mounts_request ask = {
			.size = sizeof(ask),
			.mount = UINT64_MAX,
			.namespace = i,
		};

		if (i == own)
			continue;
		if (syscall(SYS_LISTMOUNT, &ask, found, 1, 0) >= 0)
			return 0;
		refused = errno;
	}
	return escape_fail(refused);
}

int escape_clone_into(const struct attempt *a)
{
	int group = open(a->path, O_RDONLY | O_CLOEXEC);
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned int)group,
	};

	return reap(syscall(SYS_clone3, &args, sizeof(args)));
}

/* Hears what happens on a whole file system, or asks first. */
int escape_fanotify(const struct attempt *a)
{
	int fd = fanotify_init(FAN_CLOEXEC | FAN_CLASS_CONTENT, O_RDONLY);

	return fd < 0 ? -1 :
			fanotify_mark(fd,
				      FAN_MARK_ADD | (unsigned int)a->number[0],
				      FAN_OPEN_PERM, AT_FDCWD, a->path);
}

int escape_freeze(const struct attempt *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : ioctl(fd, FREEZE, 0);

	if (result == 0)
		ioctl(fd, THAW, 0);
	return result;
}
