// SPDX-License-Identifier: MIT
/* The table of privilege against a list written by hand, and its algebra. */
#include <linux/capability.h>
#include <string.h>

#include "kselftest_harness.h"
#include "policy/grants.h"

struct golden {
	const char *name;
	int number;
	const char *type;     /* NULL: a default */
	const char *syscalls; /* space-separated */
	const char *device;
	bool has_bpffs;
	bool has_tracefs;
};

/* clang-format off */
static const struct golden golden[] = {
	{ "CHOWN", 0, NULL, "", "", false, false },
	{ "DAC_OVERRIDE", 1, NULL, "", "", false, false },
	{ "DAC_READ_SEARCH", 2, "task_limit_t", "", "", false, false },
	{ "FOWNER", 3, NULL, "", "", false, false },
	{ "FSETID", 4, NULL, "", "", false, false },
	{ "KILL", 5, NULL, "", "", false, false },
	{ "SETGID", 6, NULL, "", "", false, false },
	{ "SETUID", 7, NULL, "", "", false, false },
	{ "SETPCAP", 8, NULL, "", "", false, false },
	{ "LINUX_IMMUTABLE", 9, "task_limit_t", "", "", false, false },
	{ "NET_BIND_SERVICE", 10, NULL, "", "", false, false },
	{ "NET_BROADCAST", 11, "task_net_t", "", "", false, false },
	{ "NET_ADMIN", 12, "task_net_t", "", "/dev/net/tun c 10 200 rwm", false, false },
	{ "NET_RAW", 13, NULL, "", "", false, false },
	{ "IPC_LOCK", 14, "task_limit_t", "", "", false, false },
	{ "IPC_OWNER", 15, "task_limit_t", "", "", false, false },
	{ "SYS_MODULE", 16, "task_sys_t",
	  "init_module finit_module delete_module", "", false, false },
	{ "SYS_RAWIO", 17, "task_sys_t", "iopl ioperm", "", false, false },
	{ "SYS_CHROOT", 18, NULL, "", "", false, false },
	{ "SYS_PTRACE", 19, "task_trace_t", "kcmp pidfd_getfd process_madvise", "", false, false },
	{ "SYS_PACCT", 20, "task_limit_t", "acct", "", false, false },
	{ "SYS_ADMIN", 21, "task_sys_t",
	  "mount umount umount2 pivot_root fsopen fsconfig fsmount fspick open_tree "
	  "move_mount mount_setattr statmount listmount clone clone3 unshare setns "
	  "sethostname setdomainname bpf perf_event_open fanotify_init "
	  "quotactl quotactl_fd lookup_dcookie", "/dev/fuse c 10 229 rwm", false, false },
	{ "SYS_BOOT", 22, "task_sys_t", "reboot", "", false, false },
	{ "SYS_NICE", 23, "task_limit_t",
	  "mbind set_mempolicy get_mempolicy set_mempolicy_home_node migrate_pages "
	  "move_pages", "", false, false },
	{ "SYS_RESOURCE", 24, "task_limit_t", "", "", false, false },
	{ "SYS_TIME", 25, "task_sys_t", "settimeofday clock_settime", "", false, false },
	{ "SYS_TTY_CONFIG", 26, "task_limit_t", "vhangup", "", false, false },
	{ "MKNOD", 27, NULL, "", "", false, false },
	{ "LEASE", 28, "task_limit_t", "", "", false, false },
	{ "AUDIT_WRITE", 29, NULL, "", "", false, false },
	{ "AUDIT_CONTROL", 30, "task_sys_t", "", "", false, false },
	{ "SETFCAP", 31, NULL, "", "", false, false },
	{ "MAC_OVERRIDE", 32, "task_sys_t", "", "", false, false },
	{ "MAC_ADMIN", 33, "task_sys_t", "", "", false, false },
	{ "SYSLOG", 34, "task_trace_t", "syslog", "", false, false },
	{ "WAKE_ALARM", 35, "task_limit_t", "", "", false, false },
	{ "BLOCK_SUSPEND", 36, "task_limit_t", "", "", false, false },
	{ "AUDIT_READ", 37, "task_trace_t", "", "", false, false },
	{ "PERFMON", 38, "task_bpf_t", "perf_event_open", "", false, true },
	{ "BPF", 39, "task_bpf_t", "bpf", "", true, false },
	{ "CHECKPOINT_RESTORE", 40, "task_trace_t", "kcmp clone3", "", false, false },
};
/* clang-format on */

