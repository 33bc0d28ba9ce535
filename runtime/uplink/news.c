// SPDX-License-Identifier: MIT
#include "runtime/uplink/news.h"

#include <stdio.h>
#include <string.h>

static unsigned int find_state(const struct news_states *s, const char *id)
{
	unsigned int i = 0;

	while (i < s->count && strcmp(s->rows[i].id, id) != 0)
		i++;
	return i;
}

static void note_state(struct news_states *s, const char *task,
		       const char *container, const char *state)
{
	char id[sizeof(s->rows[0].id)] = { 0 };
	unsigned int i;
	int n = snprintf(id, sizeof(id), "%s/%s", task, container);

	if (n < 0 || (size_t)n >= sizeof(id))
		return;
	i = find_state(s, id);
	if (strcmp(state, "STOPPED") == 0) {
		if (i < s->count)
			s->rows[i] = s->rows[--s->count];
		return;
	}
	if (i == NEWS_STATES_MAX)
		return;
	if (i == s->count) {
		memcpy(s->rows[i].id, id, sizeof(id));
		s->count++;
	}
	s->rows[i].is_running = strcmp(state, "RUNNING") == 0;
}

static unsigned int count_running(const struct news_states *s)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < s->count; i++)
		n += s->rows[i].is_running;
	return n;
}

void news_note(struct news *n, const struct record *r)
{
	const struct record_value *v = r->values;

	if (r->kind == RECORD_TASK_STATE)
		note_state(&n->tasks, v[0].word, "", v[2].word);
	if (r->kind == RECORD_CONTAINER_STATE)
		note_state(&n->containers, v[0].word, v[1].word, v[2].word);
	if (r->kind == RECORD_LIFETIME_SET) {
		n->drain_at_s = v[0].number;
		n->dead_at_s = v[1].number;
	}
}

void news_measure(const struct news *n, int64_t age_s,
		  int64_t own[METRICS_OWN_COUNT])
{
	own[METRICS_TASKS_RUNNING] = count_running(&n->tasks);
	own[METRICS_CONTAINERS_RUNNING] = count_running(&n->containers);
	own[METRICS_DRAIN_IN] = n->drain_at_s - age_s;
	own[METRICS_DEAD_IN] = n->dead_at_s - age_s;
}
