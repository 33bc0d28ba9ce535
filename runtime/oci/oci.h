/* SPDX-License-Identifier: MIT */
/*
 * oci: the executor. One container in the words of the OCI runtime
 * specification goes in, a running process comes out.
 *
 * It knows nothing of task definitions and of config.json. Order of use:
 * oci_spec_init(), fill the struct oci_spec, oci_start() it, later
 * oci_signal() and, when its cgroup is empty, oci_clean(). The caller learns
 * the end of the process from its parent: with OCI_PARENT_IS_CALLER it waits
 * itself, with OCI_PARENT_IS_MINE the process is a sibling of the caller
 * (CLONE_PARENT) and the caller's parent reaps it.
 *
 * Needs root with CAP_SYS_ADMIN, CAP_SETUID ... in the initial user
 * namespace, cgroup2 at /sys/fs/cgroup and procfs at /proc (both are checked
 * to be that). The caller has one thread. Trusts the spec's numbers and
 * labels; trusts nothing in the root file system: every path there is
 * resolved with openat2 beneath the root's directory fd.
 *
 * The spec says everything: mounts, masked paths and namespaces that are not
 * in its lists are not there. The lists that a container usually has are
 * below as tables (oci_default_...). What the specification itself demands of
 * every container is done unasked: the device nodes null zero full random
 * urandom tty and the usual links in /dev (unless /dev is a bind), loopback
 * up in a new network namespace, a session and a session keyring of its own.
 *
 * The spec borrows: all that its pointers lead to, and its descriptors, stay
 * the caller's and must live until the call returns.
 */
#ifndef CLOISTER_OCI_OCI_H
#define CLOISTER_OCI_OCI_H

#include <linux/filter.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "runtime/base/err.h"

#define OCI_NAME_MAX 64			/* hostname, domainname */
#define OCI_UNLIMITED UINT64_MAX	/* "max" in the files of a cgroup */
#define OCI_DEVICE_ANY UINT32_MAX	/* major or minor of a device rule */

struct oci_id_map {			/* one line of /proc/PID/uid_map */
	uint32_t container;
	uint32_t host;
	uint32_t size;
};

struct oci_id_maps {
	const struct oci_id_map *uids;
	size_t uid_count;
	const struct oci_id_map *gids;
	size_t gid_count;
};

/*
 * A bind (source_fd >= 0), a change of the mount that is at the destination
 * (is_remount), or a new file system of `type`.
 */
struct oci_mount {
	const char *destination;	/* absolute, in the container, made if it is
					   missing; not "/". In /proc only what
					   oci_start() says. No links in paths
					   under /proc, /dev, /sys */
	const char *type;		/* "tmpfs", "proc", ...; NULL for a bind */
	int source_fd;			/* O_PATH or detached mount, else -1 */
	const char *source;		/* of a new file system; NULL: its type */
	const char *options;		/* for the file system: "size=65536k,mode=1777",
					   or NULL */
	uint64_t attributes_set;	/* MOUNT_ATTR_ flags, mount_setattr(2) */
	uint64_t attributes_clear;	/* given up before the others are set */
	uint64_t recursive_set;		/* the same for the whole tree: rro ... */
	uint64_t recursive_clear;
	uint64_t propagation;		/* MS_PRIVATE, MS_SLAVE, MS_SHARED or
					   MS_UNBINDABLE; 0: private */
	bool is_propagation_recursive;
	bool is_recursive_bind;		/* with the mounts beneath the source */
	bool is_remount;
	bool is_tmpcopyup;		/* a tmpfs that begins with what the image
					   has at the destination */
	bool is_idmapped;		/* through id_maps, or the container's own
					   user namespace if they are empty */
	bool is_idmap_recursive;
	struct oci_id_maps id_maps;
	bool takes_label;		/* spec.mount_label as its context= */
	const char *label;		/* SELinux context= of its own, or NULL */
};

struct oci_device {
	const char *path;		/* under /dev, e.g. "/dev/net/tun" */
	char type;			/* 'c' (or 'u'), 'b', 'p' (a FIFO) */
	uint32_t major;
	uint32_t minor;
	mode_t mode;
	const char *access;		/* what the device cgroup allows of it, of
					   "rwm"; NULL: device_rules say */
	uid_t uid;
	gid_t gid;
};

struct oci_device_rule {		/* resources.devices, in order */
	bool is_allow;
	char type;			/* 'a', 'c', 'b' */
	uint32_t major;			/* or OCI_DEVICE_ANY */
	uint32_t minor;
	const char *access;		/* of "rwm" */
};

