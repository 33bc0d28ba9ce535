// SPDX-License-Identifier: MIT
#include "runtime/task/change.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/grants.h"
#include "runtime/base/fd.h"
#include "runtime/base/wipe.h"
#include "runtime/task/plan_fields.h"

static int refuse(struct change_refusal *why, const char *path, const char *fmt,
		  ...) __attribute__((format(printf, 3, 4)));

static int refuse(struct change_refusal *why, const char *path, const char *fmt,
		  ...)
{
	va_list args;

	snprintf(why->path, sizeof(why->path), "%s", path);
	va_start(args, fmt);
	if (vsnprintf(why->reason, sizeof(why->reason), fmt, args) < 0)
		why->reason[0] = '\0';
	va_end(args);
	return -EINVAL;
}

static const struct field_table *table_below(const struct field_table *t,
					     const char *key)
{
	return field_find(t, key, strlen(key))->table;
}

/* ---------------------------------------------------------------- instance */

static const char *any_value(const struct plan_instance *now,
			     const struct plan_instance *next)
{
	(void)now;
	(void)next;
	return NULL;
}

static const char *not_later(const struct plan_instance *now,
			     const struct plan_instance *next)
{
	if (next->drain_after_s <= now->drain_after_s &&
	    next->dead_after_s <= now->dead_after_s)
		return NULL;
	return "can only be shortened while the instance runs";
}

static uint64_t set_of(const struct plan_strings *names)
{
	uint64_t set = 0;

	for (uint32_t i = 0; i < names->count; i++) {
		const struct grant_row *row = grant_find(names->items[i]);

		if (row)
			set |= UINT64_C(1) << row->capability;
	}
	return set;
}

/* The system calls of runtime were cut down to what the first one permits. */
static const char *not_more(const struct plan_instance *now,
			    const struct plan_instance *next)
{
	uint64_t had = set_of(&now->privileged_capabilities);

	if ((set_of(&next->privileged_capabilities) & ~had) == 0)
		return NULL;
	return "can only be taken away while the instance runs";
}

/* Members of `instance` that may differ. NULL: as they do. */
static const struct change_row {
	const char *key;
	const char *(*judge)(const struct plan_instance *now,
			     const struct plan_instance *next);
} change_rows[] = {
	{ "privilegedCapabilities", not_more },
	{ "scaleInAfter", any_value },
	{ "lifetime", not_later },
	/* A window can only bring the drain forward. */
	{ "eventWindow", any_value },
};

static const char *judge_member(const char *key,
				const struct plan_instance *now,
				const struct plan_instance *next)
{
	for (size_t i = 0; i < ARRAY_SIZE(change_rows); i++)
		if (strcmp(change_rows[i].key, key) == 0)
			return change_rows[i].judge(now, next);
	return "cannot be changed while the instance runs";
}

static bool is_field_equal(const struct field *f, const void *a, const void *b)
{
	const struct field_table one = { .fields = f, .count = 1 };

	return field_tables_equal(&one, a, b);
}

static int check_instance(const struct plan_instance *now,
			  const struct plan_instance *next,
			  struct change_refusal *why)
{
	const struct field_table *t = table_below(&field_document, "instance");

	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];
		const char *reason;
		char path[sizeof(why->path)];

		if (is_field_equal(f, now, next))
			continue;
		reason = judge_member(f->key, now, next);
		snprintf(path, sizeof(path), "$.instance.%s", f->key);
		if (reason)
			return refuse(why, path, "%s", reason);
	}
	return 0;
}

/* ------------------------------------------------------------------- tasks */

static bool is_same_definition(const struct plan_task *a,
			       const struct plan_task *b)
{
	const struct field_table *t = table_below(&field_document, "tasks");

	return field_tables_equal(table_below(t, "taskDefinition"), a, b) &&
	       is_field_equal(field_find(t, "attachments", 11), a, b);
}

static bool has_live_task(const struct state *s)
{
	for (uint32_t t = 0; t < s->task_count; t++)
		if (s->tasks[t].phase != TASK_STOPPED)
			return true;
	return false;
}

/* A task still refers to it, or one that ended still counts for it. */
static bool is_in_use(const struct state *s, const struct plan *now,
		      uint32_t index)
{
	for (uint32_t t = 0; t < s->task_count; t++)
		if (s->tasks[t].plan_index == index &&
		    !(s->tasks[t].phase == TASK_STOPPED &&
		      s->tasks[t].is_dismissed))
			return true;
	return now->tasks.items[index].count > 0;
}

/* It is wanted already, and goes on. */
static bool goes_on(const struct plan *now, const struct plan_task *task)
{
	for (uint32_t i = 0; i < now->tasks.count; i++)
		if (now->tasks.items[i].count > 0 &&
		    is_same_definition(task, &now->tasks.items[i]))
			return true;
	return false;
}

