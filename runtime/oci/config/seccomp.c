// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>

#include "runtime/oci/config/config_inner.h"
#include "runtime/oci/config/filter.h"

#define MAX_ERRNO 4095

/* ------------------------------------------------------------------ actions */

/* "When the action doesn't support an errno, the runtime MUST print and error
 * and fail. The default is EPERM." */
static int take_action(const struct field_unsigned *action,
		       const struct field_unsigned *error, uint32_t *out,
		       const char **fault)
{
	uint64_t data = error->is_set ? error->value : EPERM;
	bool takes_error = action->value == SECCOMP_RET_ERRNO ||
			   action->value == SECCOMP_RET_TRACE;

	if (error->is_set && !takes_error)
		*fault = "is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE";
	else if (action->value == SECCOMP_RET_ERRNO && data > MAX_ERRNO)
		*fault = "is more than 4095";
	else
		*fault = NULL;
	*out = (uint32_t)(action->value | (takes_error ? data : 0));
	return *fault ? -EINVAL : 0;
}

/* -------------------------------------------------------------------- rules */

struct work {
	struct config *c;
	struct filter_rule *rules;
	size_t count;
	bool notifies;
	struct err *e;
};

static int no_memory(const struct work *w)
{
	return fields_refuse(w->e, ENOMEM, "linux.seccomp: no memory for it");
}

static int add_rule(struct work *w, const struct filter_rule *rule)
{
	struct filter_rule *new =
		arena_item(&w->c->arena, &w->rules, w->count, sizeof(*new));

	if (!new)
		return no_memory(w);
	*new = *rule;
	w->count++;
	return 0;
}

static bool has_same_index_twice(const struct field_objects *arguments)
{
	const struct doc_seccomp_argument *a = arguments->items;
	unsigned int seen = 0;

	for (size_t i = 0; i < arguments->count; i++) {
		if (seen & 1U << a[i].index.value)
			return true;
		seen |= 1U << a[i].index.value;
	}
	return false;
}

/*
 * Conditions hold together. But with two for one argument each is a rule by
 * itself: so have the other runtimes read such profiles from the beginning,
 * and the profiles are written for it.
 */
static int add_conditions(struct work *w, const struct doc_seccomp_rule *d,
			  const struct filter_rule *rule)
{
	const struct doc_seccomp_argument *a = d->arguments.items;
	struct filter_rule one = *rule;
	struct filter_condition *when;
	int err = config_new(w->c, d->arguments.count, sizeof(*when), &when,
			     w->e);

	for (size_t i = 0; err == 0 && i < d->arguments.count; i++)
		when[i] = (struct filter_condition){
			.argument = (unsigned int)a[i].index.value,
			.op = (enum seccomp_op)a[i].op.value,
			.value = a[i].value.value,
			.value_two = a[i].value_two.value,
		};
	one.conditions = when;
	one.condition_count = d->arguments.count;
	if (err < 0 || !has_same_index_twice(&d->arguments))
		return err < 0 ? err : add_rule(w, &one);
	one.condition_count = 1;
	for (size_t i = 0; err == 0 && i < d->arguments.count; i++) {
		one.conditions = &when[i];
		err = add_rule(w, &one);
	}
	return err;
}

static bool has_name(const struct field_texts *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

static int take_rule(struct work *w, size_t i, const struct doc_seccomp_rule *d)
{
	struct filter_rule rule = { .names = d->names.items };
	const char *fault;

	if (d->names.count == 0)
		return fields_refuse(
			w->e, EINVAL,
			"linux.seccomp.syscalls[%zu].names: is empty", i);
	if (take_action(&d->action, &d->error, &rule.action, &fault) < 0)
		return fields_refuse(w->e, EINVAL,
				     "linux.seccomp.syscalls[%zu].errnoRet: %s",
				     i, fault);
	if (rule.action == SECCOMP_RET_USER_NOTIF) {
		w->notifies = true;
		/* The start itself hands the listener over with these. */
		if (has_name(&d->names, "write") || has_name(&d->names, "read"))
			return fields_refuse(
				w->e, EINVAL,
				"linux.seccomp.syscalls[%zu].names: "
				"SCMP_ACT_NOTIFY for read or write stops the "
				"start itself",
				i);
	}
	return add_conditions(w, d, &rule);
}

/* ----------------------------------------------------------------- listener */

static int take_listener(struct config *c, const struct doc_seccomp *d,
			 bool notifies, struct err *e)
{
	const char *path = config_given(d->listener_path);
	const char *metadata = config_given(d->listener_metadata);

	if (metadata && !path)
		return fields_refuse(e, EINVAL,
				     "linux.seccomp.listenerMetadata: there "
				     "is no listenerPath");
	if (notifies && !path)
		return fields_refuse(e, EINVAL,
				     "linux.seccomp.listenerPath: is missing, "
				     "SCMP_ACT_NOTIFY needs it");
	/* The container's process has one thread: nothing to synchronise. */
	c->seccomp.flags = d->flags & ~(uint64_t)SECCOMP_FILTER_FLAG_TSYNC;
	if (!notifies) {
		c->seccomp.flags &=
			~(uint64_t)SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		return 0;
	}
	c->seccomp.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
	c->listener_path = path;
	c->listener_metadata = metadata;
	return 0;
}

int config_take_seccomp(struct config *c, const struct doc_seccomp *d,
			struct err *e)
{
	const struct doc_seccomp_rule *from = d->rules.items;
	struct work w = { .c = c, .e = e };
	struct filter_rules rules = { .architectures = d->architectures };
	const char *fault;
	int err = 0;

	if (take_action(&d->action, &d->error, &rules.action, &fault) < 0)
		return fields_refuse(
			e, EINVAL, "linux.seccomp.defaultErrnoRet: %s", fault);
	if (rules.action == SECCOMP_RET_USER_NOTIF)
		return fields_refuse(e, EINVAL,
				     "linux.seccomp.defaultAction: "
				     "SCMP_ACT_NOTIFY stops the start itself");
	for (size_t i = 0; err == 0 && i < d->rules.count; i++)
		err = take_rule(&w, i, &from[i]);
	if (err == 0)
		err = take_listener(c, d, w.notifies, e);
	rules.rules = w.rules;
	rules.count = w.count;
	if (err == 0)
		err = filter_compile(&rules, &c->arena, &c->seccomp.program, e);
	if (err == -E2BIG)
		fields_refuse(e, E2BIG,
			      "linux.seccomp: takes more than %d instructions",
			      BPF_MAXINSNS);
	if (err == 0)
		c->spec.seccomp = &c->seccomp;
	return err;
}
