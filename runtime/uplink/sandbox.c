#include "runtime/uplink/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "runtime/base/fd.h"

#define ANY               \
	{                 \
		{         \
			0 \
		}         \
	}
/* Not O_ACCMODE: musl counts O_PATH as an access mode. */
#define WRITE_BITS (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
#define READ_ONLY                                          \
	{                                                  \
		SCMP_A2(SCMP_CMP_MASKED_EQ, WRITE_BITS, 0) \
	}
#define NO_EXEC                                           \
	{                                                 \
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) \
	}

struct sandbox_row {
	int number;
	unsigned int conditions;
	struct scmp_arg_cmp condition[2];
};

/* clang-format off */
static const struct sandbox_row rows[] = {
	/* the loop */
	{ SCMP_SYS(epoll_pwait), 0, ANY },	/* musl's epoll_wait */
	{ SCMP_SYS(epoll_ctl), 0, ANY },
	{ SCMP_SYS(clock_gettime), 0, ANY },	/* where there is no vDSO clock */
	/* descriptors that init gave, and rings */
	{ SCMP_SYS(recvmsg), 0, ANY },
	{ SCMP_SYS(sendmsg), 0, ANY },
	{ SCMP_SYS(recvfrom), 0, ANY },
	{ SCMP_SYS(read), 0, ANY },
	{ SCMP_SYS(pread64), 0, ANY },
	{ SCMP_SYS(write), 0, ANY },		/* the console */
	{ SCMP_SYS(splice), 0, ANY },
	{ SCMP_SYS(lseek), 0, ANY },
	{ SCMP_SYS(fstat), 0, ANY },
	{ SCMP_SYS(close), 0, ANY },
	{ SCMP_SYS(memfd_create), 0, ANY },
	{ SCMP_SYS(ftruncate), 0, ANY },
	{ SCMP_SYS(fallocate), 1,
	  { SCMP_A1(SCMP_CMP_EQ, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0) } },
	{ SCMP_SYS(fcntl), 1, { SCMP_A1(SCMP_CMP_EQ, F_GET_SEALS, 0) } },
	/* metrics */
	{ SCMP_SYS(openat), 1, READ_ONLY },
	{ SCMP_SYS(statfs), 0, ANY },
	/* outward: TCP only; there is no bind, listen or accept */
	{ SCMP_SYS(socket), 2,
	  { SCMP_A0(SCMP_CMP_EQ, AF_INET, 0),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM) } },
	{ SCMP_SYS(socket), 2,
	  { SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM) } },
	{ SCMP_SYS(connect), 0, ANY },
	{ SCMP_SYS(getsockopt), 0, ANY },
	{ SCMP_SYS(setsockopt), 0, ANY },
	{ SCMP_SYS(getrandom), 0, ANY },
	/* memory */
	{ SCMP_SYS(brk), 0, ANY },
	{ SCMP_SYS(mmap), 1, NO_EXEC },
	{ SCMP_SYS(mprotect), 1, NO_EXEC },
	{ SCMP_SYS(mremap), 0, ANY },
	{ SCMP_SYS(munmap), 0, ANY },
	{ SCMP_SYS(madvise), 0, ANY },
	/* the end */
	{ SCMP_SYS(rt_sigprocmask), 0, ANY },	/* abort(3) */
	{ SCMP_SYS(exit_group), 0, ANY },
	{ SCMP_SYS(restart_syscall), 0, ANY },	/* after a stop signal */
	{ SCMP_SYS(rt_sigreturn), 0, ANY },
};
/* clang-format on */

int sandbox_enter(struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = filter ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rows); i++)
		r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					   rows[i].number, rows[i].conditions,
					   rows[i].condition);
	/* libseccomp sets no_new_privs before it loads. */
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r < 0 ? err_set(e, -r, "seccomp filter") : 0;
}
