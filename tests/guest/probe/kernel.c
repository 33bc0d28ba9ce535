/* Verbs that each need one capability: about the kernel's own interfaces. */
#include "tests/guest/probe/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/if_xdp.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif
#define SYSLOG_READ_ALL 3

/* CAP_NET_BROADCAST: hears the link messages of neighbour namespaces. */
static void run_all_nsid(const struct probe_call *call)
{
	int on = 1;
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	probe_result(call,
		     s < 0 ? -1 :
			     setsockopt(s, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID,
					&on, sizeof(on)));
	if (s >= 0)
		close(s);
}

/* CAP_NET_ADMIN: a tunnel of its own, for as long as it is open. */
static void run_tun(const struct probe_call *call)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(request.ifr_name, IFNAMSIZ, "%s", call->argv[1]);
	probe_result(call, fd < 0 ? -1 : ioctl(fd, TUNSETIFF, &request));
	if (fd >= 0)
		close(fd);
}

/* CAP_SYS_ADMIN: a file system in user space, which nobody serves. */
static void run_fuse_mount(const struct probe_call *call)
{
	char options[80];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int result;

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	result = fd < 0 ? -1 :
			  mount("probe", call->argv[1], "fuse",
				MS_NOSUID | MS_NODEV, options);
	probe_result(call, result);
	if (result == 0)
		umount2(call->argv[1], MNT_DETACH);
	if (fd >= 0)
		close(fd);
}

/* CAP_BPF: a map that gets a name in the task's own bpffs. */
static void run_bpf_pin(const struct probe_call *call)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};
	union bpf_attr pin = { .pathname = (uintptr_t)call->argv[1] };
	long fd = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
	long again = -1;

	pin.bpf_fd = (uint32_t)fd;
	if (fd >= 0 && syscall(SYS_bpf, BPF_OBJ_PIN, &pin, sizeof(pin)) == 0) {
		pin.bpf_fd = 0;
		again = syscall(SYS_bpf, BPF_OBJ_GET, &pin, sizeof(pin));
	}
	probe_result(call, again < 0 ? -1 : 0);
	if (again >= 0)
		close((int)again);
	if (fd >= 0)
		close((int)fd);
}

/* CAP_AUDIT_READ: joins the readers of the audit log. */
static void run_audit_join(const struct probe_call *call)
{
	struct sockaddr_nl at = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	probe_result(call,
		     s < 0 ? -1 :
			     bind(s, (const struct sockaddr *)&at, sizeof(at)));
	if (s >= 0)
		close(s);
}

/* Sends a request to the kernel's audit and takes its answer. */
static int ask_audit(uint16_t type)
{
	struct {
		struct nlmsghdr head;
		char text[8];
	} request = {
		.head = { .nlmsg_len = sizeof(request),
			  .nlmsg_type = type,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
		.text = "probe",
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[256];
	} answer = { .error.error = -EIO };
	int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	ssize_t len = s < 0 ? -1 : send(s, &request, sizeof(request), 0);

	if (len >= 0)
		len = recv(s, &answer, sizeof(answer), 0);
	if (s >= 0)
		close(s);
	if (len < 0)
		return -1;
	errno = answer.head.nlmsg_type == NLMSG_ERROR ? -answer.error.error : 0;
	return errno ? -1 : 0;
}

/* CAP_AUDIT_CONTROL, and nowhere but outside of containers. */
static void run_audit_status(const struct probe_call *call)
{
	probe_result(call, ask_audit(AUDIT_GET));
}

/* CAP_AUDIT_WRITE */
static void run_audit_say(const struct probe_call *call)
{
	probe_result(call, ask_audit(AUDIT_FIRST_USER_MSG));
}

static ssize_t write_loginuid(const char *uid)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : write(fd, uid, strlen(uid));

	if (fd >= 0)
		close(fd);
	return len;
}

/* CAP_AUDIT_CONTROL: another login user; the first needs none. */
static void run_loginuid(const struct probe_call *call)
{
	ssize_t len = write_loginuid("1000");

	probe_result(call, len < 0 ? -1 : write_loginuid("1001"));
}

/* CAP_SYSLOG */
static void run_kernel_log(const struct probe_call *call)
{
	static char text[1 << 16];

	probe_result(call,
		     klogctl(SYSLOG_READ_ALL, text, sizeof(text)) > 0 ? 0 : -1);
}

/* CAP_WAKE_ALARM: a timer that would wake the machine, and its ring. */
static void run_wake_alarm(const struct probe_call *call)
{
	struct itimerspec soon = { .it_value = { 0, 1000000 } };
	uint64_t rings = 0;
	int fd = timerfd_create(CLOCK_BOOTTIME_ALARM, TFD_CLOEXEC);
	int result = fd < 0 ? -1 : timerfd_settime(fd, 0, &soon, NULL);

	if (result == 0 && read(fd, &rings, sizeof(rings)) != sizeof(rings))
		result = -1;
	probe_result(call, result);
	if (fd >= 0)
		close(fd);
}

