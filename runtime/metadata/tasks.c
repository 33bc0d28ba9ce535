// SPDX-License-Identifier: MIT
#include "runtime/metadata/tasks.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"

#define ID_DIGITS "0123456789abcdef"
#define NAME_LETTERS                 \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"abcdefghijklmnopqrstuvwxyz0123456789_-"

/* `cap` bytes that hold one word of `letters`, ended by NUL. */
static bool is_word(const char *text, size_t cap, const char *letters)
{
	size_t len = strnlen(text, cap);

	return len > 0 && len < cap && strspn(text, letters) == len;
}

static bool is_id(const char id[CHANNEL_TASK_ID_MAX])
{
	return is_word(id, CHANNEL_TASK_ID_MAX, ID_DIGITS) &&
	       strlen(id) == CHANNEL_TASK_ID_MAX - 1;
}

static bool is_inside(struct description_text x, size_t text_len)
{
	return x.at <= text_len && x.len <= text_len - x.at;
}

static int check_container(const struct description_container *c,
			   size_t text_len, struct err *e)
{
	if (c->is_running > 1 || !is_inside(c->json, text_len) ||
	    !is_word(c->name, sizeof(c->name), NAME_LETTERS))
		return err_set(e, EBADMSG, "description: container");
	return 0;
}

int tasks_check(const void *data, size_t len, struct err *e)
{
	const struct description *d = data;
	size_t text_len;
	int r = 0;

	if (len < sizeof(*d) || d->size != sizeof(*d))
		return err_set(e, EBADMSG, "description: %zu bytes", len);
	text_len = len - sizeof(*d);
	if (!is_id(d->task_id) || d->is_over > 1)
		return err_set(e, EBADMSG, "description: id of the task");
	if (d->is_over)
		return 0;
	if (d->count < 1 || d->count > DESCRIPTION_CONTAINERS_MAX ||
	    !is_inside(d->task, text_len))
		return err_set(e, EBADMSG, "description: %u containers",
			       d->count);
	for (uint32_t c = 0; r == 0 && c < d->count; c++)
		r = check_container(&d->containers[c], text_len, e);
	return r;
}

int tasks_take_description(struct task *t, int fd, struct err *e)
{
	AUTO_FREE void *data = NULL;
	size_t len = 0;
	int r = fd_read_sealed(fd, DESCRIPTION_BYTES_MAX, &data, &len, e);

	ptr_free(&t->about);
	t->about_len = 0;
	if (r == 0)
		r = tasks_check(data, len, e);
	if (r < 0)
		return r;
	t->about = take_ptr(&data);
	t->about_len = len;
	return 0;
}

int tasks_take_id(const void *meta, size_t len, char id[CHANNEL_TASK_ID_MAX],
		  struct err *e)
{
	if (len != CHANNEL_TASK_ID_MAX || !is_id(meta))
		return err_set(e, EBADMSG, "id of a door");
	memcpy(id, meta, len);
	return 0;
}

const struct description *tasks_described(const struct task *t)
{
	if (!t->about || t->about->is_over ||
	    strcmp(t->about->task_id, t->door_id) != 0)
		return NULL;
	return t->about;
}

const char *tasks_text(const struct description *d, struct description_text x)
{
	return (const char *)(d + 1) + x.at;
}
