// SPDX-License-Identifier: MIT
#include "policy/profile.h"

#include <errno.h>
#include <string.h>

#include "policy/grants.h"
#include "policy/seccomp.h"

static bool is_in(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

bool profile_is_granted(uint64_t set, const char *name)
{
	for (unsigned int i = 0; i < grant_count; i++)
		if (set >> i & 1 && is_in(grant_rows[i].syscalls, name))
			return true;
	return false;
}

/* The number of a name; negative when this machine has no such call. */
static int number_of(const char *name)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr != __NR_SCMP_ERROR)
		return nr;
	for (const struct seccomp_number *n = seccomp_numbers; n->name; n++)
		if (strcmp(n->name, name) == 0)
			return n->number;
	return __NR_SCMP_ERROR;
}

int profile_add_call(scmp_filter_ctx filter, const char *name, int error,
		     const struct scmp_arg_cmp *when, struct err *e)
{
	uint32_t action = error ? SCMP_ACT_ERRNO((uint32_t)error) :
				  SCMP_ACT_ALLOW;
	int nr = number_of(name);
	int r;

	if (nr == __NR_SCMP_ERROR)
		return err_set(e, EINVAL, "seccomp: no system call %s", name);
	if (nr < 0)
		return 0; /* of another architecture */
	r = seccomp_rule_add_array(filter, action, nr, when ? 1 : 0, when);
	/* -EACCES: the same as the default action; nothing to add. */
	if (r < 0 && r != -EACCES)
		return err_set(e, -r, "seccomp_rule_add(%s)", name);
	return 0;
}

static int add_names(scmp_filter_ctx filter, const char *const *names,
		     const char *const *except, struct err *e)
{
	int r = 0;

	for (; r == 0 && names && *names; names++)
		if (!is_in(except, *names))
			r = profile_add_call(filter, *names, 0, NULL, e);
	return r;
}

static struct scmp_arg_cmp compare(const struct seccomp_when *w)
{
	static const enum scmp_compare operators[] = {
		[SECCOMP_EQUAL] = SCMP_CMP_EQ,
		[SECCOMP_BELOW] = SCMP_CMP_LT,
		[SECCOMP_ABOVE] = SCMP_CMP_GT,
		[SECCOMP_MASKED] = SCMP_CMP_MASKED_EQ,
	};
	bool is_masked = w->compare == SECCOMP_MASKED;

	return (struct scmp_arg_cmp){
		.arg = w->argument,
		.op = operators[w->compare],
		.datum_a = is_masked ? w->mask : w->value,
		.datum_b = is_masked ? w->value : 0,
	};
}

static int add_conditions(scmp_filter_ctx filter, uint64_t set, struct err *e)
{
	int r = 0;

	for (const struct seccomp_when *w = seccomp_when; r == 0 && w->name;
	     w++) {
		struct scmp_arg_cmp when = compare(w);

		if (!profile_is_granted(set, w->name))
			r = profile_add_call(filter, w->name, w->error, &when,
					     e);
	}
	return r;
}

int profile_add_allowed(scmp_filter_ctx filter, uint64_t set,
			const char *const *except, struct err *e)
{
	int r = add_names(filter, seccomp_allowed, except, e);

	for (unsigned int i = 0; r == 0 && i < grant_count; i++)
		if (set >> i & 1)
			r = add_names(filter, grant_rows[i].syscalls, except,
				      e);
	return r < 0 ? r : add_conditions(filter, set, e);
}
