/* SPDX-License-Identifier: MIT */
/*
 * child: from the clone to the exec, in the container's first process.
 *
 * Everything here runs between clone3 and execve: system calls and memory
 * that the parent prepared, nothing of libc that locks or allocates. Each
 * step returns 0 or -errno and leaves in child.index which row of its table
 * failed. Steps trust struct child and nothing in the root file system.
 */
#ifndef CLOISTER_OCI_CHILD_H
#define CLOISTER_OCI_CHILD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/oci/fault.h"
#include "runtime/oci/oci.h"

struct child {
	const struct oci_spec *spec;	/* its root_fd and the like are not used */
	int root_fd;
	int *mount_fds;			/* detached mounts for spec->mounts */
	int *device_fds;		/* the host's nodes for a container in a user
					   namespace, which cannot make any, or NULL */
	int fault_fd;			/* write end; these four are out of the way */
	int init_fd;			/* of the standard and preserved ones; -1: */
	int gate_fd;			/* without reaper, without gate */
	int gate_fault_fd;
	int state_fd;			/* of hooks behind the gate, or -1 */
	int sync_fd;			/* the parent says "go on" here, or -1 */
	int parent_fd;			/* the parent's end of it: not to be kept open */
	int proc_fd;			/* the caller's procfs, proven to be that */
	int attr_fd;			/* attr/exec, if it had to be opened early */
	int dev_fd;			/* the container's own /dev */
	pid_t pid;			/* whom child_rlimits() and the like are about:
					   0: themselves */
	bool is_mapped;			/* in a user namespace: the parent does those */
	bool is_joined;			/* namespaces to join are joined already */
	uint32_t index;			/* of the row at work */
	int target_fd;			/* pidfd of the process to join, or -1 */
	uint64_t target_namespaces;	/* CLONE_NEW flags: what is joined */
	const char **init_args;		/* the reaper's; [2] becomes program */
	char program[PATH_MAX];		/* what LOOKUP found */
};

struct child_step {
	enum oci_stage stage;
	int (*run)(struct child *c);
};

/* Runs steps until one fails and tells of it; ends the process. */
void child_run_steps(struct child *c, const struct child_step *steps,
		     size_t count) __attribute__((noreturn));

/* All steps of a container's first process. Never returns. */
void child_run(struct child *c) __attribute__((noreturn));

/* Steps, in the files named. Each: 0 or -errno. */

/* namespaces.c */
int child_cgroup_namespace(struct child *c);
int child_network(struct child *c);
int child_ipc(struct child *c);
int child_host_name(struct child *c);
int child_time_namespace(struct child *c);

/* user_namespace.c */
int child_user_namespace(struct child *c);

/* rootfs.c: the old root goes with the second, if hooks want it, or the first */
int child_root(struct child *c);
int child_root_entered(struct child *c);
int child_root_read_only(struct child *c);
int child_root_propagation(struct child *c);
int child_cwd(struct child *c);

/* mounts.c: made while the caller's mounts are still there, then attached */
int child_make_mounts(struct child *c);
int child_mounts(struct child *c);
int child_mounts_read_only(struct child *c);

/* copy_up.c */
/* Copies what is at `place` into the new file system `mount`, and its owner
 * and mode unless the file system was told a mode. */
int copy_up(int place, int mount, bool has_mode);

/* devices.c */
int child_devices(struct child *c);
/* Opens the container's /dev/null by its own /dev and proves that it is. */
int child_open_null(const struct child *c);

/* terminal.c: instead of child_stdio(), and /dev/console from it */
int child_terminal(struct child *c);
int child_console(struct child *c);

/* masks.c */
int child_mask(struct child *c);
int child_read_only_paths(struct child *c);

/* process.c */
int child_process(struct child *c);
int child_stdio(struct child *c);
int child_rlimits(struct child *c);
int child_oom_score(struct child *c);
int child_keyring(struct child *c);
int child_descriptors(struct child *c);

/* True where the parent does what `c` is asked to do. */
bool child_is_excused(const struct child *c);

/* tuning.c */
int child_cpus_initial(struct child *c);
int child_cpus_final(struct child *c);
int child_scheduler(struct child *c);
int child_io_priority(struct child *c);
int child_personality(struct child *c);
int child_memory_policy(struct child *c);

/* labels.c */
/* Opens a file of the caller's procfs, e.g. "self/...": no other mount. */
int child_open_proc(const struct child *c, const char *path, int flags);
int child_label(struct child *c);

/* identity.c */
int child_bounding(struct child *c);
int child_user(struct child *c);
int child_capabilities(struct child *c);
int child_no_new_privileges(struct child *c);

/* seccomp.c: early without no_new_privs, late with it; in between, before the
 * gate, if somebody is to get its listener */
int child_seccomp_early(struct child *c);
int child_seccomp_listened(struct child *c);
int child_seccomp_late(struct child *c);

/* gate.c */
int child_read_byte(int fd);	/* ends the process at end of file */
int child_wait(struct child *c);	/* for the parent's word */
int child_gate(struct child *c);

/* sysctl.c */
int child_sysctls(struct child *c);

/* hooks.c */
int child_create_hooks(struct child *c);
int child_start_hooks(struct child *c);

/* exec.c */
/* What execve(2) would say of a program in the container: 0 or -errno. */
int child_may_run(const char *path);
/* The strings as execve(2) takes them. */
char *const *child_vector(const char *const *strings);
int child_lookup(struct child *c);
int child_init(struct child *c);
int child_exec(struct child *c);

/* Words for the parent's message: the row `index` of a table, or NULL. */
const char *devices_name(const struct oci_spec *spec, uint32_t index);

#endif
