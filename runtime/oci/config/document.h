/* SPDX-License-Identifier: MIT */
/*
 * document: config.json as it stands, one struct per object of the
 * specification, and the tables that read it.
 *
 * document.c has one row for every property that the specification for Linux
 * knows. What the rows cannot say (one property against another, against the
 * host) is in process.c, mounts.c, linux.c, resources.c and seccomp.c, which
 * turn these structs into those of runtime/oci/oci.h.
 *
 * Pointers are NULL, counts 0 and is_set false for what the file does not
 * give. Source: OCI runtime-spec 1.3, config.md and config-linux.md, and its
 * schemas.
 */
#ifndef CLOISTER_OCI_CONFIG_DOCUMENT_H
#define CLOISTER_OCI_CONFIG_DOCUMENT_H

#include "runtime/oci/config/fields.h"

struct doc_user {
	struct field_unsigned uid, gid, umask;
	struct field_numbers groups;
};

struct doc_capabilities {
	struct field_texts bounding, permitted, effective, inheritable, ambient;
};

struct doc_rlimit {
	struct field_unsigned type;	/* RLIMIT_ */
	struct field_unsigned soft, hard;
};

struct doc_console_size {
	struct field_unsigned height, width;
};

struct doc_io_priority {
	struct field_unsigned class;	/* IOPRIO_CLASS_ */
	struct field_signed priority;
};

struct doc_scheduler {
	struct field_unsigned policy;	/* SCHED_ */
	struct field_signed nice, priority;
	uint64_t flags;			/* SCHED_FLAG_ */
	struct field_unsigned runtime, deadline, period;	/* ns */
};

struct doc_affinity {
	const char *initial, *final;	/* "0-3,7" */
};

struct doc_process {
	bool is_terminal;
	struct doc_console_size *console_size;
	const char *cwd;
	struct field_texts env, args;
	struct doc_user *user;
	struct doc_capabilities *capabilities;
	struct field_objects rlimits;	/* struct doc_rlimit */
	bool is_no_new_privileges;
	struct field_signed oom_score_adj;
	const char *selinux_label;
	const char *apparmor_profile;
	struct doc_io_priority *io_priority;
	struct doc_scheduler *scheduler;
	struct doc_affinity *affinity;
};

struct doc_root {
	const char *path;
	bool is_read_only;
};

struct doc_id_map {
	struct field_unsigned container, host, size;
};

struct doc_mount {
	const char *destination, *source, *type;
	struct field_texts options;
	struct field_objects uid_map, gid_map;	/* struct doc_id_map */
};

struct doc_hook {
	const char *path;
	struct field_texts args, env;
	struct field_unsigned timeout;	/* seconds */
};

struct doc_hooks {			/* each: struct doc_hook */
	struct field_objects prestart, create_runtime, create_container;
	struct field_objects start_container, poststart, poststop;
};

struct doc_namespace {
	struct field_unsigned type;	/* CLONE_NEW */
	const char *path;
};

struct doc_device {
	const char *path;
	const char *type;		/* "c", "b", "u" or "p" */
	struct field_signed major, minor;
	struct field_unsigned mode, uid, gid;
};

struct doc_net_device {
	const char *host;		/* the key */
	const char *name;
};

struct doc_time_offset {
	struct field_signed seconds;
	struct field_unsigned nanoseconds;
};

struct doc_time_offsets {
	struct doc_time_offset *boottime, *monotonic;
};

struct doc_memory {
	struct field_signed limit, reservation, swap;
	bool is_checked;		/* checkBeforeUpdate */
};

struct doc_cpu {
	struct field_unsigned shares, period, burst;
	struct field_signed quota, idle;
	const char *cpus, *mems;
};

struct doc_pids {
	struct field_signed limit;
};

struct doc_block_device {
	struct field_signed major, minor;
	struct field_unsigned weight;	/* weightDevice */
	struct field_unsigned rate;	/* throttle*Device */
};

struct doc_block_io {
	struct field_unsigned weight;
	struct field_objects weights;	/* all: struct doc_block_device */
	struct field_objects read_bps, write_bps, read_iops, write_iops;
};

struct doc_hugepage {
	const char *size;
	struct field_unsigned limit;
};

struct doc_rdma {
	const char *device;		/* the key */
	struct field_unsigned handles, objects;
};

struct doc_device_rule {
	bool is_allowed;
	const char *type;		/* "a", "b" or "c" */
	struct field_signed major, minor;
	const char *access;
};

struct doc_resources {
	struct doc_memory *memory;
	struct doc_cpu *cpu;
	struct doc_pids *pids;
	struct doc_block_io *block_io;
	struct field_objects hugepages;	/* struct doc_hugepage */
	struct field_objects rdma;	/* struct doc_rdma */
	struct field_objects devices;	/* struct doc_device_rule */
	struct field_pairs unified;
};

struct doc_seccomp_argument {
	struct field_unsigned index, value, value_two;
	struct field_unsigned op;	/* enum seccomp_op */
};

struct doc_seccomp_rule {
	struct field_texts names;
	struct field_unsigned action;	/* SECCOMP_RET_ */
	struct field_unsigned error;
	struct field_objects arguments;	/* struct doc_seccomp_argument */
};

struct doc_seccomp {
	struct field_unsigned action, error;
	uint64_t architectures;		/* bits, enum seccomp_arch */
	uint64_t flags;			/* SECCOMP_FILTER_FLAG_ */
	const char *listener_path, *listener_metadata;
	struct field_objects rules;	/* struct doc_seccomp_rule */
};

struct doc_personality {
	struct field_unsigned domain;	/* PER_ */
};

struct doc_memory_policy {
	struct field_unsigned mode;	/* MPOL_ */
	const char *nodes;
	uint64_t flags;			/* MPOL_F_ */
};

struct doc_linux {
	struct field_objects namespaces;	/* struct doc_namespace */
	struct field_objects uid_map, gid_map;	/* struct doc_id_map */
	struct doc_time_offsets *time_offsets;
	struct field_objects devices;		/* struct doc_device */
	struct field_objects net_devices;	/* struct doc_net_device */
	const char *cgroup;
	struct doc_resources *resources;
	struct field_unsigned propagation;	/* MS_ | MS_REC */
	struct doc_seccomp *seccomp;
	struct field_pairs sysctl;
	struct field_texts masked, read_only;
	const char *mount_label;
	struct doc_personality *personality;
	struct doc_memory_policy *memory_policy;
};

struct document {
	const char *version;
	struct doc_process *process;
	struct doc_root *root;
	const char *hostname, *domainname;
	struct field_objects mounts;	/* struct doc_mount */
	struct doc_hooks *hooks;
	struct field_pairs annotations;
	struct doc_linux *linux_part;
};

extern const struct field_table document_table;		/* struct document */
extern const struct field_table document_process_table;	/* struct doc_process */
extern const struct field_table document_resources_table;	/* struct doc_resources */
extern const struct field_table document_seccomp_table;	/* struct doc_seccomp */
extern const struct field_table document_hooks_table;	/* struct doc_hooks */

#endif
