// SPDX-License-Identifier: MIT
#include "runtime/image/unpack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "runtime/base/fd.h"
#include "runtime/image/config.h"
#include "runtime/image/layer.h"
#include "runtime/image/limits.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reply.h"
#include "runtime/image/store.h"
#include "runtime/image/tree.h"
#include "runtime/image/users.h"

#define ROOT_MODE 0755
#define NAME_TRIES 1000

struct unpack {
	struct store store;
	struct manifest manifest;
	struct config config;
	struct image_reply *reply;
	int layers;
	struct stream stream;
};

/* A directory that is there is whole and proven: it came by rename. */
static bool is_unpacked(int layers, const char *name)
{
	struct stat st;

	return fstatat(layers, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static int make_temporary(int layers, char name[NAME_MAX + 1], int *fd,
			  struct err *e)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		snprintf(name, NAME_MAX + 1, TREE_TEMPORARY "%ld-%d",
			 (long)getpid(), i);
		if (mkdirat(layers, name, ROOT_MODE) == 0)
			break;
		if (errno != EEXIST)
			return err_set(e, errno, "mkdir(layer)");
	}
	*fd = openat(layers, name,
		     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return err_set(e, errno, "open(layer)");
	/* Not as the umask would have it. */
	return fchmod(*fd, ROOT_MODE) < 0 ? err_set(e, errno, "fchmod(layer)") :
					    0;
}

/* Where the bytes are not those that were signed for, that is the reason. */
static int blame(struct stream *s, const struct digest *blob, int result,
		 struct err *e)
{
	if (result == -EBADMSG && !stream_is_blob(s, blob))
		return err_set(e, EILSEQ, "digest of the blob differs");
	return result;
}

static int fill(struct unpack *u, uint32_t index, int root, struct err *e)
{
	const struct digest *blob = &u->manifest.layers[index].blob.digest;
	const struct layer_options options = {
		.root = root,
		.base = u->layers,
		.bytes_max = LAYER_BYTES_MAX,
	};
	struct layer_counts counts = { 0 };
	int r = layer_unpack(&u->stream, &options, &counts, e);

	u->reply->unpacked_bytes += counts.bytes;
	if (r == 0)
		r = stream_finish(&u->stream, blob, &u->config.diff_ids[index],
				  e);
	return r < 0 ? blame(&u->stream, blob, r, e) : 0;
}

static int put(struct unpack *u, const char *temporary, const char *name,
	       struct err *e)
{
	int r = 0;

	if (renameat2(u->layers, temporary, u->layers, name,
		      RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST)
		r = err_set(e, errno, "rename(layer)");
	/* Mostly another unpacker that was faster with the same bytes. */
	else if (!is_unpacked(u->layers, name))
		r = err_set(e, EEXIST, "what is in the layer's place is none");
	tree_remove(u->layers, u->layers, temporary);
	return r;
}

static int unpack_stream(struct unpack *u, uint32_t index, const char *name,
			 struct err *e)
{
	AUTO_CLOSE int root = -1;
	char temporary[NAME_MAX + 1];
	int r = make_temporary(u->layers, temporary, &root, e);

	if (r < 0)
		return r;
	r = fill(u, index, root, e);
	if (r == 0)
		return put(u, temporary, name, e);
	tree_remove(u->layers, u->layers, temporary);
	return r;
}

static int unpack_blob(struct unpack *u, uint32_t index, const char *name,
		       struct err *e)
{
	const struct manifest_layer *layer = &u->manifest.layers[index];
	const struct store_blob *blob =
		store_find(&u->store, &layer->blob.digest);
	int r;

	if (!blob)
		return err_set(e, ENOENT, "the blob is not in the store");
	if (blob->range.size != layer->blob.size)
		return err_set(e, EILSEQ, "size differs from descriptor");
	if (u->reply->unpacked_bytes > IMAGE_BYTES_MAX)
		return err_set(e, EFBIG, "the image has too many bytes");
	r = stream_open(&u->stream, u->store.fd, blob->range.offset,
			blob->range.size, layer->kind, LAYER_STREAM_MAX);
	if (r < 0)
		err_set(e, -r, "decompressor");
	else
		r = unpack_stream(u, index, name, e);
	stream_close(&u->stream);
	return r;
}

static void digest_text(const struct digest *d, char text[IMAGE_DIGEST_MAX])
{
	char hex[DIGEST_HEX + 1];

	digest_format_hex(d, hex);
	snprintf(text, IMAGE_DIGEST_MAX, "sha256:%s", hex);
}

static int unpack_layers(struct unpack *u, struct err *e)
{
	struct image_reply *reply = u->reply;

	for (uint32_t i = 0; i < u->config.layer_count; i++) {
		char name[IMAGE_DIGEST_MAX];
		int r = 0;

		digest_text(&u->config.diff_ids[i], reply->layers[i]);
		image_layer_name(reply->layers[i], name);
		if (!is_unpacked(u->layers, name))
			r = unpack_blob(u, i, name, e);
		if (r < 0)
			return err_wrap(e, "layer %u", i);
		reply->layer_count++;
	}
	return 0;
}

static int read_config(struct unpack *u, struct err *e)
{
	AUTO_FREE char *text = NULL;
	int r = store_read_blob(&u->store, &u->manifest.config, "configuration",
				&text, e);

	if (r == 0)
		r = config_parse(text, u->manifest.config.size, &u->config,
				 u->reply, e);
	if (r < 0)
		return r;
	if (u->config.layer_count != u->manifest.layer_count)
		return err_set(e, EBADMSG,
			       "configuration and manifest count layers apart");
	digest_text(&u->manifest.digest, u->reply->manifest_digest);
	return 0;
}

static int unpack_all(struct unpack *u, const struct image_request *q,
		      struct err *e)
{
	int r = manifest_read(&u->store, q->reference, &u->manifest, e);

	if (r == 0)
		r = read_config(u, e);
	if (r == 0)
		r = unpack_layers(u, e);
	if (r < 0)
		return r;
	return users_resolve(u->layers, q->user[0] ? q->user : u->config.user,
			     u->reply, e);
}

static void remove_temporaries(int layers, int lock)
{
	int fd = openat(lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		fd_close(&fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, TREE_TEMPORARY,
			    strlen(TREE_TEMPORARY)) == 0)
			tree_remove(layers, layers, entry->d_name);
	closedir(dir);
}

/*
 * Every unpacker holds the lock shared while it lives. Who gets it alone may
 * clean up, for nobody else's temporary directories can be there.
 */
static int lock_layers(int layers, int *lock, struct err *e)
{
	*lock = openat(layers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*lock < 0)
		return err_set(e, errno, "open(layers)");
	if (flock(*lock, LOCK_EX | LOCK_NB) == 0)
		remove_temporaries(layers, *lock);
	if (flock(*lock, LOCK_SH) < 0)
		return err_set(e, errno, "flock(layers)");
	return 0;
}

static bool is_ended(const char *text, size_t cap)
{
	return memchr(text, 0, cap) != NULL;
}

int unpack_image(const struct image_request *q, int store_fd, int layers,
		 struct image_reply *reply, struct err *e)
{
	AUTO_FREE struct unpack *u = calloc(1, sizeof(*u));
	AUTO_CLOSE int lock = -1;
	int r;

	memset(reply, 0, sizeof(*reply));
	if (!u)
		return err_set(e, ENOMEM, "unpacker");
	if (!is_ended(q->reference, sizeof(q->reference)) ||
	    !is_ended(q->user, sizeof(q->user)))
		return err_set(e, EINVAL, "request");
	u->reply = reply;
	u->layers = layers;
	r = lock_layers(layers, &lock, e);
	if (r == 0)
		r = store_open(store_fd, &u->store, e);
	if (r == 0)
		r = unpack_all(u, q, e);
	store_close(&u->store);
	return r;
}
