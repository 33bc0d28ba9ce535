// SPDX-License-Identifier: MIT
#include <string.h>

#include "runtime/task/plan_fields.h"

static bool are_strings_equal(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(*left, *right) == 0;
}

static bool are_items_equal(const struct field *f, const char *a, const char *b)
{
	if (f->kind == FIELD_LIST)
		return field_tables_equal(f->table, a, b);
	if (f->kind == FIELD_INTS)
		return memcmp(a, b, sizeof(int64_t)) == 0;
	if (f->kind == FIELD_MAP &&
	    !are_strings_equal(a + sizeof(char *), b + sizeof(char *)))
		return false;
	return are_strings_equal(a, b);
}

static bool are_lists_equal(const struct field *f, const void *a, const void *b)
{
	struct field_list left = field_get_list(a);
	struct field_list right = field_get_list(b);
	size_t size = field_item_size(f);

	if (left.count != right.count)
		return false;
	for (uint32_t i = 0; i < left.count; i++)
		if (!are_items_equal(f, left.items + i * size,
				     right.items + i * size))
			return false;
	return true;
}

static bool are_fields_equal(const struct field *f, const char *a,
			     const char *b)
{
	switch (f->kind) {
	case FIELD_BOOL:
		return memcmp(a, b, sizeof(bool)) == 0;
	case FIELD_INT:
	case FIELD_CPU:
	case FIELD_MEMORY:
		return memcmp(a, b, sizeof(int64_t)) == 0;
	case FIELD_WORD:
		return memcmp(a, b, sizeof(uint32_t)) == 0;
	case FIELD_STRING:
		return are_strings_equal(a, b);
	case FIELD_STRINGS:
	case FIELD_INTS:
	case FIELD_LIST:
	case FIELD_MAP:
		return are_lists_equal(f, a, b);
	case FIELD_OBJECT:
		return field_tables_equal(f->table, a, b);
	case FIELD_KIND_COUNT:
		break;
	}
	return false;
}

bool field_tables_equal(const struct field_table *t, const void *a,
			const void *b)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct field *f = &t->fields[i];

		if (field_is_planned(f) &&
		    !are_fields_equal(f, (const char *)a + f->offset,
				      (const char *)b + f->offset))
			return false;
	}
	return true;
}
