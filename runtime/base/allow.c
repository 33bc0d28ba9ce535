// SPDX-License-Identifier: MIT
#include "runtime/base/allow.h"

#include <errno.h>

static int add_rows(scmp_filter_ctx filter, const struct allow_row *rows,
		    size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					       rows[i].call, rows[i].conditions,
					       rows[i].condition);

		if (r < 0)
			return err_set(e, -r, "seccomp_rule_add(row %zu)", i);
	}
	return 0;
}

int allow_only(const struct allow_row *rows, size_t count, struct err *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r;

	if (!filter)
		return err_set(e, ENOMEM, "seccomp_init");
	r = add_rows(filter, rows, count, e);
	if (r == 0) {
		/* libseccomp sets no_new_privs before it loads. */
		r = seccomp_load(filter);
		if (r < 0)
			err_set(e, -r, "seccomp_load");
	}
	seccomp_release(filter);
	return r;
}