struct oci_rlimit {
	int resource;			/* RLIMIT_ */
	struct rlimit limit;
};

struct oci_capabilities {		/* sets of 1 << CAP_ */
	uint64_t bounding;
	uint64_t permitted;
	uint64_t effective;
	uint64_t inheritable;
	uint64_t ambient;
};

struct oci_scheduler {			/* sched_setattr(2) */
	uint32_t policy;		/* SCHED_ */
	int32_t nice;
	uint32_t priority;
	uint64_t flags;			/* SCHED_FLAG_ */
	uint64_t runtime_ns;		/* SCHED_DEADLINE */
	uint64_t deadline_ns;
	uint64_t period_ns;
};

struct oci_cpu_set {			/* sched_setaffinity(2) */
	const unsigned long *bits;
	size_t size_bytes;		/* a multiple of sizeof(long); 0: leave */
};

struct oci_terminal {
	bool is_wanted;			/* the three streams are a pty, which is also
					   /dev/console; their fds are ignored */
	int socket_fd;			/* connected AF_UNIX stream that is sent the
					   pty's master (SCM_RIGHTS) */
	uint16_t rows;			/* 0: leave */
	uint16_t columns;
};

struct oci_process {
	const char *const *args;	/* NULL-terminated, args[0] is looked up
					   in PATH of env inside the root */
	const char *const *env;		/* NULL-terminated "NAME=value" */
	const char *cwd;		/* absolute; made if it is missing */
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	mode_t umask;
	struct oci_capabilities capabilities;
	bool is_no_new_privileges;
	const char *selinux_label;	/* written to attr/exec, read back; NULL: none */
	bool has_oom_score_adj;
	int oom_score_adj;
	const struct oci_rlimit *rlimits;
	size_t rlimit_count;
	const struct oci_scheduler *scheduler;	/* NULL: leave */
	int io_priority;		/* ioprio_set(2); 0: leave */
	struct oci_cpu_set cpus_initial;	/* execCPUAffinity */
	struct oci_cpu_set cpus_final;
	struct oci_terminal terminal;
	int stdin_fd;			/* -1: /dev/null of the container */
	int stdout_fd;			/* -1: the same */
	int stderr_fd;
	unsigned int preserved_fd_count;	/* 3, 4 ... of the caller stay open */
	bool keeps_keyring;		/* the caller's session keyring, instead of one
					   of its own */
	bool has_init;			/* put the reaper in front as PID 1, or, with
					   no args, have it alone; then the
					   end of the process is an exit with 128+n
					   where signal n ended the program */
	int init_fd;			/* O_PATH or read fd of that program */
};

struct oci_io_weight {
	uint32_t major;
	uint32_t minor;
	uint16_t weight;		/* io.bfq.weight, 1..1000 */
};

struct oci_io_throttle {		/* one key of io.max */
	uint32_t major;
	uint32_t minor;
	const char *key;		/* "rbps", "wbps", "riops", "wiops" */
	uint64_t rate;			/* or OCI_UNLIMITED */
};

struct oci_hugetlb {
	const char *page_size;		/* "2MB" */
	uint64_t limit_bytes;
};

struct oci_rdma {
	const char *device;
	bool has_handles;
	uint64_t handles;		/* or OCI_UNLIMITED */
	bool has_objects;
	uint64_t objects;
};

struct oci_unified {
	const char *file;		/* one name, e.g. "memory.high" */
	const char *value;
};

/*
 * Values for cgroup v2. A number that is 0, a pointer that is NULL: leave.
 * OCI_UNLIMITED lifts a limit.
 */
