// SPDX-License-Identifier: MIT
/* Whole archives, honest and not, into a directory of layers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/reply.h"
#include "runtime/image/unpack.h"
#include "tests/unit/image/archive.h"
#include "tests/unit/image/place.h"

#include "kselftest_harness.h"

static const struct tar_entry base_entries[] = {
	{ .name = "etc/", .type = '5' },
	{ .name = "etc/passwd",
	  .data = "root:x:0:0:r:/root:/bin/sh\n"
		  "web:x:33:34::/var/www:/bin/sh\n" },
	{ .name = "etc/group",
	  .data = "root:x:0:\nwww:x:34:\nlogs:x:4:syslog,web\n" },
};
static const struct tar_entry top_entries[] = {
	{ .name = "app", .data = "the program", .mode = 0755 },
};
static const struct archive_layer layers[] = {
	{ base_entries, ARRAY_SIZE(base_entries), STREAM_GZIP },
	{ top_entries, ARRAY_SIZE(top_entries), STREAM_ZSTD },
};

FIXTURE(store)
{
	struct place place;
	struct image_reply *reply;
	struct err e;
};

FIXTURE_SETUP(store)
{
	self->e = ERR_NONE;
	self->reply = calloc(1, sizeof(*self->reply));
	ASSERT_NE(NULL, self->reply);
	if (geteuid() != 0)
		SKIP(return, "needs root for owners and a tmpfs");
	ASSERT_EQ(0, place_make(&self->place, "size=4m"));
}

/* Every name that is left is that of a finished layer. */
static bool is_temporary_left(int dir)
{
	return place_has_other(dir, "sha256-");
}

FIXTURE_TEARDOWN(store)
{
	if (geteuid() == 0) {
		EXPECT_TRUE(place_is_untouched(&self->place));
		EXPECT_FALSE(is_temporary_left(self->place.target));
	}
	free(self->reply);
}

static int unpack(struct place *p, int store, const struct image_request *q,
		  struct image_reply *reply, struct err *e)
{
	AUTO_CLOSE int fd = store;

	*e = ERR_NONE;
	return -unpack_image(q, fd, p->target, reply, e);
}

static int unpack_one(struct place *p, const struct archive_image *image,
		      const char *reference, struct image_reply *reply,
		      struct err *e)
{
	struct image_request q = archive_request(reference);

	return unpack(p, archive_of(image), &q, reply, e);
}

static const struct archive_image honest = {
	.reference = "web:1",
	.layers = layers,
	.layer_count = ARRAY_SIZE(layers),
	.config = "{\"Entrypoint\":[\"/app\"],\"Cmd\":[\"-x\",\"\"],"
		  "\"Env\":[\"PATH=/bin\",\"E=\"],\"User\":\"web\","
		  "\"WorkingDir\":\"/srv\",\"StopSignal\":\"SIGQUIT\","
		  "\"Volumes\":{\"/x\":{}},\"Healthcheck\":{},"
		  "\"Labels\":null}",
};