/* With placement single nothing follows while the first task is there, with
   single-use nothing ever. */
static int check_single(const struct state *s, const struct plan *now,
			const struct plan *next, struct change_refusal *why)
{
	bool is_for_life = next->instance.placement == PLAN_SINGLE_USE;

	if (next->instance.placement == PLAN_MULTI)
		return 0;
	for (uint32_t i = 0; i < next->tasks.count; i++) {
		const struct plan_task *t = &next->tasks.items[i];

		if (t->count == 0 || goes_on(now, t))
			continue;
		if (is_for_life && s->next_pair > 0)
			return refuse(why, "$.tasks",
				      "has a second task, but "
				      "$.instance.placement is single-use");
		if (has_live_task(s))
			return refuse(why, "$.tasks",
				      "has a second task, but "
				      "$.instance.placement is single and the "
				      "first one has not stopped");
	}
	return 0;
}

int change_check(const struct state *s, const struct plan *now,
		 const struct plan *next, struct change_refusal *why)
{
	int r;

	if (next->is_refused)
		return refuse(why, "$", "the document was refused");
	if (s->is_draining)
		return refuse(why, "$", "the instance drains");
	r = check_instance(&now->instance, &next->instance, why);
	return r < 0 ? r : check_single(s, now, next, why);
}

/* ------------------------------------------------------------------- merge */

struct merger {
	const struct state *state;
	const struct plan *now;
	struct plan_task *items;       /* PLAN_TASKS_MAX of them */
	bool is_taken[PLAN_TASKS_MAX]; /* by an entry of the newer plan */
	uint32_t count;
};

static void begin_merge(struct merger *m)
{
	m->count = m->now->tasks.count;
	for (uint32_t i = 0; i < m->count; i++) {
		m->items[i] = m->now->tasks.items[i];
		m->items[i].count = 0;
	}
}

static bool find_same(struct merger *m, const struct plan_task *task,
		      uint32_t *index)
{
	for (uint32_t i = 0; i < m->now->tasks.count; i++) {
		if (m->is_taken[i] ||
		    !is_same_definition(task, &m->now->tasks.items[i]))
			continue;
		*index = i;
		return true;
	}
	return false;
}

static bool find_free(struct merger *m, uint32_t *index)
{
	for (uint32_t i = 0; i < m->count; i++) {
		if (m->is_taken[i] || is_in_use(m->state, m->now, i))
			continue;
		*index = i;
		return true;
	}
	*index = m->count;
	return m->count < PLAN_TASKS_MAX;
}

/* `task` at `index`, whose strings stay where they are. */
static void place(struct merger *m, const struct plan_task *task,
		  uint32_t index)
{
	m->items[index] = *task;
	m->is_taken[index] = true;
	if (index == m->count)
		m->count++;
}

/* Those that are the same first: no new one may take their place. */
static int merge_tasks(struct merger *m, const struct plan_tasks *next,
		       struct err *e)
{
	bool is_placed[PLAN_TASKS_MAX] = { false };
	uint32_t index;

	for (uint32_t i = 0; i < next->count; i++) {
		is_placed[i] = find_same(m, &next->items[i], &index);
		if (is_placed[i])
			place(m, &next->items[i], index);
	}
	for (uint32_t i = 0; i < next->count; i++) {
		if (is_placed[i])
			continue;
		if (!find_free(m, &index))
			return err_set(e, ENOSPC,
				       "%u entries of tasks, and those of "
				       "earlier documents that still stop, are "
				       "more than %d",
				       next->count, PLAN_TASKS_MAX);
		place(m, &next->items[i], index);
	}
	return 0;
}

/* What hangs on two arenas becomes a plan of its own on its way through the
   packer. */
static int copy_plan(const struct plan *from, struct plan **to, struct err *e)
{
	AUTO_WIPE void *data = NULL;
	size_t len;
	int r = plan_pack(from, &data, &len, e);

	return r < 0 ? r : plan_unpack(data, len, to, e);
}

int change_merge(const struct state *s, const struct plan *now,
		 const struct plan *next, struct plan **merged, struct err *e)
{
	AUTO_FREE struct plan_task *items =
		calloc(PLAN_TASKS_MAX, sizeof(*items));
	struct merger m = { .state = s, .now = now, .items = items };
	struct plan both = *next;
	int r;

	if (!items)
		return err_set(e, ENOMEM, "calloc(%d tasks)", PLAN_TASKS_MAX);
	begin_merge(&m);
	r = merge_tasks(&m, &next->tasks, e);
	if (r < 0)
		return r;
	both.tasks = (struct plan_tasks){ m.count, items };
	return copy_plan(&both, merged, e);
}
