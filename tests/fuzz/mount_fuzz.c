// SPDX-License-Identifier: MIT
/*
 * The bytes are one mount: type, source and options, each ended by a newline.
 * It is put into a config.json by escapes alone, so every byte reaches the
 * options. What is accepted is a mount that the executor can make.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/sys.h"
#include "runtime/oci/config/config_inner.h"
#include "runtime/oci/config/mount_options.h"

#define ATTRIBUTES                                                       \
	(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |      \
	 MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | \
	 MOUNT_ATTR_NOSYMFOLLOW)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_string(FILE *f, const uint8_t **at, const uint8_t *end)
{
	fputc('"', f);
	for (; *at < end && **at != '\n'; (*at)++)
		fprintf(f, "\\u%04x", **at);
	if (*at < end)
		(*at)++;
	fputc('"', f);
}

static char *document(const uint8_t *data, size_t size, size_t *length)
{
	const uint8_t *end = data + size;
	char *text = NULL;
	FILE *f = open_memstream(&text, length);

	fputs("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},"
	      "\"process\":{\"cwd\":\"/\",\"args\":[\"x\"]},"
	      "\"linux\":{\"namespaces\":[{\"type\":\"mount\"}]},"
	      "\"mounts\":[{\"destination\":\"/m\",\"type\":",
	      f);
	put_string(f, &data, end);
	fputs(",\"source\":", f);
	put_string(f, &data, end);
	fputs(",\"options\":[", f);
	for (bool is_first = true; data < end; is_first = false) {
		if (!is_first)
			fputc(',', f);
		put_string(f, &data, end);
	}
	fputs("]}]}", f);
	fclose(f);
	return text;
}

static void check_set(uint64_t set, uint64_t clear)
{
	if (set & ~(uint64_t)ATTRIBUTES || clear & ~(uint64_t)ATTRIBUTES)
		abort();
	/* The kernel wants all of the access time cleared, or none; another
	   attribute is not both. Source: mount_setattr(2). */
	if ((clear & MOUNT_ATTR__ATIME) &&
	    (clear & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
		abort();
	if (set & clear & ~(uint64_t)MOUNT_ATTR__ATIME)
		abort();
	if ((set & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME)
		abort();
}

static void check_mount(const struct oci_mount *m)
{
	check_set(m->attributes_set, m->attributes_clear);
	check_set(m->recursive_set, m->recursive_clear);
	if (m->is_tmpcopyup && (!m->type || strcmp(m->type, "tmpfs") != 0))
		abort();
	if (m->source_fd >= 0 && (m->type || m->options))
		abort();
	if (m->type && !m->type[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *c = NULL;
	size_t length;
	char *text = document(data, size, &length);

	if (config_take_text(AT_FDCWD, text, length, &c, NULL) < 0)
		return 0;
	if (config_spec(c)->mount_count != 1)
		abort();
	check_mount(config_spec(c)->mounts);
	config_free(c);
	return 0;
}
