// SPDX-License-Identifier: MIT
/*
 * The floor: one container of the shape (shape.h) with the fewest and cheapest
 * system calls that make it, no configuration to read, nothing to tell anybody.
 * It trusts the root file system, checks next to nothing and cleans up only on
 * success: it is there to be measured.
 *
 *   bench_floor run ROOTFS      from start to exit, cgroup removed
 *   bench_floor start ROOTFS    leaves a container that waits for ever
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "policy/grants.h"
#include "runtime/base/err.h"
#include "runtime/base/fd.h"
#include "runtime/oci/devices.h"
#include "tests/bench/shape.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

static const struct sock_filter filter[] = {
#include "bench_filter.h"
};

static void must(long r, const char *what)
{
	if (r >= 0)
		return;
	say(2, "bench_floor", "%s: %s", what, strerror(errno));
	_exit(1);
}

/* ------------------------------------------------------------------ cgroup */

static void put(int dir, const char *file, const char *text)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	must(fd, file);
	must(write(fd, text, strlen(text)), file);
	close(fd);
}

static void put_number(int dir, const char *file, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	put(dir, file, text);
}

/* A cgroup with limits and a device program; gives its directory. */
static int make_cgroup(const char *path)
{
	struct oci_spec default_devices;
	struct err e = ERR_NONE;
	int dir;

	oci_spec_init(&default_devices);
	must(mkdir(path, 0755), path);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(dir, path);
	put_number(dir, "memory.max", SHAPE_MEMORY_MAX);
	put_number(dir, "cpu.weight", SHAPE_CPU_WEIGHT);
	put_number(dir, "pids.max", SHAPE_PIDS_MAX);
	if (devices_attach(dir, &default_devices, &e) < 0) {
		err_print(2, "bench_floor", &e);
		_exit(1);
	}
	return dir;
}

/* -------------------------------------------------------------- namespaces */

static void loopback_up(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg link;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_NEWLINK,
			  .nlmsg_flags = NLM_F_REQUEST },
		.link = { .ifi_index = 1,
			  .ifi_flags = IFF_UP,
			  .ifi_change = IFF_UP },
	};
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	must(s, "socket()");
	must(send(s, &request, sizeof(request), 0), "send()");
	close(s);
}

/* ------------------------------------------------------------- file system */

/* Paths of the tables are absolute; the root is the working directory. */
static const char *relative(const char *path)
{
	return path + 1;
}

#define ATTRIBUTES (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* The flags of mount(2) and of mount_setattr(2) are the same bits here. */
static void mount_all(void)
{
	for (size_t i = 0; i < OCI_DEFAULT_MOUNTS; i++) {
		const struct oci_mount *m = &oci_default_mounts[i];
		const char *where = relative(m->destination);

		if (strncmp(where, "dev/", 4) == 0)
			must(mkdir(where, 0755), where);
		must(mount(m->type, where, m->type,
			   m->attributes_set & ATTRIBUTES, m->options),
		     where);
	}
}

static const struct {
	const char *path;
	const char *target;
} links[] = {
	{ "dev/fd", "/proc/self/fd" },
	{ "dev/stdin", "/proc/self/fd/0" },
	{ "dev/stdout", "/proc/self/fd/1" },
	{ "dev/stderr", "/proc/self/fd/2" },
	{ "dev/ptmx", "pts/ptmx" },
};

