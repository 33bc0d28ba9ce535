// SPDX-License-Identifier: MIT
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/oci/config/config_inner.h"
#include "runtime/oci/config/list.h"
#include "runtime/oci/config/words.h"

#define PREFIX "CAP_"

/* ------------------------------------------------------------ capabilities */

/*
 * "Any value which cannot be mapped to a relevant kernel interface, or cannot
 * be granted otherwise MUST be logged as a warning by the runtime."
 */
static int take_set(struct config *c, const char *which,
		    const struct field_texts *names, uint64_t *set,
		    struct err *e)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->items[i];
		const struct grant_row *g = NULL;

		if (strncmp(name, PREFIX, strlen(PREFIX)) == 0)
			g = grant_find(name);
		if (g)
			*set |= (uint64_t)1 << g->capability;
		else if (config_warn(c, e,
				     "process.capabilities.%s[%zu]: \"%.64s\" "
				     "is no capability",
				     which, i, name) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Takes away what the kernel would not grant: what is not in `of`. */
static int limit_set(struct config *c, const char *which, uint64_t *set,
		     uint64_t of, const char *of_words, struct err *e)
{
	uint64_t extra = *set & ~of;

	*set &= of;
	if (!extra)
		return 0;
	return config_warn(c, e,
			   "process.capabilities.%s: %#llx are not %s and "
			   "cannot be granted",
			   which, (unsigned long long)extra, of_words);
}

int config_take_capabilities(struct config *c, const struct doc_capabilities *d,
			     struct err *e)
{
	struct oci_capabilities *o = &c->spec.process.capabilities;
	int err = take_set(c, "bounding", &d->bounding, &o->bounding, e);

	if (err == 0)
		err = take_set(c, "permitted", &d->permitted, &o->permitted, e);
	if (err == 0)
		err = take_set(c, "effective", &d->effective, &o->effective, e);
	if (err == 0)
		err = take_set(c, "inheritable", &d->inheritable,
			       &o->inheritable, e);
	if (err == 0)
		err = take_set(c, "ambient", &d->ambient, &o->ambient, e);
	/* Source: capset(2), capabilities(7). */
	if (err == 0)
		err = limit_set(c, "effective", &o->effective, o->permitted,
				"permitted", e);
	if (err == 0)
		err = limit_set(c, "inheritable", &o->inheritable, o->bounding,
				"bounding", e);
	if (err == 0)
		err = limit_set(c, "ambient", &o->ambient,
				o->permitted & o->inheritable,
				"permitted and inheritable", e);
	return err;
}

/* ----------------------------------------------------------------- rlimits */

static int take_rlimits(struct config *c, const struct field_objects *from,
			struct err *e)
{
	const struct doc_rlimit *d = from->items;
	struct oci_rlimit *o;
	uint64_t seen = 0;
	int err = config_new(c, from->count, sizeof(*o), &o, e);

	for (size_t i = 0; err == 0 && i < from->count; i++) {
		uint64_t bit = (uint64_t)1 << d[i].type.value;

		if (seen & bit)
			err = fields_refuse(
				e, EINVAL,
				"process.rlimits[%zu].type: %s is given twice",
				i, words_name(words_rlimits, d[i].type.value));
		else if (d[i].soft.value > d[i].hard.value)
			err = fields_refuse(
				e, EINVAL,
				"process.rlimits[%zu].soft: is more than hard",
				i);
		seen |= bit;
		o[i].resource = (int)d[i].type.value;
		o[i].limit.rlim_cur = d[i].soft.value;
		o[i].limit.rlim_max = d[i].hard.value;
	}
	c->spec.process.rlimits = o;
	c->spec.process.rlimit_count = from->count;
	return err;
}

/* ---------------------------------------------------------------- schedule */

static bool is_realtime(uint64_t policy)
{
	return policy == SCHED_FIFO || policy == SCHED_RR;
}

/* Source: sched_setattr(2), kernel/sched/syscalls.c. */
static const char *check_scheduler(const struct doc_scheduler *d)
{
	bool has_priority = d->priority.is_set && d->priority.value > 0;

	if (is_realtime(d->policy.value) && !has_priority)
		return "priority: this policy needs one from 1 to 99";
	if (!is_realtime(d->policy.value) && has_priority)
		return "priority: is for SCHED_FIFO and SCHED_RR";
	if (d->policy.value != SCHED_DEADLINE &&
	    (d->runtime.value || d->deadline.value || d->period.value))
		return "runtime, deadline, period: are for SCHED_DEADLINE";
	if (d->policy.value != SCHED_DEADLINE)
		return NULL;
	if (!d->runtime.value || d->runtime.value > d->deadline.value ||
	    (d->period.value && d->deadline.value > d->period.value))
		return "runtime: is not 0 < runtime <= deadline <= period";
	return NULL;
}

static int take_scheduler(struct config *c, const struct doc_scheduler *d,
			  struct err *e)
{
	const char *fault = check_scheduler(d);
	struct oci_scheduler *o;
	int err = config_new(c, 1, sizeof(*o), &o, e);

	if (fault)
		return fields_refuse(e, EINVAL, "process.scheduler.%s", fault);
	if (err < 0)
		return err;
	*o = (struct oci_scheduler){
		.policy = (uint32_t)d->policy.value,
		.nice = (int32_t)d->nice.value,
		.priority = (uint32_t)d->priority.value,
		.flags = d->flags,
		.runtime_ns = d->runtime.value,
		.deadline_ns = d->deadline.value,
		.period_ns = d->period.value,
	};
	c->spec.process.scheduler = o;
	return 0;
}

static int take_cpus(struct config *c, const char *text, struct oci_cpu_set *o,
		     struct err *e)
{
	unsigned long *bits;
	size_t count = text ? (size_t)list_parse(text, NULL) : 0;
	size_t words = (count + LIST_WORD_BITS - 1) / LIST_WORD_BITS;
	int err = config_new(c, words, sizeof(*bits), &bits, e);

	if (err < 0 || words == 0)
		return err;
	list_parse(text, bits);
	o->bits = bits;
	o->size_bytes = words * sizeof(*bits);
	return 0;
}

int config_take_schedule(struct config *c, const struct doc_process *d,
			 struct err *e)
{
	struct oci_process *o = &c->spec.process;
	int err = 0;

	if (d->io_priority)
		o->io_priority =
			IOPRIO_PRIO_VALUE((int)d->io_priority->class.value,
					  (int)d->io_priority->priority.value);
	if (d->scheduler)
		err = take_scheduler(c, d->scheduler, e);
	if (err == 0 && d->affinity)
		err = take_cpus(c, d->affinity->initial, &o->cpus_initial, e);
	if (err == 0 && d->affinity)
		err = take_cpus(c, d->affinity->final, &o->cpus_final, e);
	return err;
}

/* -------------------------------------------------------------------- rest */

static void take_user(struct oci_process *o, const struct doc_user *d)
{
	o->uid = (uid_t)d->uid.value;
	o->gid = (gid_t)d->gid.value;
	if (d->umask.is_set)
		o->umask = (mode_t)d->umask.value;
	o->groups = d->groups.items;
	o->group_count = d->groups.count;
}

static int check_process(const struct doc_process *d, struct err *e)
{
	const char *profile = config_given(d->apparmor_profile);

	if (!d->args.count || !d->args.items[0][0])
		return fields_refuse(e, EINVAL, "process.args: is missing");
	if (profile && strcmp(profile, "unconfined") != 0)
		return fields_refuse(
			e, EOPNOTSUPP,
			"process.apparmorProfile: \"%.64s\": no AppArmor here",
			profile);
	return 0;
}

static void take_terminal(struct oci_terminal *o, const struct doc_process *d)
{
	o->is_wanted = d->is_terminal;
	if (!d->is_terminal || !d->console_size)
		return;
	o->rows = (uint16_t)d->console_size->height.value;
	o->columns = (uint16_t)d->console_size->width.value;
}

int config_take_process(struct config *c, const struct doc_process *d,
			struct err *e)
{
	static const char *const no_env[] = { NULL };
	struct oci_process *o = &c->spec.process;
	int err = check_process(d, e);

	o->args = d->args.items;
	o->env = d->env.items ? d->env.items : no_env;
	o->cwd = d->cwd;
	o->is_no_new_privileges = d->is_no_new_privileges;
	o->selinux_label = config_given(d->selinux_label);
	o->has_oom_score_adj = d->oom_score_adj.is_set;
	o->oom_score_adj = (int)d->oom_score_adj.value;
	take_terminal(&o->terminal, d);
	if (d->user)
		take_user(o, d->user);
	if (err == 0 && d->capabilities)
		err = config_take_capabilities(c, d->capabilities, e);
	if (err == 0)
		err = take_rlimits(c, &d->rlimits, e);
	return err < 0 ? err : config_take_schedule(c, d, e);
}
