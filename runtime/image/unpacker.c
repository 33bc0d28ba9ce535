// SPDX-License-Identifier: MIT
/* The unpacker process: its fds are those that start.c lays out. */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/image/image.h"
#include "runtime/image/jail.h"
#include "runtime/image/reply.h"
#include "runtime/image/start.h"
#include "runtime/image/unpack.h"

#define UMASK 022

/* Jansson would look for /dev/urandom later. */
static int seed_hashes(struct err *e)
{
	size_t seed;

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		return err_set(e, errno, "getrandom");
	json_object_seed(seed | 1);
	return 0;
}

static int read_request(struct image_request *q, struct err *e)
{
	ssize_t n = fd_read_all(UNPACKER_SOCKET, q, sizeof(*q));

	if (n != sizeof(*q))
		return err_set(e, n < 0 ? (int)-n : EPIPE, "request");
	return 0;
}

static int unpack(struct image_reply *reply, struct err *e)
{
	struct image_request q;
	int r = read_request(&q, e);

	if (r == 0)
		r = seed_hashes(e);
	/* From here on nothing but /data/layers exists. */
	if (r == 0)
		r = jail_enter(UNPACKER_LAYERS, e);
	if (r == 0)
		r = unpack_image(&q, UNPACKER_STORE, UNPACKER_LAYERS, reply, e);
	return r;
}

void image_unpack_main(void)
{
	static struct image_reply reply;
	struct err e = ERR_NONE;

	umask(UMASK);
	if (unpack(&reply, &e) < 0)
		image_reply_refuse(&reply, &e);
	_exit(fd_write_all(UNPACKER_SOCKET, &reply, sizeof(reply)) < 0);
}
