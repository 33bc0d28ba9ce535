// SPDX-License-Identifier: MIT
#include "policy/grants.h"

#include <linux/capability.h>
#include <stddef.h>
#include <string.h>

#include "runtime/base/fd.h"

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define DEVICES(...) \
	((const struct grant_device[]){ __VA_ARGS__, { .path = NULL } })

/* clang-format off */
#define TUN  { "/dev/net/tun", 'c', 10, 200, "rwm" }
#define FUSE { "/dev/fuse",    'c', 10, 229, "rwm" }

#define DEFAULT(n) \
	[CAP_##n] = { .name = #n, .capability = CAP_##n, .is_default = true, \
		      .selinux_type = "task_t" }
#define GRANT(n, type, ...) \
	[CAP_##n] = { .name = #n, .capability = CAP_##n, \
		      .selinux_type = type, __VA_ARGS__ }

/* Index is the capability's number. */
const struct grant_row grant_rows[] = {
	DEFAULT(CHOWN),
	DEFAULT(DAC_OVERRIDE),
	/* Not open_by_handle_at: a handle names a file of a whole file system,
	   and that of the cgroups is everybody's. Whoever opens the group above
	   all tasks attaches BPF programs to them. */
	GRANT(DAC_READ_SEARCH, "task_limit_t"),
	DEFAULT(FOWNER),
	DEFAULT(FSETID),
	DEFAULT(KILL),
	DEFAULT(SETGID),
	DEFAULT(SETUID),
	DEFAULT(SETPCAP),
	GRANT(LINUX_IMMUTABLE, "task_limit_t"),
	DEFAULT(NET_BIND_SERVICE),
	/* The kernel asks for it in one place: hearing link messages of those
	   other network namespaces that were given a number here. */
	GRANT(NET_BROADCAST, "task_net_t"),
	GRANT(NET_ADMIN, "task_net_t", .devices = DEVICES(TUN)),
	DEFAULT(NET_RAW),
	GRANT(IPC_LOCK, "task_limit_t"),
	GRANT(IPC_OWNER, "task_limit_t"),
	/* Opens nothing: init has closed module loading for good, EPERM for
	   everybody. Listed so that a task that asks for it may start. */
	GRANT(SYS_MODULE, "task_sys_t",
	      .syscalls = LIST("init_module", "finit_module",
			       "delete_module")),
	/* Opens next to nothing: lockdown refuses ports (iopl, ioperm, EPERM),
	   no node for memory or ports exists, and mapping address 0 is refused
	   by SELinux (EACCES). FIBMAP remains. */
	GRANT(SYS_RAWIO, "task_sys_t", .syscalls = LIST("iopl", "ioperm")),
	DEFAULT(SYS_CHROOT),
	GRANT(SYS_PTRACE, "task_trace_t",
	      .syscalls = LIST("kcmp", "pidfd_getfd", "process_madvise")),
	GRANT(SYS_PACCT, "task_limit_t", .syscalls = LIST("acct")),
	/* The old all-in-one: what BPF, PERFMON and CHECKPOINT_RESTORE split
	   off still works with it alone; the kernel log does not. */
	GRANT(SYS_ADMIN, "task_sys_t",
	      .syscalls = LIST("mount", "umount", "umount2", "pivot_root",
			       "fsopen", "fsconfig", "fsmount", "fspick",
			       "open_tree", "move_mount", "mount_setattr",
			       "statmount", "listmount",
			       "clone", "clone3", "unshare", "setns",
			       "sethostname", "setdomainname",
			       "bpf", "perf_event_open",
			       "fanotify_init", "quotactl", "quotactl_fd",
			       "lookup_dcookie"),
	      .devices = DEVICES(FUSE)),
	/* reboot(2) ends the caller's pid namespace, which is the container;
	   the machine goes on. */
	GRANT(SYS_BOOT, "task_sys_t", .syscalls = LIST("reboot")),
	GRANT(SYS_NICE, "task_limit_t",
	      .syscalls = LIST("mbind", "set_mempolicy", "get_mempolicy",
			       "set_mempolicy_home_node", "migrate_pages",
			       "move_pages")),
	GRANT(SYS_RESOURCE, "task_limit_t"),
	/* There is one clock: a task that sets it sets it for the machine. */
	GRANT(SYS_TIME, "task_sys_t",
	      .syscalls = LIST("settimeofday", "clock_settime")),
	GRANT(SYS_TTY_CONFIG, "task_limit_t", .syscalls = LIST("vhangup")),
	DEFAULT(MKNOD),
	GRANT(LEASE, "task_limit_t"),
	DEFAULT(AUDIT_WRITE),
	/* The login user of its own processes. Rules and state of the kernel's
	   audit are refused (EPERM) to every pid namespace but the first. */
	GRANT(AUDIT_CONTROL, "task_sys_t"),
	DEFAULT(SETFCAP),
	/* Both open nothing. MAC_OVERRIDE is Smack's, SELinux never asks.
	   MAC_ADMIN is for labels that the policy does not know: a task's files
	   take no labels at all (EOPNOTSUPP), and no task may relabel. */
	GRANT(MAC_OVERRIDE, "task_sys_t"),
	GRANT(MAC_ADMIN, "task_sys_t"),
	GRANT(SYSLOG, "task_trace_t", .syscalls = LIST("syslog")),
	GRANT(WAKE_ALARM, "task_limit_t"),
	/* EPOLLWAKEUP, which the kernel drops in silence without it. */
	GRANT(BLOCK_SUSPEND, "task_limit_t"),
	/* Joins the readers of the audit log; the kernel sends it to the first
	   network namespace alone: only a task in host mode hears something. */
	GRANT(AUDIT_READ, "task_trace_t"),
	GRANT(PERFMON, "task_bpf_t",
	      .syscalls = LIST("perf_event_open"), .has_tracefs = true),
	GRANT(BPF, "task_bpf_t",
	      .syscalls = LIST("bpf"), .has_bpffs = true),
	/* clone3 for set_tid, the number of a restored process. The filter
	   does not see its flags, but namespaces still need SYS_ADMIN: those of
	   users by a sysctl and by the SELinux type. */
	GRANT(CHECKPOINT_RESTORE, "task_trace_t",
	      .syscalls = LIST("kcmp", "clone3")),
};
/* clang-format on */