TEST_F(store, an_image_is_unpacked_and_described)
{
	struct image_reply *r = self->reply;

	ASSERT_EQ(0, unpack_one(&self->place, &honest, "web:1", r, &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(0, image_reply_check(r, &self->e));
	EXPECT_EQ(2, r->layer_count);
	EXPECT_EQ(1, r->entry_point.count);
	EXPECT_STREQ("/app", image_string(r, &r->entry_point, 0));
	EXPECT_EQ(2, r->command.count);
	EXPECT_STREQ("-x", image_string(r, &r->command, 0));
	EXPECT_STREQ("", image_string(r, &r->command, 1));
	EXPECT_STREQ("E=", image_string(r, &r->env, 1));
	EXPECT_STREQ("/srv", r->text + r->working_directory);
	EXPECT_STREQ("/var/www", r->text + r->home);
	EXPECT_EQ(3, r->stop_signal);
	EXPECT_EQ(33, r->uid);
	EXPECT_EQ(34, r->gid);
	ASSERT_EQ(1, r->group_count);
	EXPECT_EQ(4, r->groups[0]);
	EXPECT_EQ(2, place_count(self->place.target));
}

TEST_F(store, unpacking_again_changes_nothing)
{
	uint64_t bytes;

	ASSERT_EQ(0, unpack_one(&self->place, &honest, "web:1", self->reply,
				&self->e));
	bytes = self->reply->unpacked_bytes;
	EXPECT_LT(0, bytes);
	ASSERT_EQ(0, unpack_one(&self->place, &honest, "web:1", self->reply,
				&self->e));
	EXPECT_EQ(0, self->reply->unpacked_bytes);
	EXPECT_EQ(2, self->reply->layer_count);
}

TEST_F(store, every_flaw_is_refused_and_leaves_no_bad_layer)
{
	static const struct {
		enum archive_flaw flaw;
		int code;
		int left; /* good layers below the bad one */
	} rows[] = {
		{ FLAW_LAYER_BYTES, EILSEQ, 1 },
		{ FLAW_LAYER_GONE, ENOENT, 1 },
		{ FLAW_LAYER_SIZE, EILSEQ, 1 },
		{ FLAW_LAYER_TYPE, EPROTONOSUPPORT, 0 },
		{ FLAW_DIFF_ID, EILSEQ, 1 },
		{ FLAW_DIFF_ID_COUNT, EBADMSG, 0 },
		{ FLAW_CONFIG_BYTES, EILSEQ, 0 },
		{ FLAW_CONFIG_GONE, ENOENT, 0 },
		{ FLAW_CONFIG_TYPE, EPROTONOSUPPORT, 0 },
		{ FLAW_MANIFEST_BYTES, EILSEQ, 0 },
		{ FLAW_MANIFEST_GONE, ENOENT, 0 },
		{ FLAW_MANIFEST_SIZE, EILSEQ, 0 },
		{ FLAW_MANIFEST_TYPE, EPROTONOSUPPORT, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct archive_image bad = honest;
		struct place p = self->place;
		char name[16];

		snprintf(name, sizeof(name), "t%zu", i);
		ASSERT_EQ(0, mkdirat(self->place.target, name, 0755));
		p.target = openat(self->place.target, name, O_RDONLY);
		bad.flaw = rows[i].flaw;
		EXPECT_EQ(rows[i].code,
			  unpack_one(&p, &bad, "web:1", self->reply, &self->e))
		{
			TH_LOG("row %zu: %s", i, self->e.message);
		}
		EXPECT_EQ(rows[i].left, place_count(p.target));
		EXPECT_FALSE(is_temporary_left(p.target));
		close(p.target);
	}
	/* The fixture looks for finished layers only. */
	ASSERT_EQ(0, system("rm -rf /mnt/target/t*"));
}

TEST_F(store, a_damaged_bit_in_a_layer_of_any_kind_is_a_wrong_digest)
{
	for (int kind = STREAM_PLAIN; kind <= STREAM_ZSTD; kind++) {
		const struct archive_layer one = { base_entries, 3,
						   (enum stream_kind)kind };
		const struct archive_image image = {
			.reference = "x:1",
			.layers = &one,
			.layer_count = 1,
			.flaw = FLAW_LAYER_BYTES,
		};

		EXPECT_EQ(EILSEQ, unpack_one(&self->place, &image, "x:1",
					     self->reply, &self->e));
		EXPECT_EQ(0, place_count(self->place.target));
	}
}

/* The plain layer is the right one: only the blob is another. */
TEST_F(store, other_compressed_bytes_of_the_same_layer_are_refused)
{
	const struct archive_image image = {
		.reference = "x:1",
		.layers = layers,
		.layer_count = 1,
		.flaw = FLAW_LAYER_HEADER,
	};

	EXPECT_EQ(EILSEQ, unpack_one(&self->place, &image, "x:1", self->reply,
				     &self->e));
	EXPECT_EQ(0, place_count(self->place.target));
}

TEST_F(store, what_is_in_a_layers_place_is_not_replaced)
{
	struct archive a = { 0 };
	char name[IMAGE_DIGEST_MAX];
	struct image_request q = archive_request("web:1");

	archive_add(&a, &honest);
	image_layer_name(a.diff_ids[0], name);
	ASSERT_EQ(0, mknodat(self->place.target, name, S_IFREG | 0600, 0));
	EXPECT_EQ(EEXIST, unpack(&self->place, archive_fd(&a), &q, self->reply,
				 &self->e));
	EXPECT_EQ(1, place_count(self->place.target));
}

TEST_F(store, a_hostile_entry_leaves_nothing_of_its_layer)
{
	const struct tar_entry entries[] = {
		{ .name = "dir/file", .data = "x" },
		{ .name = "../../outside/secret", .data = "overwritten" },
	};
	const struct archive_layer one = { entries, 2, STREAM_GZIP };
	const struct archive_image image = { .reference = "x:1",
					     .layers = &one,
					     .layer_count = 1 };

	EXPECT_EQ(EPERM, unpack_one(&self->place, &image, "x:1", self->reply,
				    &self->e));
	EXPECT_STREQ("layer 0: entry 2: name climbs with '..'",
		     self->e.message);
	EXPECT_EQ(0, place_count(self->place.target));
}

TEST_F(store, an_image_larger_than_the_disk_is_enospc_and_leaves_nothing)
{
	char *data = malloc(5 << 20);
	struct archive_image image = { .reference = "x:1", .layer_count = 1 };
	struct archive_layer one = { .count = 1, .kind = STREAM_ZSTD };
	struct tar_entry entry = { .name = "big", .len = 5 << 20 };

	ASSERT_NE(NULL, data);
	memset(data, 'x', 5 << 20);
	entry.data = data;
	one.entries = &entry;
	image.layers = &one;
	EXPECT_EQ(ENOSPC, unpack_one(&self->place, &image, "x:1", self->reply,
				     &self->e));
	EXPECT_EQ(0, place_count(self->place.target));
	free(data);
}

/* -------------------------------------------------------------- references */

TEST_F(store, references_match_by_name_tag_and_digest)
{
	struct archive a = { 0 };
	char by_digest[IMAGE_REF_MAX];
	struct image_request q;
	int fd;

	archive_add(&a, &honest);
	snprintf(by_digest, sizeof(by_digest), "any.host:5000/web@%s",
		 a.manifest);
	fd = archive_fd(&a);
	q = archive_request(by_digest);
	EXPECT_EQ(0, unpack(&self->place, fd, &q, self->reply, &self->e));
	/* The store says "web:1", not just a tag. */
	EXPECT_EQ(ENOENT, unpack_one(&self->place, &honest, "other:1",
				     self->reply, &self->e));
	EXPECT_EQ(ENOENT, unpack_one(&self->place, &honest, "web", self->reply,
				     &self->e));
	EXPECT_EQ(EINVAL, unpack_one(&self->place, &honest, "web@sha256:12",
				     self->reply, &self->e));
	by_digest[strlen(by_digest) - 1] ^= 1;
	EXPECT_NE(0, unpack_one(&self->place, &honest, by_digest, self->reply,
				&self->e));
}

TEST_F(store, a_bare_tag_in_the_store_answers_for_every_name)
{
	struct archive_image image = honest;

	image.reference = "1.2";
	EXPECT_EQ(0, unpack_one(&self->place, &image, "host:5000/a/b:1.2",
				self->reply, &self->e));
	EXPECT_EQ(ENOENT, unpack_one(&self->place, &image, "host:5000/a/b",
				     self->reply, &self->e));
	image.reference = "latest";
	EXPECT_EQ(0, unpack_one(&self->place, &image, "host:5000/a/b",
				self->reply, &self->e));
}

TEST_F(store, two_images_of_one_name_are_refused_and_one_twice_is_not)
{
	struct archive_image other = honest;
	struct image_request q = archive_request("web:1");
	struct archive a = { 0 };

	archive_add(&a, &honest);
	other.config = "{\"Cmd\":[\"/bin/false\"]}";
	archive_add(&a, &other);
	EXPECT_EQ(ENOTUNIQ, unpack(&self->place, archive_fd(&a), &q,
				   self->reply, &self->e));
	a = (struct archive){ 0 };
	archive_add(&a, &honest);
	/* One blob, two descriptors. */
	bytes_add(&a.index, a.index.data, a.index.len);
	EXPECT_EQ(0, unpack(&self->place, archive_fd(&a), &q, self->reply,
			    &self->e));
}

TEST_F(store, of_several_platforms_ours_is_taken)
{
	struct archive_image arm = honest;
	struct archive_image amd = honest;
	struct image_request q = archive_request("multi:1");
	struct archive a = { 0 };

	arm.reference = amd.reference = NULL;
	arm.config = "{\"Cmd\":[\"arm\"]}";
	arm.architecture = "arm64";
	arm.platform = "{\"os\":\"linux\",\"architecture\":\"arm64\"}";
	amd.platform = "{\"os\":\"linux\",\"architecture\":\"amd64\"}";
	archive_add(&a, &arm);
	archive_add(&a, &amd);
	archive_nest(&a, NULL);
	archive_nest(&a, "multi:1");
	ASSERT_EQ(0, unpack(&self->place, archive_fd(&a), &q, self->reply,
			    &self->e))
	{
		TH_LOG("%s", self->e.message);
	}
	EXPECT_EQ(1, self->reply->entry_point.count);
	a = (struct archive){ 0 };
	archive_add(&a, &arm);
	archive_nest(&a, "multi:1");
	EXPECT_EQ(EPROTONOSUPPORT, unpack(&self->place, archive_fd(&a), &q,
					  self->reply, &self->e));
	/* Without a platform in the index the configuration tells. */
	arm.platform = NULL;
	arm.reference = "multi:1";
	EXPECT_EQ(EPROTONOSUPPORT, unpack_one(&self->place, &arm, "multi:1",
					      self->reply, &self->e));
}

TEST_F(store, indexes_in_indexes_end)
{
	struct image_request q = archive_request("deep:1");
	struct archive a = { 0 };

	archive_add(&a, &honest);
	for (int i = 0; i < 5; i++)
		archive_nest(&a, "deep:1");
	EXPECT_EQ(ELOOP, unpack(&self->place, archive_fd(&a), &q, self->reply,
				&self->e));
}

/* -------------------------------------------------------------- the archive */

TEST_F(store, what_is_no_oci_layout_is_refused)
{
	const struct tar_entry other[] = { { .name = "manifest.json",
					     .data = "[]" } };
	struct image_request q = archive_request("web:1");
	struct bytes b = tar_make(other, 1);
	struct bytes zeros = { 0 };

	EXPECT_EQ(ENOENT, unpack(&self->place, bytes_fd(&b), &q, self->reply,
				 &self->e));
	bytes_add(&zeros, b.data + b.len - 1024, 1024);
	EXPECT_EQ(ENOENT, unpack(&self->place, bytes_fd(&zeros), &q,
				 self->reply, &self->e));
	memset(b.data, 'x', b.len);
	EXPECT_EQ(EBADMSG, unpack(&self->place, bytes_fd(&b), &q, self->reply,
				  &self->e));
	b.len = 0;
	EXPECT_EQ(EBADMSG, unpack(&self->place, bytes_fd(&b), &q, self->reply,
				  &self->e));
	free(b.data);
	free(zeros.data);
}

TEST_F(store, an_archive_cut_anywhere_is_refused)
{
	struct image_request q = archive_request("web:1");
	int whole = archive_of(&honest);
	off_t size = lseek(whole, 0, SEEK_END);

	/* Its last 9 KiB are zeros. */
	for (off_t cut = 1; cut < size - 9216; cut += 511) {
		ASSERT_EQ(0, ftruncate(whole, size - 9216 - cut));
		EXPECT_NE(0, unpack(&self->place, dup(whole), &q, self->reply,
				    &self->e))
		{
			TH_LOG("%ld", (long)cut);
		}
		EXPECT_EQ(0, place_count(self->place.target));
	}
	close(whole);
}

TEST_F(store, a_member_twice_is_refused)
{
	struct image_request q = archive_request("web:1");
	struct archive a = { 0 };

	archive_add(&a, &honest);
	tar_add(&a.tar,
		&(struct tar_entry){ .name = "index.json", .data = "{}" });
	EXPECT_EQ(EBADMSG, unpack(&self->place, archive_fd(&a), &q, self->reply,
				  &self->e));
}

TEST_F(store, links_in_the_archive_are_no_blobs)
{
	struct image_request q = archive_request("web:1");
	struct archive a = { 0 };
	int fd;

	tar_add(&a.tar, &(struct tar_entry){ .name = "index.json",
					     .type = '2',
					     .link = "/etc/passwd" });
	archive_add(&a, &honest);
	fd = archive_fd(&a);
	EXPECT_EQ(0, unpack(&self->place, fd, &q, self->reply, &self->e));
}

/* ---------------------------------------------------- several at a time */

TEST_F(store, many_unpackers_of_one_image_all_succeed)
{
	struct image_request q = archive_request("web:1");
	int fd = archive_of(&honest);
	pid_t pids[8];

	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(unpack_image(&q, fd, self->place.target,
					   self->reply, &self->e) != 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status;

		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_EQ(2, place_count(self->place.target));
	close(fd);
}

TEST_F(store, remains_are_removed_by_who_is_alone_and_by_nobody_else)
{
	int other = openat(self->place.target, ".", O_RDONLY | O_DIRECTORY);

	ASSERT_EQ(0, mkdirat(self->place.target, "tmp-1-0", 0700));
	ASSERT_EQ(0, mkdirat(self->place.target, "tmp-1-0/x", 0));
	ASSERT_EQ(0, flock(other, LOCK_SH));
	EXPECT_EQ(0, unpack_one(&self->place, &honest, "web:1", self->reply,
				&self->e));
	EXPECT_EQ(3, place_count(self->place.target));
	close(other);
	EXPECT_EQ(0, unpack_one(&self->place, &honest, "web:1", self->reply,
				&self->e));
	EXPECT_EQ(2, place_count(self->place.target));
}

TEST_HARNESS_MAIN
