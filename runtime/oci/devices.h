/* SPDX-License-Identifier: MIT */
/*
 * devices: which device nodes a container has and may use.
 *
 * One list (the default nodes, then the spec's) makes both the nodes in /dev
 * and the program that the kernel asks at every open and mknod of a device.
 */
#ifndef CLOISTER_OCI_DEVICES_H
#define CLOISTER_OCI_DEVICES_H

#include <linux/bpf.h>
#include <stddef.h>

#include "runtime/oci/oci.h"

#define DEVICES_DEFAULT 6

extern const struct oci_device devices_default[DEVICES_DEFAULT];

#define DEVICES_TYPE_ANY 0	/* type in a rule */

/* All nodes: the default ones, then the spec's. */
size_t devices_count(const struct oci_spec *spec);
const struct oci_device *devices_at(const struct oci_spec *spec, size_t index);

/* 0 when the open file `fd` is the device `d`, else -ENODEV or -errno. */
int devices_prove(int fd, const struct oci_device *d);

/* Room for the rules of a spec and for the program of so many rules. */
#define DEVICES_RULES(spec)                                           \
	((spec)->resources.device_rule_count + (spec)->device_count + \
	 DEVICES_DEFAULT + 3)
#define DEVICES_CODE(rules) ((rules) * 8 + 8)

struct devices_rule {
	bool is_allow;
	uint32_t type;		/* BPF_DEVCG_DEV_CHAR or _BLOCK, or any */
	uint32_t access;	/* set of BPF_DEVCG_ACC_ */
	uint32_t major;		/* or OCI_DEVICE_ANY */
	uint32_t minor;
	uint32_t minors;	/* 1 << minor of several below 32, instead of minor;
				   0: none */
};

/*
 * Writes the rules of `spec` to `rules` (room for DEVICES_RULES): its own
 * rules in their order, then what is allowed in any case: default nodes,
 * /dev/ptmx and ptys, mknod of anything (a node that may not be opened harms
 * nobody, and package managers make them), `access` of the spec's devices.
 * Returns their number, or -EINVAL for a type that is none or an access word
 * that is not of "rwm".
 */
int devices_rules(const struct oci_spec *spec, struct devices_rule *rules,
		  struct err *e);

/*
 * Brings rules into a form with the same meaning and fewer of them: the time
 * that the kernel takes to verify a program grows with its branches. Returns
 * their new number.
 */
size_t devices_simplify(struct devices_rule *rules, size_t count);

/*
 * Writes the program for `rules` to `code` (room for DEVICES_CODE(count)):
 * each right (read, write, mknod) is allowed if the last rule that speaks of
 * it allows it; returns 1 if all that are asked for are allowed, else 0.
 * Returns the number of instructions.
 * Source: kernel Documentation/bpf/prog_cgroup_*, struct bpf_cgroup_dev_ctx.
 */
size_t devices_program(const struct devices_rule *rules, size_t count,
		       struct bpf_insn *code);

/*
 * Attaches the program of `spec` to the cgroup open as `cgroup_fd`, loaded
 * unless it is the one that was attached last, which stays open for that.
 * Needs CAP_BPF and CAP_NET_ADMIN (or CAP_SYS_ADMIN). The program lives as
 * long as the cgroup. Returns 0 or -errno.
 */
int devices_attach(int cgroup_fd, const struct oci_spec *spec, struct err *e);

#endif
