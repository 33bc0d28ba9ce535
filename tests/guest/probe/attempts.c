/*
 * Verbs that try what only a privileged task may do. Each harms nothing where
 * it succeeds: the guest is thrown away.
 */
#include "tests/guest/probe/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void run_sethostname(const struct probe_call *call)
{
	probe_result(call, sethostname(call->argv[1], strlen(call->argv[1])));
}

static void close_result(const struct probe_call *call, long fd)
{
	probe_result(call, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close((int)fd);
}

static void run_bpf_map(const struct probe_call *call)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	close_result(call,
		     syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

/* r0 = 0; exit */
static void run_bpf_prog(const struct probe_call *call)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insn_cnt = 2,
		.insns = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
	};

	close_result(call,
		     syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

/* Hangs a program on a link that drops all that comes and goes over it. */
static void run_tcx_drop(const struct probe_call *call)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TCX_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr program = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insn_cnt = 2,
		.insns = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
	};
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &program, sizeof(program));
	union bpf_attr attr = {
		.target_ifindex = if_nametoindex(call->argv[1]),
		.attach_bpf_fd = (uint32_t)fd,
		.attach_type = BPF_TCX_INGRESS,
	};
	long r = fd;

	if (fd >= 0)
		r = syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr));
	attr.attach_type = BPF_TCX_EGRESS;
	if (r == 0)
		r = syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr));
	probe_result(call, r);
}

/* Takes every program of the kernel by its number: none may be refused. */
static void run_bpf_take(const struct probe_call *call)
{
	union bpf_attr attr = { .start_id = 0 };
	long taken = 0;

	while (syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)) ==
	       0) {
		union bpf_attr which = { .prog_id = attr.next_id };
		long fd = syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &which,
				  sizeof(which));

		if (fd < 0)
			break;
		close((int)fd);
		taken++;
		attr = (union bpf_attr){ .start_id = attr.next_id };
	}
	/* ENOENT: there is no next one. */
	probe_result(call, errno == ENOENT && taken ? taken : -1);
}

static void run_mknod(const struct probe_call *call)
{
	const char *kind = call->argv[2];

	probe_result(call, mknod(call->argv[1],
				 (*kind == 'b' ? S_IFBLK : S_IFCHR) | 0666,
				 makedev((unsigned int)probe_number(call, 3),
					 (unsigned int)probe_number(call, 4))));
}

static void run_raw_socket(const struct probe_call *call)
{
	close_result(call,
		     socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static void run_packet_socket(const struct probe_call *call)
{
	close_result(call, socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static void run_socket(const struct probe_call *call)
{
	close_result(call, socket((int)probe_number(call, 1),
				  (int)probe_number(call, 2) | SOCK_CLOEXEC,
				  (int)probe_number(call, 3)));
}

/* Sets the loopback's MTU, which the kernel gives to CAP_NET_ADMIN alone. */
static void run_net_admin(const struct probe_call *call)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_mtu = 60000 };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	probe_result(call, s < 0 ? -1 : ioctl(s, SIOCSIFMTU, &request));
	if (s >= 0)
		close(s);
}

/* The same through netlink: takes loopback's flags as they are, sets none. */
static void run_net_admin_netlink(const struct probe_call *call)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = RTM_SETLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.info = { .ifi_family = AF_UNSPEC, .ifi_index = 1 },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} answer;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t len = s < 0 ? -1 : send(s, &request, sizeof(request), 0);

	if (len >= 0)
		len = recv(s, &answer, sizeof(answer), 0);
	if (len >= 0) {
		errno = -answer.error.error;
		len = errno ? -1 : 0;
	}
	probe_result(call, len);
	if (s >= 0)
		close(s);
}

static void run_mount(const struct probe_call *call)
{
	probe_result(call,
		     mount("none", call->argv[1], probe_word(call, 2, "tmpfs"),
			   0, probe_word(call, 3, NULL)));
}

static void run_remount(const struct probe_call *call)
{
	probe_result(call, mount(NULL, call->argv[1], NULL,
				 MS_REMOUNT | MS_BIND, NULL));
}

static void run_umount(const struct probe_call *call)
{
	probe_result(call, umount2(call->argv[1], MNT_DETACH));
}

static int namespace_flag(const char *name)
{
	static const struct {
		const char *name;
		int flag;
	} flags[] = {
		{ "user", CLONE_NEWUSER },     { "mnt", CLONE_NEWNS },
		{ "net", CLONE_NEWNET },       { "pid", CLONE_NEWPID },
		{ "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },
		{ "cgroup", CLONE_NEWCGROUP },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i].name, name) == 0)
			return flags[i].flag;
	return -1;
}

