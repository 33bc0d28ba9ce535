/* SPDX-License-Identifier: MIT */
#include "runtime/task/launch_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/description.h"
#include "runtime/base/fd.h"
#include "runtime/task/words.h"

#define URI_MAX 128
#define DEFAULT_PATH \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int add_plan_strings(const char **list, size_t *n, size_t cap,
			    const struct plan_strings *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (*n + 1 >= cap)
			return -E2BIG;
		list[(*n)++] = s->items[i];
	}
	return 0;
}

static int add_image_strings(const char **list, size_t *n, size_t cap,
			     const struct image_reply *image,
			     const struct image_strings *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		if (*n + 1 >= cap)
			return -E2BIG;
		list[(*n)++] = image_string(image, s, i);
	}
	return 0;
}

/*
 * Entry point and command as Docker joins them: a task's entry point also
 * does away with the image's command.
 */
static int fill_args(struct launch *l, const struct launch_input *in,
		     struct err *e)
{
	const struct plan_container *p = in->plan;
	size_t n = 0, cap = ARRAY_SIZE(l->args);
	int r;

	r = p->entry_point.count ?
		    add_plan_strings(l->args, &n, cap, &p->entry_point) :
		    add_image_strings(l->args, &n, cap, in->image,
				      &in->image->entry_point);
	if (r == 0 && p->command.count)
		r = add_plan_strings(l->args, &n, cap, &p->command);
	else if (r == 0 && !p->entry_point.count)
		r = add_image_strings(l->args, &n, cap, in->image,
				      &in->image->command);
	if (r < 0)
		return err_set(e, -r, "arguments of the container");
	if (n == 0)
		return err_set(e, ENOEXEC, "no entryPoint and no command");
	l->spec.process.args = l->args;
	return 0;
}

static bool has_same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

static int set_env(struct launch *l, const char *text)
{
	for (size_t i = 0; i < l->env_count; i++) {
		if (has_same_name(text, l->env[i])) {
			l->env[i] = text;
			return 0;
		}
	}
	if (l->env_count + 1 >= ARRAY_SIZE(l->env))
		return -E2BIG;
	l->env[l->env_count++] = text;
	return 0;
}

static int set_env_pair(struct launch *l, const char *name, const char *value)
{
	char *at = l->env_text + l->env_used;
	size_t room = sizeof(l->env_text) - l->env_used;
	int n = snprintf(at, room, "%s=%s", name, value);

	if (n < 0 || (size_t)n >= room)
		return -E2BIG;
	l->env_used += (size_t)n + 1;
	return set_env(l, at);
}

/*
 * Where the container asks for its metadata. Not without network, and not in
 * the instance's own, where no socket tells tasks apart.
 */
static int set_metadata(struct launch *l, const struct launch_input *in)
{
	const struct plan_task *task = in->task_plan;
	char uri[URI_MAX];

	if (task->network_mode == PLAN_NETWORK_HOST ||
	    in->plan->is_network_disabled)
		return 0;
	snprintf(uri, sizeof(uri),
		 "http://" DESCRIPTION_ADDRESS
		 ":" DESCRIPTION_PORT_TEXT DESCRIPTION_PATH "%s-%d",
		 in->task->id, 1 + (int)(in->plan - task->containers.items));
	return set_env_pair(l, "ECS_CONTAINER_METADATA_URI_V4", uri);
}

/* Where it runs, as ECS says it: no image can say otherwise. */
static int set_place(struct launch *l, const struct launch_input *in)
{
	int r = set_env_pair(l, "AWS_EXECUTION_ENV",
			     "AWS_ECS_MANAGED_INSTANCES");

	return r < 0 ? r : set_metadata(l, in);
}

/* Later ones win: defaults, the image's, those of the place, the task's. */
static int fill_env(struct launch *l, const struct launch_input *in,
		    struct err *e)
{
	const struct plan_pairs *own = &in->plan->environment;
	int r = set_env(l, DEFAULT_PATH);

