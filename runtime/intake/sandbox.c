// SPDX-License-Identifier: MIT
#include "runtime/intake/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>

#include "runtime/base/fd.h"

#define ANY (-1) /* no condition on an argument */

/* A row allows a call, if arg & mask == value where arg is not ANY. */
static const struct sandbox_row {
	int call;
	int arg;
	scmp_datum_t mask;
	scmp_datum_t value;
} sandbox_rows[] = {
	/* clang-format off */
	/* The document, the console. */
	{ SCMP_SYS(read), ANY, 0, 0 },
	{ SCMP_SYS(write), ANY, 0, 0 },
	{ SCMP_SYS(close), ANY, 0, 0 },
	/* The bus and records; poll waits for init, and starts over. */
	{ SCMP_SYS(poll), ANY, 0, 0 },
	{ SCMP_SYS(restart_syscall), ANY, 0, 0 },
	{ SCMP_SYS(recvmsg), ANY, 0, 0 },
	{ SCMP_SYS(sendmsg), ANY, 0, 0 },
	{ SCMP_SYS(sendto), ANY, 0, 0 },
	/* The sealed plan. */
	{ SCMP_SYS(memfd_create), ANY, 0, 0 },
	{ SCMP_SYS(lseek), ANY, 0, 0 },
	{ SCMP_SYS(fcntl), 1, ~(scmp_datum_t)0, F_ADD_SEALS },
	/* Memory, never executable. */
	{ SCMP_SYS(brk), ANY, 0, 0 },
	{ SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ SCMP_SYS(mremap), ANY, 0, 0 },
	{ SCMP_SYS(munmap), ANY, 0, 0 },
	{ SCMP_SYS(madvise), ANY, 0, 0 },
	/* Time of records, where the vDSO cannot tell it. */
	{ SCMP_SYS(clock_gettime), ANY, 0, 0 },
	{ SCMP_SYS(exit), ANY, 0, 0 },
	{ SCMP_SYS(exit_group), ANY, 0, 0 },
	/* clang-format on */
};

static int add_row(scmp_filter_ctx ctx, const struct sandbox_row *row)
{
	const struct scmp_arg_cmp condition = {
		.arg = (unsigned int)row->arg,
		.op = SCMP_CMP_MASKED_EQ,
		.datum_a = row->mask,
		.datum_b = row->value,
	};

	return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, row->call,
				      row->arg == ANY ? 0 : 1, &condition);
}

static int load(scmp_filter_ctx ctx, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sandbox_rows); i++) {
		r = add_row(ctx, &sandbox_rows[i]);
		if (r < 0)
			return err_set(e, -r, "seccomp_rule_add(row %zu)", i);
	}
	r = seccomp_load(ctx);
	return r < 0 ? err_set(e, -r, "seccomp_load") : 0;
}

int sandbox_enter(struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!ctx)
		return err_set(e, ENOMEM, "seccomp_init");
	r = load(ctx, e);
	seccomp_release(ctx);
	return r;
}
