// SPDX-License-Identifier: MIT
#include "wants.h"

#include <string.h>

#include "runtime/task/plan_fields.h"

char *wants_text(struct plan *p, const char *from)
{
	char *copy = plan_alloc(p, strlen(from) + 1);

	return strcpy(copy, from);
}

static void fill_task(struct plan *p, struct plan_task *t, const struct want *w)
{
	struct plan_container *c = plan_alloc(p, sizeof(*c));
	const struct field_table *entry =
		field_find(&field_document, "tasks", 5)->table;
	const struct field_table *definition =
		field_find(entry, "taskDefinition", 14)->table;

	field_set_defaults(entry, t);
	field_set_defaults(
		field_find(definition, "containerDefinitions", 20)->table, c);
	c->name = wants_text(p, "a");
	c->image = wants_text(p, w->image);
	c->stop_timeout_s = 30;
	t->family = wants_text(p, w->family);
	t->network_mode = PLAN_NETWORK_NONE;
	t->containers = (struct plan_containers){ 1, c };
	t->count = w->count;
	t->least_percent = w->least;
	t->most_percent = w->most ? w->most : 100;
}

struct plan *wants_plan(const struct want *wants, uint32_t count)
{
	struct plan *p = plan_new();

	p->schema_version = 1;
	p->instance.id = wants_text(p, "i-1");
	p->tasks.count = count;
	p->tasks.items = plan_alloc(p, count * sizeof(struct plan_task) + 1);
	for (uint32_t i = 0; i < count; i++)
		fill_task(p, &p->tasks.items[i], &wants[i]);
	return p;
}