	if (r == 0)
		r = set_env_pair(l, "HOSTNAME", l->hostname);
	if (r == 0)
		r = set_env_pair(l, "HOME", in->image->text + in->image->home);
	for (uint32_t i = 0; r == 0 && i < in->image->env.count; i++)
		r = set_env(l, image_string(in->image, &in->image->env, i));
	if (r == 0)
		r = set_place(l, in);
	for (uint32_t i = 0; r == 0 && i < own->count; i++)
		r = set_env_pair(l, own->items[i].name, own->items[i].value);
	if (r < 0)
		return err_set(e, -r, "environment of the container");
	l->spec.process.env = l->env;
	return 0;
}

static const char *working_directory(const struct launch_input *in)
{
	const char *image = in->image->text + in->image->working_directory;

	if (in->plan->working_directory[0])
		return in->plan->working_directory;
	return image[0] ? image : "/";
}

/* clang-format off */
static const struct oci_rlimit default_limits[] = {
	{ RLIMIT_NOFILE, { LAUNCH_NOFILE, LAUNCH_NOFILE } },
	{ RLIMIT_CORE, { 0, 0 } },
	/* The kernel counts these by user, and tasks have users in common: one
	   could take them from all others. What bounds a task is its control
	   group, whose memory they are. */
	{ RLIMIT_NPROC, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_SIGPENDING, { RLIM_INFINITY, RLIM_INFINITY } },
	{ RLIMIT_MSGQUEUE, { RLIM_INFINITY, RLIM_INFINITY } },
};
/* clang-format on */

static int fill_limits(struct launch *l, const struct plan_container *p,
		       struct err *e)
{
	size_t count = ARRAY_SIZE(default_limits);

	memcpy(l->rlimits, default_limits, sizeof(default_limits));
	for (uint32_t i = 0; i < p->ulimits.count; i++) {
		struct oci_rlimit limit;
		size_t at = 0;

		if (words_ulimit(&p->ulimits.items[i], &limit) < 0)
			return err_set(e, EINVAL, "ulimit %s",
				       p->ulimits.items[i].name);
		while (at < count && l->rlimits[at].resource != limit.resource)
			at++;
		if (at == ARRAY_SIZE(l->rlimits))
			return err_set(e, E2BIG, "ulimits");
		l->rlimits[at] = limit;
		if (at == count)
			count++;
	}
	l->spec.process.rlimits = l->rlimits;
	l->spec.process.rlimit_count = count;
	return 0;
}

int launch_fill_process(struct launch *l, const struct launch_input *in,
			struct err *e)
{
	struct oci_process *p = &l->spec.process;
	int r = fill_args(l, in, e);

	if (r == 0)
		r = fill_env(l, in, e);
	if (r == 0)
		r = fill_limits(l, in->plan, e);
	if (r < 0)
		return r;
	p->cwd = working_directory(in);
	p->uid = in->image->uid;
	p->gid = in->image->gid;
	p->groups = in->image->groups;
	p->group_count = in->image->group_count;
	p->is_no_new_privileges = true;
	p->has_oom_score_adj = true;
	p->has_init = in->plan->linux_parameters.has_init_process;
	return 0;
}

static void set_check_args(struct launch *l, const struct plan_strings *command)
{
	size_t n = 0;

	if (strcmp(command->items[0], "CMD-SHELL") == 0) {
		l->args[n++] = "/bin/sh";
		l->args[n++] = "-c";
	}
	for (uint32_t i = 1; i < command->count; i++)
		l->args[n++] = command->items[i];
	l->args[n] = NULL;
}

int launch_check_new(const struct launch_input *in, struct launch **out,
		     struct err *e)
{
	int r = launch_new(in, out, e);

	if (r < 0)
		return r;
	set_check_args(*out, &in->plan->health.command);
	(*out)->spec.process.has_init = false;
	return 0;
}
