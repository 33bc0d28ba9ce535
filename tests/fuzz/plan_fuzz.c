// SPDX-License-Identifier: MIT
/*
 * Any bytes as the body of a packed plan, behind an honest header: it is
 * refused, or it is a plan that packs to the same bytes.
 *
 * The first byte of the input chooses: even, the rest is the body; odd, the
 * rest changes a real body, by triples of offset (two bytes) and value.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/intake/intake.h"

#define HEADER_BYTES 24
#define SIZE_AT 16
#define SEED "tests/fuzz/corpus/document/shop.json"
#define SEED_MAX 65536

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static char *real; /* a packed plan with all its fields used */
static size_t real_len;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char text[SEED_MAX];
	ssize_t len = fd_read_file(AT_FDCWD, SEED, text, sizeof(text), NULL);
	struct refusal why;
	void *data = NULL;
	struct plan *p;

	(void)argc;
	(void)argv;
	if (len < 0 || intake_judge(text, (size_t)len, &p, &why) ||
	    plan_pack(p, &data, &real_len, NULL) < 0)
		abort();
	plan_free(p);
	real = data;
	return 0;
}

static char *changed_block(const unsigned char *bytes, size_t len)
{
	char *block = malloc(real_len);

	if (!block)
		abort();
	memcpy(block, real, real_len);
	for (; len >= 3; len -= 3, bytes += 3) {
		size_t at = (size_t)bytes[0] | (size_t)bytes[1] << 8;

		block[HEADER_BYTES + at % (real_len - HEADER_BYTES)] =
			(char)bytes[2];
	}
	return block;
}

static char *raw_block(const unsigned char *bytes, size_t len)
{
	char *block = malloc(HEADER_BYTES + len);
	uint32_t size = (uint32_t)(HEADER_BYTES + len);

	if (!block)
		abort();
	memcpy(block, real, HEADER_BYTES);
	memcpy(block + SIZE_AT, &size, sizeof(size));
	memcpy(block + HEADER_BYTES, bytes, len);
	return block;
}

static void check_plan(const struct plan *p, const char *block, size_t size)
{
	AUTO_FREE void *again = NULL;
	size_t again_len;

	if (plan_pack(p, &again, &again_len, NULL) < 0 || again_len != size ||
	    memcmp(again, block, size) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	AUTO_FREE char *block = NULL;
	struct err e = ERR_NONE;
	struct plan *p = NULL;
	size_t size;
	int r;

	if (len == 0)
		return 0;
	size = bytes[0] & 1 ? real_len : HEADER_BYTES + len - 1;
	block = bytes[0] & 1 ? changed_block(bytes + 1, len - 1) :
			       raw_block(bytes + 1, len - 1);
	r = plan_unpack(block, size, &p, &e);
	if (r == 0)
		check_plan(p, block, size);
	else if (r != -EBADMSG || !e.message[0])
		abort();
	plan_free(p);
	return 0;
}