#define GOLDEN (sizeof(golden) / sizeof(*golden))

static void join_syscalls(const struct grant_row *row, char *text)
{
	text[0] = '\0';
	for (const char *const *n = row->syscalls; n && *n; n++) {
		if (text[0])
			strcat(text, " ");
		strcat(text, *n);
	}
}

static void join_devices(const struct grant_row *row, char *text)
{
	text[0] = '\0';
	for (const struct grant_device *d = row->devices; d && d->path; d++)
		sprintf(text + strlen(text), "%s %c %u %u %s", d->path, d->type,
			d->major, d->minor, d->access);
}

TEST(table_is_the_golden_list)
{
	ASSERT_EQ(GOLDEN, grant_count);
	for (unsigned int i = 0; i < GOLDEN; i++) {
		const struct grant_row *row = &grant_rows[i];
		const struct golden *g = &golden[i];
		char text[1024];

		ASSERT_STREQ(g->name, row->name);
		ASSERT_EQ(g->number, row->capability);
		ASSERT_EQ(g->type == NULL, row->is_default);
		ASSERT_STREQ(g->type ? g->type : "task_t", row->selinux_type);
		join_syscalls(row, text);
		ASSERT_STREQ(g->syscalls, text);
		join_devices(row, text);
		ASSERT_STREQ(g->device, text);
		ASSERT_EQ(g->has_bpffs, row->has_bpffs);
		ASSERT_EQ(g->has_tracefs, row->has_tracefs);
	}
}

TEST(lists_keep_their_bounds)
{
	for (unsigned int i = 0; i < grant_count; i++) {
		int syscalls = 0, devices = 0;

		for (const char *const *n = grant_rows[i].syscalls; n && *n;
		     n++)
			syscalls++;
		for (const struct grant_device *d = grant_rows[i].devices;
		     d && d->path; d++)
			devices++;
		ASSERT_GE(GRANT_SYSCALLS_MAX, syscalls);
		ASSERT_GE(GRANT_DEVICES_MAX, devices);
	}
}

TEST(names_are_found_as_ecs_and_as_linux_write_them)
{
	for (unsigned int i = 0; i < grant_count; i++) {
		char name[64];

		ASSERT_EQ(&grant_rows[i], grant_find(grant_rows[i].name));
		snprintf(name, sizeof(name), "CAP_%s", grant_rows[i].name);
		ASSERT_EQ(&grant_rows[i], grant_find(name));
	}
}

