// SPDX-License-Identifier: MIT
#include "runtime/task/needs.h"

int64_t needs_reserved_mib(const struct plan_container *c)
{
	return c->memory_reservation_mib ? c->memory_reservation_mib :
					   c->memory_mib;
}

struct needs needs_of_task(const struct plan_task *t)
{
	struct needs sum = { 0 };

	for (uint32_t i = 0; i < t->containers.count; i++) {
		sum.cpu_units += t->containers.items[i].cpu_units;
		sum.memory_mib += needs_reserved_mib(&t->containers.items[i]);
	}
	if (t->cpu_units)
		sum.cpu_units = t->cpu_units;
	if (t->memory_mib)
		sum.memory_mib = t->memory_mib;
	return sum;
}
