// SPDX-License-Identifier: MIT
#include "tests/unit/image/archive.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/image/digest.h"

#define OCI "application/vnd.oci.image."
#define DISK_PADDING 8192
#define GZIP_TIME_AT 4

static const char *const layer_types[] = {
	[STREAM_PLAIN] = OCI "layer.v1.tar",
	[STREAM_GZIP] = OCI "layer.v1.tar+gzip",
	[STREAM_ZSTD] = OCI "layer.v1.tar+zstd",
};

__attribute__((format(printf, 2, 3))) static void print(struct bytes *b,
							const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		abort();
	bytes_add(b, text, (size_t)n);
}

static void digest_text(const struct bytes *b, char text[IMAGE_DIGEST_MAX])
{
	char hex[DIGEST_HEX + 1];
	struct digest d;

	digest_of(b->data, b->len, &d);
	digest_format_hex(&d, hex);
	snprintf(text, IMAGE_DIGEST_MAX, "sha256:%s", hex);
}

static void add_file(struct archive *a, const char *name,
		     const struct bytes *data)
{
	tar_add(&a->tar, &(struct tar_entry){ .name = name,
					      .data = (char *)data->data,
					      .len = data->len });
}

/* Adds a blob, perhaps (not 0) with another bit there than its name says. */
static void add_blob(struct archive *a, struct bytes *b, size_t damage,
		     int is_gone, char digest[IMAGE_DIGEST_MAX])
{
	char name[128];

	digest_text(b, digest);
	if (is_gone)
		return;
	snprintf(name, sizeof(name), "blobs/sha256/%s",
		 digest + strlen("sha256:"));
	if (damage)
		b->data[damage] ^= 1;
	add_file(a, name, b);
}

static struct bytes pack(const struct bytes *plain, enum stream_kind kind)
{
	struct bytes copy = { 0 };

	if (kind == STREAM_GZIP)
		return bytes_gzip(plain);
	if (kind == STREAM_ZSTD)
		return bytes_zstd(plain);
	bytes_add(&copy, plain->data, plain->len);
	return copy;
}

static void add_layer(struct archive *a, const struct archive_layer *layer,
		      enum archive_flaw flaw, char *diff_id,
		      struct bytes *manifest)
{
	struct bytes plain = tar_make(layer->entries, layer->count);
	struct bytes blob = pack(&plain, layer->kind);
	char digest[IMAGE_DIGEST_MAX];

	digest_text(&plain, diff_id);
	if (flaw == FLAW_DIFF_ID)
		diff_id[10] = diff_id[10] == '0' ? '1' : '0';
	add_blob(a, &blob,
		 flaw == FLAW_LAYER_BYTES  ? blob.len / 2 :
		 flaw == FLAW_LAYER_HEADER ? GZIP_TIME_AT :
					     0,
		 flaw == FLAW_LAYER_GONE, digest);
	print(manifest,
	      "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu},",
	      flaw == FLAW_LAYER_TYPE ? "application/x-squashfs" :
					layer_types[layer->kind],
	      digest, blob.len + (flaw == FLAW_LAYER_SIZE));
	free(plain.data);
	free(blob.data);
}

/* A list was written with a comma after each item. */
static void end_list(struct bytes *b, const char *end)
{
	if (b->data[b->len - 1] == ',')
		b->len--;
	print(b, "%s", end);
}