TEST(other_names_are_not_found)
{
	static const char *const others[] = {
		"",	      "ALL", "CAP_",	      "net_admin", "NET_ADMIN ",
		" NET_ADMIN", "NET", "CAP_CAP_CHOWN", "CHOWNX"
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ASSERT_EQ(NULL, grant_find(others[i]));
}

#define DEFAULTS 0xa80425fbULL
#define ALL ((1ULL << 41) - 1)
#define BIT(n) (1ULL << CAP_##n)

TEST(sets_are_dockers_fourteen_and_all_of_linux)
{
	ASSERT_EQ(DEFAULTS, grant_default_set());
	ASSERT_EQ(14, __builtin_popcountll(grant_default_set()));
	ASSERT_EQ(ALL, grant_all_set());
}

struct sum {
	bool is_privileged;
	uint64_t add;
	bool add_all;
	uint64_t drop;
	bool drop_all;
	uint64_t result;
};

/* clang-format off */
static const struct sum sums[] = {
	{ false, 0, false, 0, false, DEFAULTS },
	{ false, BIT(NET_ADMIN), false, 0, false, DEFAULTS | BIT(NET_ADMIN) },
	{ false, BIT(CHOWN), false, 0, false, DEFAULTS },
	{ false, 0, false, BIT(CHOWN), false, DEFAULTS & ~BIT(CHOWN) },
	{ false, 0, false, BIT(BPF), false, DEFAULTS },
	/* drop first, then add */
	{ false, BIT(CHOWN), false, BIT(CHOWN), false, DEFAULTS },
	{ false, BIT(BPF), false, BIT(KILL), false, (DEFAULTS & ~BIT(KILL)) | BIT(BPF) },
	{ false, 0, false, 0, true, 0 },
	{ false, BIT(KILL), false, 0, true, BIT(KILL) },
	{ false, BIT(KILL), false, BIT(KILL), true, BIT(KILL) },
	{ false, 0, true, 0, false, ALL },
	{ false, 0, true, BIT(SYS_ADMIN), false, ALL & ~BIT(SYS_ADMIN) },
	{ false, BIT(BPF), true, BIT(BPF), false, ALL & ~BIT(BPF) },
	{ false, 0, true, 0, true, 0 },
	{ true, 0, false, 0, false, ALL },
	{ true, 0, false, BIT(SYS_ADMIN), true, ALL },
	/* bits that no row has go nowhere */
	{ false, 1ULL << 41, false, 0, false, DEFAULTS },
	{ false, ~0ULL, false, 0, true, ALL },
};
/* clang-format on */

TEST(algebra_is_that_of_ecs)
{
	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		const struct sum *s = &sums[i];

		ASSERT_EQ(s->result,
			  grant_algebra(grant_default_set(), s->is_privileged,
					s->add, s->add_all, s->drop,
					s->drop_all))
		{
			TH_LOG("row %zu", i);
		}
	}
}

TEST(one_class_keeps_its_type_several_are_super)
{
	for (unsigned int i = 0; i < grant_count; i++) {
		ASSERT_STREQ(grant_rows[i].selinux_type,
			     grant_selinux_type(1ULL << i, false));
		ASSERT_STREQ(grant_rows[i].selinux_type,
			     grant_selinux_type(DEFAULTS | 1ULL << i, false));
	}
	ASSERT_STREQ("task_t", grant_selinux_type(0, false));
	ASSERT_STREQ("task_t", grant_selinux_type(DEFAULTS, false));
	ASSERT_STREQ("task_bpf_t",
		     grant_selinux_type(BIT(BPF) | BIT(PERFMON), false));
	ASSERT_STREQ("task_limit_t",
		     grant_selinux_type(BIT(IPC_LOCK) | BIT(SYS_NICE), false));
	ASSERT_STREQ("task_super_t",
		     grant_selinux_type(BIT(NET_ADMIN) | BIT(BPF), false));
	ASSERT_STREQ("task_super_t", grant_selinux_type(ALL, false));
}

/* Independent of the table: what the label of a task in host mode must be. */
TEST(each_class_has_a_type_of_its_own_in_the_instances_network)
{
	static const struct {
		uint64_t set;
		const char *type;
	} rows[] = {
		{ 0, "task_host_t" },
		{ DEFAULTS & ~BIT(NET_RAW), "task_host_t" },
		{ BIT(NET_RAW), "task_host_net_t" },
		{ BIT(NET_RAW) | BIT(NET_ADMIN), "task_host_net_t" },
		{ BIT(NET_RAW) | BIT(BPF), "task_host_super_t" },
		{ BIT(NET_BROADCAST), "task_host_net_t" },
		{ BIT(BPF) | BIT(PERFMON), "task_host_bpf_t" },
		{ BIT(SYS_PTRACE), "task_host_trace_t" },
		{ BIT(SYS_NICE), "task_host_limit_t" },
		{ BIT(SYS_ADMIN), "task_host_sys_t" },
		{ BIT(SYS_ADMIN) | BIT(SYS_NICE), "task_host_super_t" },
		{ ALL, "task_host_super_t" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		EXPECT_STREQ(rows[i].type,
			     grant_selinux_type(rows[i].set, true));
	for (unsigned int i = 0; i < grant_count; i++)
		EXPECT_EQ(0, strncmp("task_host_",
				     grant_selinux_type(1ULL << i, true), 10));
}

TEST_HARNESS_MAIN
