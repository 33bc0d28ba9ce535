// SPDX-License-Identifier: MIT
/*
 * The lists of system calls: their own rules, and the two filters that go on
 * to others, entered by a child that then asks. Rows that nobody needs are
 * found on the booted machine: guest/crash.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/calls.h"
#include "policy/calls.h"
#include "policy/grants.h"
#include "policy/seccomp.h"
#include "runtime/base/fd.h"

#include "kselftest_harness.h"

#define WHY_MIN 8 /* letters of a reason */

static const struct allow_list *const lists[] = {
	&calls_init,   &calls_runtime,	&calls_intake,	 &calls_courier,
	&calls_uplink, &calls_unpacker, &calls_metadata, &allow_life,
};

/* ------------------------------------------------------------- the tables */

static bool is_same(const struct allow_row *a, const struct allow_row *b)
{
	bool is_equal = a->call == b->call && a->conditions == b->conditions;

	for (unsigned int i = 0; is_equal && i < a->conditions; i++)
		is_equal = a->condition[i].arg == b->condition[i].arg &&
			   a->condition[i].op == b->condition[i].op &&
			   a->condition[i].datum_a == b->condition[i].datum_a &&
			   a->condition[i].datum_b == b->condition[i].datum_b;
	return is_equal;
}

static bool has_row(const struct allow_list *l, int call)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].call == call)
			return true;
	return false;
}

static bool is_in(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

/* Allowed to every task, at least with some arguments. */
static bool is_common(int call)
{
	AUTO_FREE char *name =
		seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, call);

	if (!name)
		return false;
	for (const struct seccomp_when *w = seccomp_when; w->name; w++)
		if (strcmp(w->name, name) == 0 && !w->error)
			return true;
	return is_in(seccomp_allowed, name);
}

TEST(no_row_is_there_twice_and_every_reason_says_something)
{
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		const struct allow_row *rows = lists[l]->rows;

		for (size_t i = 0; i < lists[l]->count; i++) {
			for (size_t j = 0; j < i; j++)
				EXPECT_FALSE(is_same(&rows[i], &rows[j]));
			EXPECT_TRUE(!rows[i].why ||
				    strlen(rows[i].why) >= WHY_MIN);
		}
	}
}

TEST(lists_that_go_on_say_only_what_tasks_do_not_have)
{
	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->count; i++) {
			EXPECT_FALSE(is_common(lists[l]->rows[i].call))
			{
				TH_LOG("%s row %zu", lists[l]->program, i);
			}
		}
}

TEST(whoever_inherits_finds_what_its_own_list_allows)
{
	for (size_t l = 2; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < lists[l]->count; i++) {
			EXPECT_TRUE(is_common(lists[l]->rows[i].call))
			{
				TH_LOG("%s row %zu", lists[l]->program, i);
			}
		}
}

TEST(those_who_work_alone_start_name_and_open_nothing)
{
	static const int never[] = {
		SYS_execve, SYS_execveat, SYS_fork,   SYS_vfork,  SYS_clone,
		SYS_clone3, SYS_bind,	  SYS_listen, SYS_accept, SYS_accept4,
		SYS_ptrace, SYS_kill,	  SYS_mount,  SYS_setuid, SYS_unshare,
		SYS_setns,  SYS_bpf,	  SYS_ioctl,  SYS_prctl,  SYS_open,
	};

	for (size_t l = 2; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < ARRAY_SIZE(never); i++)
			EXPECT_EQ(lists[l] == &calls_metadata &&
					  never[i] == SYS_accept4,
				  has_row(lists[l], never[i]));
	EXPECT_FALSE(has_row(&calls_metadata, SYS_socket));
	EXPECT_FALSE(has_row(&calls_metadata, SYS_connect));
	EXPECT_FALSE(has_row(&calls_intake, SYS_openat));
	EXPECT_FALSE(has_row(&calls_intake, SYS_socket));
	EXPECT_FALSE(has_row(&calls_courier, SYS_openat));
	EXPECT_FALSE(has_row(&calls_unpacker, SYS_socket));
	EXPECT_FALSE(has_row(&calls_unpacker, SYS_sendmsg));
}

TEST(what_is_closed_no_list_opens)
{
	for (const char *const *name = calls_closed; *name; name++) {
		int call = seccomp_syscall_resolve_name(*name);

		ASSERT_LE(0, call);
		EXPECT_FALSE(has_row(&calls_runtime, call));
		EXPECT_FALSE(has_row(&calls_init, call));
		EXPECT_FALSE(is_common(call));
	}
}

/* ------------------------------------------------------------ the filters */

