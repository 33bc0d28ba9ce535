#include "runtime/task/launch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/mount.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/task/words.h"

#define DEFAULT_PATH \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define CPU_PERIOD_US 100000u
#define ECS_CPU_UNITS 1024 /* per CPU */

static uint64_t capability_set(const struct plan_strings *words, bool *has_all)
{
	uint64_t set = 0;

	*has_all = false;
	for (uint32_t i = 0; i < words->count; i++) {
		const struct grant_row *row = grant_find(words->items[i]);

		if (strcmp(words->items[i], "ALL") == 0)
			*has_all = true;
		else if (row)
			set |= UINT64_C(1) << row->capability;
	}
	return set;
}

static uint64_t unasked_set(const struct plan_task *task)
{
	return grant_free_set(task->network_mode == PLAN_NETWORK_HOST);
}

uint64_t launch_granted(const struct plan_task *task, uint64_t capabilities)
{
	return capabilities & ~unasked_set(task);
}

uint64_t launch_capabilities(const struct plan_task *task,
			     const struct plan_container *c)
{
	const struct plan_linux *l = &c->linux_parameters;
	bool add_all, drop_all;
	uint64_t add = capability_set(&l->capabilities_add, &add_all);
	uint64_t drop = capability_set(&l->capabilities_drop, &drop_all);

	return grant_algebra(unasked_set(task), c->is_privileged, add, add_all,
			     drop, drop_all);
}

void launch_cgroup(const struct task_state *task,
		   const struct plan_container *c, char path[LAUNCH_CGROUP_MAX])
{
	snprintf(path, LAUNCH_CGROUP_MAX, "tasks/%s/%s", task->id, c->name);
}

void launch_file_label(const struct task_state *task,
		       char label[LAUNCH_LABEL_MAX])
{
	snprintf(label, LAUNCH_LABEL_MAX,
		 "system_u:object_r:task_file_t:s0:c%u,c%u",
		 task->categories[0], task->categories[1]);
}

void launch_process_label(const struct task_state *task,
			  const struct plan_task *plan,
			  const struct plan_container *c,
			  char label[LAUNCH_LABEL_MAX])
{
	const char *type =
		grant_selinux_type(launch_capabilities(plan, c),
				   plan->network_mode == PLAN_NETWORK_HOST);

	snprintf(label, LAUNCH_LABEL_MAX, "system_u:system_r:%s:s0:c%u,c%u",
		 type, task->categories[0], task->categories[1]);
}

static void fill_labels(struct launch *l, const struct launch_input *in)
{
	launch_process_label(in->task, in->task_plan, in->plan,
			     l->process_label);
	launch_file_label(in->task, l->file_label);
	l->spec.process.selinux_label = l->process_label;
	l->spec.mount_label = l->file_label;
}

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

/* Later ones win: defaults, the image's, the task's. */
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