/* The events that an epoll waits for, as the kernel shows them. */
static unsigned int shown_events(int fd)
{
	unsigned int events = 0;
	char path[64];
	char line[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "tfd: %*d events: %x", &events) == 1)
			break;
	if (f)
		fclose(f);
	return events;
}

/* CAP_BLOCK_SUSPEND: without it the kernel drops the flag and says nothing. */
static void run_epoll_wakeup(const struct probe_call *call)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLWAKEUP };
	int ends[2];
	int fd = pipe(ends) < 0 ? -1 : epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event) < 0)
		probe_result(call, -1);
	else
		probe_say(call, "ok %s",
			  shown_events(fd) & EPOLLWAKEUP ? "kept" : "dropped");
	if (fd >= 0)
		close(fd);
}

/* CAP_SYS_RAWIO */
static void run_iopl(const struct probe_call *call)
{
	probe_result(call, syscall(SYS_iopl, 3));
}

/* CAP_SETPCAP */
static void run_bound(const struct probe_call *call)
{
	probe_result(call, prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE, 0, 0, 0));
}

/* CAP_SETFCAP: a file that would give its user a capability. */
static void run_file_caps(const struct probe_call *call)
{
	struct vfs_cap_data caps = { .magic_etc = VFS_CAP_REVISION_2 };
	int fd = open(call->argv[1], O_RDONLY | O_CREAT | O_CLOEXEC, 0755);

	caps.data[0].permitted = 1U << CAP_NET_RAW;
	probe_result(call, fd < 0 ? -1 :
				    fsetxattr(fd, "security.capability", &caps,
					      sizeof(caps), 0));
	if (fd >= 0)
		close(fd);
}

static void run_setgid(const struct probe_call *call)
{
	probe_result(call, setgid((gid_t)probe_number(call, 1)));
}

#define EXPERIMENTAL 0x88b5 /* EtherType for local use, IEEE 802 */

static struct sockaddr_ll link_of(const char *name)
{
	return (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(EXPERIMENTAL),
		.sll_ifindex = (int)if_nametoindex(name),
		.sll_halen = 6,
	};
}

static void run_send_frame(const struct probe_call *call)
{
	struct sockaddr_ll to = link_of(call->argv[1]);
	int s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	probe_result(call,
		     s < 0 ? -1 :
			     sendto(s, "xxxxxxxxxxxxxxxx", 16, 0,
				    (const struct sockaddr *)&to, sizeof(to)));
	close(s);
}

static void run_capture(const struct probe_call *call)
{
	struct sockaddr_ll at = link_of(call->argv[1]);
	int s = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	probe_result(call,
		     s < 0 ? -1 :
			     bind(s, (const struct sockaddr *)&at, sizeof(at)));
	close(s);
}

/* Without rings the kernel finds nothing to bind: EINVAL, if it is asked. */
static void run_bind_queue(const struct probe_call *call)
{
	struct sockaddr_xdp at = { .sxdp_family = AF_XDP };
	int s = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	at.sxdp_ifindex = if_nametoindex(call->argv[1]);
	probe_result(call,
		     s < 0 ? -1 :
			     bind(s, (const struct sockaddr *)&at, sizeof(at)));
	close(s);
}

const struct probe_verb probe_kernel[] = {
	{ "send-frame", 1, "LINK", run_send_frame },
	{ "capture", 1, "LINK", run_capture },
	{ "bind-queue", 1, "LINK: for AF_XDP", run_bind_queue },
	{ "all-nsid", 0, "", run_all_nsid },
	{ "tun", 1, "NAME", run_tun },
	{ "fuse-mount", 1, "PATH", run_fuse_mount },
	{ "bpf-pin", 1, "PATH", run_bpf_pin },
	{ "audit-join", 0, "", run_audit_join },
	{ "audit-status", 0, "", run_audit_status },
	{ "audit-say", 0, "", run_audit_say },
	{ "loginuid", 0, "", run_loginuid },
	{ "kernel-log", 0, "", run_kernel_log },
	{ "wake-alarm", 0, "", run_wake_alarm },
	{ "epoll-wakeup", 0, "kept or dropped", run_epoll_wakeup },
	{ "iopl", 0, "", run_iopl },
	{ "bound", 0, "", run_bound },
	{ "file-caps", 1, "PATH", run_file_caps },
	{ "setgid", 1, "GID", run_setgid },
	{ 0 },
};