static int enter_init(void)
{
	return calls_enter(NULL);
}

static int enter_runtime(void)
{
	return calls_enter_runtime(grant_default_set(), NULL);
}

static int enter_runtime_with_time(void)
{
	return calls_enter_runtime(grant_default_set() | 1ULL << CAP_SYS_TIME,
				   NULL);
}

/* The errno of a call with arguments that it cannot do anything with. */
static int ask(int (*enter)(void), long call, long a, long b)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (enter() < 0)
			_exit(255);
		syscall(SYS_exit_group,
			syscall(call, a, b, -1L, -1L, -1L) < 0 ? errno : 0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct ask_row {
	long call;
	long a, b;
	int error;
};

static void expect(struct __test_metadata *_metadata, int (*enter)(void),
		   const struct ask_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		EXPECT_EQ(rows[i].error,
			  ask(enter, rows[i].call, rows[i].a, rows[i].b))
		{
			TH_LOG("call %ld", rows[i].call);
		}
	}
}

#define NOBODY_ASKS(error)                                                     \
	{ SYS_kexec_load, 0, 0, error },                                       \
		{ SYS_kexec_file_load, -1, -1, error },                        \
		{ SYS_init_module, 0, 0, error },                              \
		{ SYS_finit_module, -1, 0, error },                            \
		{ SYS_delete_module, 0, 0, error }, { SYS_iopl, 3, 0, error }, \
		{ SYS_ioperm, 0, 1, error }, { SYS_swapon, 0, 0, error },      \
		{ SYS_swapoff, 0, 0, error },                                  \
		{ SYS_io_uring_setup, 1, 0, error },                           \
		{ SYS_userfaultfd, 0, 0, error },                              \
		{ SYS_modify_ldt, 0, 0, error }, { SYS_uselib, 0, 0, error },  \
		{ SYS_add_key, 0, 0, error },                                  \
		{ SYS_request_key, 0, 0, error },                              \
		{ SYS_keyctl, KEYCTL_GET_KEYRING_ID, 0, error },               \
	{                                                                      \
		999, 0, 0, error                                               \
	}

TEST(init_refuses_what_nobody_on_the_machine_needs)
{
	static const struct ask_row rows[] = { NOBODY_ASKS(EPERM) };

	expect(_metadata, enter_init, rows, ARRAY_SIZE(rows));
}

TEST(init_lets_itself_and_all_others_do_their_work)
{
	static const struct ask_row rows[] = {
		{ SYS_close, -1, 0, EBADF },	 { SYS_getpid, 0, 0, 0 },
		{ SYS_clone3, 0, 0, EINVAL },	 { SYS_bpf, -1, 0, E2BIG },
		{ SYS_reboot, 0, 0, EINVAL },	 { SYS_setns, -1, 0, EBADF },
		{ SYS_waitid, 99, 0, EFAULT },	 { SYS_fsopen, 0, 0, EFAULT },
		{ SYS_quotactl, -1, 0, EINVAL },
	};

	expect(_metadata, enter_init, rows, ARRAY_SIZE(rows));
}

TEST(runtime_has_of_the_grants_what_the_document_permits)
{
	static const struct ask_row without[] = {
		NOBODY_ASKS(EPERM),
		{ SYS_settimeofday, -1, -1, EPERM },
		{ SYS_perf_event_open, 0, 0, EPERM },
		{ SYS_acct, -1, 0, EPERM },
		{ SYS_quotactl, -1, 0, EPERM },
		{ SYS_mount, 0, 0, EPERM },
		{ SYS_reboot, 0, 0, EPERM },
		{ SYS_fsopen, 0, 0, EFAULT },
		{ SYS_clone3, 0, 0, EINVAL },
	};
	static const struct ask_row with_time[] = {
		{ SYS_settimeofday, -1, -1, EFAULT },
		{ SYS_perf_event_open, 0, 0, EPERM },
	};

	expect(_metadata, enter_runtime, without, ARRAY_SIZE(without));
	expect(_metadata, enter_runtime_with_time, with_time,
	       ARRAY_SIZE(with_time));
}

TEST(sockets_to_the_hypervisor_and_of_crypto_are_refused_to_all)
{
	static const struct ask_row rows[] = {
		{ SYS_socket, AF_VSOCK, SOCK_STREAM, EAFNOSUPPORT },
		{ SYS_socket, AF_ALG, SOCK_SEQPACKET, EAFNOSUPPORT },
	};

	expect(_metadata, enter_init, rows, ARRAY_SIZE(rows));
	expect(_metadata, enter_runtime, rows, ARRAY_SIZE(rows));
}

TEST_HARNESS_MAIN
