/* SPDX-License-Identifier: MIT */
/*
 * start: the parent's side of a process that comes to be in a container.
 *
 * Order of use: start_begin(), start_prepare(), whatever else the child will
 * need, start_clone(), start_go(), start_hear(); after a failure start_kill();
 * start_release() in any case. Each but the first and the last two gives 0 or
 * -errno with `e` set.
 */
#ifndef CLOISTER_OCI_START_H
#define CLOISTER_OCI_START_H

#include "runtime/oci/child.h"
#include "runtime/oci/digits.h"

struct start {
	const struct oci_spec *spec;
	enum oci_parent parent;
	void (*run)(struct child *c);	/* the child's steps; does not return */
	int cgroup_fd;			/* where it is cloned into */
	int fault_read;
	int fault_write;
	int sync_fd;			/* the child waits for a byte from here, or -1 */
	int network_fd;			/* where links went to, or -1 */
	size_t moved_count;		/* how many of spec.net_devices */
	char fault_text[DIGITS_MAX];	/* the pipe in words, for the reaper */
	pid_t pid;
	int pidfd;
	int64_t deadline_ms;		/* valid with spec.limit_ms */
	struct child child;
};

/* Nothing is open, nothing is made. */
void start_begin(struct start *s, const struct oci_spec *spec,
		 enum oci_parent parent, void (*run)(struct child *c));

/*
 * Makes the pipe of faults; opens what the process of the spec needs of the
 * caller: the reaper, the gate, procfs (proven), and with `waits` the socket
 * on which the child will wait for start_go().
 */
int start_prepare(struct start *s, bool waits, struct err *e);

/*
 * Clones the child into cgroup_fd with the new namespaces `unshare` (CLONE_NEW
 * flags that clone3 takes); pid and pidfd are set.
 */
int start_clone(struct start *s, uint64_t unshare, struct err *e);

/*
 * The same among the processes of a pid namespace that is there; `namespace_fd`
 * is it, or a pidfd of one of them. -ENOTRECOVERABLE: see oci_exec().
 */
int start_clone_among(struct start *s, int namespace_fd, uint64_t unshare,
		      struct err *e);

/* The same, after the namespaces of the spec were joined. Only with
 * OCI_PARENT_IS_CALLER. */
int start_clone_joined(struct start *s, uint64_t unshare, struct err *e);

/* For start_clone_joined(): the system call, which gives the pid or -errno,
 * and what the parent closes after it. */
int start_clone_raw(struct start *s, uint64_t flags, int *pidfd);
void start_cloned(struct start *s);

/* Returns when a child that will wait is there, or with what it told. */
int start_await(struct start *s, struct err *e);

/* Lets a child go on that waits. */
int start_go(struct start *s, struct err *e);

/*
 * Returns when the program runs, or the child is at the gate, or with the
 * failure that the child told of; -ECHILD if it was killed, -EPROTO if it
 * says what nobody asked for: a gate or listener that the spec has not.
 */
int start_hear(struct start *s, struct err *e);

/* Ends the child, if there is one, and closes its pidfd. */
void start_kill(struct start *s);

/* Closes and frees what the parent held, but not pidfd. */
void start_release(struct start *s);

/* `fd` out of the way of the standard and the preserved descriptors. */
int start_lift(const struct start *s, int fd);

#endif
