// SPDX-License-Identifier: MIT
/*
 * The JSON of an image: the first byte says which, the rest is the document.
 * What the parsers accept must satisfy the checks on runtime's side.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/image/config.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reply.h"

#define DIGEST    \
	"sha256:" \
	"0000000000000000000000000000000000000000000000000000000000000000"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct manifest manifest;
static struct config config;
static struct image_reply reply;

static void try_index(const char *text, size_t len)
{
	struct descriptor d;
	int is_index;

	manifest_pick(text, len, "web:1", &d, &is_index, NULL);
	manifest_pick(text, len, "a@" DIGEST, &d, &is_index, NULL);
	manifest_pick(text, len, MANIFEST_ANY, &d, &is_index, NULL);
}

static void try_manifest(const char *text, size_t len)
{
	if (manifest_parse(text, len, &manifest, NULL) == 0 &&
	    (manifest.layer_count == 0 ||
	     manifest.layer_count > IMAGE_LAYERS_MAX))
		abort();
}

static void try_config(const char *text, size_t len)
{
	memset(&reply, 0, sizeof(reply));
	if (config_parse(text, len, &config, &reply, NULL) < 0 ||
	    image_reply_text(&reply, "/", &reply.home, NULL) < 0)
		return;
	strcpy(reply.manifest_digest, DIGEST);
	strcpy(reply.layers[0], DIGEST);
	reply.layer_count = 1;
	if (image_reply_check(&reply, NULL) < 0)
		abort();
}

static void (*const tries[])(const char *text, size_t len) = {
	try_index,
	try_manifest,
	try_config,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		tries[data[0] % ARRAY_SIZE(tries)]((const char *)data + 1,
						   size - 1);
	return 0;
}
