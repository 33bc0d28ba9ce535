// SPDX-License-Identifier: MIT
/*
 * fields: prints the field tables as Markdown, for the papers and for whoever
 * writes a document. A program of the build host; nothing of it ships.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/task/plan_fields.h"

static const char *const kind_words[FIELD_KIND_COUNT] = {
	[FIELD_BOOL] = "true or false",
	[FIELD_INT] = "integer",
	[FIELD_CPU] = "string: CPU units or vCPU",
	[FIELD_MEMORY] = "string: MiB or GB",
	[FIELD_WORD] = "string",
	[FIELD_STRING] = "string",
	[FIELD_STRINGS] = "list of strings",
	[FIELD_INTS] = "list of integers",
	[FIELD_OBJECT] = "object",
	[FIELD_LIST] = "list of objects",
	[FIELD_MAP] = "object of strings",
};

static void print_words(const struct field *f)
{
	const char *comma = "";

	for (const struct field_word *w = f->words; w->word; w++) {
		if (w->why)
			continue;
		printf("%s`%s`", comma, w->word);
		comma = ", ";
	}
}

static void print_range(const struct field *f)
{
	if (f->kind == FIELD_WORD)
		print_words(f);
	else if (f->kind == FIELD_OBJECT)
		printf("%s", f->table->name);
	else if (f->max == INT64_MAX)
		printf("%lld or more", (long long)f->min);
	else if (f->kind != FIELD_BOOL)
		printf("%lld to %lld%s", (long long)f->min, (long long)f->max,
		       f->kind == FIELD_STRING ? " bytes" :
		       f->kind == FIELD_STRINGS || f->kind == FIELD_INTS ||
				       f->kind == FIELD_LIST ||
				       f->kind == FIELD_MAP ?
						 " items" :
						 "");
	if (f->kind == FIELD_LIST)
		printf(" of %s", f->table->name);
}

static void print_default(const struct field *f)
{
	if (f->is_required)
		printf("required");
	else if (f->fate == FIELD_NO_EFFECT)
		return;
	else if (f->kind == FIELD_BOOL)
		printf("%s", f->fallback ? "true" : "false");
	else if (f->kind == FIELD_WORD)
		for (const struct field_word *w = f->words; w->word; w++) {
			if (w->value == (uint64_t)f->fallback && !w->why)
				printf("`%s`", w->word);
		}
	else if (f->kind == FIELD_INT && f->fallback)
		printf("%lld", (long long)f->fallback);
}

/* No field takes both of these texts, so its check says what it wants. */
static void print_form(const struct field *f)
{
	const char *why = f->check ? f->check("") : NULL;

	if (f->check && !why)
		why = f->check("\n");
	if (why)
		printf("refused if it %s. ", why);
}

static void print_note(const struct field *f)
{
	print_form(f);
	if (f->why)
		printf("%s%s. ",
		       f->fate == FIELD_NO_EFFECT ?
			       "checked, without effect: " :
			       "",
		       f->why);
	for (const struct field_word *w = f->words; w && w->word; w++)
		if (w->why)
			printf("`%s` %s. ", w->word, w->why);
}

static void print_row(const struct field *f)
{
	printf("| `%s` | ", f->key);
	if (f->fate == FIELD_REFUSED) {
		printf("%s | | | refused: %s |\n", kind_words[f->kind], f->why);
		return;
	}
	printf("%s | ", kind_words[f->kind]);
	print_range(f);
	printf(" | ");
	print_default(f);
	printf(" | ");
	print_note(f);
	printf(" |\n");
}

static void print_table(const struct field_table *t)
{
	printf("\n### %s\n\n", t->name);
	printf("| field | type | allowed | default | note |\n");
	printf("|---|---|---|---|---|\n");
	for (size_t i = 0; i < t->count; i++)
		print_row(&t->fields[i]);
	for (size_t i = 0; i < t->count; i++)
		if (t->fields[i].table)
			print_table(t->fields[i].table);
}

int main(void)
{
	printf("## Fields of the instance document\n\n"
	       "Printed from the tables that the parser reads along. A field "
	       "that is not listed is\nrefused. A refused list that is empty, "
	       "and a refused switch that is false, pass.\n");
	print_table(&field_document);
	return 0;
}
