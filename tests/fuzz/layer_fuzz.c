// SPDX-License-Identifier: MIT
/*
 * A layer into a tmpfs of the fuzzer's own: the first byte says how it is
 * packed, the rest is the blob. Whatever it is, nothing beside the target may
 * change, and the target can be removed. Needs root.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/image/layer.h"
#include "runtime/image/reply.h"
#include "runtime/image/tree.h"
#include "runtime/image/users.h"
#include "tests/unit/image/place.h"

#define BYTES_MAX (1 << 20)
/* ustar */
#define BLOCK 512
#define CHECKSUM_AT 148
#define CHECKSUM_LEN 8
#define MAGIC_AT 257
#define DIFF_ID   \
	"sha256:" \
	"0000000000000000000000000000000000000000000000000000000000000000"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct place place;
static struct image_reply reply;
static struct stream stream;
static char name[IMAGE_DIGEST_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (place_make(&place, "size=4m,nr_inodes=4096") < 0) {
		fprintf(stderr, "layer_fuzz: needs root\n");
		exit(1);
	}
	image_layer_name(DIFF_ID, name);
	return 0;
}

static void try_users(void)
{
	static const char *const users[] = { "", "web", "33:adm", "7" };

	for (size_t i = 0; i < ARRAY_SIZE(users); i++) {
		memset(&reply, 0, sizeof(reply));
		strcpy(reply.manifest_digest, DIFF_ID);
		strcpy(reply.layers[0], DIFF_ID);
		reply.layer_count = 1;
		image_reply_text(&reply, "/", &reply.working_directory, NULL);
		if (users_resolve(place.target, users[i], &reply, NULL) == 0 &&
		    image_reply_check(&reply, NULL) < 0)
			abort();
	}
}

static void try_layer(int blob, size_t size, enum stream_kind kind)
{
	struct layer_counts counts;
	struct layer_options o = { .base = place.base, .bytes_max = BYTES_MAX };

	if (mkdirat(place.target, name, 0755) < 0)
		abort();
	o.root = openat(place.target, name, O_RDONLY | O_DIRECTORY);
	if (stream_open(&stream, blob, 0, size, kind, BYTES_MAX) == 0 &&
	    layer_unpack(&stream, &o, &counts, NULL) == 0)
		try_users();
	stream_close(&stream);
	close(o.root);
	if (tree_remove(place.base, place.target, name) < 0 ||
	    place_count(place.target) != 0 || !place_is_untouched(&place))
		abort();
}

/* Headers that changed would all fail on their checksums: set them right. */
static void seal_headers(uint8_t *tar, size_t size)
{
	for (; size >= BLOCK; tar += BLOCK, size -= BLOCK) {
		unsigned int sum = 0;

		if (memcmp(tar + MAGIC_AT, "ustar", 5) != 0)
			continue;
		memset(tar + CHECKSUM_AT, ' ', CHECKSUM_LEN);
		for (size_t i = 0; i < BLOCK; i++)
			sum += tar[i];
		snprintf((char *)tar + CHECKSUM_AT, CHECKSUM_LEN - 1, "%06o",
			 sum);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE uint8_t *copy = malloc(size);
	int blob = memfd_create("blob", MFD_CLOEXEC);

	if (size > 1) {
		memcpy(copy, data, size);
		seal_headers(copy + 1, size - 1);
		if (fd_write_all(blob, copy + 1, size - 1) == 0)
			try_layer(blob, size - 1,
				  (enum stream_kind)(data[0] % 3));
	}
	close(blob);
	return 0;
}
