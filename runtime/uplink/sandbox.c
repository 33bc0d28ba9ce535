#include "runtime/uplink/sandbox.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "runtime/base/allow.h"
#include "runtime/base/fd.h"

/* Not O_ACCMODE: musl counts O_PATH as an access mode. */
#define WRITE_BITS (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

/* clang-format off */
static const struct allow_row rows[] = {
	/* the loop */
	{ SCMP_SYS(epoll_pwait), ALLOW_ANY },	/* musl's epoll_wait */
	{ SCMP_SYS(epoll_ctl), ALLOW_ANY },
	{ SCMP_SYS(clock_gettime), ALLOW_ANY },	/* where there is no vDSO clock */
	/* descriptors that init gave, and rings */
	{ SCMP_SYS(recvmsg), ALLOW_ANY },
	{ SCMP_SYS(sendmsg), ALLOW_ANY },
	{ SCMP_SYS(recvfrom), ALLOW_ANY },
	{ SCMP_SYS(read), ALLOW_ANY },
	{ SCMP_SYS(pread64), ALLOW_ANY },
	{ SCMP_SYS(write), ALLOW_ANY },		/* the console */
	{ SCMP_SYS(splice), ALLOW_ANY },
	{ SCMP_SYS(lseek), ALLOW_ANY },
	{ SCMP_SYS(fstat), ALLOW_ANY },
	{ SCMP_SYS(close), ALLOW_ANY },
	{ SCMP_SYS(memfd_create), ALLOW_ANY },
	{ SCMP_SYS(ftruncate), ALLOW_ANY },
	{ SCMP_SYS(fallocate), ALLOW_EQUAL(1, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) },
	{ SCMP_SYS(fcntl), ALLOW_EQUAL(1, F_GET_SEALS) },
	/* metrics */
	{ SCMP_SYS(openat), ALLOW_CLEAR(2, WRITE_BITS) },
	{ SCMP_SYS(statfs), ALLOW_ANY },
	/* outward: TCP only; there is no bind, listen or accept */
	{ SCMP_SYS(socket), 2,
	  { SCMP_A0(SCMP_CMP_EQ, AF_INET, 0),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM) } },
	{ SCMP_SYS(socket), 2,
	  { SCMP_A0(SCMP_CMP_EQ, AF_INET6, 0),
	    SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM) } },
	{ SCMP_SYS(connect), ALLOW_ANY },
	{ SCMP_SYS(getsockopt), ALLOW_ANY },
	{ SCMP_SYS(setsockopt), ALLOW_ANY },
	{ SCMP_SYS(getrandom), ALLOW_ANY },
	/* memory */
	{ SCMP_SYS(brk), ALLOW_ANY },
	{ SCMP_SYS(mmap), ALLOW_CLEAR(2, PROT_EXEC) },
	{ SCMP_SYS(mprotect), ALLOW_CLEAR(2, PROT_EXEC) },
	{ SCMP_SYS(mremap), ALLOW_ANY },
	{ SCMP_SYS(munmap), ALLOW_ANY },
	{ SCMP_SYS(madvise), ALLOW_ANY },
	/* the end */
	{ SCMP_SYS(rt_sigprocmask), ALLOW_ANY },	/* abort(3) */
	{ SCMP_SYS(exit_group), ALLOW_ANY },
	{ SCMP_SYS(restart_syscall), ALLOW_ANY },	/* after a stop signal */
	{ SCMP_SYS(rt_sigreturn), ALLOW_ANY },
};
/* clang-format on */

int sandbox_enter(struct err *e)
{
	return allow_only(rows, ARRAY_SIZE(rows), e);
}