struct oci_resources {
	uint64_t memory_max;		/* bytes */
	uint64_t memory_low;		/* bytes, reservation */
	uint64_t memory_swap_max;	/* bytes of swap alone, valid if has_swap */
	bool has_swap;
	bool is_oom_group;		/* memory.oom.group */
	bool is_memory_checked;		/* refuse a memory_max below what is used */
	uint64_t cpu_weight;		/* 1..10000 */
	uint64_t cpu_quota_us;		/* per period, or OCI_UNLIMITED */
	uint64_t cpu_period_us;
	uint64_t cpu_burst_us;		/* valid if has_cpu_burst */
	bool has_cpu_burst;
	bool has_cpu_idle;
	bool is_cpu_idle;		/* SCHED_IDLE for the whole cgroup */
	const char *cpus;		/* cpuset.cpus, "0-1,3" */
	const char *mems;
	uint64_t pids_max;
	uint16_t io_weight;		/* io.bfq.weight, 1..1000; else io.weight */
	const struct oci_io_weight *io_weights;
	size_t io_weight_count;
	const struct oci_io_throttle *io_throttles;
	size_t io_throttle_count;
	const struct oci_hugetlb *hugetlbs;
	size_t hugetlb_count;
	const struct oci_rdma *rdmas;
	size_t rdma_count;
	const struct oci_unified *unified;	/* written last */
	size_t unified_count;
	/*
	 * What the container may do with devices. NULL: what it needs (the
	 * default nodes, ptys, making nodes) and `access` of spec.devices.
	 * Else these rules decide, the last that matches wins, nothing is
	 * allowed at first; what a container needs is then allowed in any case.
	 */
	const struct oci_device_rule *device_rules;
	size_t device_rule_count;
};

/* A program for seccomp(2) and how to install it. */
struct oci_seccomp {
	struct sock_fprog program;
	uint64_t flags;			/* SECCOMP_FILTER_FLAG_; with _NEW_LISTENER
					   spec.calls.listener gets the fd */
};

enum oci_namespace {
	OCI_NAMESPACE_USER,
	OCI_NAMESPACE_MOUNT,
	OCI_NAMESPACE_PID,
	OCI_NAMESPACE_NETWORK,
	OCI_NAMESPACE_IPC,
	OCI_NAMESPACE_UTS,
	OCI_NAMESPACE_CGROUP,
	OCI_NAMESPACE_TIME,
	OCI_NAMESPACE_COUNT
};

struct oci_time_offset {
	int64_t seconds;
	uint32_t nanoseconds;
};

/*
 * A namespace in neither is the caller's. Mounts are new, or those of others
 * that are joined: the program then has that namespace's root, `root_fd` is not
 * used, and what would mount, make or hide something there is -EINVAL.
 */
struct oci_namespaces {
	uint64_t unshare;		/* new ones: set of CLONE_NEW */
	int join[OCI_NAMESPACE_COUNT];	/* fds of existing ones, or -1 */
	struct oci_id_maps id_maps;	/* of a new user namespace; 0 is mapped */
	bool has_time_offsets;		/* of a new time namespace */
	struct oci_time_offset monotonic;
	struct oci_time_offset boottime;
};

struct oci_sysctl {
	const char *name;		/* "net.ipv4.ip_forward" */
	const char *value;
};

struct oci_net_device {
	const char *host_name;		/* in the caller's network namespace */
	const char *name;		/* in the container's; NULL: the same */
};

struct oci_memory_policy {		/* set_mempolicy(2) */
	int mode;			/* MPOL_, with MPOL_F_ flags */
	const unsigned long *nodes;
	size_t node_count;		/* bits, set_mempolicy's maxnode - 1 */
};

struct oci_hook {
	const char *path;		/* absolute */
	const char *const *args;	/* NULL-terminated; NULL: path alone */
	const char *const *env;		/* NULL-terminated; NULL: empty */
	uint32_t timeout_s;		/* 0: none; it is killed and fails then */
};

/*
 * Hooks that the container's first process runs; all others are the caller's.
 * The state is on their stdin; `state_fd` is a memfd, whose text the caller
 * may still write in calls.created.
 */
struct oci_hooks {
	const struct oci_hook *create_container;	/* path in the caller's root */
	size_t create_container_count;
	int create_state_fd;
	const char *root_place;		/* absolute: the directory where these hooks
					   find the container's root meanwhile */
	const struct oci_hook *start_container;		/* path in the container */
	size_t start_container_count;
	int start_state_fd;
};

struct oci_started {
	pid_t pid;		/* in the caller's pid namespace */
	int pidfd;		/* owned by the caller of oci_start() */
};

/*
 * What oci_start() asks its caller meanwhile; a function that returns -errno
 * (with `e` set) fails the start. NULL: not asked, and no synchronisation.
 */
struct oci_calls {
	void *context;
	/* The namespaces are there, the root is still the caller's. */
	int (*created)(void *context, const struct oci_started *started,
		       struct err *e);
	/* `fd` is the seccomp listener; the callee takes a duplicate. */
	int (*listener)(void *context, const struct oci_started *started,
			int fd, struct err *e);
};

