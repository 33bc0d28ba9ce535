// SPDX-License-Identifier: MIT
#include "policy/calls.h"
#include "policy/grants.h"
#include "policy/profile.h"

static int fill(scmp_filter_ctx filter, uint64_t permitted, struct err *e)
{
	int r = profile_add_allowed(filter, permitted, calls_closed, e);

	return r < 0 ? r : allow_add(filter, &calls_runtime, e);
}

int calls_enter_runtime(uint64_t permitted, struct err *e)
{
	scmp_filter_ctx filter;
	int r = allow_begin(ALLOW_OR_FAIL, &filter, e);

	if (r < 0)
		return r;
	r = fill(filter, permitted, e);
	return allow_end(filter, r, e);
}

int calls_export_init(int fd, struct err *e)
{
	scmp_filter_ctx filter;
	int r = allow_begin(ALLOW_OR_FAIL, &filter, e);

	if (r < 0)
		return r;
	r = fill(filter, grant_all_set(), e);
	if (r == 0)
		r = allow_add(filter, &calls_init, e);
	if (r == 0) {
		r = seccomp_export_bpf(filter, fd);
		if (r < 0)
			err_set(e, -r, "seccomp_export_bpf");
	}
	seccomp_release(filter);
	return r;
}
