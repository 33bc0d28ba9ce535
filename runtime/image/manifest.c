// SPDX-License-Identifier: MIT
#include "runtime/image/manifest.h"

#include <errno.h>
#include <string.h>

#include "runtime/base/fd.h"

#define INDEX_LEVELS_MAX 4
#define DEFAULT_TAG "latest"
#define OCI "application/vnd.oci.image."
#define DOCKER "application/vnd.docker."

/* clang-format off */
static const struct {
	const char *media_type;
	int is_index;
} manifest_types[] = {
	{ OCI "manifest.v1+json", 0 },
	{ OCI "index.v1+json", 1 },
	{ DOCKER "distribution.manifest.v2+json", 0 },
	{ DOCKER "distribution.manifest.list.v2+json", 1 },
};

static const struct {
	const char *media_type;
	enum stream_kind kind;
} layer_types[] = {
	{ OCI "layer.v1.tar", STREAM_PLAIN },
	{ OCI "layer.v1.tar+gzip", STREAM_GZIP },
	{ OCI "layer.v1.tar+zstd", STREAM_ZSTD },
	{ DOCKER "image.rootfs.diff.tar", STREAM_PLAIN },
	{ DOCKER "image.rootfs.diff.tar.gzip", STREAM_GZIP },
	{ DOCKER "image.rootfs.diff.tar.zstd", STREAM_ZSTD },
};

static const char *const config_types[] = {
	OCI "config.v1+json",
	DOCKER "container.image.v1+json",
};
/* clang-format on */

/* What a descriptor of an index has to do with the reference. */
enum rank {
	RANK_NONE,
	RANK_TAG,
	RANK_NAME,
	RANK_DIGEST,
};

struct wanted {
	const char *name; /* NULL: whatever is there */
	const char *tag;
	bool has_digest;
	struct digest digest;
};

struct choice {
	enum rank rank;
	bool was_foreign; /* something matched, for another platform */
	bool is_ambiguous;
	struct descriptor descriptor;
	int is_index;
};

static int read_wanted(const char *reference, struct wanted *w, struct err *e)
{
	const char *at = reference ? strrchr(reference, '@') : NULL;
	const char *slash = reference ? strrchr(reference, '/') : NULL;
	const char *colon = reference ? strrchr(reference, ':') : NULL;

	*w = (struct wanted){ .name = reference, .tag = DEFAULT_TAG };
	if (at) {
		w->has_digest = true;
		if (digest_parse(at + 1, &w->digest) < 0)
			return err_set(e, EINVAL, "reference: digest");
	} else if (colon && (!slash || colon > slash)) {
		w->tag = colon + 1;
	}
	return 0;
}

static bool has_text(const json_t *object, const char *key, const char *text)
{
	const char *value = image_json_text(object, key);

	return value && strcmp(value, text) == 0;
}

static enum rank rank_of(const struct wanted *w, const json_t *entry,
			 const struct descriptor *d)
{
	const json_t *notes = json_object_get(entry, "annotations");

	if (!w->name)
		return RANK_NAME;
	if (w->has_digest)
		return digest_equal(&w->digest, &d->digest) ? RANK_DIGEST :
							      RANK_NONE;
	if (has_text(notes, "org.opencontainers.image.ref.name", w->name) ||
	    has_text(notes, "io.containerd.image.name", w->name))
		return RANK_NAME;
	if (has_text(notes, "org.opencontainers.image.ref.name", w->tag))
		return RANK_TAG;
	return RANK_NONE;
}

/* Without a platform in the index the configuration has the last word. */
static bool is_foreign(const json_t *entry)
{
	const json_t *platform = json_object_get(entry, "platform");

	return platform && (!has_text(platform, "os", "linux") ||
			    !has_text(platform, "architecture", "amd64"));
}

static int find_manifest_type(const char *media_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(manifest_types); i++)
		if (strcmp(manifest_types[i].media_type, media_type) == 0)
			return (int)i;
	return -1;
}

static void consider(struct choice *c, enum rank rank,
		     const struct descriptor *d, int is_index)
{
	if (rank < c->rank)
		return;
	if (rank == c->rank) {
		/* In an index for many, the first for our platform counts. */
		c->is_ambiguous |=
			!digest_equal(&d->digest, &c->descriptor.digest);
		return;
	}
	c->rank = rank;
	c->is_ambiguous = false;
	c->descriptor = *d;
	c->is_index = is_index;
}

static int take_entry(const struct wanted *w, const json_t *entry,
		      struct choice *c, struct err *e)
{
	struct descriptor d;
	int type;
	enum rank rank;
	int r = image_json_descriptor(entry, &d, e);

	if (r < 0)
		return r;
	rank = rank_of(w, entry, &d);
	if (rank == RANK_NONE)
		return 0;
	type = find_manifest_type(d.media_type);
	if (is_foreign(entry) || type < 0) {
		c->was_foreign = true;
		return 0;
	}
	consider(c, rank, &d, manifest_types[type].is_index);
	return 0;
}

static int choose(const json_t *tree, const struct wanted *w, struct choice *c,
		  struct err *e)
{
	const json_t *list = json_object_get(tree, "manifests");
	size_t i;
	json_t *entry;

