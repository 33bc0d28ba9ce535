// SPDX-License-Identifier: MIT
#include "runtime/intake/smbios.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/source.h"
#include "runtime/base/wipe.h"

#define TYPE_OEM_STRINGS 11
#define TYPE_END 127
#define HEADER_BYTES 4
#define SIZE_AT 1 /* of the structure without its strings */

struct reader {
	const unsigned char *at, *end;
};

/* base64 as it is put together; never longer than the table. */
struct text {
	char *at; /* owned, of the table's size */
	size_t len;
};

/* The next string, NULL at the end of the structure's or of the table. */
static const char *next_string(struct reader *r, size_t *len)
{
	const unsigned char *from = r->at;
	const unsigned char *nul;

	if (from == r->end)
		return NULL;
	nul = memchr(from, '\0', (size_t)(r->end - from));
	if (!nul || nul == from)
		return NULL;
	r->at = nul + 1;
	*len = (size_t)(nul - from);
	return (const char *)from;
}

static void take_strings(struct reader *r, bool is_wanted, struct text *t)
{
	const size_t prefix = strlen(SMBIOS_PREFIX);
	const char *s;
	size_t len;

	while ((s = next_string(r, &len))) {
		if (!is_wanted || len < prefix ||
		    memcmp(s, SMBIOS_PREFIX, prefix) != 0)
			continue;
		memcpy(t->at + t->len, s + prefix, len - prefix);
		t->len += len - prefix;
	}
}

/*
 * Behind its strings a structure has one NUL more; without strings, two. False
 * at the end of the table, and where it does not hold together any more.
 */
static bool take_structure(struct reader *r, struct text *t)
{
	size_t left = (size_t)(r->end - r->at), size, nuls = 1;
	unsigned char type;

	if (left < HEADER_BYTES)
		return false;
	type = r->at[0];
	size = r->at[SIZE_AT];
	if (type == TYPE_END || size < HEADER_BYTES || size >= left)
		return false;
	r->at += size;
	if (*r->at == '\0')
		nuls = 2;
	else
		take_strings(r, type == TYPE_OEM_STRINGS, t);
	if ((size_t)(r->end - r->at) < nuls || *r->at != '\0')
		return false;
	r->at += nuls;
	return true;
}

static int refuse_size(struct refusal *why)
{
	return refuse(why, "is larger than %u bytes", SOURCE_BYTES_MAX);
}

static ssize_t decode(const struct text *t, char **bytes, struct refusal *why)
{
	const size_t cap = t->len / 4 * 3 + 1;
	AUTO_WIPE char *out = NULL;
	size_t len;

	/* Padding may stand for the last bytes over it. */
	if (cap > SOURCE_BYTES_MAX + 3)
		return refuse_size(why);
	out = malloc(cap);
	if (!out)
		return -ENOMEM;
	if (sodium_base642bin((unsigned char *)out, cap, t->at, t->len, NULL,
			      &len, NULL, sodium_base64_VARIANT_ORIGINAL) < 0)
		return refuse(why, "is not base64 in the OEM strings");
	if (len > SOURCE_BYTES_MAX)
		return refuse_size(why);
	*bytes = take_ptr(&out);
	return (ssize_t)len;
}

ssize_t smbios_document(const unsigned char *table, size_t len, char **bytes,
			struct refusal *why)
{
	AUTO_WIPE char *block = malloc(len + 1);
	struct reader r = { table, table + len };
	struct text t = { block, 0 };

	refusal_set_path(why, "$");
	if (!block)
		return -ENOMEM;
	while (take_structure(&r, &t))
		;
	return t.len ? decode(&t, bytes, why) : -ENOENT;
}

int smbios_open_document(int fd, struct refusal *why)
{
	AUTO_WIPE unsigned char *table = malloc(SMBIOS_TABLE_MAX + 1);
	AUTO_WIPE char *bytes = NULL;
	ssize_t n;

	refusal_set_path(why, "$");
	if (!table)
		return -ENOMEM;
	n = fd_read_all(fd, table, SMBIOS_TABLE_MAX + 1);
	if (n < 0)
		return (int)n;
	if (n > (ssize_t)SMBIOS_TABLE_MAX)
		return refuse(why, "is in a SMBIOS table of more than %u bytes",
			      SMBIOS_TABLE_MAX);
	n = smbios_document(table, (size_t)n, &bytes, why);
	return n < 0 ? (int)n : fd_sealed("document", bytes, (size_t)n, NULL);
}
