// SPDX-License-Identifier: MIT
/*
 * The default profile, by real system calls in a child that has it. The
 * arguments are chosen so that the kernel itself would answer something else
 * than EPERM to root: the answer tells who gave it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "policy/grants.h"
#include "policy/seccomp.h"
#include "runtime/oci/oci.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif
#define BAD (-1L)

struct call {
	const char *name;
	long number;
	long a[6];
	int error;	/* with the default profile, 0: succeeds */
	int capability; /* that opens it, -1: none */
};

#define CALL(n, e, cap, ...)                             \
	{                                                \
#n, SYS_##n, { __VA_ARGS__ }, (e), (cap) \
	}

/* clang-format off */
/* What must be closed. */
static const struct call closed[] = {
	CALL(mount, EPERM, CAP_SYS_ADMIN, 0, BAD),
	CALL(umount2, EPERM, CAP_SYS_ADMIN, BAD),
	CALL(pivot_root, EPERM, CAP_SYS_ADMIN, BAD, BAD),
	CALL(fsopen, EPERM, CAP_SYS_ADMIN, BAD),
	CALL(fsconfig, EPERM, CAP_SYS_ADMIN, BAD),
	CALL(fsmount, EPERM, CAP_SYS_ADMIN, BAD),
	CALL(fspick, EPERM, CAP_SYS_ADMIN, BAD, BAD),
	CALL(open_tree, EPERM, CAP_SYS_ADMIN, BAD, BAD),
	CALL(move_mount, EPERM, CAP_SYS_ADMIN, BAD, BAD, BAD, BAD),
	CALL(mount_setattr, EPERM, CAP_SYS_ADMIN, BAD, BAD, 0, BAD, 32),
	CALL(unshare, EPERM, CAP_SYS_ADMIN, 0),
	CALL(setns, EPERM, CAP_SYS_ADMIN, BAD, 0),
	CALL(sethostname, EPERM, CAP_SYS_ADMIN, BAD, 1),
	CALL(setdomainname, EPERM, CAP_SYS_ADMIN, BAD, 1),
	CALL(clone, EPERM, -1, CLONE_NEWUSER | CLONE_SIGHAND),
	CALL(clone, EPERM, -1, CLONE_NEWNS | CLONE_SIGHAND),
	CALL(clone, EPERM, -1, CLONE_NEWPID | CLONE_SIGHAND),
	CALL(clone, EPERM, -1, CLONE_NEWNET | CLONE_SIGHAND),
	CALL(clone, EPERM, -1, CLONE_NEWIPC | CLONE_SIGHAND),
	CALL(clone, EPERM, -1, CLONE_NEWUTS | CLONE_SIGHAND),
	CALL(clone, EPERM, -1, CLONE_NEWCGROUP | CLONE_SIGHAND),
	CALL(clone3, ENOSYS, CAP_SYS_ADMIN, BAD, 64),
	CALL(keyctl, EPERM, -1, 999),
	CALL(add_key, EPERM, -1, BAD),
	CALL(request_key, EPERM, -1, BAD),
	CALL(bpf, EPERM, CAP_BPF, 999, BAD, 8),
	CALL(bpf, EPERM, CAP_SYS_ADMIN, 999, BAD, 8),
	CALL(perf_event_open, EPERM, CAP_PERFMON, BAD),
	CALL(userfaultfd, EPERM, -1, BAD),
	CALL(kexec_load, EPERM, -1, 0, 999, 0, 0),
	CALL(kexec_file_load, EPERM, -1, BAD, BAD, 0, 0, BAD),
	CALL(init_module, EPERM, CAP_SYS_MODULE, BAD, 64, BAD),
	CALL(finit_module, EPERM, CAP_SYS_MODULE, BAD, 0, 0),
	CALL(delete_module, EPERM, CAP_SYS_MODULE, BAD, 0),
	CALL(io_uring_setup, EPERM, -1, 1, BAD),
	CALL(io_uring_enter, EPERM, -1, BAD),
	CALL(io_uring_register, EPERM, -1, BAD),
	CALL(kcmp, EPERM, CAP_SYS_PTRACE, 1, 1, 99, 0, 0),
	CALL(pidfd_getfd, EPERM, CAP_SYS_PTRACE, BAD, 0, 0),
	CALL(process_madvise, EPERM, CAP_SYS_PTRACE, BAD, BAD, 1, 0, 0),
	CALL(reboot, EPERM, CAP_SYS_BOOT, 0, 0, 0, 0),
	CALL(swapon, EPERM, -1, BAD, 0),
	CALL(swapoff, EPERM, -1, BAD),
	CALL(settimeofday, EPERM, CAP_SYS_TIME, BAD, 0),
	CALL(clock_settime, EPERM, CAP_SYS_TIME, 99, BAD),
	CALL(syslog, EPERM, CAP_SYSLOG, 99, 0, 0),
	CALL(acct, EPERM, CAP_SYS_PACCT, BAD),
	CALL(quotactl, EPERM, CAP_SYS_ADMIN, 0x7fffff00, 0, 0, 0),
	CALL(fanotify_init, EPERM, CAP_SYS_ADMIN, BAD, 0),
	CALL(iopl, EPERM, CAP_SYS_RAWIO, 9),
	CALL(ioperm, EPERM, CAP_SYS_RAWIO, BAD, 1, 1),
	CALL(modify_ldt, EPERM, -1, 99, 0, 0),
	CALL(mbind, EPERM, CAP_SYS_NICE, 1, 1, 99, 0, 0, 0),
	CALL(move_pages, EPERM, CAP_SYS_NICE, BAD, 0, 0, 0, 0, 99),
	CALL(ustat, EPERM, -1, 0, BAD),
	CALL(sysfs, EPERM, -1, 99),
	CALL(personality, ENOSYS, -1, 0x0040000),
	CALL(personality, ENOSYS, -1, 0x0400000),
	CALL(socket, EAFNOSUPPORT, -1, 40 /* AF_VSOCK */, SOCK_STREAM, 0),
	CALL(socket, EAFNOSUPPORT, -1, 38 /* AF_ALG */, SOCK_SEQPACKET, 0),
	{ "nobody knows it", 700, { 0 }, ENOSYS, -1 },
};