	if (!json_is_array(list))
		return err_set(e, EBADMSG, "index: no manifests");
	json_array_foreach(list, i, entry)
	{
		int r = take_entry(w, entry, c, e);

		if (r < 0)
			return err_wrap(e, "index: manifest %zu", i);
	}
	if (c->rank == RANK_NONE && c->was_foreign)
		return err_set(e, EPROTONOSUPPORT,
			       "the image is not for linux/amd64");
	if (c->rank == RANK_NONE)
		return err_set(e, ENOENT, "the image is not in the store");
	if (c->is_ambiguous && w->name)
		return err_set(e, ENOTUNIQ,
			       "several images in the store have that name");
	return 0;
}

int manifest_pick(const char *data, size_t len, const char *reference,
		  struct descriptor *out, int *is_index, struct err *e)
{
	struct choice c = { .rank = RANK_NONE };
	struct wanted w;
	json_t *tree = NULL;
	int r = read_wanted(reference, &w, e);

	if (r == 0)
		r = image_json_parse(data, len, "index", &tree, e);
	if (r < 0)
		return r;
	r = choose(tree, &w, &c, e);
	json_decref(tree);
	if (r < 0)
		return r;
	*out = c.descriptor;
	out->media_type = NULL;
	*is_index = c.is_index;
	return 0;
}

static int take_layer(const json_t *object, struct manifest *m, struct err *e)
{
	struct manifest_layer *layer = &m->layers[m->layer_count];
	int r = image_json_descriptor(object, &layer->blob, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(layer_types); i++) {
		if (strcmp(layer_types[i].media_type, layer->blob.media_type))
			continue;
		layer->kind = layer_types[i].kind;
		layer->blob.media_type = NULL;
		m->layer_count++;
		return 0;
	}
	return err_set(e, EPROTONOSUPPORT,
		       "media type is not tar, tar+gzip or tar+zstd");
}

static int take_layers(const json_t *tree, struct manifest *m, struct err *e)
{
	const json_t *list = json_object_get(tree, "layers");
	size_t i;
	json_t *object;

	if (!json_is_array(list))
		return err_set(e, EBADMSG, "manifest: no layers");
	if (json_array_size(list) > IMAGE_LAYERS_MAX)
		return err_set(e, E2BIG, "manifest: more than %d layers",
			       IMAGE_LAYERS_MAX);
	if (json_array_size(list) == 0)
		return err_set(e, ENOENT, "the image has no layer");
	json_array_foreach(list, i, object)
	{
		int r = take_layer(object, m, e);

		if (r < 0)
			return err_wrap(e, "manifest: layer %zu", i);
	}
	return 0;
}

static int take_config(const json_t *tree, struct manifest *m, struct err *e)
{
	int r = image_json_descriptor(json_object_get(tree, "config"),
				      &m->config, e);

	if (r < 0)
		return err_wrap(e, "manifest: config");
	for (size_t i = 0; i < ARRAY_SIZE(config_types); i++) {
		if (strcmp(config_types[i], m->config.media_type))
			continue;
		m->config.media_type = NULL;
		return 0;
	}
	return err_set(e, EPROTONOSUPPORT,
		       "manifest: what it describes is not a container image");
}

static int take_manifest(const json_t *tree, struct manifest *m, struct err *e)
{
	const json_t *version = json_object_get(tree, "schemaVersion");
	int r;

	if (!json_is_integer(version) || json_integer_value(version) != 2)
		return err_set(e, EPROTONOSUPPORT,
			       "manifest: schemaVersion is not 2");
	r = take_config(tree, m, e);
	return r < 0 ? r : take_layers(tree, m, e);
}

int manifest_parse(const char *data, size_t len, struct manifest *m,
		   struct err *e)
{
	json_t *tree = NULL;
	int r = image_json_parse(data, len, "manifest", &tree, e);

	if (r < 0)
		return r;
	m->layer_count = 0;
	r = take_manifest(tree, m, e);
	json_decref(tree);
	return r;
}

/* Through indexes of indexes to the descriptor of the manifest. */
static int find(const struct store *s, const char *reference,
		struct descriptor *d, struct err *e)
{
	AUTO_FREE char *index = NULL;
	size_t len = 0;
	int is_index = 0;
	int r = store_read_index(s, &index, &len, e);

	if (r == 0)
		r = manifest_pick(index, len, reference, d, &is_index, e);
	for (int level = 1; r == 0 && is_index; level++) {
		if (level == INDEX_LEVELS_MAX)
			return err_set(e, ELOOP, "index: nested too deep");
		ptr_free(&index);
		r = store_read_blob(s, d, "index", &index, e);
		if (r == 0)
			r = manifest_pick(index, d->size, MANIFEST_ANY, d,
					  &is_index, e);
	}
	return r;
}

int manifest_read(const struct store *s, const char *reference,
		  struct manifest *m, struct err *e)
{
	AUTO_FREE char *text = NULL;
	struct descriptor d = { .size = 0 };
	int r = find(s, reference, &d, e);

	if (r == 0)
		r = store_read_blob(s, &d, "manifest", &text, e);
	if (r < 0)
		return r;
	m->digest = d.digest;
	return manifest_parse(text, d.size, m, e);
}
