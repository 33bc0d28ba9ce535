/* The table of attempts, and the verb that runs them: see escape.h. */
#include "tests/guest/probe/escape.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/probe/probe.h"

#define SECONDS_MAX 30	      /* of one attempt */
#define NEWTIME 0x80	      /* CLONE_NEWTIME, linux/sched.h */
#define MEMFD_EXEC 0x10	      /* MFD_EXEC, linux/memfd.h */
#define X32 0x40000000	      /* bit of a system call's number */
#define ROOT_GROUP 1	      /* number of the root of the cgroup tree */
#define PROBE_READ_KERNEL 113 /* BPF helpers */
#define PROBE_WRITE_USER 36

int escape_fail(int error)
{
	errno = error;
	return -1;
}

int escape_put(const char *path, int flags, const char *text)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0 || !text)
		return fd < 0 ? -1 : 0;
	return write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

void escape_own_mounts(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* clang-format off */
#define LABEL(type) "system_u:system_r:" type ":s0"
#define RUN(n, f)        .name = n, .run = f
#define READ(n, p)       { RUN(n, escape_read), .path = (p) }
#define WRITE(n, p, t)   { RUN(n, escape_write), .path = (p), .text = (t) }
#define BARE_READ(n, p)  { RUN(n, escape_bare_read), .path = (p) }
#define BARE(n, p, t)    { RUN(n, escape_bare_write), .path = (p), .text = (t) }
#define LOOSE(n, p, t)   { RUN(n, escape_loose_write), .path = (p), .text = (t) }
#define NODE(n, kind, major, minor) \
	{ RUN(n, escape_node), .text = (kind), .number = { major, minor } }
#define DISK(n, device)  { RUN(n, escape_disk), .path = (device) }
#define MOUNT(type)      { RUN("mount-" type, escape_mount), .path = "/tmp", .text = (type) }
#define ANY(n, f)        { RUN(n, escape_any_process), .on_process = (f) }
#define CALL(n, ...)     { RUN(n, escape_call), .number = { __VA_ARGS__ } }
#define CALL_PATH(n, p, ...) \
	{ RUN(n, escape_call), .path = (p), .number = { __VA_ARGS__ } }
#define SOCKET(n, family, type, protocol) \
	{ RUN(n, escape_socket), .number = { family, type, protocol } }
#define SYSCTL "/proc/sys/"

static const struct attempt attempts[] = {
	/* Helpers that the kernel would start outside of every container. */
	WRITE("core-pattern", SYSCTL "kernel/core_pattern", "|/probe"),
	BARE("core-pattern-bare", SYSCTL "kernel/core_pattern", "|/probe"),
	WRITE("modprobe-path", SYSCTL "kernel/modprobe", "/probe"),
	BARE("modprobe-path-bare", SYSCTL "kernel/modprobe", "/probe"),
	WRITE("poweroff-command", SYSCTL "kernel/poweroff_cmd", "/probe"),
	BARE("poweroff-command-bare", SYSCTL "kernel/poweroff_cmd", "/probe"),
	BARE("usermodehelper-bare", SYSCTL "kernel/usermodehelper/bset", "0 0"),
	BARE("uevent-helper-bare", "/sys/kernel/uevent_helper", "/probe"),
	BARE("hotplug-bare", SYSCTL "kernel/hotplug", "/probe"),
	BARE("binfmt-bare", SYSCTL "fs/binfmt_misc/register", ":a:M::MZ::/probe:"),
	WRITE("release-agent", "/sys/fs/cgroup/release_agent", "/probe"),
	LOOSE("release-agent-loose", "/sys/fs/cgroup/release_agent", "/probe"),
	/* What acts on the whole machine. */
	WRITE("sysrq", "/proc/sysrq-trigger", "b"),
	BARE("sysrq-bare", "/proc/sysrq-trigger", "b"),
	WRITE("panic-on-oops", SYSCTL "kernel/panic_on_oops", "0"),
	BARE("ptrace-scope-bare", SYSCTL "kernel/yama/ptrace_scope", "0"),
	BARE("kptr-bare", SYSCTL "kernel/kptr_restrict", "0"),
	BARE("drop-caches-bare", SYSCTL "vm/drop_caches", "1"),
	BARE("user-namespaces-bare", SYSCTL "user/max_user_namespaces", "9"),
	BARE("hostname-bare", SYSCTL "kernel/hostname", "other"),
	BARE("ip-forward-bare", SYSCTL "net/ipv4/ip_forward", "1"),
	LOOSE("power-state", "/sys/power/state", "mem"),
	LOOSE("pci-rescan", "/sys/bus/pci/rescan", "1"),
	LOOSE("queue-setting", "/sys/class/block/vda/queue/nomerges", "1"),
	LOOSE("module-setting", "/sys/module/printk/parameters/time", "N"),
	WRITE("selinux-enforce", "/sys/fs/selinux/enforce", "0"),
	WRITE("selinux-load", "/sys/fs/selinux/load", ""),
	WRITE("kprobe-events", "/sys/kernel/tracing/kprobe_events", ""),
	WRITE("trace-marker", "/sys/kernel/tracing/trace_marker", "x"),
	/* Memory, secrets and the layout of the kernel. */
	READ("kcore", "/proc/kcore"), BARE_READ("kcore-bare", "/proc/kcore"),
	BARE_READ("kallsyms-bare", "/proc/kallsyms"),
	BARE_READ("keys-bare", "/proc/keys"),
	BARE_READ("key-users-bare", "/proc/key-users"),
	BARE_READ("kmsg-bare", "/proc/kmsg"),
	BARE_READ("iomem-bare", "/proc/iomem"),
	BARE_READ("slabinfo-bare", "/proc/slabinfo"),
	BARE_READ("timer-list-bare", "/proc/timer_list"),
	BARE_READ("fw-cfg-bare",
		  "/sys/firmware/qemu_fw_cfg/by_name/opt/cloister/instance/raw"),
	BARE_READ("acpi-bare", "/sys/firmware/acpi/tables/FACP"),
	READ("serial-number", "/sys/class/dmi/id/product_serial"),
	READ("vmcoreinfo", "/sys/kernel/vmcoreinfo"),
	READ("sections", "/sys/module/overlay/sections/.text"),
	READ("debugfs", "/sys/kernel/debug"),
	/* Device nodes of one's own making. */
	DISK("disk-root", "vda"), DISK("disk-part", "vda2"), DISK("disk-store", "vdb"),
	DISK("disk-verity", "dm-0"),
	NODE("mem", "c", 1, 1), NODE("kmem", "c", 1, 2), NODE("port", "c", 1, 4),
	NODE("kmsg", "c", 1, 11), NODE("console", "c", 5, 1), NODE("serial", "c", 4, 64),
	NODE("terminal", "c", 4, 1), NODE("dm-control", "c", 10, 236),
	NODE("loop-control", "c", 10, 237), NODE("loop", "b", 7, 0),
	NODE("watchdog", "c", 10, 130), NODE("uinput", "c", 10, 223),
	NODE("kvm", "c", 10, 232), NODE("rfkill", "c", 10, 242),
	NODE("snapshot", "c", 10, 231), NODE("nvram", "c", 10, 144),
	NODE("hw-random", "c", 10, 183), NODE("msr", "c", 202, 0),
	NODE("button", "c", 13, 64), NODE("tun", "c", 10, 200), NODE("fuse", "c", 10, 229),
	NODE("vhost-net", "c", 10, 238), NODE("userfaultfd", "c", 10, 126),
	/* Control groups. */
	WRITE("cgroup-move", "/sys/fs/cgroup/cgroup.procs", "0"),
	LOOSE("cgroup-move-loose", "/sys/fs/cgroup/cgroup.procs", "0"),
	LOOSE("cgroup-memory-loose", "/sys/fs/cgroup/memory.max", "max"),
	LOOSE("cgroup-pids-loose", "/sys/fs/cgroup/pids.max", "max"),
	{ RUN("cgroup-mkdir", escape_mkdir), .path = "/sys/fs/cgroup/own" },
	{ RUN("cgroup-clone", escape_clone_into), .path = "/sys/fs/cgroup" },
	{ RUN("cgroup-handle-list", escape_cgroup_handle), .text = "tasks",
	  .number = { ROOT_GROUP, O_RDONLY } },
	{ RUN("cgroup-handle-house", escape_cgroup_handle), .text = "host/uplink/cgroup.procs",
	  .number = { ROOT_GROUP, O_RDONLY } },
	{ RUN("cgroup-handle-kill", escape_cgroup_handle), .text = "host/uplink/cgroup.kill",
	  .number = { ROOT_GROUP, O_WRONLY } },
	{ RUN("cgroup-handle-move", escape_cgroup_handle), .text = "cgroup.procs",
	  .number = { ROOT_GROUP, O_WRONLY } },
	/* Mounts. */
	MOUNT("tmpfs"), MOUNT("proc"), MOUNT("sysfs"), MOUNT("cgroup"), MOUNT("cgroup2"),
	MOUNT("devtmpfs"), MOUNT("devpts"), MOUNT("mqueue"), MOUNT("debugfs"),
	MOUNT("tracefs"), MOUNT("securityfs"), MOUNT("selinuxfs"), MOUNT("bpf"),
	MOUNT("configfs"), MOUNT("efivarfs"), MOUNT("pstore"), MOUNT("binfmt_misc"),
	MOUNT("hugetlbfs"), MOUNT("ramfs"), MOUNT("rpc_pipefs"),
	{ RUN("mount-disk", escape_mount_disk), .path = "vda2", .text = "erofs" },
	{ RUN("mount-file", escape_mount_file), .path = "/tmp", .text = "erofs" },
	{ RUN("mount-tmpfs-relabelled", escape_mount), .path = "/tmp", .text = "tmpfs",
	  .options = "context=system_u:object_r:run_t:s0" },
	{ RUN("mount-over-proc", escape_mount), .path = "/proc", .text = "tmpfs" },
	{ RUN("mount-over-sys", escape_mount), .path = "/sys", .text = "tmpfs" },
	{ RUN("unmask-kcore", escape_umount), .path = "/proc/kcore" },
	{ RUN("unmask-firmware", escape_umount), .path = "/sys/firmware" },
	{ RUN("uncover-sysctl", escape_umount), .path = "/proc/sys" },
	{ RUN("pivot-root", escape_pivot), .path = "/tmp" },
	{ RUN("chroot-out", escape_chroot), .path = "/usr/lib/cloister" },
	{ RUN("freeze-root", escape_freeze), .path = "/" },
	{ RUN("fanotify-root", escape_fanotify), .path = "/", .number = { FAN_MARK_FILESYSTEM } },
	{ RUN("fanotify-file", escape_fanotify), .path = "/probe" },
	/* Namespaces. */
	{ RUN("new-users", escape_unshare), .number = { CLONE_NEWUSER } },
	{ RUN("new-mounts", escape_unshare), .number = { CLONE_NEWNS } },
	{ RUN("new-network", escape_unshare), .number = { CLONE_NEWNET } },
	{ RUN("new-processes", escape_unshare), .number = { CLONE_NEWPID } },
	{ RUN("new-ipc", escape_unshare), .number = { CLONE_NEWIPC } },
	{ RUN("new-names", escape_unshare), .number = { CLONE_NEWUTS } },
	{ RUN("new-groups", escape_unshare), .number = { CLONE_NEWCGROUP } },
	{ RUN("new-time", escape_unshare), .number = { NEWTIME } },
	{ RUN("clone-users", escape_clone), .number = { CLONE_NEWUSER } },
	{ RUN("clone3-users", escape_clone3), .number = { CLONE_NEWUSER } },
	{ RUN("users-sysfs", escape_userns_mount), .path = "/tmp", .text = "sysfs" },
	{ RUN("users-cgroup2", escape_userns_mount), .path = "/tmp", .text = "cgroup2" },
	{ RUN("enter-mounts", escape_setns), .path = "/proc/1/ns/mnt" },
	{ RUN("enter-network", escape_setns), .path = "/proc/1/ns/net" },
	{ RUN("enter-next-mounts", escape_neighbour_mounts), .path = "/proc/self/ns/mnt" },
	{ RUN("list-other-mounts", escape_list_mounts), .path = "/proc/self/ns/mnt" },
	{ RUN("parent-processes", escape_namespace_parent), .path = "/proc/self/ns/pid" },
	{ RUN("parent-users", escape_namespace_parent), .path = "/proc/self/ns/user" },
	/* Files, programs, descriptors. */
	{ RUN("handle-root", escape_file_handle), .path = "/probe" },
	WRITE("overwrite-self", "/proc/self/exe", NULL),
	WRITE("overwrite-reaper", "/proc/1/exe", NULL),
	READ("house-files", "/usr/lib/cloister/init"),
	READ("house-data", "/data/layers"),
	READ("log-pipe", "/proc/self/fd/1"),
	{ RUN("inherited", escape_inherited) },
	{ RUN("memfd-program", escape_memfd) },
	{ RUN("memfd-program-asked", escape_memfd), .number = { MEMFD_EXEC } },
	{ RUN("core-dump", escape_core) },
	{ RUN("relabel-file", escape_set_label), .text = "system_u:object_r:init_exec_t:s0" },
	WRITE("domain-now", "/proc/self/attr/current", LABEL("runtime_t")),
	WRITE("domain-exec", "/proc/self/attr/exec", LABEL("init_t")),
	WRITE("domain-super", "/proc/self/attr/exec", LABEL("task_super_t")),
	WRITE("label-files", "/proc/self/attr/fscreate", LABEL("run_t")),
	WRITE("label-sockets", "/proc/self/attr/sockcreate", LABEL("uplink_t")),
	WRITE("label-keys", "/proc/self/attr/keycreate", LABEL("init_t")),
	{ RUN("raise-capabilities", escape_raise) },
	CALL("new-privileges", SYS_prctl, PR_SET_NO_NEW_PRIVS, 0),
	/* Other processes. */
	{ RUN("see-others", escape_see_processes), .path = "/proc" },
	ANY("ptrace-others", escape_on_ptrace), ANY("memory-of-others", escape_on_memory),
	ANY("kill-others", escape_on_signal), ANY("pidfd-of-others", escape_on_pidfd),
	ANY("limits-of-others", escape_on_limits), ANY("cpus-of-others", escape_on_affinity),
	{ RUN("memory-by-key", escape_shared_memory), .number = { ESCAPE_KEY } },
	READ("queue-by-name", "/dev/mqueue/" ESCAPE_VICTIM),
	{ RUN("connect-abstract", escape_unix_connect), .text = ESCAPE_VICTIM },
	{ RUN("pass-descriptor", escape_unix_send), .text = ESCAPE_VICTIM },
	{ RUN("real-time", escape_schedule) },
	CALL("nice-everybody", SYS_setpriority, PRIO_USER, 0, 19),
	/* BPF and performance counters. */
	{ RUN("bpf-take-programs", escape_bpf_take),
	  .number = { BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID } },
	{ RUN("bpf-take-a-program", escape_bpf_take),
	  .number = { BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID, 1 } },
	{ RUN("bpf-take-maps", escape_bpf_take),
	  .number = { BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID } },
	{ RUN("bpf-take-a-map", escape_bpf_take),
	  .number = { BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID, 1 } },
	{ RUN("bpf-take-links", escape_bpf_take),
	  .number = { BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID } },
	{ RUN("bpf-break-links", escape_bpf_break),
	  .number = { BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID } },
	{ RUN("bpf-detach-devices", escape_bpf_detach), .number = { BPF_CGROUP_DEVICE } },
	{ RUN("bpf-detach-metadata", escape_bpf_detach_above),
	  .number = { BPF_CGROUP_INET4_CONNECT } },
	{ RUN("bpf-hook-all-tasks", escape_bpf_attach_above),
	  .number = { BPF_CGROUP_INET4_CONNECT } },
	{ RUN("bpf-replace-devices", escape_bpf_device), .path = "vda" },
	{ RUN("bpf-permit-devices", escape_bpf_device), .path = "vda",
	  .number = { BPF_F_ALLOW_MULTI } },
	{ RUN("bpf-read-kernel", escape_bpf_helper), .number = { PROBE_READ_KERNEL, 1, 2, 3 } },
	{ RUN("bpf-write-user", escape_bpf_helper), .number = { PROBE_WRITE_USER, 2, 3, 1 } },
	{ RUN("perf-all", escape_perf), .number = { -1, 0 } },
	{ RUN("perf-own", escape_perf), .number = { 0, -1 } },
	/* Calls into the kernel. */
	CALL_PATH("module-by-memory", "", SYS_init_module, 0, 0),
	CALL("module-by-file", SYS_finit_module, 0, 0, 0),
	CALL_PATH("module-unload", "overlay", SYS_delete_module, O_NONBLOCK),
	CALL("kexec", SYS_kexec_load), CALL("kexec-file", SYS_kexec_file_load, -1, -1, 0),
	CALL("add-key", SYS_add_key), CALL("keyctl", SYS_keyctl, 0, -1),
	CALL("request-key", SYS_request_key), CALL("userfault", SYS_userfaultfd, 0),
	CALL("io-uring", SYS_io_uring_setup, 1), CALL("iopl", SYS_iopl, 3),
	CALL("ioperm", SYS_ioperm, 0x80, 1, 1), CALL("modify-ldt", SYS_modify_ldt),
	CALL("personality", SYS_personality, ADDR_NO_RANDOMIZE),
	CALL("executable-data", SYS_personality, READ_IMPLIES_EXEC),
	CALL("x32", X32 | SYS_getpid), CALL("vm86", 600),
	CALL_PATH("swap-on", "/tmp/swap", SYS_swapon, 0),
	CALL_PATH("swap-off", "/tmp/swap", SYS_swapoff),
	CALL("account", SYS_acct), CALL("quota", SYS_quotactl), CALL("uselib", SYS_uselib),
	CALL("log-read", SYS_syslog, 10), CALL("log-clear", SYS_syslog, 5),
	CALL("log-console", SYS_syslog, 8, 0, 8),
	{ RUN("set-time", escape_set_time) }, { RUN("slew-time", escape_slew_time) },
	CALL("hang-up", SYS_vhangup),
	CALL("kexec-reboot", SYS_reboot, (long)0xfee1dead, 672274793, 0x45584543),
	/* The network. */
	SOCKET("packet", AF_PACKET, SOCK_RAW, 0), SOCKET("raw", AF_INET, SOCK_RAW, 1),
	SOCKET("xdp", AF_XDP, SOCK_RAW, 0), SOCKET("vsock", AF_VSOCK, SOCK_STREAM, 0),
	SOCKET("kernel-crypto", AF_ALG, SOCK_SEQPACKET, 0),
	SOCKET("ipsec-keys", AF_KEY, SOCK_RAW, 2), SOCKET("nfc", AF_NFC, SOCK_STREAM, 0),
	SOCKET("tipc", AF_TIPC, SOCK_STREAM, 0), SOCKET("can", AF_CAN, SOCK_RAW, 1),
	SOCKET("rds", AF_RDS, SOCK_SEQPACKET, 0), SOCKET("smc", AF_SMC, SOCK_STREAM, 0),
	SOCKET("netfilter", AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER),
	SOCKET("ipsec", AF_NETLINK, SOCK_RAW, NETLINK_XFRM),
	SOCKET("generic", AF_NETLINK, SOCK_RAW, NETLINK_GENERIC),
	SOCKET("selinux-events", AF_NETLINK, SOCK_RAW, NETLINK_SELINUX),
	{ RUN("metadata", escape_metadata), .path = "169.254.169.254" },
	{ RUN("metadata-v6", escape_metadata), .path = "fd00:ec2::254" },
	{ RUN("metadata-mapped", escape_metadata), .path = "::ffff:169.254.169.254" },
	{ RUN("route", escape_route) },
	{ RUN("neighbour", escape_neighbour), .number = { 1 } },
	{ RUN("neighbour-card", escape_neighbour), .number = { 2 } },
	{ RUN("arp", escape_arp), .text = "lo" }, { RUN("arp-card", escape_arp), .text = "eth0" },
	{ RUN("end-connection", escape_destroy) },
	{ RUN("forge-uevent", escape_uevent), .text = "add@/devices/none" },
	{ RUN("audit-off", escape_audit_off) },
};
/* clang-format on */

static void say(const struct attempt *a, int result)
{
	static char verb[] = "attempt";
	static char name[64];
	char *words[] = { verb, name, NULL };
	int error = errno;

	snprintf(name, sizeof(name), "%s", a->name);
	errno = error;
	probe_result(&(struct probe_call){ 2, words }, result);
}

/* A child that says the result itself, unless it dies. */
static void run(const struct attempt *a)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		alarm(SECONDS_MAX);
		errno = 0;
		say(a, a->run(a));
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
		say(a, escape_fail(EINTR));
}

static long pace_ms;

/* A rest after each attempt: the house tells of few refusals a second. */
static void run_pace(const struct probe_call *call)
{
	pace_ms = probe_number(call, 1);
}

static void run_attempt(const struct probe_call *call)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		bool is_wanted = call->argc == 1;

		for (int w = 1; w < call->argc; w++)
			is_wanted |= strcmp(call->argv[w], attempts[i].name) ==
				     0;
		if (!is_wanted)
			continue;
		run(&attempts[i]);
		usleep((useconds_t)pace_ms * 1000);
	}
}

const struct probe_verb probe_escape[] = {
	{ "pace", 1, "MS: after each attempt", run_pace },
	{ "attempt", 0, "[NAME...]: of escape.c", run_attempt },
	{ 0 },
};
