#include "init/sysctls.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "runtime/base/fd.h"

/* clang-format off */
const struct sysctls_row sysctls_rows[] = {
	/* What the kernel tells about itself. */
	/* No kernel addresses, not even for root. */
	{ "kernel/kptr_restrict", "2", SYSCTLS_SET },
	/* Panics alone on the console, which the operator reads: denials and
	   OOM kills name files and processes as a task chose them. */
	{ "kernel/printk", "3 4 1 3", SYSCTLS_SET },
	/* The log names other tasks' processes. */
	{ "kernel/dmesg_restrict", "1", SYSCTLS_SET },
	/* Perf is a grant: Debian's 3 would ask for SYS_ADMIN besides PERFMON. */
	{ "kernel/perf_event_paranoid", "2", SYSCTLS_SET },

	/* Doors into the running kernel. */
	/* No other kernel. */
	{ "kernel/kexec_load_disabled", "1", SYSCTLS_SET_IF_THERE },
	/* No keys on the console. */
	{ "kernel/sysrq", "0", SYSCTLS_SET_IF_THERE },
	/* Asks init, which ignores it. */
	{ "kernel/ctrl-alt-del", "0", SYSCTLS_SET },
	/* For good; CAP_BPF still may. */
	{ "kernel/unprivileged_bpf_disabled", "1", SYSCTLS_SET },
	/* Constants blinded for everyone. */
	{ "net/core/bpf_jit_harden", "2", SYSCTLS_SET },
	/* Passes seccomp by. */
	{ "kernel/io_uring_disabled", "2", SYSCTLS_SET_IF_THERE },
	/* Stalls the kernel at will. */
	{ "vm/unprivileged_userfaultfd", "0", SYSCTLS_SET_IF_THERE },
	/* Old line disciplines, many bugs. */
	{ "dev/tty/ldisc_autoload", "0", SYSCTLS_SET },
	/* Typing for others. */
	{ "dev/tty/legacy_tiocsti", "0", SYSCTLS_SET_IF_THERE },
	/* After an oops nothing is certain. */
	{ "kernel/panic_on_oops", "1", SYSCTLS_SET },
	/* A panic resets at once, never waits. */
	{ "kernel/panic", "-1", SYSCTLS_SET },
	/* A warning is no outage. */
	{ "kernel/warn_limit", "0", SYSCTLS_SET_IF_THERE },

	/* Processes. */
	/* Stack, mmap and heap move. */
	{ "kernel/randomize_va_space", "2", SYSCTLS_SET },
	/* Tracing needs CAP_SYS_PTRACE, a grant. */
	{ "kernel/yama/ptrace_scope", "2", SYSCTLS_SET },
	/* No core files: they hold a task's data. */
	{ "kernel/core_pattern", "", SYSCTLS_SET },
	/* Else an empty pattern still means ".pid". */
	{ "kernel/core_uses_pid", "0", SYSCTLS_SET },
	/* A process with privilege never dumps. */
	{ "fs/suid_dumpable", "0", SYSCTLS_SET },
	/* Pids are not reused within a short while. */
	{ "kernel/pid_max", "4194304", SYSCTLS_SET },
	/* The unpackers', and idmapped mounts. */
	{ "user/max_user_namespaces", "256", SYSCTLS_SET },
	/* Debian's own. */
	{ "kernel/unprivileged_userns_clone", "0", SYSCTLS_SET_IF_THERE },
	/* NULL dereferences fault. Setting it would need CAP_SYS_RAWIO. */
	{ "vm/mmap_min_addr", "65536", SYSCTLS_CHECK },
	/* The most that x86-64 has. */
	{ "vm/mmap_rnd_bits", "32", SYSCTLS_SET },
	/* Refuse the absurd, cgroups bound the rest. */
	{ "vm/overcommit_memory", "0", SYSCTLS_SET },
	/* A task runs out, not the machine. */
	{ "vm/panic_on_oom", "0", SYSCTLS_SET },
	/* What databases and JVMs ask for. */
	{ "vm/max_map_count", "262144", SYSCTLS_SET },

	/* Files: a task's writable places are shared by its containers. */
	{ "fs/protected_symlinks", "1", SYSCTLS_SET },
	{ "fs/protected_hardlinks", "1", SYSCTLS_SET },
	{ "fs/protected_fifos", "2", SYSCTLS_SET },
	{ "fs/protected_regular", "2", SYSCTLS_SET },

	/* Network: a host with one address that forwards nothing. */
	{ "net/ipv4/ip_forward", "0", SYSCTLS_SET },
	/* A flood does not shut others out. */
	{ "net/ipv4/tcp_syncookies", "1", SYSCTLS_SET },
	/* A reset does not end TIME-WAIT early. */
	{ "net/ipv4/tcp_rfc1337", "1", SYSCTLS_SET },
	{ "net/ipv4/icmp_echo_ignore_broadcasts", "1", SYSCTLS_SET },
	{ "net/ipv4/icmp_ignore_bogus_error_responses", "1", SYSCTLS_SET },
	/* Nobody without CAP_NET_RAW. */
	{ "net/ipv4/ping_group_range", "1 0", SYSCTLS_SET },
	/* No packets from impossible sources. */
	{ "net/ipv4/conf/all/rp_filter", "1", SYSCTLS_SET },
	{ "net/ipv4/conf/default/rp_filter", "1", SYSCTLS_SET },
	/* Routes come from the document. */
	{ "net/ipv4/conf/all/accept_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/accept_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/all/secure_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/secure_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/all/send_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/send_redirects", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/all/accept_source_route", "0", SYSCTLS_SET },
	{ "net/ipv4/conf/default/accept_source_route", "0", SYSCTLS_SET },
	/* Nor from a router. */
	{ "net/ipv6/conf/all/accept_ra", "0", SYSCTLS_SET_IF_THERE },
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
	char text[SYSCTLS_VALUE_MAX];
	size_t len = strlen(row->value);

	/* A newline of its own: an empty write would not reach the kernel. */
	memcpy(text, row->value, len);
	memcpy(text + len, "\n", 2);
	return fd_write_file(dir, row->path, text, e);
}

int sysctls_read(int dir, const struct sysctls_row *row,
		 char value[SYSCTLS_VALUE_MAX], struct err *e)
{
	ssize_t n = fd_read_file(dir, row->path, value, SYSCTLS_VALUE_MAX, e);

	if (n == -ENOENT && row->how == SYSCTLS_SET_IF_THERE)
		return 0;
	return n < 0 ? (int)n : 1;
}

static int apply_row(int dir, const struct sysctls_row *row, struct err *e)
{
	char now[SYSCTLS_VALUE_MAX];
	int r = row->how == SYSCTLS_CHECK ? 0 : write_row(dir, row, e);

	if (r == -ENOENT && row->how == SYSCTLS_SET_IF_THERE)
		return 0;
	if (r < 0)
		return r;
	r = sysctls_read(dir, row, now, e);
	if (r <= 0)
		return r;
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
	AUTO_CLOSE int dir =
		open("/proc/sys", O_DIRECTORY | O_PATH | O_CLOEXEC);

	if (dir < 0)
		return err_set(e, errno, "open(/proc/sys)");
	return sysctls_apply_at(dir, e);
}
