/* SPDX-License-Identifier: MIT */
#include "runtime/task/launch_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/base/wipe.h"

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

void launch_plain_label(const struct task_state *task,
			const struct plan_task *plan,
			char label[LAUNCH_LABEL_MAX])
{
	bool is_host = plan->network_mode == PLAN_NETWORK_HOST;

	snprintf(label, LAUNCH_LABEL_MAX, "system_u:system_r:%s:s0:c%u,c%u",
		 grant_selinux_type(0, is_host), task->categories[0],
		 task->categories[1]);
}

static void fill_labels(struct launch *l, const struct launch_input *in)
{
	launch_process_label(in->task, in->task_plan, in->plan,
			     l->process_label);
	launch_file_label(in->task, l->file_label);
	l->spec.process.selinux_label = l->process_label;
	l->spec.mount_label = l->file_label;
}

/* cpu.weight from ECS units through Docker's shares, 2..262144 to 1..10000. */
static uint64_t cpu_weight(int64_t units)
{
	uint64_t shares = units < 2 ? 2 : (uint64_t)units;

	if (shares > 262144)
		shares = 262144;
	return 1 + (shares - 2) * 9999 / 262142;
}

/* Whoever says how many processes the task has gets them in any container. */
static void fill_resources(struct oci_resources *r, const struct plan_task *t,
			   const struct plan_container *p)
{
	*r = (struct oci_resources){
		.memory_max = (uint64_t)p->memory_mib << 20,
		.memory_low = (uint64_t)p->memory_reservation_mib << 20,
		.has_swap = true,
		.memory_swap_max = (uint64_t)p->linux_parameters.max_swap_mib
				   << 20,
		.cpu_weight = cpu_weight(p->cpu_units),
		.pids_max = t->pids_limit ? (uint64_t)t->pids_limit :
					    LAUNCH_PIDS_MAX,
	};
}

uint64_t launch_root_bytes(const struct plan_task *task)
{
	uint64_t mib = (uint64_t)task->ephemeral_gib << 10;

	if (!mib)
		return (uint64_t)PLAN_ROOT_MIB << 20;
	for (uint32_t i = 0; i < task->volumes.count; i++)
		mib -= (uint64_t)task->volumes.items[i].size_mib;
	return mib / task->containers.count << 20;
}

static uint64_t all_swap(const struct plan_task *task)
{
	uint64_t mib = 0;

	for (uint32_t i = 0; i < task->containers.count; i++)
		mib += (uint64_t)task->containers.items[i]
			       .linux_parameters.max_swap_mib;
	return mib << 20;
}

void launch_task_limits(const struct plan_task *task,
			struct oci_resources *limits)
{
	*limits = (struct oci_resources){
		.memory_max = (uint64_t)task->memory_mib << 20,
		.has_swap = true,
		.memory_swap_max = all_swap(task),
		.pids_max = (uint64_t)task->pids_limit,
	};
	if (task->cpu_units > 0) {
		limits->cpu_period_us = CPU_PERIOD_US;
		limits->cpu_quota_us = (uint64_t)task->cpu_units *
				       CPU_PERIOD_US / ECS_CPU_UNITS;
	}
}

/* The host's network, or one of its own until the caller says the task's; what
 * the containers of the task share, the caller also says. */
static void fill_surroundings(struct launch *l, const struct launch_input *in)
{
	l->spec.namespaces.unshare = OCI_DEFAULT_NAMESPACES;
	if (in->task_plan->network_mode == PLAN_NETWORK_HOST &&
	    !in->plan->is_network_disabled)
		l->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWNET;
	if (in->task_plan->pid_mode == PLAN_OF_TASK)
		l->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWPID;
	if (in->task_plan->ipc_mode == PLAN_OF_TASK)
		l->spec.namespaces.unshare &= ~(uint64_t)CLONE_NEWIPC;
	l->spec.masked = oci_default_masked;
	l->spec.masked_count = oci_default_masked_count;
	l->spec.read_only = oci_default_read_only;
	l->spec.read_only_count = oci_default_read_only_count;
}

static int fill_settings(struct launch *l, const struct plan_pairs *settings,
			 struct err *e)
{
	if (settings->count > ARRAY_SIZE(l->settings))
		return err_set(e, E2BIG, "settings of the container");
	for (uint32_t i = 0; i < settings->count; i++)
		l->settings[i] = (struct oci_sysctl){
			.name = settings->items[i].name,
			.value = settings->items[i].value,
		};
	l->spec.sysctls = l->settings;
	l->spec.sysctl_count = settings->count;
	return 0;
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
	AUTO_WIPE struct launch *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(e, ENOMEM, "calloc(launch)");
	oci_spec_init(&l->spec);
	fill_surroundings(l, in);
	/* As Docker does it: the beginning of the id. */
	snprintf(l->hostname, sizeof(l->hostname), "%.*s",
		 in->plan->hostname[0] ? PLAN_HOSTNAME_MAX : 12,
		 in->plan->hostname[0] ? in->plan->hostname : in->task->id);
	launch_cgroup(in->task, in->plan, l->cgroup);
	l->spec.cgroup = l->cgroup;
	l->spec.hostname = l->hostname;
	l->spec.is_root_read_only = in->plan->is_read_only_root;
	fill_capabilities(l, launch_capabilities(in->task_plan, in->plan));
	fill_resources(&l->spec.resources, in->task_plan, in->plan);
	fill_labels(l, in);
	r = names_fill(&l->names, in->instance, in->task_plan,
		       state_attachment(in->task, in->task_plan), in->plan,
		       l->hostname, e);
	if (r == 0)
		r = fill_settings(l, &in->plan->settings, e);
	if (r == 0)
		r = launch_fill_process(l, in, e);
	if (r == 0)
		r = launch_fill_mounts(l, in, e);
	if (r == 0)
		r = launch_fill_grants(l, e);
	if (r == 0)
		r = launch_fill_devices(l, in->plan, e);
	if (r < 0)
		return r;
	*out = take_ptr(&l);
	return 0;
}