/* Those that every container has unasked, at these paths. */
static const struct grant_device plain_devices[] = {
	{ "/dev/null", 'c', 1, 3, "rwm" },
	{ "/dev/zero", 'c', 1, 5, "rwm" },
	{ "/dev/full", 'c', 1, 7, "rwm" },
	{ "/dev/random", 'c', 1, 8, "rwm" },
	{ "/dev/urandom", 'c', 1, 9, "rwm" },
	{ "/dev/tty", 'c', 5, 0, "rwm" },
};

const unsigned int grant_count = ARRAY_SIZE(grant_rows);

_Static_assert(ARRAY_SIZE(grant_rows) == CAP_LAST_CAP + 1,
	       "one row for each capability of the kernel's header");

const struct grant_device *grant_find_device(const char *path, int *capability)
{
	*capability = -1;
	for (size_t i = 0; i < ARRAY_SIZE(plain_devices); i++)
		if (strcmp(plain_devices[i].path, path) == 0)
			return &plain_devices[i];
	for (unsigned int i = 0; i < grant_count; i++) {
		const struct grant_device *d = grant_rows[i].devices;

		while (d && d->path && strcmp(d->path, path) != 0)
			d++;
		if (!d || !d->path)
			continue;
		*capability = grant_rows[i].capability;
		return d;
	}
	return NULL;
}

const struct grant_row *grant_find(const char *name)
{
	if (strncmp(name, "CAP_", 4) == 0)
		name += 4;
	for (unsigned int i = 0; i < grant_count; i++)
		if (strcmp(grant_rows[i].name, name) == 0)
			return &grant_rows[i];
	return NULL;
}

uint64_t grant_default_set(void)
{
	uint64_t set = 0;

	for (unsigned int i = 0; i < grant_count; i++)
		if (grant_rows[i].is_default)
			set |= 1ULL << i;
	return set;
}

uint64_t grant_free_set(bool is_host_network)
{
	uint64_t set = grant_default_set();

	return is_host_network ? set & ~(1ULL << CAP_NET_RAW) : set;
}

uint64_t grant_all_set(void)
{
	return (1ULL << grant_count) - 1;
}

uint64_t grant_algebra(uint64_t unasked, bool is_privileged, uint64_t add,
		       bool add_all, uint64_t drop, bool drop_all)
{
	uint64_t all = grant_all_set();

	if (is_privileged)
		return all;
	if (add_all)
		return drop_all ? 0 : all & ~drop;
	if (drop_all)
		return add & all;
	return ((unasked & ~drop) | add) & all;
}

/* Each type has a twin for tasks in the instance's own network. */
static const struct grant_twin {
	const char *own;
	const char *host;
} twins[] = {
	{ "task_t", "task_host_t" },
	{ "task_net_t", "task_host_net_t" },
	{ "task_bpf_t", "task_host_bpf_t" },
	{ "task_trace_t", "task_host_trace_t" },
	{ "task_limit_t", "task_host_limit_t" },
	{ "task_sys_t", "task_host_sys_t" },
	{ "task_super_t", "task_host_super_t" },
};

static const char *host_twin(const char *own)
{
	for (size_t i = 0; i < ARRAY_SIZE(twins); i++)
		if (strcmp(twins[i].own, own) == 0)
			return twins[i].host;
	return "task_host_t";
}

static const char *class_type(uint64_t granted)
{
	const char *type = "task_t";

	for (unsigned int i = 0; i < grant_count; i++) {
		const struct grant_row *row = &grant_rows[i];
		/* A default one that is granted is NET_RAW, see above. */
		const char *own = row->is_default ? "task_net_t" :
						    row->selinux_type;

		if (!(granted & (1ULL << i)))
			continue;
		if (strcmp(type, "task_t") == 0)
			type = own;
		else if (strcmp(type, own) != 0)
			return "task_super_t";
	}
	return type;
}

const char *grant_selinux_type(uint64_t set, bool is_host_network)
{
	const char *type = class_type(set & ~grant_free_set(is_host_network));

	return is_host_network ? host_twin(type) : type;
}