struct oci_spec {
	struct oci_process process;
	int root_fd;			/* detached mount (fsmount, open_tree) of the
					   root file system, for this start alone: a
					   failed start uses it up; the caller closes it */
	bool is_root_read_only;
	uint64_t root_propagation;	/* as oci_mount.propagation */
	const char *hostname;		/* NULL: leave */
	const char *domainname;		/* NULL: leave */
	const struct oci_mount *mounts;	/* in this order */
	size_t mount_count;
	const char *mount_label;	/* context= of mounts that take it, or NULL */
	const struct oci_device *devices;	/* beyond the default ones */
	size_t device_count;
	const char *const *masked;	/* paths hidden, if they exist */
	size_t masked_count;
	const char *const *read_only;	/* paths not to be written, if they exist */
	size_t read_only_count;
	const struct oci_sysctl *sysctls;
	size_t sysctl_count;
	struct oci_namespaces namespaces;
	const char *cgroup;		/* path beneath the cgroup2 root, e.g.
					   "tasks/<id>/<name>"; parents exist */
	struct oci_resources resources;
	const struct oci_seccomp *seccomp;	/* NULL: none */
	const struct oci_net_device *net_devices;
	size_t net_device_count;
	bool has_personality;
	unsigned long personality;	/* personality(2) */
	const struct oci_memory_policy *memory_policy;	/* NULL: leave */
	struct oci_hooks hooks;
	/*
	 * The program starts when a byte can be read here (a FIFO open for
	 * reading and writing, so that the last writer's end is no end of
	 * file); what happens after that is told through gate_fault_fd, the write
	 * end of a pipe or FIFO, for oci_fault_hear(). -1: it starts at once.
	 */
	int gate_fd;
	int gate_fault_fd;
	struct oci_calls calls;
	/*
	 * What runs in a container can hold up what starts beside it: by leases
	 * on files of a volume, by taking all of the task's processor time. A
	 * start that is not over then fails. 0: it may take for ever.
	 */
	uint32_t limit_ms;
	int cancel_fd;			/* readable: it then fails as well; or -1 */
};

/* What containers usually have: procfs, sysfs, /dev and what is in them. */
#define OCI_DEFAULT_MOUNTS 7

extern const struct oci_mount oci_default_mounts[OCI_DEFAULT_MOUNTS];
extern const char *const oci_default_masked[];
extern const size_t oci_default_masked_count;
extern const char *const oci_default_read_only[];
extern const size_t oci_default_read_only_count;

/* New mount, pid, ipc, uts, cgroup and network namespaces. */
#define OCI_DEFAULT_NAMESPACES                                        \
	((uint64_t)(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC |       \
		    CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET))

enum oci_parent {
	OCI_PARENT_IS_CALLER,
	OCI_PARENT_IS_MINE,
};

/*
 * An empty spec: no mounts, no capabilities, no namespaces, all descriptors
 * -1, umask 0022, cwd "/".
 */
void oci_spec_init(struct oci_spec *spec);

/*
 * Starts one container: cgroup made and limited, process cloned straight into
 * it with its namespaces, root assembled, everything else of the spec
 * applied, program executed. Returns only after the exec has succeeded (or,
 * with a gate, when the process waits there) and the label has been read
 * back, or with everything undone (no process, cgroup or mount left). With
 * OCI_PARENT_IS_MINE the caller's parent also reaps the process of a failed
 * start, whose pid the caller never learns.
 * Returns 0 or -errno with the failing stage and its object named:
 *   -ENOENT "container: exec NAME"  missing entry point (or interpreter)
 *   -EACCES "container: exec NAME"  not executable; -ENOEXEC: no program;
 *   -ELOOP  "container: exec NAME"  a link of procfs, which is the runtime
 *   -ELOOP  "container: mount PATH" the image has a link at PATH
 *   -EPERM  "container: mount PATH" in /proc: only procfs at /proc itself, and
 *           files on cpuinfo meminfo stat uptime and the like
 *   -ECHILD                         killed before the exec (memory limit)
 *   -EEXIST                         the cgroup exists; it is left alone
 *   -ETIMEDOUT                      not over in spec.limit_ms
 *   -ECANCELED                      spec.cancel_fd became readable before
 *   -EOPNOTSUPP "container: FIELD"  this executor cannot do that
 * Source: clone3(2), mount_setattr(2), openat2(2), pivot_root(2), cgroups(7).
 */
int oci_start(const struct oci_spec *spec, enum oci_parent parent,
	      struct oci_started *out, struct err *e);

