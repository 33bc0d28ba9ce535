// SPDX-License-Identifier: MIT
/*
 * Every property of the specification, one by one: values that are accepted,
 * values that are refused, with the errno and the place that the message
 * names. The last test shows that no row of the tables is without both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "runtime/oci/config/document.h"
#include "tests/unit/oci/config/rows.h"

#define each_group(g)                           \
	const struct row_group *g = row_groups; \
	g->table;                               \
	g++

static int run(const struct row_group *g, const struct row_case *c,
	       struct err *e)
{
	struct config *config = NULL;
	char *members;
	int err;

	if (asprintf(&members, "%s%s%s", g->before, c->members, g->after) < 0)
		return -ENOMEM;
	err = text_load(g->slot, members, &config, e);
	free(members);
	config_free(config);
	return err;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* True if the message names the place of the property, and the words. */
static bool is_named(const struct row_group *g, const struct row_case *c,
		     const char *message)
{
	char place[256];

	if (c->words && c->words[0] == '@')
		return begins(message, c->words + 1);
	snprintf(place, sizeof(place), "%s%s%s", g->place, c->property,
		 c->words ? c->words : "");
	return begins(message, place);
}

TEST(accepted_values_are_accepted)
{
	for (each_group(g)) {
		for (const struct row_case *c = g->cases; c->property; c++) {
			struct err e = ERR_NONE;

			if (c->error)
				continue;
			EXPECT_EQ(0, run(g, c, &e))
			{
				TH_LOG("%s: %s", c->members, e.message);
			}
		}
	}
}

TEST(refused_values_are_refused_with_errno_and_place)
{
	for (each_group(g)) {
		for (const struct row_case *c = g->cases; c->property; c++) {
			struct err e = ERR_NONE;

			if (!c->error)
				continue;
			EXPECT_EQ(-c->error, run(g, c, &e))
			{
				TH_LOG("%s: %s", c->members, e.message);
			}
			EXPECT_TRUE(is_named(g, c, e.message))
			{
				TH_LOG("%s: %s", c->members, e.message);
			}
		}
	}
}

/* ---------------------------------------------------------------- coverage */

static bool has_case(const char *table, const char *property, bool is_accepted)
{
	for (each_group(g)) {
		if (strcmp(g->table, table) != 0)
			continue;
		for (const struct row_case *c = g->cases; c->property; c++)
			if (strcmp(c->property, property) == 0 &&
			    !c->error == is_accepted)
				return true;
	}
	return false;
}

struct walk {
	const struct field_table *seen[64];
	size_t seen_count;
	size_t rows;
	size_t missing;
};

/* A table that is used twice is walked where it is met first. */
static bool is_new(struct walk *w, const struct field_table *t)
{
	for (size_t i = 0; i < w->seen_count; i++)
		if (w->seen[i] == t)
			return false;
	w->seen[w->seen_count++] = t;
	return true;
}

static void walk(struct __test_metadata *_metadata, struct walk *w,
		 const struct field_table *t, const char *above)
{
	char row[256];

	for (size_t i = 0; is_new(w, t) || i; i++) {
		const struct field *f = &t->fields[i];

		if (i == t->count)
			return;
		snprintf(row, sizeof(row), "%s%s%s", above, above[0] ? "." : "",
			 f->key);
		w->rows++;
		if (!has_case(above, f->key, true) ||
		    !has_case(above, f->key, false)) {
			TH_LOG("%s: has no accepted or no refused case", row);
			w->missing++;
		}
		if (f->table)
			walk(_metadata, w, f->table, row);
	}
}

TEST(every_row_has_an_accepted_and_a_refused_case)
{
	struct walk w = { .rows = 0 };

	walk(_metadata, &w, &document_table, "");
	TH_LOG("%zu rows", w.rows);
	EXPECT_EQ(0, w.missing);
	EXPECT_LT(150, w.rows);
}

TEST_HARNESS_MAIN
