// SPDX-License-Identifier: MIT
/*
 * json_fields: JSON values into the structs of the plan, along the field
 * tables.
 *
 * Each member is looked up by its key: unknown, refused, of the wrong type,
 * out of range or malformed ends the reading with its path and the reason.
 * Members are read in the document's order, then missing ones are found in
 * the table's.
 */
#ifndef CLOISTER_INTAKE_JSON_FIELDS_H
#define CLOISTER_INTAKE_JSON_FIELDS_H

#include <jansson.h>

#include "runtime/intake/refusal.h"
#include "runtime/intake/unused.h"
#include "runtime/task/plan_fields.h"

struct json_reader {
	struct plan *plan; /* its arena takes texts and lists */
	struct refusal *why;
	struct unused *unused;	     /* what had no effect; may be NULL */
	const struct field *done;    /* a row of the root that was read
					   already, or NULL */
	char path[REFUSAL_PATH_MAX]; /* of the value being read; "$" */
	size_t path_len;
};

/* A reader that stands at the root of the document. */
void json_reader_init(struct json_reader *r, struct plan *plan,
		      struct refusal *why, struct unused *unused);

/*
 * Reads the members of object `json` into `base`, a struct of table `t` that
 * holds its defaults. Returns 0, -EINVAL with `why` filled, -ENOMEM.
 */
int json_read_object(struct json_reader *r, json_t *json,
		     const struct field_table *t, void *base);

/*
 * Reads one member `f` of an object into `base`, its struct; NULL for a
 * missing one, which is refused if it is required. Same returns.
 */
int json_read_member(struct json_reader *r, json_t *json, const struct field *f,
		     void *base);

#endif
