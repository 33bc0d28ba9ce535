/*
 * oci: the executor. One container in the words of the OCI runtime
 * specification goes in, a running process comes out.
 *
 * It knows nothing of task definitions. Order of use: fill a struct
 * oci_spec, oci_start() it, later oci_signal() and, when its cgroup is empty,
 * oci_clean(). The caller learns the end of the process from its parent:
 * with OCI_PARENT_IS_CALLER it waits itself, with OCI_PARENT_IS_MINE the
 * process is a sibling of the caller (CLONE_PARENT) and the caller's parent
 * reaps it.
 *
 * Needs root with CAP_SYS_ADMIN, CAP_SETUID ... in the initial user
 * namespace, cgroup2 at /sys/fs/cgroup and procfs at /proc (both are checked
 * to be that). The caller has one thread. Trusts the spec's numbers and
 * labels; trusts nothing in the root file system: every path there is
 * resolved with openat2 beneath the root's directory fd.
 *
 * Every container has, beyond its spec: /proc, /dev (tmpfs with null zero full
 * random urandom tty and the usual links), /dev/pts, /dev/shm, /dev/mqueue,
 * /sys and /sys/fs/cgroup read-only, masked and read-only paths in /proc and
 * /sys, namespaces of its own (mount, pid, ipc, uts, cgroup, and network
 * unless the spec says which), a session and a session keyring of its own.
 * An image that has one of those mount points as a symbolic link is -ELOOP.
 */
#ifndef CLOISTER_OCI_OCI_H
#define CLOISTER_OCI_OCI_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "runtime/base/err.h"

#define OCI_MOUNTS_MAX 64
#define OCI_DEVICES_MAX 32
#define OCI_RLIMITS_MAX 16
#define OCI_GROUPS_MAX 64
#define OCI_HOSTNAME_MAX 64

struct oci_mount {
	const char *destination;	/* absolute, in the container, made if it is
					   missing; not "/", nothing in /proc (-EPERM) */
	const char *type;		/* "tmpfs", "proc", ..., or "bind" */
	int source_fd;			/* bind: O_PATH or detached mount fd, else -1;
					   the caller keeps it */
	const char *options;		/* file-system options "size=65536k,mode=1777", or NULL */
	uint64_t attributes;		/* MOUNT_ATTR_ flags, mount_setattr(2) */
	bool is_recursive_attributes;
	const char *label;		/* SELinux context= for new file systems, or NULL */
};

struct oci_device {
	const char *path;		/* under /dev, e.g. "/dev/net/tun" */
	char type;			/* 'c' or 'b' */
	uint32_t major;
	uint32_t minor;
	mode_t mode;
	const char *access;		/* device cgroup: "rwm" */
};

struct oci_rlimit {
	int resource;			/* RLIMIT_ */
	struct rlimit limit;
};

struct oci_process {
	const char *const *args;	/* NULL-terminated, args[0] is looked up
					   in PATH of env inside the root */
	const char *const *env;		/* NULL-terminated "NAME=value" */
	const char *cwd;		/* absolute; made if it is missing */
	uid_t uid;
	gid_t gid;
	gid_t groups[OCI_GROUPS_MAX];
	size_t group_count;
	mode_t umask;			/* default 0022 */
	uint64_t capabilities;		/* bounding, permitted, effective; ambient and
					   inheritable only if is_ambient */
	bool is_ambient;
	bool is_no_new_privileges;
	const char *selinux_label;	/* written to attr/exec, read back; NULL: none */
	int oom_score_adj;
	struct oci_rlimit rlimits[OCI_RLIMITS_MAX];
	size_t rlimit_count;
	int stdin_fd;			/* -1: /dev/null of the container */
	int stdout_fd;			/* -1: the same; the caller keeps these */
	int stderr_fd;
	bool has_init;			/* put the reaper in front as PID 1; then the
					   end of the process is an exit with 128+n
					   where signal n ended the program */
	int init_fd;			/* O_PATH or read fd of that program */
};

struct oci_resources {			/* cgroup v2 values; 0 means: leave */
	uint64_t memory_max;		/* bytes */
	uint64_t memory_low;		/* bytes, reservation */
	uint64_t memory_swap_max;	/* bytes, valid if has_swap */
	bool has_swap;
	uint64_t cpu_weight;		/* 1..10000 */
	uint64_t cpu_quota_us;		/* per period */
	uint64_t cpu_period_us;
	uint64_t pids_max;
	bool is_oom_group;		/* memory.oom.group */
};

