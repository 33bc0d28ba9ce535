// SPDX-License-Identifier: MIT
#include "runtime/base/allow.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "runtime/base/fd.h"

#define SORTED 2 /* libseccomp: a binary tree instead of one long row */

static const struct allow_row life[] = {
	/* clang-format off */
	ALLOW_FOR("malloc(3), as much as it takes", brk),
	ALLOW_FOR_IF("malloc(3) of what is large", mmap, ALLOW_CLEAR(2, PROT_EXEC)),
	ALLOW_FOR_IF("malloc(3), a group grows", mprotect, ALLOW_CLEAR(2, PROT_EXEC)),
	ALLOW_FOR("realloc(3) of what is large", mremap),
	ALLOW_FOR("free(3) of what is large", munmap),
	ALLOW_FOR("free(3) amid what stays", madvise),
	ALLOW_FOR("where the vDSO cannot tell the time", clock_gettime),
	ALLOW_FOR("abort(3)", rt_sigprocmask),
	ALLOW_FOR("a handler that returns", rt_sigreturn),
	ALLOW_FOR("a wait after a stop", restart_syscall),
	ALLOW_FOR("_exit(2) when exit_group fails", exit),
	ALLOW_FOR("the end of a process", exit_group),
	/* clang-format on */
};

const struct allow_list allow_life = { "life", ALLOW_OR_DIE, life,
				       ARRAY_SIZE(life) };

static int set(scmp_filter_ctx filter, enum scmp_filter_attr attribute,
	       uint32_t value, struct err *e)
{
	int r = seccomp_attr_set(filter, attribute, value);

	return r < 0 ? err_set(e, -r, "seccomp_attr_set(%d)", attribute) : 0;
}

/*
 * Calls of another architecture, too, fail in a way that a filter above can
 * improve; logged is only what no filter above has refused.
 * Source: kernel/seccomp.c, seccomp_run_filters(), seccomp_log().
 */
static int set_failing(scmp_filter_ctx filter, struct err *e)
{
	int r = set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM), e);

	if (r == 0)
		r = set(filter, SCMP_FLTATR_CTL_LOG, 1, e);
	return r < 0 ? r : set(filter, SCMP_FLTATR_CTL_OPTIMIZE, SORTED, e);
}

int allow_begin(enum allow_refusal refusal, scmp_filter_ctx *filter,
		struct err *e)
{
	bool is_death = refusal == ALLOW_OR_DIE;
	int r;

	*filter = seccomp_init(is_death ? SCMP_ACT_KILL_PROCESS :
					  SCMP_ACT_ERRNO(EPERM));
	if (!*filter)
		return err_set(e, ENOMEM, "seccomp_init");
	r = is_death ? 0 : set_failing(*filter, e);
	if (r < 0)
		seccomp_release(*filter);
	return r;
}

int allow_add(scmp_filter_ctx filter, const struct allow_list *list,
	      struct err *e)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct allow_row *row = &list->rows[i];
		int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					       row->call, row->conditions,
					       row->condition);

		if (r < 0)
			return err_set(e, -r, "seccomp_rule_add(%s, row %zu)",
				       list->program, i);
	}
	return 0;
}

int allow_end(scmp_filter_ctx filter, int r, struct err *e)
{
	if (r == 0) {
		/* libseccomp sets no_new_privs before it loads. */
		r = seccomp_load(filter);
		if (r < 0)
			err_set(e, -r, "seccomp_load");
	}
	seccomp_release(filter);
	return r;
}

int allow_only(const struct allow_list *list, struct err *e)
{
	scmp_filter_ctx filter;
	int r = allow_begin(list->refusal, &filter, e);

	if (r < 0)
		return r;
	r = allow_add(filter, list, e);
	if (r == 0 && list->refusal == ALLOW_OR_DIE)
		r = allow_add(filter, &allow_life, e);
	return allow_end(filter, r, e);
}
