// SPDX-License-Identifier: MIT
#include "runtime/intake/sandbox.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "runtime/base/allow.h"
#include "runtime/base/fd.h"

static const struct allow_row rows[] = {
	/* clang-format off */
	/* The document, the console. */
	{ SCMP_SYS(read), ALLOW_ANY },
	{ SCMP_SYS(write), ALLOW_ANY },
	{ SCMP_SYS(close), ALLOW_ANY },
	/* The bus and records; poll waits for init, and starts over. */
	{ SCMP_SYS(poll), ALLOW_ANY },
	{ SCMP_SYS(restart_syscall), ALLOW_ANY },
	{ SCMP_SYS(recvmsg), ALLOW_ANY },
	{ SCMP_SYS(sendmsg), ALLOW_ANY },
	{ SCMP_SYS(sendto), ALLOW_ANY },
	/* The sealed plan. */
	{ SCMP_SYS(memfd_create), ALLOW_ANY },
	{ SCMP_SYS(lseek), ALLOW_ANY },
	{ SCMP_SYS(fcntl), ALLOW_EQUAL(1, F_ADD_SEALS) },
	/* Memory, never executable. */
	{ SCMP_SYS(brk), ALLOW_ANY },
	{ SCMP_SYS(mmap), ALLOW_CLEAR(2, PROT_EXEC) },
	{ SCMP_SYS(mprotect), ALLOW_CLEAR(2, PROT_EXEC) },
	{ SCMP_SYS(mremap), ALLOW_ANY },
	{ SCMP_SYS(munmap), ALLOW_ANY },
	{ SCMP_SYS(madvise), ALLOW_ANY },
	/* Time of records, where the vDSO cannot tell it. */
	{ SCMP_SYS(clock_gettime), ALLOW_ANY },
	{ SCMP_SYS(exit), ALLOW_ANY },
	{ SCMP_SYS(exit_group), ALLOW_ANY },
	/* clang-format on */
};

int sandbox_enter(struct err *e)
{
	return allow_only(rows, ARRAY_SIZE(rows), e);
}
