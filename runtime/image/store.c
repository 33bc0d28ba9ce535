// SPDX-License-Identifier: MIT
#include "runtime/image/store.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/image/limits.h"

#define BLOBS "blobs/sha256/"
#define BLOCK 16384

/* Where the pass over the archive is. */
struct reader {
	struct store *store;
	uint64_t at;
	int error; /* errno of a failed read */
	char block[BLOCK];
};

static ssize_t read_block(struct archive *a, void *ctx, const void **block)
{
	struct reader *r = ctx;
	ssize_t n;

	*block = r->block;
	do
		n = pread(r->store->fd, r->block, BLOCK, (off_t)r->at);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		r->error = errno;
		archive_set_error(a, errno, "pread");
		return ARCHIVE_FATAL;
	}
	r->at += (uint64_t)n;
	return n;
}

/* Blobs are passed over unread. */
static la_int64_t skip_block(struct archive *a, void *ctx, la_int64_t wanted)
{
	struct reader *r = ctx;
	uint64_t left = r->at < r->store->size ? r->store->size - r->at : 0;
	uint64_t step = wanted > 0 ? (uint64_t)wanted : 0;

	(void)a;
	if (step > left)
		step = left;
	r->at += step;
	return (la_int64_t)step;
}

static int add_blob(struct store *s, const char *hex,
		    const struct store_range *range)
{
	struct store_blob *b = &s->blobs[s->count];

	/* Other files in the folder are nobody's business. */
	if (digest_parse_hex(hex, &b->digest) < 0)
		return 0;
	b->range = *range;
	s->count++;
	return 0;
}

static int add_named(struct store_range *named, const struct store_range *range,
		     const char *what, struct err *e)
{
	if (named->size)
		return err_set(e, EBADMSG, "store: %s is there twice", what);
	*named = *range;
	return 0;
}

static int add_member(struct store *s, const char *name,
		      const struct store_range *range, struct err *e)
{
	if (strncmp(name, "./", 2) == 0)
		name += 2;
	if (strncmp(name, BLOBS, strlen(BLOBS)) == 0)
		return add_blob(s, name + strlen(BLOBS), range);
	if (strcmp(name, "index.json") == 0)
		return add_named(&s->index, range, "index.json", e);
	if (strcmp(name, "oci-layout") == 0)
		return add_named(&s->layout, range, "oci-layout", e);
	return 0;
}

static int take_member(struct store *s, struct archive *a,
		       struct archive_entry *entry, struct err *e)
{
	const char *name = archive_entry_pathname(entry);
	struct store_range range = {
		.offset = (uint64_t)archive_filter_bytes(a, 0),
		.size = (uint64_t)archive_entry_size(entry),
	};

	if (!name || archive_entry_filetype(entry) != AE_IFREG ||
	    archive_entry_hardlink(entry))
		return 0;
	/* The bytes of a sparse member do not lie in one piece. */
	if (archive_entry_sparse_count(entry) > 0)
		return err_set(e, EBADMSG, "store: sparse member");
	if (range.offset > s->size || range.size > s->size - range.offset)
		return err_set(e, EBADMSG, "store: member beyond the end");
	return add_member(s, name, &range, e);
}

static int bad_archive(struct archive *a, struct reader *r, struct err *e)
{
	(void)a;
	if (r->error)
		return err_set(e, r->error, "store: read at %llu",
			       (unsigned long long)r->at);
	return err_set(e, EBADMSG, "store: not a tar archive, or cut short");
}

static int take_members(struct store *s, struct archive *a, struct reader *r,
			struct err *e)
{
	for (unsigned int n = 0;; n++) {
		struct archive_entry *entry;
		int status = archive_read_next_header(a, &entry);
		int taken;

		if (status == ARCHIVE_EOF)
			return 0;
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return bad_archive(a, r, e);
		if (n == STORE_MEMBERS_MAX)
			return err_set(e, EFBIG, "store: more than %d members",
				       STORE_MEMBERS_MAX);
		taken = take_member(s, a, entry, e);
		if (taken < 0)
			return taken;
	}
}

static int compare(const void *a, const void *b)
{
	const struct store_blob *x = a;
	const struct store_blob *y = b;

	return memcmp(x->digest.bytes, y->digest.bytes, DIGEST_BYTES);
}