struct oci_seccomp;			/* oci_seccomp_default() */

struct oci_spec {
	struct oci_process process;
	int root_fd;			/* detached mount (fsmount, open_tree) of the
					   root file system, for this start alone: a
					   failed start uses it up; the caller closes it */
	bool is_root_read_only;
	const char *hostname;		/* NULL: leave */
	struct oci_mount mounts[OCI_MOUNTS_MAX];	/* beyond the default ones */
	size_t mount_count;
	struct oci_device devices[OCI_DEVICES_MAX];	/* beyond the default ones */
	size_t device_count;
	const char *mount_label;	/* context= of the default tmpfs mounts, or NULL */
	const char *cgroup;		/* path beneath the cgroup2 root, e.g.
					   "tasks/<id>/<name>"; parents exist */
	struct oci_resources resources;
	int network_fd;			/* network namespace to join; -1: a new one
					   with loopback up */
	bool is_host_network;		/* stay in the caller's */
	const struct oci_seccomp *seccomp;	/* NULL: none */
};

enum oci_parent {
	OCI_PARENT_IS_CALLER,
	OCI_PARENT_IS_MINE,
};

struct oci_started {
	pid_t pid;		/* in the caller's pid namespace */
	int pidfd;		/* owned by the caller of oci_start() */
};

/*
 * Starts one container: cgroup made and limited, process cloned straight into
 * it with its namespaces, root assembled, everything else of the spec
 * applied, program executed. Returns only after the exec has succeeded and
 * the label has been read back, or with everything undone (no process, cgroup
 * or mount left). With OCI_PARENT_IS_MINE the caller's parent also reaps the
 * process of a failed start, whose pid the caller never learns.
 * Returns 0 or -errno with the failing stage and its object named:
 *   -ENOENT "container: exec NAME"  missing entry point (or interpreter)
 *   -EACCES "container: exec NAME"  not executable; -ENOEXEC: no program;
 *   -ELOOP  "container: exec NAME"  a link of procfs, which is the runtime
 *   -ECHILD                         killed before the exec (memory limit)
 *   -EEXIST                         the cgroup exists; it is left alone
 * Source: clone3(2), mount_setattr(2), openat2(2), pivot_root(2), cgroups(7).
 */
int oci_start(const struct oci_spec *spec, enum oci_parent parent,
	      struct oci_started *out, struct err *e);

/*
 * Makes a network namespace with loopback up and gives its fd (owned by the
 * caller), for containers of one task to share (spec.network_fd).
 */
int oci_network_new(int *fd, struct err *e);

/* pidfd_send_signal(2). -ESRCH: it has ended. */
int oci_signal(int pidfd, int signo, struct err *e);

/*
 * Kills every process in the container's cgroup with cgroup.kill.
 * -ENOENT when the cgroup is gone.
 */
int oci_kill_all(const char *cgroup, struct err *e);

/*
 * 1 when no process is left in the cgroup (or it does not exist), 0 when some
 * are, else -errno. For waiting: oci_events_fd().
 */
int oci_is_empty(const char *cgroup, struct err *e);

/*
 * Opens the container's cgroup.events (polls POLLPRI when populated changes).
 * The caller owns the fd.
 */
int oci_events_fd(const char *cgroup, int *fd, struct err *e);

/*
 * The cgroup's own OOM kills so far (memory.events.local oom_kill, plus
 * oom_group_kill counted once).
 */
int oci_oom_kills(const char *cgroup, uint64_t *kills, struct err *e);

/* Removes the (empty) cgroup and its children. */
int oci_clean(const char *cgroup, struct err *e);

/* Makes a parent cgroup with limits (a task's), controllers enabled below. */
int oci_cgroup_parent(const char *cgroup, const struct oci_resources *limits,
		      struct err *e);

/*
 * The default seccomp profile, with the system calls that the capability set
 * `capabilities` brings (policy/grants.h). Compiled once per set and kept for
 * the life of the process. -ENOMEM, or libseccomp's error.
 */
int oci_seccomp_default(uint64_t capabilities, const struct oci_seccomp **out,
			struct err *e);

#endif
