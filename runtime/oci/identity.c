// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/sys.h"

#include "runtime/oci/child.h"

#define KERNEL_CAPABILITIES 64

/* Up to the last one that the running kernel knows (EINVAL after it). */
int child_bounding(struct child *c)
{
	for (uint32_t n = 0; n < KERNEL_CAPABILITIES; n++) {
		c->index = n;
		if (c->spec->process.capabilities.bounding & (1ULL << n))
			continue;
		if (prctl(PR_CAPBSET_DROP, n, 0, 0, 0) == 0)
			continue;
		return errno == EINVAL && n > 0 ? 0 : -errno;
	}
	return 0;
}

/*
 * Raw system calls: libc's would signal the threads that the parent's libc
 * remembers. Groups first, they need the privilege that the user takes away.
 */
int child_user(struct child *c)
{
	const struct oci_process *p = &c->spec->process;
	int r = sys_result(syscall(SYS_setgroups, p->group_count, p->groups));

	if (r == 0)
		r = sys_result(syscall(SYS_setresgid, p->gid, p->gid, p->gid));
	if (r == 0)
		r = sys_result(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	if (r == 0)
		r = sys_result(syscall(SYS_setresuid, p->uid, p->uid, p->uid));
	umask(p->umask);
	return r;
}

static int set_capabilities(const struct oci_capabilities *sets, uint64_t kept)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].effective =
			(uint32_t)((sets->effective & kept) >> (32 * i));
		data[i].permitted =
			(uint32_t)((sets->permitted & kept) >> (32 * i));
		data[i].inheritable = (uint32_t)(sets->inheritable >> (32 * i));
	}
	return sys_result(syscall(SYS_capset, &header, data));
}

/*
 * A user that is not root loses with the exec what is not ambient; it goes
 * now, or the exec itself would be done with DAC_OVERRIDE.
 */
int child_capabilities(struct child *c)
{
	const struct oci_process *p = &c->spec->process;
	uint64_t ambient = p->capabilities.ambient;
	int r = set_capabilities(&p->capabilities,
				 p->uid == 0 ? UINT64_MAX : ambient);

	if (r == 0)
		r = sys_result(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0));
	if (r == 0)
		r = sys_result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL,
				     0, 0, 0));
	for (uint32_t n = 0; r == 0 && n < KERNEL_CAPABILITIES; n++) {
		c->index = n;
		if (ambient & (1ULL << n))
			r = sys_result(prctl(PR_CAP_AMBIENT,
					     PR_CAP_AMBIENT_RAISE, n, 0, 0));
	}
	return r;
}

int child_no_new_privileges(struct child *c)
{
	if (!c->spec->process.is_no_new_privileges)
		return 0;
	return sys_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}
