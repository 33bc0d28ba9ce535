// SPDX-License-Identifier: MIT
#include "init/calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls_filter.h"
#include "runtime/base/fd.h"

static const struct sock_filter filter[] = { CALLS_FILTER };

int calls_enter(struct err *e)
{
	const struct sock_fprog program = {
		.len = ARRAY_SIZE(filter),
		/* The kernel copies it. */
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(e, errno, "prctl(PR_SET_NO_NEW_PRIVS)");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		    SECCOMP_FILTER_FLAG_LOG, &program) < 0)
		return err_set(e, errno, "seccomp");
	return 0;
}
