// SPDX-License-Identifier: MIT
/*
 * plan_fields: the one table of what an instance document may say.
 *
 * One table per object, one row per member: JSON key, kind, range, default,
 * syntax, place in struct plan. Every member that ECS's API knows has a row;
 * what this version does not honour is refused by its row, with the reason.
 * intake reads JSON along these tables, plan.c packs and unpacks along them,
 * and build/fields.md is printed from them.
 *
 * A row of an object that is not refused is part of the plan unless its fate
 * is FIELD_NO_EFFECT: such a member is checked, then dropped.
 */
#ifndef CLOISTER_TASK_PLAN_FIELDS_H
#define CLOISTER_TASK_PLAN_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {		/* JSON form; what it is in the plan */
		  FIELD_BOOL,	/* true, false; bool */
		  FIELD_INT,	/* integer; int64_t */
		  FIELD_CPU,	/* "512" or "0.5 vCPU"; int64_t, 1024 per CPU */
		  FIELD_MEMORY, /* "512" or "1 GB"; int64_t, MiB */
		  FIELD_WORD,	/* string from a fixed set; uint32_t */
		  FIELD_STRING, /* string; char * */
		  FIELD_STRINGS, /* list of strings; struct plan_strings */
		  FIELD_INTS, /* list of integers; struct plan_ints */
		  FIELD_OBJECT, /* object; inline, or in the struct around it (offset 0) */
		  FIELD_LIST, /* list of objects; { uint32_t count; T *items; } */
		  FIELD_MAP, /* object of strings; struct plan_pairs */
		  FIELD_KIND_COUNT
};

enum field_fate {
	FIELD_SUPPORTED,
	FIELD_REFUSED,	 /* whoever uses it is refused, with `why` */
	FIELD_NO_EFFECT, /* checked, then dropped; `why` says why that
				   does no harm */
};

struct field_word { /* ends at word NULL */
	const char *word;
	uint32_t value;
	const char *why; /* not NULL: known and refused, for this reason */
};

struct field_table;

struct field {
	const char *key;
	enum field_kind kind;
	enum field_fate fate;
	bool is_required;
	size_t offset;
	/*
	 * Numbers: range of the value. STRING: bytes. STRINGS, INTS, LIST, MAP:
	 * the number of items.
	 */
	int64_t min;
	int64_t max;
	int64_t item_max; /* STRINGS: bytes of one; MAP: of a key or value;
			     INTS: most that one may be, 0 is the least */
	int64_t fallback; /* BOOL, numbers, WORD: value when absent */
	const struct field_word *words; /* WORD */
	/*
	 * STRING, each of STRINGS, each value of MAP: NULL if the text is
	 * well-formed, else what it has to be, in words of a record.
	 */
	const char *(*check)(const char *text);
	const char *(*check_key)(const char *text); /* each key of MAP */
	const struct field_table *table;	    /* OBJECT, LIST */
	const char *why; /* REFUSED, NO_EFFECT; what of a SUPPORTED one has none */
};

struct field_table {
	const char *name; /* "ContainerDefinition" */
	size_t size;	  /* of the struct; items of a list are this big */
	const struct field *fields;
	size_t count;
};

/* The document's root: schemaVersion, instance, tasks; over struct plan. */
extern const struct field_table field_document;

/* The row of `key`, `len` bytes, or NULL. */
const struct field *field_find(const struct field_table *t, const char *key,
			       size_t len);

/* True for rows that have a place in the plan. */
static inline bool field_is_planned(const struct field *f)
{
	return f->fate == FIELD_SUPPORTED;
}

/*
 * Gives every planned member below `base` (a struct of table `t`) its value
 * when absent: fallback, "", count 0.
 */
void field_set_defaults(const struct field_table *t, void *base);

/* True if `v` is in range, or is the value that stands for "absent". */
bool field_is_in_range(const struct field *f, int64_t v);

/* Bytes that one item of a STRINGS, INTS, LIST or MAP takes in memory. */
size_t field_item_size(const struct field *f);

/* Both structs of table `t` say the same in every planned member. */
bool field_tables_equal(const struct field_table *t, const void *a,
			const void *b);

/* A list member ({ count, items }) of any item type, read and written. */
struct field_list {
	uint32_t count;
	char *items;
};

struct field_list field_get_list(const void *at);
void field_set_list(void *at, struct field_list l);

#endif
