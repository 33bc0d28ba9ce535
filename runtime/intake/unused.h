// SPDX-License-Identifier: MIT
/*
 * unused: which members of a document are checked and then have no effect, so
 * that each can be told with its reason.
 *
 * Noted while the document is read, once for each row of the field tables and
 * with the place of its first use; told by serve.c, of a document that was
 * accepted.
 */
#ifndef CLOISTER_INTAKE_UNUSED_H
#define CLOISTER_INTAKE_UNUSED_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/intake/refusal.h"
#include "runtime/task/plan_fields.h"

#define UNUSED_ROWS_MAX 32 /* more than the tables have; a test counts them */

struct unused {
	size_t count;
	struct unused_row {
		const struct field *field;
		uint32_t times;
		char path[REFUSAL_PATH_MAX];
	} rows[UNUSED_ROWS_MAX];
};

/* Notes one use of `f`, a row without effect, at `path`. */
void unused_note(struct unused *u, const struct field *f, const char *path);

/* One record each: cloister.field.unused. */
void unused_tell(const struct unused *u);

#endif
