// SPDX-License-Identifier: MIT
#include "runtime/task/placement.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/sysinfo.h>

#include "runtime/task/ports.h"

#define CPU_UNITS 1024 /* of one CPU */

int placement_room(struct needs *room, struct err *e)
{
	struct sysinfo info;
	cpu_set_t cpus;

	if (sysinfo(&info) < 0)
		return err_set(e, errno, "sysinfo");
	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return err_set(e, errno, "sched_getaffinity");
	*room = (struct needs){
		.cpu_units = (int64_t)CPU_COUNT(&cpus) * CPU_UNITS,
		.memory_mib =
			(int64_t)(((uint64_t)info.totalram * info.mem_unit) >>
				  20),
	};
	return 0;
}

static int never_fits(struct change_refusal *why, uint32_t index,
		      const char *member, const char *unit, int64_t wanted,
		      int64_t has)
{
	snprintf(why->path, sizeof(why->path), "$.tasks[%u].taskDefinition.%s",
		 index, member);
	snprintf(why->reason, sizeof(why->reason),
		 "%lld %s are needed, the instance has %lld", (long long)wanted,
		 unit, (long long)has);
	return -EINVAL;
}

int placement_check(const struct plan *p, const struct needs *room,
		    struct change_refusal *why)
{
	for (uint32_t i = 0; i < p->tasks.count; i++) {
		struct needs n = needs_of_task(&p->tasks.items[i]);

		if (p->tasks.items[i].count == 0)
			continue;
		if (n.cpu_units > room->cpu_units)
			return never_fits(why, i, "cpu", "units", n.cpu_units,
					  room->cpu_units);
		if (n.memory_mib > room->memory_mib)
			return never_fits(why, i, "memory", "MiB", n.memory_mib,
					  room->memory_mib);
	}
	return 0;
}

static const struct plan_task *plan_of(const struct state *s,
				       const struct plan *p, uint32_t t)
{
	return &p->tasks.items[s->tasks[t].plan_index];
}

static bool holds_a_place(const struct task_state *t)
{
	return t->is_admitted && t->phase != TASK_STOPPED;
}

static struct needs used(const struct state *s, const struct plan *p)
{
	struct needs sum = { 0 };

	for (uint32_t t = 0; t < s->task_count; t++) {
		struct needs n;

		if (!holds_a_place(&s->tasks[t]))
			continue;
		n = needs_of_task(plan_of(s, p, t));
		sum.cpu_units += n.cpu_units;
		sum.memory_mib += n.memory_mib;
	}
	return sum;
}

static bool is_port_free(const struct state *s, const struct plan *p,
			 const struct port_claim *claim)
{
	struct port_claim other;

	for (uint32_t t = 0; t < s->task_count; t++)
		if (holds_a_place(&s->tasks[t]) &&
		    ports_find_collision(plan_of(s, p, t), claim, &other))
			return false;
	return true;
}

static bool find_taken_port(const struct state *s, const struct plan *p,
			    uint32_t t, int64_t *port)
{
	struct port_claim claim;
	uint32_t at = 0;

	while (ports_next_claim(plan_of(s, p, t), &at, &claim)) {
		if (is_port_free(s, p, &claim))
			continue;
		*port = claim.ports.first;
		return true;
	}
	return false;
}

static bool daemons_are_up(const struct state *s, const struct plan *p)
{
	for (uint32_t t = 0; t < s->task_count; t++)
		if (plan_of(s, p, t)->is_daemon &&
		    s->tasks[t].phase == TASK_PENDING)
			return false;
	return true;
}

void placement_judge(const struct state *s, const struct plan *p,
		     const struct needs *room, uint32_t t,
		     struct placement_shortage *short_of)
{
	struct needs n = needs_of_task(plan_of(s, p, t));
	struct needs taken = used(s, p);
	int64_t cpu = room->cpu_units - taken.cpu_units;
	int64_t memory = room->memory_mib - taken.memory_mib;
	int64_t port = 0;

	if (!plan_of(s, p, t)->is_daemon && !daemons_are_up(s, p))
		*short_of = (struct placement_shortage){ TASK_WAITS_FOR_DAEMONS,
							 0, 0 };
	else if (n.cpu_units > cpu)
		*short_of = (struct placement_shortage){ TASK_WAITS_FOR_CPU,
							 n.cpu_units, cpu };
	else if (n.memory_mib > memory)
		*short_of = (struct placement_shortage){ TASK_WAITS_FOR_MEMORY,
							 n.memory_mib, memory };
	else if (find_taken_port(s, p, t, &port))
		*short_of = (struct placement_shortage){ TASK_WAITS_FOR_PORT,
							 port, 0 };
	else
		*short_of = (struct placement_shortage){ TASK_WAITS_FOR_NOTHING,
							 0, 0 };
}
