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
	GRANT(DAC_READ_SEARCH, "task_limit_t",
	      .syscalls = LIST("open_by_handle_at")),
	DEFAULT(FOWNER),
	DEFAULT(FSETID),
	DEFAULT(KILL),
	DEFAULT(SETGID),
	DEFAULT(SETUID),
	DEFAULT(SETPCAP),
	GRANT(LINUX_IMMUTABLE, "task_limit_t"),
	DEFAULT(NET_BIND_SERVICE),
	GRANT(NET_BROADCAST, "task_net_t"),
	GRANT(NET_ADMIN, "task_net_t", .devices = DEVICES(TUN)),
	DEFAULT(NET_RAW),
	GRANT(IPC_LOCK, "task_limit_t"),
	GRANT(IPC_OWNER, "task_limit_t"),
	GRANT(SYS_MODULE, "task_sys_t",
	      .syscalls = LIST("init_module", "finit_module",
			       "delete_module")),
	GRANT(SYS_RAWIO, "task_sys_t", .syscalls = LIST("iopl", "ioperm")),
	DEFAULT(SYS_CHROOT),
	GRANT(SYS_PTRACE, "task_trace_t",
	      .syscalls = LIST("kcmp", "pidfd_getfd", "process_madvise")),
	GRANT(SYS_PACCT, "task_limit_t", .syscalls = LIST("acct")),
	/* The old all-in-one: what BPF, PERFMON, SYSLOG and others split off
	   still works with it alone. */
	GRANT(SYS_ADMIN, "task_sys_t",
	      .syscalls = LIST("mount", "umount", "umount2", "pivot_root",
			       "fsopen", "fsconfig", "fsmount", "fspick",
			       "open_tree", "move_mount", "mount_setattr",
			       "statmount", "listmount",
			       "clone", "clone3", "unshare", "setns",
			       "sethostname", "setdomainname",
			       "bpf", "perf_event_open", "syslog",
			       "fanotify_init", "quotactl", "quotactl_fd",
			       "lookup_dcookie"),
	      .devices = DEVICES(FUSE)),
	GRANT(SYS_BOOT, "task_sys_t", .syscalls = LIST("reboot")),
	GRANT(SYS_NICE, "task_limit_t",
	      .syscalls = LIST("mbind", "set_mempolicy", "get_mempolicy",
			       "set_mempolicy_home_node", "migrate_pages",
			       "move_pages")),
	GRANT(SYS_RESOURCE, "task_limit_t"),
	GRANT(SYS_TIME, "task_sys_t",
	      .syscalls = LIST("settimeofday", "clock_settime")),
	GRANT(SYS_TTY_CONFIG, "task_limit_t", .syscalls = LIST("vhangup")),
	DEFAULT(MKNOD),
	GRANT(LEASE, "task_limit_t"),
	DEFAULT(AUDIT_WRITE),
	GRANT(AUDIT_CONTROL, "task_sys_t"),
	DEFAULT(SETFCAP),
	GRANT(MAC_OVERRIDE, "task_sys_t"),
	GRANT(MAC_ADMIN, "task_sys_t"),
	GRANT(SYSLOG, "task_trace_t", .syscalls = LIST("syslog")),
	GRANT(WAKE_ALARM, "task_limit_t"),
	GRANT(BLOCK_SUSPEND, "task_limit_t"),
	GRANT(AUDIT_READ, "task_trace_t"),
	GRANT(PERFMON, "task_bpf_t",
	      .syscalls = LIST("perf_event_open"), .has_tracefs = true),
	GRANT(BPF, "task_bpf_t",
	      .syscalls = LIST("bpf"), .has_bpffs = true),
	GRANT(CHECKPOINT_RESTORE, "task_trace_t", .syscalls = LIST("kcmp")),
};
/* clang-format on */

const unsigned int grant_count = ARRAY_SIZE(grant_rows);

_Static_assert(ARRAY_SIZE(grant_rows) == CAP_LAST_CAP + 1,
	       "one row for each capability of the kernel's header");

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

uint64_t grant_all_set(void)
{
	return (1ULL << grant_count) - 1;
}

uint64_t grant_algebra(bool is_privileged, uint64_t add, bool add_all,
		       uint64_t drop, bool drop_all)
{
	uint64_t all = grant_all_set();

	if (is_privileged)
		return all;
	if (add_all)
		return drop_all ? 0 : all & ~drop;
	if (drop_all)
		return add & all;
	return ((grant_default_set() & ~drop) | add) & all;
}

const char *grant_selinux_type(uint64_t set)
{
	const char *type = "task_t";

	for (unsigned int i = 0; i < grant_count; i++) {
		const struct grant_row *row = &grant_rows[i];

		if (!(set & (1ULL << i)) || row->is_default)
			continue;
		if (strcmp(type, "task_t") == 0)
			type = row->selinux_type;
		else if (strcmp(type, row->selinux_type) != 0)
			return "task_super_t";
	}
	return type;
}