/* What must be open: the kernel's own answer comes through. */
static const struct call open_calls[] = {
	CALL(read, EBADF, -1, BAD),
	CALL(openat2, EINVAL, -1, BAD, BAD, BAD, 0),
	CALL(ptrace, ESRCH, -1, 16 /* PTRACE_ATTACH */, 0x7fffffff),
	CALL(process_vm_readv, EINVAL, -1, 1, 0, 0, 0, 0, 1),
	CALL(mknodat, EFAULT, -1, AT_FDCWD, BAD, 0, 0),
	CALL(chroot, EFAULT, -1, BAD),
	CALL(capset, EFAULT, -1, BAD, 0),
	CALL(setgroups, EINVAL, -1, 0x7fffffff, 0),
	CALL(seccomp, EINVAL, -1, 99, 0, 0),
	CALL(landlock_restrict_self, EBADF, -1, BAD, 0),
	CALL(memfd_create, EFAULT, -1, BAD, 0),
	CALL(futex, ENOSYS, -1, 0, 99),
	CALL(cachestat, EBADF, -1, BAD, 0, 0, 0),
	CALL(pidfd_send_signal, EBADF, -1, BAD, 0, 0, 0),
	CALL(execveat, EFAULT, -1, BAD, BAD, 0, 0, 0),
	CALL(clone, EINVAL, -1, CLONE_SIGHAND),
	CALL(socket, 0, -1, AF_UNIX, SOCK_STREAM, 0),
	CALL(socket, 0, -1, AF_INET, SOCK_DGRAM, 0),
	CALL(socket, 0, -1, AF_NETLINK, SOCK_RAW, 0),
	CALL(socket, EINVAL, -1, 39 /* AF_NFC */, 99, 0),
	CALL(socket, EAFNOSUPPORT, -1, 200, 0, 0),
	CALL(personality, 0, -1, 0xffffffff),
	CALL(personality, 0, -1, 0),
	CALL(mlockall, EINVAL, -1, 0),
	CALL(get_mempolicy, EINVAL, -1, 0, 0, 0, 0, 99),
};
/* clang-format on */

static const struct oci_seccomp *profile(uint64_t set)
{
	const struct oci_seccomp *s = NULL;
	struct err e = ERR_NONE;

	return oci_seccomp_default(set, &s, &e) < 0 ? NULL : s;
}

/* Lives in the child after the filter: system calls only. */
static int answer(const struct call *c)
{
	errno = 0;
	return syscall(c->number, c->a[0], c->a[1], c->a[2], c->a[3], c->a[4],
		       c->a[5]) < 0 ?
		       errno :
		       0;
}

/* The errnos of `calls` under the profile of `set`; NULL: no profile. */
static int answers(const struct oci_seccomp *s, const struct call *calls,
		   size_t count, int *out)
{
	int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (s && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				 &s->program) < 0)
			_exit(1);
		for (size_t i = 0; i < count; i++)
			shared[i] = answer(&calls[i]);
		_exit(0);
	}
	waitpid(child, &status, 0);
	memcpy(out, shared, count * sizeof(*out));
	munmap(shared, 4096);
	return status;
}

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

TEST(closed_calls_fail_with_the_errno_of_the_table)
{
	int got[COUNT(closed)];

	ASSERT_EQ(0, answers(profile(grant_default_set()), closed,
			     COUNT(closed), got));
	for (size_t i = 0; i < COUNT(closed); i++) {
		EXPECT_EQ(closed[i].error, got[i])
		{
			TH_LOG("%s", closed[i].name);
		}
	}
}