static void run_unshare(const struct probe_call *call)
{
	probe_result(call, unshare(namespace_flag(call->argv[1])));
}

static void run_setns(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_RDONLY | O_CLOEXEC);

	probe_result(call, fd < 0 ? -1 : setns(fd, 0));
	if (fd >= 0)
		close(fd);
}

static void run_chroot(const struct probe_call *call)
{
	probe_result(call, chroot(call->argv[1]));
}

static void run_perf(const struct probe_call *call)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
	};

	/* Every process on one CPU: more than its own. */
	close_result(call, syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0UL));
}

static void run_module(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_RDONLY | O_CLOEXEC);

	probe_result(call, fd < 0 ? -1 : syscall(SYS_finit_module, fd, "", 0));
	if (fd >= 0)
		close(fd);
}

static void run_settime(const struct probe_call *call)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += strtol(probe_word(call, 1, "0"), NULL, 10);
	probe_result(call, clock_settime(CLOCK_REALTIME, &now));
}

/* As slow as the kernel lets a clock be: nine tenths. */
static void run_slew(const struct probe_call *call)
{
	struct timex slow = { .modes = ADJ_TICK, .tick = 9000 };

	probe_result(call, adjtimex(&slow) < 0 ? -1 : 0);
}

static void run_setuid(const struct probe_call *call)
{
	probe_result(call, setuid((uid_t)probe_number(call, 1)));
}

static void run_nice(const struct probe_call *call)
{
	probe_result(call,
		     setpriority(PRIO_PROCESS, 0, (int)probe_number(call, 1)));
}

static void run_mlock(const struct probe_call *call)
{
	size_t len = (size_t)probe_number(call, 1) << 20;
	void *block = mmap(NULL, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	probe_result(call, block == MAP_FAILED ? -1 : mlock(block, len));
}

/* A raw system call with up to six numbers. */
static void run_syscall(const struct probe_call *call)
{
	long a[7] = { 0 };

	for (int i = 1; i < call->argc && i <= 7; i++)
		a[i - 1] = probe_number(call, i);
	probe_result(call, syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]));
}

/* ioctl FD REQUEST BYTE: pushes a byte into a terminal's input. */
static void run_tiocsti(const struct probe_call *call)
{
	int fd = open(call->argv[1], O_RDWR | O_NOCTTY | O_CLOEXEC);

	probe_result(call, fd < 0 ? -1 : ioctl(fd, TIOCSTI, "x"));
	if (fd >= 0)
		close(fd);
}

const struct probe_verb probe_attempts[] = {
	{ "sethostname", 1, "NAME", run_sethostname },
	{ "bpf-map", 0, "", run_bpf_map },
	{ "bpf-prog", 0, "", run_bpf_prog },
	{ "bpf-take", 0, "", run_bpf_take },
	{ "tcx-drop", 1, "LINK", run_tcx_drop },
	{ "mknod", 4, "PATH c|b MAJOR MINOR", run_mknod },
	{ "raw-socket", 0, "", run_raw_socket },
	{ "packet-socket", 0, "", run_packet_socket },
	{ "socket", 3, "DOMAIN TYPE PROTOCOL", run_socket },
	{ "net-admin", 0, "", run_net_admin },
	{ "net-admin-netlink", 0, "", run_net_admin_netlink },
	{ "mount", 1, "PATH [TYPE [OPTIONS]]", run_mount },
	{ "remount", 1, "PATH: writable", run_remount },
	{ "umount", 1, "PATH", run_umount },
	{ "unshare", 1, "user|mnt|net|pid|ipc|uts|cgroup", run_unshare },
	{ "setns", 1, "PATH", run_setns },
	{ "chroot", 1, "PATH", run_chroot },
	{ "perf", 0, "", run_perf },
	{ "module", 1, "PATH", run_module },
	{ "settime", 0, "[SECONDS AHEAD]", run_settime },
	{ "slew", 0, "", run_slew },
	{ "setuid", 1, "UID", run_setuid },
	{ "nice", 1, "PRIORITY", run_nice },
	{ "mlock", 1, "MIB", run_mlock },
	{ "syscall", 1, "NUMBER [ARGUMENT...]", run_syscall },
	{ "tiocsti", 1, "PATH", run_tiocsti },
	{ 0 },
};
