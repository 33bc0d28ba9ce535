#include "init/boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

#include "runtime/base/fd.h"

#define EROFS_MAGIC 0xE0F5E1E2
#define SELINUX_MOUNT "/sys/fs/selinux"
#define DEPTH_MAX 8 /* of the initramfs' tree */

struct early_row {
	const char *type;
	const char *target;
	unsigned long flags;
};

static const struct early_row early_rows[] = {
	{ "devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC },
	{ "proc", "/proc", MS_NOSUID | MS_NOEXEC | MS_NODEV },
	{ "sysfs", "/sys", MS_NOSUID | MS_NOEXEC | MS_NODEV },
};

bool boot_is_initramfs(void)
{
	struct statfs s;

	return statfs("/", &s) < 0 || (unsigned long)s.f_type != EROFS_MAGIC;
}

int boot_mount_early(struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(early_rows); i++) {
		const struct early_row *row = &early_rows[i];

		if (mount(row->type, row->target, row->type, row->flags, NULL))
			return err_set(e, errno, "mount(%s on %s)", row->type,
				       row->target);
	}
	return 0;
}

static int open_as(const char *path, int flags, int first, int last,
		   struct err *e)
{
	int fd = open(path, flags | O_NOCTTY);

	if (fd < 0)
		return err_set(e, errno, "open(%s)", path);
	for (int n = first; n <= last; n++)
		if (fd != n && dup2(fd, n) < 0)
			return err_set(e, errno, "dup2(%s)", path);
	if (fd > 2)
		close(fd);
	return 0;
}

int boot_open_console(struct err *e)
{
	int r = open_as("/dev/console", O_WRONLY, 1, 2, e);

	if (r < 0)
		return r;
	return open_as("/dev/null", O_RDWR, 0, 0, e);
}

int boot_mount_root(const char *device, struct err *e)
{
	if (mount(device, BOOT_NEW_ROOT, "erofs",
		  MS_RDONLY | MS_NOSUID | MS_NODEV, NULL))
		return err_set(e, errno, "mount(%s on %s)", device,
			       BOOT_NEW_ROOT);
	return 0;
}

int boot_prepare_policy(struct selinux_files *f, struct err *e)
{
	int r;

	if (mount("selinuxfs", SELINUX_MOUNT, "selinuxfs",
		  MS_NOSUID | MS_NOEXEC, NULL))
		return err_set(e, errno, "mount(selinuxfs on %s)",
			       SELINUX_MOUNT);
	r = selinux_open(SELINUX_MOUNT, BOOT_NEW_ROOT BOOT_POLICY, f, e);
	if (r < 0)
		return r;
	for (size_t i = ARRAY_SIZE(early_rows); i-- > 0;)
		if (umount2(early_rows[i].target, MNT_DETACH) < 0)
			return err_set(e, errno, "umount(%s)",
				       early_rows[i].target);
	return 0;
}

static int empty_directory(int parent, const char *path, dev_t device,
			   int depth, struct err *e);

/* Another device is the new root, which is mounted in the tree and stays. */
static int remove_entry(int dir, const char *name, dev_t device, int depth,
			struct err *e)
{
	struct stat st;
	int r = 0;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_set(e, errno, "stat(initramfs %s)", name);
	if (st.st_dev != device)
		return 0;
	if (S_ISDIR(st.st_mode))
		r = empty_directory(dir, name, device, depth + 1, e);
	if (r == 0 &&
	    unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0)
		r = err_set(e, errno, "unlink(initramfs %s)", name);
	return r;
}

static int empty_directory(int parent, const char *path, dev_t device,
			   int depth, struct err *e)
{
	int fd = openat(parent, path, O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!d) {
		err_set(e, errno, "opendir(initramfs %s)", path);
		fd_close(&fd);
		return -e->code;
	}
	if (depth > DEPTH_MAX)
		r = err_set(e, ELOOP, "depth of initramfs %s", path);
	while (r == 0 && (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			r = remove_entry(fd, entry->d_name, device, depth, e);
	closedir(d);
	return r;
}

int boot_empty_initramfs(struct err *e)
{
	struct stat st;

	if (lstat("/", &st) < 0)
		return err_set(e, errno, "stat(initramfs)");
	return empty_directory(AT_FDCWD, "/", st.st_dev, 0, e);
}

int boot_enter_root(struct err *e)
{
	if (chdir(BOOT_NEW_ROOT) < 0)
		return err_set(e, errno, "chdir(%s)", BOOT_NEW_ROOT);
	/* pivot_root(2) refuses the initramfs; a move over it is the way.
	   Source: Documentation/filesystems/ramfs-rootfs-initramfs.rst. */
	if (mount(".", "/", NULL, MS_MOVE, NULL))
		return err_set(e, errno, "mount(move %s to /)", BOOT_NEW_ROOT);
	if (chroot(".") < 0 || chdir("/") < 0)
		return err_set(e, errno, "chroot(%s)", BOOT_NEW_ROOT);
	return 0;
}

struct label_row {
	int fd;
	const char *context;
};

/*
 * The nodes behind fds 0 to 2 were made before the policy and so have the
 * label that no one may use; the exec would take them away from stage 2.
 */
static const struct label_row labels[] = {
	{ 0, "system_u:object_r:null_device_t:s0" },
	{ 2, "system_u:object_r:console_t:s0" },
};

int boot_load_policy(struct selinux_files *f, struct err *e)
{
	int r = selinux_load(f, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (fsetxattr(labels[i].fd, "security.selinux",
			      labels[i].context, strlen(labels[i].context) + 1,
			      0) < 0)
			return err_set(e, errno, "fsetxattr(fd %d, %s)",
				       labels[i].fd, labels[i].context);
	return 0;
}

int boot_exec_stage_two(const struct boot_marks *m, struct err *e)
{
	static char *const environment[] = { NULL };
	char kernel[24], verity[24], policy[24];
	char program[] = BOOT_PROGRAM;
	char *const argv[] = { program, kernel, verity, policy, NULL };

	snprintf(kernel, sizeof(kernel), "%" PRId64, m->kernel);
	snprintf(verity, sizeof(verity), "%" PRId64, m->verity);
	snprintf(policy, sizeof(policy), "%" PRId64, m->policy);
	/*
	 * The kernel's threads share the directories of PID 1. They followed it
	 * to the new root; a domain is not changed while they are shared.
	 */
	if (unshare(CLONE_FS) < 0)
		return err_set(e, errno, "unshare(CLONE_FS)");
	execve(program, argv, environment);
	return err_set(e, errno, "execve(%s)", program);
}

int boot_take_marks(int argc, char **argv, struct boot_marks *m, struct err *e)
{
	int64_t *const marks[] = { &m->kernel, &m->verity, &m->policy };

	if (argc != 1 + (int)ARRAY_SIZE(marks))
		return err_set(e, EINVAL, "%d arguments", argc);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		char *end;

		*marks[i] = strtoll(argv[i + 1], &end, 10);
		if (end == argv[i + 1] || *end)
			return err_set(e, EINVAL, "argument %zu", i + 1);
	}
	return 0;
}