/*
 * Proves that a process has `label`, which a container with a gate has only
 * when the gate was opened and the program runs. A process that has ended and
 * been reaped passes. -EPERM: it has another.
 */
int oci_verify_label(const struct oci_started *started, const char *label,
		     struct err *e);

/* The namespaces of a container that are not its creator's, for oci_exec(). */
uint64_t oci_own_namespaces(const struct oci_namespaces *n);

/*
 * Starts one more process in a running container: of `spec` it is process,
 * seccomp, cgroup (the container's, which is there) and calls.listener.
 * `pidfd` is the container's first process, whose `namespaces` (CLONE_NEW
 * flags: those that are not the caller's own) are joined. Missing components
 * of process.cwd are made. It has no reaper and no gate.
 * Returns as oci_start() does, and then nothing of it is left; also
 *   -ESRCH  "container not running"
 *   -EBUSY  the cgroup has children with limits: a process goes into those
 *   -ENOTRECOVERABLE  the way back failed: children of the caller would now be
 *           in the container's pid namespace; it has to end
 * Source: setns(2), pidfd_open(2).
 */
int oci_exec(const struct oci_spec *spec, int pidfd, uint64_t namespaces,
	     enum oci_parent parent, struct oci_started *out, struct err *e);

/*
 * The same for who cannot wait for what the container holds up (by its file
 * systems, leases or processor time): returns when the process is cloned.
 * `faults` (owned by the caller) hangs up when the program runs or the process
 * has ended; oci_fault_hear() says then which, oci_verify_label() has to
 * follow. Whoever closes it before ends the process. Without seccomp listener.
 */
int oci_exec_begin(const struct oci_spec *spec, int pidfd, uint64_t namespaces,
		   enum oci_parent parent, struct oci_started *out,
		   int *faults, struct err *e);

/*
 * Makes a network namespace with loopback up and gives its fd (owned by the
 * caller), for containers of one task to share (namespaces.join).
 */
int oci_network_new(int *fd, struct err *e);

/* The same for an ipc namespace. */
int oci_ipc_new(int *fd, struct err *e);

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

/*
 * oci_kill_all(), then oci_clean() when none is left: at once, for what does not
 * resist. -ENOENT: it is gone; -EBUSY: some are left after `limit_ms`.
 */
int oci_end(const char *cgroup, uint32_t limit_ms, struct err *e);

/* Removes the (empty) cgroup and its children. */
int oci_clean(const char *cgroup, struct err *e);

/*
 * Changes limits of a cgroup that is there. Stops at the first that fails; what
 * was written before stays. -ENOENT when the cgroup or a controller is not
 * there, -EBUSY with is_memory_checked. Device rules do not change.
 */
int oci_update(const char *cgroup, const struct oci_resources *resources,
	       struct err *e);

/* Makes a parent cgroup with limits (a task's), controllers enabled below. */
int oci_cgroup_parent(const char *cgroup, const struct oci_resources *limits,
		      struct err *e);

/*
 * Makes the parents of `cgroup` that are missing and passes controllers on to
 * it, as far as each level can (one with processes of its own cannot).
 * `*made` is how many were made, for oci_cgroup_parents_undo(). On failure
 * none is left.
 */
int oci_cgroup_parents(const char *cgroup, size_t *made, struct err *e);

/* Removes the `made` nearest parents of `cgroup`, up to one still in use. */
void oci_cgroup_parents_undo(const char *cgroup, size_t made);

/* Opens the cgroup's directory ("": the root) to read; the caller owns `*fd`.
 * -ENOENT when it is gone. */
int oci_cgroup_open(const char *cgroup, int *fd, struct err *e);

/*
 * Stops every process of the cgroup where it is, or lets them go on; returns
 * when that is so. oci_pause(): -EBUSY, and all of them run, if one does not
 * stop within OCI_PAUSE_MS. Source: cgroup-v2.rst, cgroup.freeze.
 */
int oci_pause(const char *cgroup, struct err *e);
int oci_resume(const char *cgroup, struct err *e);

#define OCI_PAUSE_MS 10000

/* 1 when the cgroup is frozen, 0 when it is not, else -errno. */
int oci_is_frozen(const char *cgroup, struct err *e);

/*
 * The default seccomp profile, with the system calls that the capability set
 * `capabilities` brings (policy/grants.h). Compiled once per set and kept for
 * the life of the process. -ENOMEM, or libseccomp's error.
 */
int oci_seccomp_default(uint64_t capabilities, const struct oci_seccomp **out,
			struct err *e);

#endif
