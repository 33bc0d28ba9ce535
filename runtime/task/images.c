#include "runtime/task/images.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/clock.h"
#include "runtime/base/record.h"
#include "runtime/base/sys.h"

static bool copy(char *to, size_t cap, const char *from)
{
	int n = snprintf(to, cap, "%s", from);

	return n >= 0 && (size_t)n < cap;
}

/* The entry's number, or that of none. */
static unsigned int find(const struct images *im, const char *reference,
			 const char *user)
{
	unsigned int i = 0;

	while (i < im->count &&
	       (strcmp(im->entries[i].request.reference, reference) != 0 ||
		strcmp(im->entries[i].request.user, user) != 0))
		i++;
	return i;
}

static struct images_entry *find_or_add(struct images *im,
					const char *reference, const char *user)
{
	unsigned int i = find(im, reference, user);
	struct images_entry *n;

	if (i < im->count)
		return &im->entries[i];
	if (im->count == IMAGES_MAX)
		return NULL;
	n = &im->entries[im->count];
	*n = (struct images_entry){ .phase = IMAGES_WAITING };
	if (!copy(n->request.reference, sizeof(n->request.reference),
		  reference) ||
	    !copy(n->request.user, sizeof(n->request.user), user))
		return NULL;
	im->count++;
	return n;
}

int images_get(struct images *im, const char *reference, const char *user,
	       const struct image_reply **reply, struct err *e)
{
	struct images_entry *n = find_or_add(im, reference, user);

	if (!n)
		return err_set(e, ENOSPC, "image table");
	if (n->phase == IMAGES_REFUSED) {
		*e = n->error;
		return -e->code;
	}
	if (n->phase != IMAGES_READY)
		return 0;
	*reply = n->reply;
	return 1;
}

const struct image_reply *images_look(const struct images *im,
				      const char *reference, const char *user)
{
	unsigned int i = find(im, reference, user);

	return i < im->count && im->entries[i].phase == IMAGES_READY ?
		       im->entries[i].reply :
		       NULL;
}

static void refuse(struct images *im, struct images_entry *n)
{
	im->refused++;
	n->phase = IMAGES_REFUSED;
	RECORD(IMAGE_REFUSED, RECORD_W(n->request.reference),
	       RECORD_W(n->error.message));
}

static void begin(struct images *im, struct images_entry *n)
{
	int r = 0;

	n->started_ms = clock_ms();
	if (im->store_fd < 0)
		r = err_set(&n->error, ENODEV, "the instance has no store");
	else
		r = image_unpack_start(&n->request, im->store_fd, &im->unpacker,
				       &n->error);
	if (r < 0) {
		refuse(im, n);
		return;
	}
	n->phase = IMAGES_UNPACKING;
	im->unpacking = n;
}

int images_work(struct images *im)
{
	for (unsigned int i = 0; i < im->count && !im->unpacking; i++)
		if (im->entries[i].phase == IMAGES_WAITING)
			begin(im, &im->entries[i]);
	return im->unpacking ? im->unpacker.reply_fd : -1;
}

int64_t images_expire(struct images *im, int64_t now)
{
	if (!im->unpacking)
		return INT64_MAX;
	if (now < im->unpacking->started_ms + IMAGES_UNPACK_MS)
		return im->unpacking->started_ms + IMAGES_UNPACK_MS;
	sys_pidfd_signal(im->unpacker.pidfd, SIGKILL);
	return INT64_MAX;
}

void images_finish(struct images *im)
{
	struct images_entry *n = im->unpacking;

	im->unpacking = NULL;
	if (image_unpack_finish(&im->unpacker, &n->reply, &n->error) < 0) {
		refuse(im, n);
		return;
	}
	n->phase = IMAGES_READY;
	RECORD(IMAGE_UNPACKED, RECORD_W(n->request.reference),
	       RECORD_W(n->reply->manifest_digest),
	       RECORD_N(n->reply->layer_count),
	       RECORD_N(n->reply->unpacked_bytes),
	       RECORD_N(clock_ms() - n->started_ms));
}
