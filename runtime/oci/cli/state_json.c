// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/json.h"
#include "runtime/oci/cli/state.h"

#define FIXED_ROOM 512 /* keys, brackets, numbers */
#define ESCAPED_MAX 6  /* bytes that one byte becomes at most */

static size_t room(const char *text)
{
	return text ? ESCAPED_MAX * strlen(text) + 8 : 0;
}

size_t state_json_room(const struct state *s)
{
	size_t n = FIXED_ROOM + room(s->id) + room(s->bundle) +
		   room(s->rootfs) + room(s->created) + room(s->owner);

	for (size_t i = 0; i < s->annotation_count; i++)
		n += room(s->annotations[i].name) +
		     room(s->annotations[i].value);
	return n;
}

static void put(struct json *j, const char *key, const char *value)
{
	if (!value)
		return;
	json_key(j, key);
	json_text(j, value);
}

static void put_annotations(struct json *j, const struct state *s)
{
	if (s->annotation_count == 0)
		return;
	json_key(j, "annotations");
	json_open(j, '{');
	for (size_t i = 0; i < s->annotation_count; i++) {
		json_name(j, s->annotations[i].name);
		json_text(j, s->annotations[i].value);
	}
	json_close(j, '}');
}

void state_json_value(struct json *j, const struct state *s, enum status status)
{
	json_open(j, '{');
	put(j, "ociVersion", STATE_OCI_VERSION);
	put(j, "id", s->id);
	json_key(j, "pid");
	json_int(j, status == STATUS_STOPPED ? 0 : s->pid);
	put(j, "status", status_word(status));
	put(j, "bundle", s->bundle);
	put(j, "rootfs", s->rootfs);
	put(j, "created", s->created);
	put_annotations(j, s);
	put(j, "owner", s->owner);
	json_close(j, '}');
}

int state_json(const struct state *s, enum status status, char **text,
	       size_t *length, struct err *e)
{
	size_t size = state_json_room(s);
	char *bytes = malloc(size);
	struct json j;

	if (!bytes)
		return err_set(e, ENOMEM, "malloc(%zu)", size);
	json_start(&j, bytes, size - 2);
	state_json_value(&j, s, status);
	bytes[j.len++] = '\n';
	bytes[j.len] = '\0';
	*text = bytes;
	*length = j.len;
	return 0;
}