static int fill_process(struct launch *l, const struct launch_input *in,
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

/* cpu.weight from ECS units through Docker's shares, 2..262144 to 1..10000. */
static uint64_t cpu_weight(int64_t units)
{
	uint64_t shares = units < 2 ? 2 : (uint64_t)units;

	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

static void fill_resources(struct oci_resources *r,
			   const struct plan_container *p)
{
	*r = (struct oci_resources){
		.memory_max = (uint64_t)p->memory_mib << 20,
		.memory_low = (uint64_t)p->memory_reservation_mib << 20,
		.has_swap = true,
		.cpu_weight = cpu_weight(p->cpu_units),
		.pids_max = LAUNCH_PIDS_MAX,
	};
}

void launch_task_limits(const struct plan_task *task,
			struct oci_resources *limits)
{
	*limits = (struct oci_resources){
		.memory_max = (uint64_t)task->memory_mib << 20,
		.has_swap = true,
	};
	if (task->cpu_units > 0) {
		limits->cpu_period_us = CPU_PERIOD_US;
		limits->cpu_quota_us = (uint64_t)task->cpu_units *
				       CPU_PERIOD_US / ECS_CPU_UNITS;
	}
}

static int add_mount(struct launch *l, const struct oci_mount *m, struct err *e)
{
	if (l->spec.mount_count == ARRAY_SIZE(l->mounts))
		return err_set(e, E2BIG, "mounts of the container");
	l->mounts[l->spec.mount_count++] = *m;
	return 0;
}

static int add_tmpfs(struct launch *l, const struct plan_tmpfs *t,
		     struct err *e)
{
	char *options = l->tmpfs_options[l->spec.mount_count];
	struct oci_mount m = {
		.destination = t->container_path,
		.type = "tmpfs",
		.source_fd = -1,
		.options = options,
		.attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				  MOUNT_ATTR_NOEXEC,
		.label = l->file_label,
	};
	int n = snprintf(options, LAUNCH_OPTIONS_MAX, "size=%lldm",
			 (long long)t->size_mib);

	for (uint32_t i = 0; i < t->options.count; i++) {
		if (words_tmpfs_option(t->options.items[i], &m.attributes_set))
			continue;
		n += snprintf(options + n, LAUNCH_OPTIONS_MAX - (size_t)n,
			      ",%s", t->options.items[i]);
		if (n >= LAUNCH_OPTIONS_MAX)
			return err_set(e, E2BIG, "options of tmpfs %s",
				       t->container_path);
	}
	return add_mount(l, &m, e);
}

/* Counts as the container's memory, like all that lies in a tmpfs. */
static void size_shared_memory(struct launch *l, int64_t mib)
{
	snprintf(l->shm_options, sizeof(l->shm_options), "mode=1777,size=%lldm",
		 (long long)mib);
	for (size_t i = 0; i < OCI_DEFAULT_MOUNTS; i++)
		if (strcmp(l->mounts[i].destination, "/dev/shm") == 0)
			l->mounts[i].options = l->shm_options;
}

/* Volumes come with the fds that the caller fills in, in this order. */
static int fill_mounts(struct launch *l, const struct plan_container *p,
		       struct err *e)
{
	int r = 0;

	memcpy(l->mounts, oci_default_mounts, sizeof(oci_default_mounts));
	size_shared_memory(l, p->linux_parameters.shared_memory_mib);
	l->spec.mounts = l->mounts;
	l->spec.mount_count = OCI_DEFAULT_MOUNTS;
	l->volumes = l->mounts + OCI_DEFAULT_MOUNTS;
	for (uint32_t i = 0; r == 0 && i < p->mount_points.count; i++) {
		const struct plan_mount_point *v = &p->mount_points.items[i];
		struct oci_mount m = {
			.destination = v->container_path,
			.source_fd = -1,
			.attributes_set =
				MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				(v->is_read_only ? MOUNT_ATTR_RDONLY : 0),
		};

		r = add_mount(l, &m, e);
	}
	for (uint32_t i = 0; r == 0 && i < p->linux_parameters.tmpfs.count; i++)
		r = add_tmpfs(l, &p->linux_parameters.tmpfs.items[i], e);
	return r;
}

/* A new bpffs can have the task's label, the kernel's one tracefs cannot. */
static int add_grant_mount(struct launch *l, const char *type,
			   const char *destination, const char *label,
			   struct err *e)
{
	const struct oci_mount m = {
		.destination = destination,
		.type = type,
		.label = label,
		.source_fd = -1,
		.attributes_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				  MOUNT_ATTR_NOEXEC,
	};

	return add_mount(l, &m, e);
}

static int add_grant_devices(struct launch *l, const struct grant_row *row,
			     struct err *e)
{
	for (const struct grant_device *d = row->devices; d && d->path; d++) {
		if (l->spec.device_count == ARRAY_SIZE(l->devices))
			return err_set(e, E2BIG, "devices of the container");
		l->devices[l->spec.device_count++] = (struct oci_device){
			.path = d->path,
			.type = d->type,
			.major = d->major,
			.minor = d->minor,
			.mode = 0666,
			.access = d->access,
		};
	}
	return 0;
}

static int fill_grants(struct launch *l, struct err *e)
{
	uint64_t set = l->spec.process.capabilities.bounding;
	bool has_bpffs = false, has_tracefs = false;
	int r = 0;

	l->spec.devices = l->devices;
	for (unsigned int i = 0; r == 0 && i < grant_count; i++) {
		const struct grant_row *row = &grant_rows[i];

		if (row->is_default || !(set & UINT64_C(1) << row->capability))
			continue;
		has_bpffs |= row->has_bpffs;
		has_tracefs |= row->has_tracefs;
		r = add_grant_devices(l, row, e);
	}
	if (r == 0 && has_bpffs)
		r = add_grant_mount(l, "bpf", "/sys/fs/bpf", l->file_label, e);
	if (r == 0 && has_tracefs)
		r = add_grant_mount(l, "tracefs", "/sys/kernel/tracing", NULL,
				    e);
	return r;
}

/* The host's network, or one of its own until the caller says the task's. */
static void fill_surroundings(struct launch *l, const struct plan_task *task)
{
	l->spec.namespaces.unshare = OCI_DEFAULT_NAMESPACES;
	if (task->network_mode == PLAN_NETWORK_HOST)
		l->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	l->spec.masked = oci_default_masked;
	l->spec.masked_count = oci_default_masked_count;
	l->spec.read_only = oci_default_read_only;
	l->spec.read_only_count = oci_default_read_only_count;
}

static void fill_capabilities(struct launch *l, uint64_t set)
{
	l->spec.process.capabilities = (struct oci_capabilities){
		.bounding = set,
		.permitted = set,
		.effective = set,
	};
}

int launch_new(const struct launch_input *in, struct launch **out,
	       struct err *e)
{
	AUTO_FREE struct launch *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(e, ENOMEM, "calloc(launch)");
	oci_spec_init(&l->spec);
	fill_surroundings(l, in->task_plan);
	/* As Docker does it: the beginning of the id. */
	snprintf(l->hostname, sizeof(l->hostname), "%.*s",
		 in->plan->hostname[0] ? PLAN_HOSTNAME_MAX : 12,
		 in->plan->hostname[0] ? in->plan->hostname : in->task->id);
	launch_cgroup(in->task, in->plan, l->cgroup);
	l->spec.cgroup = l->cgroup;
	l->spec.hostname = l->hostname;
	l->spec.is_root_read_only = in->plan->is_read_only_root;
	fill_capabilities(l, launch_capabilities(in->task_plan, in->plan));
	fill_resources(&l->spec.resources, in->plan);
	fill_labels(l, in);
	r = fill_process(l, in, e);
	if (r == 0)
		r = fill_mounts(l, in->plan, e);
	if (r == 0)
		r = fill_grants(l, e);
	if (r < 0)
		return r;
	*out = take_ptr(&l);
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