static void make_config(const struct archive *a,
			const struct archive_image *image, struct bytes *out)
{
	print(out, "{\"os\":\"linux\",\"architecture\":\"%s\",\"config\":",
	      image->architecture ? image->architecture : "amd64");
	bytes_add(out, image->config ? image->config : "{}",
		  image->config ? strlen(image->config) : 2);
	print(out, ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[");
	for (size_t i = 0; i < image->layer_count; i++)
		print(out, "\"%s\",", a->diff_ids[i]);
	if (image->flaw == FLAW_DIFF_ID_COUNT)
		print(out, "\"%s\",", a->diff_ids[0]);
	end_list(out, "]}}");
}

static void add_config(struct archive *a, const struct archive_image *image,
		       struct bytes *manifest)
{
	struct bytes config = { 0 };
	char digest[IMAGE_DIGEST_MAX];

	make_config(a, image, &config);
	add_blob(a, &config,
		 image->flaw == FLAW_CONFIG_BYTES ? config.len / 2 : 0,
		 image->flaw == FLAW_CONFIG_GONE, digest);
	print(manifest,
	      "],\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\","
	      "\"size\":%zu}}",
	      image->flaw == FLAW_CONFIG_TYPE ? "application/x-helm" :
						OCI "config.v1+json",
	      digest, config.len);
	free(config.data);
}

static void add_descriptor(struct archive *a, const char *type,
			   const char *digest, size_t size,
			   const char *reference, const char *platform)
{
	print(&a->index, "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%zu",
	      type, digest, size);
	if (reference)
		print(&a->index,
		      ",\"annotations\":{"
		      "\"org.opencontainers.image.ref.name\":\"%s\"}",
		      reference);
	if (platform)
		print(&a->index, ",\"platform\":%s", platform);
	print(&a->index, "},");
}

void archive_add(struct archive *a, const struct archive_image *image)
{
	struct bytes manifest = { 0 };

	print(&manifest, "{\"schemaVersion\":2,\"layers\":[");
	for (size_t i = 0; i < image->layer_count; i++)
		add_layer(a, &image->layers[i],
			  i + 1 == image->layer_count ? image->flaw : FLAW_NONE,
			  a->diff_ids[i], &manifest);
	if (manifest.data[manifest.len - 1] == ',')
		manifest.len--;
	add_config(a, image, &manifest);
	add_blob(a, &manifest,
		 image->flaw == FLAW_MANIFEST_BYTES ? manifest.len / 2 : 0,
		 image->flaw == FLAW_MANIFEST_GONE, a->manifest);
	add_descriptor(a,
		       image->flaw == FLAW_MANIFEST_TYPE ?
			       "application/x-manifest" :
			       OCI "manifest.v1+json",
		       a->manifest,
		       manifest.len + (image->flaw == FLAW_MANIFEST_SIZE),
		       image->reference, image->platform);
	free(manifest.data);
}

static struct bytes make_index(struct archive *a)
{
	struct bytes b = { 0 };

	print(&b, "{\"schemaVersion\":2,\"manifests\":[");
	bytes_add(&b, a->index.data, a->index.len);
	end_list(&b, "]}");
	a->index.len = 0;
	return b;
}

void archive_nest(struct archive *a, const char *reference)
{
	struct bytes index = make_index(a);
	char digest[IMAGE_DIGEST_MAX];

	add_blob(a, &index, 0, 0, digest);
	add_descriptor(a, OCI "index.v1+json", digest, index.len, reference,
		       NULL);
	free(index.data);
}

int archive_fd(struct archive *a)
{
	static const char padding[DISK_PADDING];
	struct bytes index = make_index(a);
	struct bytes layout = { 0 };
	int fd;

	print(&layout, "{\"imageLayoutVersion\":\"1.0.0\"}");
	add_file(a, "./index.json", &index);
	add_file(a, "oci-layout", &layout);
	tar_end(&a->tar);
	bytes_add(&a->tar, padding, sizeof(padding));
	fd = bytes_fd(&a->tar);
	free(index.data);
	free(layout.data);
	free(a->index.data);
	free(a->tar.data);
	return fd;
}

int archive_of(const struct archive_image *image)
{
	struct archive a = { 0 };

	archive_add(&a, image);
	return archive_fd(&a);
}

struct image_request archive_request(const char *reference)
{
	struct image_request q = { .user = "" };

	snprintf(q.reference, sizeof(q.reference), "%s", reference);
	return q;
}
