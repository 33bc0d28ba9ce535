/*
 * escape: what a hostile task tries to get at the house, at its neighbours
 * and at the machine.
 *
 * Each attempt is a row of the table in escape.c: a name, a function of the
 * escape_*.c files, and the function's words. The verb `attempt NAME...` runs
 * them one after the other, each in a child of its own so that none changes
 * what the next one finds; without names it runs all. An attempt gives 0 where
 * it succeeded, else -1 with errno. What each grant class is to be answered
 * stands in tests/guest/hostile_test.py.
 */
#ifndef CLOISTER_ESCAPE_H
#define CLOISTER_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ATTEMPT_NUMBERS 4

struct attempt {
	const char *name;
	int (*run)(const struct attempt *a);
	const char *path;
	const char *text;
	const char *options;	/* of a mount */
	int (*on_process)(pid_t pid);	/* of escape_any_process() */
	long number[ATTEMPT_NUMBERS];
};

/* --- escape.c */

/* A mount namespace of its own where the task may make one; else nothing. */
void escape_own_mounts(void);

/* Opens the file for `flags`, and writes `text` where it is not NULL. */
int escape_put(const char *path, int flags, const char *text);

/* errno = error; gives -1. */
int escape_fail(int error);

/* --- escape_files.c: files, device nodes, handles, programs */

int escape_read(const struct attempt *a);	/* one byte of path */
int escape_write(const struct attempt *a);	/* text into path */
/* The same after everything that covers path or makes it read-only is gone. */
int escape_bare_read(const struct attempt *a);
int escape_bare_write(const struct attempt *a);
/* Only after what is read-only in /proc and /sys is not. */
int escape_loose_write(const struct attempt *a);
int escape_mkdir(const struct attempt *a);
/* A node of kind text (c, b), with the numbers, made and opened. */
int escape_node(const struct attempt *a);
/* The same for the block device of that name, as /sys numbers it. */
int escape_disk(const struct attempt *a);
/* text inside the directory number[0] of the cgroup tree, by its handle;
   opened with the flags number[1], and written to where that says so. */
int escape_cgroup_handle(const struct attempt *a);
/* That directory; -1 with errno. */
int escape_open_cgroup(long number);
int escape_file_handle(const struct attempt *a);	/* of path */
int escape_set_label(const struct attempt *a);	/* text on a file of its own */
int escape_memfd(const struct attempt *a);	/* EXDEV: in another domain */
int escape_inherited(const struct attempt *a);	/* ENOENT: no descriptor */
int escape_chroot(const struct attempt *a);	/* out of it, then stat path */
int escape_core(const struct attempt *a);	/* ENODATA: no core dumped */

/* --- escape_mounts.c: mounts and namespaces */

int escape_mount(const struct attempt *a);	/* type text on path, options */
/* A file as the source of it, not a device. */
int escape_mount_file(const struct attempt *a);
int escape_mount_disk(const struct attempt *a);	/* the block device path */
int escape_umount(const struct attempt *a);
int escape_pivot(const struct attempt *a);
int escape_unshare(const struct attempt *a);	/* number[0]: flags */
int escape_clone(const struct attempt *a);
int escape_clone3(const struct attempt *a);
int escape_userns_mount(const struct attempt *a);	/* type text on path */
int escape_setns(const struct attempt *a);
int escape_namespace_parent(const struct attempt *a);
int escape_neighbour_mounts(const struct attempt *a);	/* enters the next ones */
int escape_list_mounts(const struct attempt *a);	/* of any namespace but its own */
int escape_clone_into(const struct attempt *a);	/* the control group path */
int escape_fanotify(const struct attempt *a);	/* number[0]: kind of mark */
int escape_freeze(const struct attempt *a);

/* --- escape_processes.c: other processes, and the kernel's calls */

/* on_process for each number that is none of its own; the first answer that
   is not ESRCH, or ESRCH. */
int escape_any_process(const struct attempt *a);
int escape_on_ptrace(pid_t pid);
int escape_on_memory(pid_t pid);
int escape_on_signal(pid_t pid);
int escape_on_pidfd(pid_t pid);
int escape_on_limits(pid_t pid);
int escape_on_affinity(pid_t pid);
int escape_see_processes(const struct attempt *a);	/* ENOENT: none */
/* System call number[0] with path, if it is there, and the other numbers. */
int escape_call(const struct attempt *a);
int escape_set_time(const struct attempt *a);
int escape_slew_time(const struct attempt *a);
int escape_perf(const struct attempt *a);	/* number: pid, cpu */
int escape_raise(const struct attempt *a);	/* every capability */
int escape_schedule(const struct attempt *a);
int escape_shared_memory(const struct attempt *a);	/* number[0]: key */

/* --- escape_network.c: sockets, and the network's settings */

int escape_socket(const struct attempt *a);	/* number: family, type, protocol */
int escape_unix_connect(const struct attempt *a);	/* abstract name text */
int escape_unix_send(const struct attempt *a);	/* with a descriptor */
int escape_metadata(const struct attempt *a);	/* path: the address */
int escape_route(const struct attempt *a);
int escape_neighbour(const struct attempt *a);
int escape_arp(const struct attempt *a);
int escape_uevent(const struct attempt *a);
int escape_destroy(const struct attempt *a);
int escape_audit_off(const struct attempt *a);

/* --- escape_bpf.c: BPF objects of others */

/* BPF commands: number[0] the next number, number[1] the object by it;
   number[2]: tries the first one alone. */
int escape_bpf_take(const struct attempt *a);
int escape_bpf_break(const struct attempt *a);	/* detaches every link */
/* Takes what hook number[0] has off the own group, or off `tasks`. */
int escape_bpf_detach(const struct attempt *a);
int escape_bpf_detach_above(const struct attempt *a);
/* A program of its own on hook number[0] of all tasks. */
int escape_bpf_attach_above(const struct attempt *a);
/* Permits all devices by a program of its own; flags number[0]. */
int escape_bpf_device(const struct attempt *a);
/* A kprobe program with helper number[0]; the others are the registers for a
   pointer to the stack, its size, and 0. */
int escape_bpf_helper(const struct attempt *a);

/* --- escape_victim.c: whom they are after */

#define ESCAPE_VICTIM "victim"		/* name of its sockets and its queue */
#define ESCAPE_KEY 0x76696374		/* of its shared memory */

#endif
