/*
 * guard: what the house and its tasks may do, kept by BPF programs on control
 * groups. SELinux says the same of the house in other words; here a mistake
 * in one of the two is not enough.
 *
 *   host                 nobody takes an address or listens, or accepts in
 *                        the machine's own network; no
 *                        sockets but local ones, netlink and the internet's;
 *                        code comes from the verified root alone
 *   host/ * but the two  no internet socket at all; metadata serves on those
 *                        that were made among a task's control groups
 *   host/uplink          connects and sends to the endpoints of the map alone
 *   host/courier         to the source of the map alone
 *   tasks                not to the metadata service of the cloud, unless the
 *                        document opens it; in the machine's own network no
 *                        frames past the guards either
 *
 * Nobody below an attached group can take a program away: that needs the
 * group's directory, which no task can open. For the same reason these are
 * attachments and not links: a link can be detached by whoever has
 * CAP_SYS_ADMIN and its number. Programs of tasks may refuse more, not less.
 * Source: bpf(2), kernel kernel/bpf/cgroup.c, bpf_lsm.c, cgroup-v2.rst.
 */
#ifndef CLOISTER_INIT_GUARD_H
#define CLOISTER_INIT_GUARD_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include "init/guard_code.h"
#include "runtime/base/err.h"

struct guard_row {
	const char *cgroup;	/* below the root of cgroup2 */
	enum bpf_prog_type type;
	enum bpf_attach_type hook;
	const char *lsm;	/* hook of the security modules, or NULL */
	size_t (*code)(struct bpf_insn *code,
		       const struct guard_facts *f);	/* guard_code.h */
};

extern const struct guard_row guard_rows[];
extern const size_t guard_count;

/*
 * Makes the map of guard_map.h, then loads and attaches every row below the
 * directory fd `groups`, once in a process; `root` is a path on the verified
 * root. The programs live as long as the groups. Needs CAP_BPF, CAP_NET_ADMIN
 * and CAP_PERFMON, and the type information of the kernel. Returns 0 or
 * -errno; after an error some rows may be attached.
 */
int guard_set_up_at(int groups, const char *root, struct err *e);

/* The same at CGROUPS_ROOT, for /. */
int guard_set_up(struct err *e);

/* The map's fd, which the caller owns from then on; -1 the second time. */
int guard_take_map(void);

/*
 * Asks the kernel which programs are attached. Returns the number of rows,
 * or -ENOENT if the program of one is missing, or -errno.
 */
int guard_read_back_at(int root, struct err *e);

/* The same at CGROUPS_ROOT. */
int guard_read_back(struct err *e);

#endif