static void make_devices(void)
{
	for (size_t i = 0; i < DEVICES_DEFAULT; i++) {
		const struct oci_device *d = &devices_default[i];

		must(mknod(relative(d->path), S_IFCHR | d->mode,
			   makedev(d->major, d->minor)),
		     d->path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		must(symlink(links[i].target, links[i].path), links[i].path);
}

/* A file takes the null device; a directory says ENOTDIR. */
static void mask(const char *path, const char **empty)
{
	if (mount("dev/null", path, NULL, MS_BIND, NULL) == 0 ||
	    errno == ENOENT)
		return;
	must(*empty ? mount(*empty, path, NULL, MS_BIND, NULL) :
		      mount("tmpfs", path, "tmpfs", ATTRIBUTES,
			    "size=4k,nr_inodes=1"),
	     path);
	*empty = path;
}

static void hide(void)
{
	const char *empty = NULL;

	for (size_t i = 0; i < oci_default_masked_count; i++)
		mask(relative(oci_default_masked[i]), &empty);
	for (size_t i = 0; i < oci_default_read_only_count; i++) {
		const char *path = relative(oci_default_read_only[i]);

		if (mount(path, path, NULL, MS_BIND, NULL) == 0)
			must(mount(NULL, path, NULL,
				   MS_REMOUNT | MS_BIND | ATTRIBUTES, NULL),
			     path);
	}
}

static void make_root(const char *rootfs)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	must(mount(rootfs, rootfs, NULL, MS_BIND, NULL), rootfs);
	must(chdir(rootfs), rootfs);
	mount_all();
	make_devices();
	hide();
	must(syscall(SYS_pivot_root, ".", "."), "pivot_root()");
	must(umount2(".", MNT_DETACH), "umount2(old root)");
	must(chdir("/"), "chdir(/)");
}

/* ----------------------------------------------------------------- process */

static void set_limits(void)
{
	static const struct rlimit files = { SHAPE_OPEN_FILES,
					     SHAPE_OPEN_FILES };

	must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit()");
	put_number(AT_FDCWD, "/proc/self/oom_score_adj", SHAPE_OOM_SCORE_ADJ);
	must(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0),
	     "keyctl()");
	must(syscall(SYS_close_range, 3, ~0U, 0), "close_range()");
}

static void drop_capabilities(void)
{
	uint64_t set = grant_default_set();
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)set, .permitted = (uint32_t)set },
	};

	for (unsigned int n = 0; n < grant_count; n++)
		if (!(set & (1ULL << n)))
			must(prctl(PR_CAPBSET_DROP, n, 0, 0, 0), "prctl()");
	must(syscall(SYS_setgroups, 0, NULL), "setgroups()");
	must(syscall(SYS_setresgid, 0, 0, 0), "setresgid()");
	must(syscall(SYS_setresuid, 0, 0, 0), "setresuid()");
	must(syscall(SYS_capset, &header, data), "capset()");
}

static void confine(void)
{
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(filter),
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};

	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl()");
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program),
	     "seccomp()");
}

static void be_container(const char *rootfs, bool is_waiting)
	__attribute__((noreturn));

static void be_container(const char *rootfs, bool is_waiting)
{
	char *const env[] = { (char[]){ "PATH=/bin" }, (char[]){ "HOME=/root" },
			      NULL };
	char *const args[] = { (char[]){ "/nothing" },
			       is_waiting ? (char[]){ "wait" } : NULL, NULL };

	must(setsid(), "setsid()");
	must(unshare(CLONE_NEWCGROUP), "unshare()");
	loopback_up();
	must(sethostname(SHAPE_HOSTNAME, strlen(SHAPE_HOSTNAME)),
	     "sethostname()");
	umask(0);
	make_root(rootfs);
	umask(SHAPE_UMASK);
	set_limits();
	drop_capabilities();
	confine();
	execve(args[0], args, env);
	must(-1, "execve()");
	_exit(1);
}

static pid_t start(int cgroup, const char *rootfs, bool is_waiting)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |
			 CLONE_NEWUTS | CLONE_NEWNET | CLONE_INTO_CGROUP |
			 CLONE_VFORK,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)(unsigned int)cgroup,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	must(pid, "clone3()");
	if (pid == 0)
		be_container(rootfs, is_waiting);
	return (pid_t)pid;
}

int main(int argc, char **argv)
{
	bool is_waiting = argc == 3 && strcmp(argv[1], "start") == 0;
	char path[64];
	int status = 0;
	pid_t pid;

	if (!is_waiting && (argc != 3 || strcmp(argv[1], "run") != 0)) {
		say(2, "bench_floor", "run | start ROOTFS");
		return 2;
	}
	snprintf(path, sizeof(path), CGROUP_ROOT "/floor-%d", getpid());
	pid = start(make_cgroup(path), argv[2], is_waiting);
	if (is_waiting)
		return 0;
	must(waitpid(pid, &status, 0), "waitpid()");
	must(rmdir(path), path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
