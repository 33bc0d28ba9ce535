// SPDX-License-Identifier: MIT
/* How the kernel runs the process: when, where, and with which quirks. */
#include <errno.h>
#include <linux/ioprio.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/base/sys.h"
#include "runtime/oci/child.h"

int child_scheduler(struct child *c)
{
	const struct oci_scheduler *s = c->spec->process.scheduler;
	struct sched_attr attr;

	if (!s || child_is_excused(c))
		return 0;
	attr = (struct sched_attr){
		.size = sizeof(attr),
		.sched_policy = s->policy,
		.sched_flags = s->flags,
		.sched_nice = s->nice,
		.sched_priority = s->priority,
		.sched_runtime = s->runtime_ns,
		.sched_deadline = s->deadline_ns,
		.sched_period = s->period_ns,
	};
	return sys_result(syscall(SYS_sched_setattr, c->pid, &attr, 0));
}

int child_io_priority(struct child *c)
{
	int priority = c->spec->process.io_priority;

	if (!priority || child_is_excused(c))
		return 0;
	return sys_result(
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, c->pid, priority));
}

static int set_cpus(pid_t pid, const struct oci_cpu_set *cpus)
{
	if (!cpus->size_bytes)
		return 0;
	return sys_result(syscall(SYS_sched_setaffinity, pid, cpus->size_bytes,
				  cpus->bits));
}

int child_cpus_initial(struct child *c)
{
	return set_cpus(0, &c->spec->process.cpus_initial);
}

int child_cpus_final(struct child *c)
{
	if (child_is_excused(c))
		return 0;
	return set_cpus(c->pid, &c->spec->process.cpus_final);
}

int child_personality(struct child *c)
{
	if (!c->spec->has_personality)
		return 0;
	return sys_result(syscall(SYS_personality, c->spec->personality));
}

/* The kernel wants one bit more than there are. */
int child_memory_policy(struct child *c)
{
	const struct oci_memory_policy *p = c->spec->memory_policy;

	if (!p)
		return 0;
	return sys_result(syscall(SYS_set_mempolicy, p->mode, p->nodes,
				  p->node_count ? p->node_count + 1 : 0));
}
