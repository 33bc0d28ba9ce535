#include "init/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fd.h"

#define VALUE_MAX 128

/* clang-format off */
const struct sysctls_row sysctls_rows[] = {
	/* What the kernel tells about itself. */
	{ "kernel/kptr_restrict", "2", SYSCTLS_SET },	/* no kernel addresses, not even for root */
	{ "kernel/dmesg_restrict", "1", SYSCTLS_SET },	/* the log names other tasks' processes */
	{ "kernel/perf_event_paranoid", "3", SYSCTLS_SET },	/* perf needs CAP_PERFMON, a grant */

	/* Doors into the running kernel. */
	{ "kernel/kexec_load_disabled", "1", SYSCTLS_SET_IF_THERE },	/* no other kernel */
	{ "kernel/sysrq", "0", SYSCTLS_SET_IF_THERE },	/* no keys on the console */
	{ "kernel/ctrl-alt-del", "0", SYSCTLS_SET },		/* asks init, which ignores it */
	{ "kernel/unprivileged_bpf_disabled", "1", SYSCTLS_SET },	/* for good; CAP_BPF still may */
	{ "net/core/bpf_jit_harden", "2", SYSCTLS_SET },	/* constants blinded for everyone */
	{ "kernel/io_uring_disabled", "2", SYSCTLS_SET_IF_THERE },	/* passes seccomp by */
	{ "vm/unprivileged_userfaultfd", "0", SYSCTLS_SET_IF_THERE },	/* stalls the kernel at will */
	{ "dev/tty/ldisc_autoload", "0", SYSCTLS_SET },	/* old line disciplines, many bugs */
	{ "dev/tty/legacy_tiocsti", "0", SYSCTLS_SET_IF_THERE },	/* typing for others */
	{ "kernel/panic_on_oops", "1", SYSCTLS_SET },	/* after an oops nothing is certain */
	{ "kernel/panic", "-1", SYSCTLS_SET },		/* a panic resets at once, never waits */
	{ "kernel/warn_limit", "0", SYSCTLS_SET_IF_THERE },	/* a warning is no outage */

	/* Processes. */
	{ "kernel/randomize_va_space", "2", SYSCTLS_SET },	/* stack, mmap and heap move */
	{ "kernel/yama/ptrace_scope", "2", SYSCTLS_SET },	/* tracing needs CAP_SYS_PTRACE, a grant */
	{ "kernel/core_pattern", "", SYSCTLS_SET },		/* no core files: they hold a task's data */
	{ "kernel/core_uses_pid", "0", SYSCTLS_SET },	/* else an empty pattern still means ".pid" */
	{ "fs/suid_dumpable", "0", SYSCTLS_SET },		/* a process with privilege never dumps */
	{ "kernel/pid_max", "4194304", SYSCTLS_SET },	/* pids are not reused within a short while */
	{ "user/max_user_namespaces", "256", SYSCTLS_SET },	/* the unpackers', and idmapped mounts */
	{ "kernel/unprivileged_userns_clone", "0", SYSCTLS_SET_IF_THERE },	/* Debian's own */
	/* NULL dereferences fault. Setting it would need CAP_SYS_RAWIO. */
	{ "vm/mmap_min_addr", "65536", SYSCTLS_CHECK },
	{ "vm/mmap_rnd_bits", "32", SYSCTLS_SET },		/* the most that x86-64 has */
	{ "vm/overcommit_memory", "0", SYSCTLS_SET },	/* refuse the absurd, cgroups bound the rest */
	{ "vm/panic_on_oom", "0", SYSCTLS_SET },		/* a task runs out, not the machine */
	{ "vm/max_map_count", "262144", SYSCTLS_SET },	/* what databases and JVMs ask for */

	/* Files: a task's writable places are shared by its containers. */
	{ "fs/protected_symlinks", "1", SYSCTLS_SET },
	{ "fs/protected_hardlinks", "1", SYSCTLS_SET },
	{ "fs/protected_fifos", "2", SYSCTLS_SET },
	{ "fs/protected_regular", "2", SYSCTLS_SET },

	/* Network: a host with one address that forwards nothing. */
	{ "net/ipv4/ip_forward", "0", SYSCTLS_SET },
	{ "net/ipv4/tcp_syncookies", "1", SYSCTLS_SET },	/* a flood does not shut others out */
	{ "net/ipv4/tcp_rfc1337", "1", SYSCTLS_SET },	/* a reset does not end TIME-WAIT early */
	{ "net/ipv4/icmp_echo_ignore_broadcasts", "1", SYSCTLS_SET },
	{ "net/ipv4/icmp_ignore_bogus_error_responses", "1", SYSCTLS_SET },
	{ "net/ipv4/ping_group_range", "1 0", SYSCTLS_SET },	/* nobody without CAP_NET_RAW */
	{ "net/ipv4/conf/all/rp_filter", "1", SYSCTLS_SET },	/* no packets from impossible sources */
	{ "net/ipv4/conf/default/rp_filter", "1", SYSCTLS_SET },
	{ "net/ipv4/conf/all/accept_redirects", "0", SYSCTLS_SET },	/* routes come from the document */
	{ "net/ipv4/conf/default/accept_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/all/secure_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/secure_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/all/send_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/send_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/all/accept_source_route", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/accept_source_route", "0", SYSCTLS_SET },
	{ "net/ipv6/conf/all/accept_ra", "0", SYSCTLS_SET_IF_THERE },	/* nor from a router */
	{ "net/ipv6/conf/default/accept_ra", "0", SYSCTLS_SET_IF_THERE },
	{ "net/ipv6/conf/all/accept_redirects", "0", SYSCTLS_SET_IF_THERE },
	{ "net/ipv6/conf/default/accept_redirects", "0", SYSCTLS_SET_IF_THERE },
	{ "net/ipv6/conf/all/accept_source_route", "0", SYSCTLS_SET_IF_THERE },
	{ "net/ipv6/conf/default/accept_source_route", "0", SYSCTLS_SET_IF_THERE },
	{ "net/ipv6/conf/all/forwarding", "0", SYSCTLS_SET_IF_THERE },
};
/* clang-format on */
const size_t sysctls_count = ARRAY_SIZE(sysctls_rows);

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool sysctls_is_same(const char *a, const char *b)
{
	while (*a && *b) {
		if (is_blank(*a) && is_blank(*b)) {
			a += strspn(a, " \t");
			b += strspn(b, " \t");
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

static int write_row(int dir, const struct sysctls_row *row, struct err *e)
{
	char text[VALUE_MAX];
	size_t len = strlen(row->value);

	/* A newline of its own: an empty write would not reach the kernel. */
	memcpy(text, row->value, len);
	memcpy(text + len, "\n", 2);
	return fd_write_file(dir, row->path, text, e);
}

static int apply_row(int dir, const struct sysctls_row *row, struct err *e)
{
	char now[VALUE_MAX];
	int r = row->how == SYSCTLS_CHECK ? 0 : write_row(dir, row, e);
	ssize_t n;

	if (r == -ENOENT && row->how == SYSCTLS_SET_IF_THERE)
		return 0;
	if (r < 0)
		return r;
	n = fd_read_file(dir, row->path, now, sizeof(now), e);
	if (n < 0)
		return (int)n;
	if (!sysctls_is_same(now, row->value))
		return err_set(e, EDOM, "%s is '%s', not '%s'", row->path, now,
			       row->value);
	return 1;
}

int sysctls_apply_at(int dir, struct err *e)
{
	int in_force = 0;

	for (size_t i = 0; i < sysctls_count; i++) {
		int r = apply_row(dir, &sysctls_rows[i], e);

		if (r < 0)
			return r;
		in_force += r;
	}
	return in_force;
}

int sysctls_apply(struct err *e)
{
	AUTO_CLOSE int dir = open("/proc/sys",
				  O_DIRECTORY | O_PATH | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, errno, "open(/proc/sys)");
	return sysctls_apply_at(dir, e);
}
