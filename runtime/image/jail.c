// SPDX-License-Identifier: MIT
#include "runtime/image/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "policy/calls.h"
#include "runtime/base/fd.h"
#include "runtime/image/limits.h"

#define CAPABILITY_WORDS 2

/* clang-format off */
static const unsigned int kept_capabilities[] = {
	CAP_CHOWN,		/* owners of layer files */
	CAP_DAC_OVERRIDE,	/* directories that their owner may not write */
	CAP_FOWNER,		/* modes and times of files given away */
	CAP_FSETID,		/* set-group-id of foreign groups */
	CAP_SETFCAP,		/* security.capability */
};

static const struct {
	int resource;
	rlim_t limit;
} limits[] = {
	{ RLIMIT_DATA, UNPACKER_MEMORY_MAX },
	{ RLIMIT_FSIZE, LAYER_BYTES_MAX },
	{ RLIMIT_NOFILE, UNPACKER_FILES_MAX },
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_NPROC, 0 },
	{ RLIMIT_MEMLOCK, 0 },
	{ RLIMIT_MSGQUEUE, 0 },
};
/* clang-format on */

static int enter_root(int layers, struct err *e)
{
	if (fchdir(layers) < 0 || chroot(".") < 0)
		return err_set(e, errno, "chroot(layers)");
	return 0;
}

static int set_limits(struct err *e)
{
	/* A file over its limit is an error to report, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct rlimit l = { limits[i].limit, limits[i].limit };

		if (setrlimit(limits[i].resource, &l) < 0)
			return err_set(e, errno, "setrlimit(row %zu)", i);
	}
	return 0;
}

static uint64_t kept_set(void)
{
	uint64_t set = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept_capabilities); i++)
		set |= UINT64_C(1) << kept_capabilities[i];
	return set;
}

/* The bounding set ends at the last capability that the kernel knows. */
static int drop_bounding(uint64_t kept, struct err *e)
{
	for (unsigned int c = 0; c < 64; c++) {
		if (kept >> c & 1 || prctl(PR_CAPBSET_READ, c, 0, 0, 0) <= 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0)
			return err_set(e, errno, "prctl(capability %u)", c);
	}
	return 0;
}

static int drop_capabilities(struct err *e)
{
	uint64_t kept = kept_set();
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[CAPABILITY_WORDS] = { { 0 } };
	int r = drop_bounding(kept, e);

	if (r < 0)
		return r;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_set(e, errno, "prctl(ambient)");
	for (unsigned int i = 0; i < CAPABILITY_WORDS; i++) {
		data[i].permitted = (uint32_t)(kept >> 32 * i);
		data[i].effective = data[i].permitted;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return err_set(e, errno, "capset");
	return 0;
}

int jail_enter(int layers, struct err *e)
{
	int r = enter_root(layers, e);

	if (r == 0)
		r = set_limits(e);
	if (r == 0)
		r = drop_capabilities(e);
	return r < 0 ? r : allow_only(&calls_unpacker, e);
}