static int read_members(struct store *s, struct reader *r, struct err *e)
{
	struct archive *a = archive_read_new();
	int result;

	if (!a)
		return err_set(e, ENOMEM, "store");
	archive_read_support_format_tar(a);
	archive_read_set_read_callback(a, read_block);
	archive_read_set_skip_callback(a, skip_block);
	archive_read_set_callback_data(a, r);
	if (archive_read_open1(a) != ARCHIVE_OK)
		result = bad_archive(a, r, e);
	else
		result = take_members(s, a, r, e);
	archive_read_free(a);
	/* A blob may be there twice: its digest says whether it is good. */
	qsort(s->blobs, s->count, sizeof(*s->blobs), compare);
	return result;
}

static int read_range(const struct store *s, const struct store_range *range,
		      const char *what, char **data, struct err *e)
{
	AUTO_FREE char *block = NULL;
	size_t got = 0;

	if (range->size > JSON_BYTES_MAX)
		return err_set(e, EFBIG, "%s: %llu bytes", what,
			       (unsigned long long)range->size);
	block = calloc(1, range->size + 1);
	if (!block)
		return err_set(e, ENOMEM, "%s", what);
	while (got < range->size) {
		ssize_t n = pread(s->fd, block + got, range->size - got,
				  (off_t)(range->offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, n < 0 ? errno : EIO, "%s: read",
				       what);
		got += (size_t)n;
	}
	*data = take_ptr(&block);
	return 0;
}

static int check_layout(const struct store *s, struct err *e)
{
	AUTO_FREE char *text = NULL;
	json_t *tree = NULL;
	const char *version;
	int r;

	if (!s->layout.size || !s->index.size)
		return err_set(e, ENOENT, "store: not an OCI image layout");
	r = read_range(s, &s->layout, "oci-layout", &text, e);
	if (r == 0)
		r = image_json_parse(text, s->layout.size, "oci-layout", &tree,
				     e);
	if (r < 0)
		return r;
	version = image_json_text(tree, "imageLayoutVersion");
	if (!version || strcmp(version, "1.0.0") != 0)
		r = err_set(e, EPROTONOSUPPORT,
			    "store: layout version is not 1.0.0");
	json_decref(tree);
	return r;
}

int store_open(int fd, struct store *s, struct err *e)
{
	AUTO_FREE struct reader *r = calloc(1, sizeof(*r));
	off_t size = lseek(fd, 0, SEEK_END);
	int result;

	*s = (struct store){ .fd = fd };
	if (size < 0)
		return err_set(e, errno, "store: size");
	s->size = (uint64_t)size;
	s->blobs = calloc(STORE_MEMBERS_MAX, sizeof(*s->blobs));
	if (!s->blobs || !r)
		return err_set(e, ENOMEM, "store");
	r->store = s;
	result = read_members(s, r, e);
	return result < 0 ? result : check_layout(s, e);
}

void store_close(struct store *s)
{
	ptr_free(&s->blobs);
	s->count = 0;
}

const struct store_blob *store_find(const struct store *s,
				    const struct digest *d)
{
	const struct store_blob key = { .digest = *d };

	return bsearch(&key, s->blobs, s->count, sizeof(key), compare);
}

int store_read_index(const struct store *s, char **data, size_t *len,
		     struct err *e)
{
	*len = s->index.size;
	return read_range(s, &s->index, "index.json", data, e);
}

int store_read_blob(const struct store *s, const struct descriptor *d,
		    const char *what, char **data, struct err *e)
{
	AUTO_FREE char *block = NULL;
	const struct store_blob *b = store_find(s, &d->digest);
	struct digest real;
	int r;

	if (!b)
		return err_set(e, ENOENT, "%s: the blob is not in the store",
			       what);
	if (b->range.size != d->size)
		return err_set(e, EILSEQ, "%s: size differs from descriptor",
			       what);
	r = read_range(s, &b->range, what, &block, e);
	if (r < 0)
		return r;
	digest_of(block, d->size, &real);
	if (!digest_equal(&real, &d->digest))
		return err_set(e, EILSEQ, "%s: digest differs", what);
	*data = take_ptr(&block);
	return 0;
}
