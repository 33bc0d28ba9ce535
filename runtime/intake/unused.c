// SPDX-License-Identifier: MIT
#include "runtime/intake/unused.h"

#include <stdio.h>

#include "runtime/base/fd.h"
#include "runtime/base/record.h"

void unused_note(struct unused *u, const struct field *f, const char *path)
{
	size_t i = 0;

	while (i < u->count && u->rows[i].field != f)
		i++;
	if (i == ARRAY_SIZE(u->rows))
		return;
	if (i == u->count) {
		u->count++;
		u->rows[i].field = f;
		snprintf(u->rows[i].path, sizeof(u->rows[i].path), "%s", path);
	}
	u->rows[i].times++;
}

void unused_tell(const struct unused *u)
{
	for (size_t i = 0; i < u->count; i++)
		RECORD(FIELD_UNUSED, RECORD_W(u->rows[i].path),
		       RECORD_W(u->rows[i].field->why),
		       RECORD_N(u->rows[i].times));
}