TEST(open_calls_get_the_kernels_answer)
{
	int got[COUNT(open_calls)];

	ASSERT_EQ(0, answers(profile(grant_default_set()), open_calls,
			     COUNT(open_calls), got));
	for (size_t i = 0; i < COUNT(open_calls); i++) {
		EXPECT_EQ(open_calls[i].error, got[i])
		{
			TH_LOG("%s", open_calls[i].name);
		}
	}
}

/* With the capability the kernel answers, and so as without any filter; the
 * other capabilities leave it closed. */
TEST(a_grant_opens_its_calls_and_no_others)
{
	for (size_t i = 0; i < COUNT(closed); i++) {
		const struct call *c = &closed[i];
		int with, without, bare;

		if (c->capability < 0)
			continue;
		ASSERT_EQ(0, answers(profile(grant_default_set() |
					     1ULL << c->capability),
				     c, 1, &with));
		ASSERT_EQ(0, answers(profile(grant_default_set() |
					     1ULL << CAP_NET_ADMIN),
				     c, 1, &without));
		ASSERT_EQ(0, answers(NULL, c, 1, &bare));
		EXPECT_EQ(bare, with)
		{
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(c->error, without)
		{
			TH_LOG("%s", c->name);
		}
	}
}

TEST(sys_admin_may_clone_into_namespaces)
{
	static const struct call c =
		CALL(clone, EINVAL, -1, CLONE_NEWNS | CLONE_SIGHAND);
	int got;

	ASSERT_EQ(0,
		  answers(profile(grant_default_set() | 1ULL << CAP_SYS_ADMIN),
			  &c, 1, &got));
	ASSERT_EQ(EINVAL, got);
}

TEST(fork_and_threads_work_under_the_profile)
{
	const struct oci_seccomp *s = profile(grant_default_set());
	int status;
	pid_t child = fork();

	if (child == 0) {
		pid_t inner;

		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &s->program);
		inner = fork();
		if (inner == 0)
			_exit(5);
		waitpid(inner, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	ASSERT_EQ(5, WEXITSTATUS(status));
}

static long getpid_by_int80(void)
{
	long r = 20; /* getpid of the 32-bit table */

	__asm__ volatile("int $0x80"
			 : "+a"(r)
			 :
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
}

TEST(calls_of_the_32_bit_table_are_enosys)
{
	const struct oci_seccomp *s = profile(grant_default_set());
	int status;
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &s->program);
		_exit(getpid_by_int80() == -ENOSYS ? 3 : 4);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	/* A kernel without the 32-bit table kills instead. */
	if (WIFSIGNALED(status))
		SKIP(return, "no 32-bit system calls here");
	ASSERT_EQ(3, WEXITSTATUS(status));
}

TEST(each_single_capability_compiles)
{
	for (unsigned int i = 0; i < grant_count; i++)
		ASSERT_NE(NULL, profile(1ULL << i));
	ASSERT_NE(NULL, profile(0));
	ASSERT_NE(NULL, profile(grant_all_set()));
}

TEST(a_set_is_compiled_once)
{
	ASSERT_EQ(profile(grant_default_set()), profile(grant_default_set()));
	ASSERT_NE(profile(grant_default_set()), profile(grant_all_set()));
}

static bool is_listed(const char *name)
{
	for (const char *const *n = seccomp_allowed; *n; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

TEST(no_call_is_both_allowed_and_refused)
{
	for (const struct seccomp_refused *n = seccomp_refused; n->name; n++) {
		ASSERT_FALSE(is_listed(n->name))
		{
			TH_LOG("%s", n->name);
		}
	}
	for (const struct seccomp_when *w = seccomp_when; w->name; w++) {
		ASSERT_FALSE(is_listed(w->name))
		{
			TH_LOG("%s", w->name);
		}
	}
}

static bool is_refused(const char *name)
{
	for (const struct seccomp_refused *n = seccomp_refused; n->name; n++)
		if (strcmp(n->name, name) == 0)
			return true;
	for (const struct seccomp_when *w = seccomp_when; w->name; w++)
		if (strcmp(w->name, name) == 0)
			return true;
	return false;
}

/* Every call that libseccomp knows on this machine has been thought about:
 * what is in no table must be on this list of those left to ENOSYS. */
static const char *const left_out[] = {
	"_sysctl", "afs_syscall", "create_module", "get_kernel_syms",
	"getpmsg", "putpmsg",	  "query_module",  "security",
	"tuxcall", "vserver",
};

TEST(every_known_call_is_in_a_table)
{
	for (int nr = 0; nr < 450; nr++) {
		char *name =
			seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);
		bool is_left_out = false;

		if (!name)
			continue;
		for (size_t i = 0; i < COUNT(left_out); i++)
			is_left_out |= strcmp(left_out[i], name) == 0;
		EXPECT_TRUE(is_left_out || is_listed(name) || is_refused(name))
		{
			TH_LOG("%d %s", nr, name);
		}
		free(name);
	}
}

TEST_HARNESS_MAIN
