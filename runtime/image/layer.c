// SPDX-License-Identifier: MIT
#include "runtime/image/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/image/layer_inner.h"
#include "runtime/image/limits.h"
#include "runtime/image/tree.h"

static ssize_t read_stream(struct archive *a, void *ctx, const void **data)
{
	struct layer *l = ctx;
	ssize_t n = stream_read(l->stream, data);

	if (n >= 0)
		return n;
	archive_set_error(a, (int)-n, "stream");
	return ARCHIVE_FATAL;
}

/* The stream's own failure is nearer to the cause than the tar's. */
static int bad_tar(struct layer *l, int code, const char *why, struct err *e)
{
	const struct err *cause = &l->stream->error;

	if (cause->code)
		return err_set(e, cause->code, "%s", cause->message);
	return err_set(e, code, "%s", why);
}

static int take_entry(struct layer *l, struct archive_entry *entry,
		      struct err *e)
{
	struct err why = ERR_NONE;
	int r;

	if (l->counts.entries == LAYER_ENTRIES_MAX)
		return err_set(e, EFBIG, "more than %u entries",
			       LAYER_ENTRIES_MAX);
	l->counts.entries++;
	r = layer_entry(l, entry, &why);
	if (r == 0)
		return 0;
	bad_tar(l, why.code, why.message, e);
	return err_wrap(e, "entry %llu", (unsigned long long)l->counts.entries);
}

static int take_entries(struct layer *l, struct err *e)
{
	for (;;) {
		struct archive_entry *entry;
		int status = archive_read_next_header(l->archive, &entry);
		int r;

		if (status == ARCHIVE_EOF)
			return 0;
		/* Warnings are about character sets: names are bytes here. */
		if (status != ARCHIVE_OK && status != ARCHIVE_WARN)
			return bad_tar(l, EBADMSG, "damaged tar", e);
		r = take_entry(l, entry, e);
		if (r < 0)
			return r;
	}
}

static int open_tar(struct layer *l, struct err *e)
{
	archive_read_support_format_tar(l->archive);
	archive_read_support_format_empty(l->archive);
	archive_read_set_read_callback(l->archive, read_stream);
	archive_read_set_callback_data(l->archive, l);
	if (archive_read_open1(l->archive) == ARCHIVE_OK)
		return 0;
	return bad_tar(l, EBADMSG, "not a tar", e);
}

int layer_unpack(struct stream *s, const struct layer_options *o,
		 struct layer_counts *counts, struct err *e)
{
	struct layer l = { .o = *o, .stream = s };
	int r;

	l.archive = archive_read_new();
	if (!l.archive)
		return err_set(e, ENOMEM, "layer");
	r = open_tar(&l, e);
	if (r == 0)
		r = take_entries(&l, e);
	archive_read_free(l.archive);
	if (r == 0)
		r = layer_set_times(&l, e);
	layer_forget(&l);
	*counts = l.counts;
	return r;
}
