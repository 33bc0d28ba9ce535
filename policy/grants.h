/*
 * grants: the one table of privilege.
 *
 * Each row is a capability and all that goes with it when the instance
 * document permits it and a task asks for it: the capability bit, system
 * calls beyond the default seccomp profile, the SELinux type, devices and
 * mounts. The document parser, the engine, the executor's seccomp compiler,
 * the policy build and the tests read this table; nothing else in the house
 * knows what a capability brings with it.
 */
#ifndef CLOISTER_POLICY_GRANTS_H
#define CLOISTER_POLICY_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

#define GRANT_SYSCALLS_MAX 48
#define GRANT_DEVICES_MAX 4

struct grant_device {
	const char *path;	/* inside the container; NULL ends the list */
	char type;		/* 'c' or 'b' */
	uint32_t major;
	uint32_t minor;
	const char *access;	/* "rwm" */
};

struct grant_row {
	const char *name;		/* "NET_ADMIN", as ECS writes it */
	int capability;			/* CAP_NET_ADMIN, linux/capability.h */
	bool is_default;		/* one of the 14 every task may have */
	const char *selinux_type;	/* task type when it is granted; "task_t" for
					   defaults; see grant_selinux_type() */
	const char *const *syscalls;	/* additions, NULL-terminated, or NULL */
	const struct grant_device *devices;	/* additions, or NULL */
	bool has_bpffs;			/* /sys/fs/bpf private to the task */
	bool has_tracefs;
};

/* Rows 0..grant_count-1 in order of capability number; all 41 of Linux 6.12. */
extern const struct grant_row grant_rows[];
extern const unsigned int grant_count;

/*
 * The device that a task may name by its path on the instance, or NULL: those
 * that every container has, with `*capability` -1, and those that a grant
 * brings, with its capability.
 */
const struct grant_device *grant_find_device(const char *path, int *capability);

/*
 * The row of a name as ECS or Linux writes it ("NET_ADMIN" or
 * "CAP_NET_ADMIN"), or NULL.
 */
const struct grant_row *grant_find(const char *name);

/* Set of the 14 default capabilities, bit n is capability n. */
uint64_t grant_default_set(void);

/*
 * What a task has unasked and may ask for without permission: the default set,
 * in the instance's own network without NET_RAW, which there reads and forges
 * the packets of the house and of every other task.
 */
uint64_t grant_free_set(bool is_host_network);

/*
 * ECS's capability algebra: privileged: everything; add ALL: all minus drop;
 * drop ALL: only add; otherwise `unasked` (grant_free_set()) minus drop plus
 * add. `add` and `drop` are sets, `add_all` and `drop_all` the word ALL.
 */
uint64_t grant_algebra(uint64_t unasked, bool is_privileged, uint64_t add,
		       bool add_all, uint64_t drop, bool drop_all);

/* The whole set of capabilities that the table knows. */
uint64_t grant_all_set(void);

/*
 * SELinux type for a container with the capabilities `set`. Of those that
 * are not free: "task_t" for none; the rows' type where they have one type;
 * else "task_super_t", the type that holds all grant classes. In the
 * instance's own network NET_RAW counts as one of task_net_t, and the answer
 * is the type's twin, "task_host_t", "task_host_net_t" and so on: they differ
 * in what packets and events of the network they see, and neither kind
 * reaches the other.
 */
const char *grant_selinux_type(uint64_t set, bool is_host_network);

#endif
