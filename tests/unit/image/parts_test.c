// SPDX-License-Identifier: MIT
/* What is text in and numbers out: paths, digests, JSON, users, answers. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/config.h"
#include "runtime/image/digest.h"
#include "runtime/image/json.h"
#include "runtime/image/limits.h"
#include "runtime/image/manifest.h"
#include "runtime/image/path.h"
#include "runtime/image/reply.h"
#include "runtime/image/tree.h"
#include "runtime/image/users.h"
#include "tests/unit/image/place.h"

#include "kselftest_harness.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX

/* ------------------------------------------------------------------- digest */

TEST(a_digest_is_read_and_written_alike)
{
	struct digest d;
	char hex[DIGEST_HEX + 1];

	ASSERT_EQ(0, digest_parse(DIGEST, &d));
	EXPECT_EQ(0xef, d.bytes[31]);
	digest_format_hex(&d, hex);
	EXPECT_STREQ(HEX, hex);
}

TEST(a_digest_of_another_form_is_refused)
{
	static const char *const bad[] = {
		"",
		"sha256:",
		HEX,
		"sha512:" HEX,
		DIGEST "0",
		"sha256: " HEX,
		"SHA256:" HEX,
		"sha256:ABCDEF" HEX,
		"sha256:../" HEX,
	};
	char cut[] = DIGEST;
	struct digest d;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, digest_parse(bad[i], &d));
	cut[sizeof(cut) - 2] = '\0';
	EXPECT_EQ(-EINVAL, digest_parse(cut, &d));
	cut[sizeof(cut) - 2] = 'G';
	EXPECT_EQ(-EINVAL, digest_parse(cut, &d));
}

/* --------------------------------------------------------------------- path */

TEST(paths_are_taken_apart)
{
	static const struct {
		const char *text;
		const char *parent;
		const char *name;
	} rows[] = {
		{ "a", ".", "a" },
		{ "./a", ".", "a" },
		{ "/a", ".", "a" },
		{ "a/b", "a", "b" },
		{ "a//b/", "a", "b" },
		{ "a/./b/.", "a", "b" },
		{ ".", ".", "" },
		{ "/", ".", "" },
		{ "././/", ".", "" },
		{ "a/b/c", "a/b", "c" },
		{ "...", ".", "..." },
		{ "..a/b", "..a", "b" },
		{ "a\n/\tb", "a\n", "\tb" },
	};
	struct layer_path p;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(0, layer_path_parse(rows[i].text, &p));
		EXPECT_STREQ(rows[i].parent, p.parent);
		EXPECT_STREQ(rows[i].name, p.name);
	}
	EXPECT_EQ(-EBADMSG, layer_path_parse("", &p));
	EXPECT_EQ(-EPERM, layer_path_parse("a/..", &p));
	EXPECT_EQ(-EPERM, layer_path_parse("../a", &p));
}

/* ------------------------------------------------------------------ signals */

TEST(signals_are_known_by_name_and_number)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {
		{ "SIGTERM", 15 },
		{ "TERM", 15 },
		{ "15", 15 },
		{ "SIGQUIT", 3 },
		{ "SIGWINCH", 28 },
		{ "SIGRTMIN", 34 },
		{ "SIGRTMIN+3", 37 },
		{ "RTMIN+30", 64 },
		{ "RTMAX", 64 },
		{ "SIGRTMAX-30", 34 },
		{ "1", 1 },
		{ "64", 64 },
		{ "", -EINVAL },
		{ "0", -EINVAL },
		{ "65", -EINVAL },
		{ "SIGNOT", -EINVAL },
		{ "SIG", -EINVAL },
		{ "-9", -EINVAL },
		{ "sigterm", -EINVAL },
		{ "15 ", -EINVAL },
		{ "RTMIN+31", -EINVAL },
		{ "RTMAX-31", -EINVAL },
		{ "RTMIN+", -EINVAL },
		{ "RTMIN-1", -EINVAL },
		{ "RTMIN+-1", -EINVAL },
		{ "4294967311", -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].number, config_signal(rows[i].name))
		{
			TH_LOG("%s", rows[i].name);
		}
	}
}

/* --------------------------------------------------------------------- JSON */

static int parse(const char *text)
{
	struct err e = ERR_NONE;
	json_t *tree = NULL;
	int r = image_json_parse(text, strlen(text), "test", &tree, &e);

	json_decref(tree);
	return r;
}

TEST(json_is_strict)
{
	char deep[2 * (JSON_DEPTH_MAX + 2) + 32] = "{\"a\":";
	size_t at = strlen(deep);

	EXPECT_EQ(0, parse("{\"a\":[1,{\"b\":\"[[[[\\\"{{{\"}]}"));
	EXPECT_EQ(-EBADMSG, parse(""));
	EXPECT_EQ(-EBADMSG, parse("[]"));
	EXPECT_EQ(-EBADMSG, parse("{\"a\":1,\"a\":1}"));
	EXPECT_EQ(-EBADMSG, parse("{} {}"));
	EXPECT_EQ(-EBADMSG, parse("{\"a\":\"\xff\"}"));
	EXPECT_EQ(-EBADMSG, parse("{\"a\":\"\\u0000\"}"));
	EXPECT_EQ(-EBADMSG, parse("{\"a\":1e999}"));
	for (int i = 1; i < JSON_DEPTH_MAX; i++)
		deep[at++] = '[';
	for (int i = 1; i < JSON_DEPTH_MAX; i++)
		deep[at++] = ']';
	deep[at] = '}';
	EXPECT_EQ(0, parse(deep));
	deep[at - 1] = '[';
	EXPECT_EQ(-EBADMSG, parse(deep));
	memset(deep + 5, '[', sizeof(deep) - 6);
	EXPECT_EQ(-EFBIG, parse(deep));
}

TEST(a_parse_error_does_not_quote_what_it_read)
{
	const char *text = "{\"a\": CANARY}";
	struct err e = ERR_NONE;
	json_t *tree = NULL;

	EXPECT_EQ(-EBADMSG,
		  image_json_parse(text, strlen(text), "index", &tree, &e));
	EXPECT_STREQ("index: bad JSON at line 1 column 12", e.message);
}

/* -------------------------------------------------------- manifest, config */

#define LAYER(type)                                              \
	"{\"mediaType\":\"application/vnd.oci.image.layer." type \
	"\",\"digest\":\"" DIGEST "\",\"size\":1}"
#define CONFIG                                                              \
	"\"config\":{\"mediaType\":"                                        \
	"\"application/vnd.oci.image.config.v1+json\",\"digest\":\"" DIGEST \
	"\",\"size\":2}"

static int manifest(const char *text)
{
	AUTO_FREE struct manifest *m = calloc(1, sizeof(*m));
	struct err e = ERR_NONE;

	return manifest_parse(text, strlen(text), m, &e);
}

TEST(manifests_are_refused_by_what_is_wrong)
{
	EXPECT_EQ(0,
		  manifest("{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER(
			  "v1.tar") "," LAYER("v1.tar+zstd") "]}"));
	EXPECT_EQ(-EPROTONOSUPPORT,
		  manifest("{\"schemaVersion\":1," CONFIG
			   ",\"layers\":[" LAYER("v1.tar") "]}"));
	EXPECT_EQ(-EPROTONOSUPPORT,
		  manifest("{\"schemaVersion\":2," CONFIG
			   ",\"layers\":[" LAYER("v1.tar+xz") "]}"));
	EXPECT_EQ(-EPROTONOSUPPORT,
		  manifest("{\"schemaVersion\":2," CONFIG ",\"layers\":[" LAYER(
			  "nondistributable.v1.tar") "]}"));
	EXPECT_EQ(-ENOENT,
		  manifest("{\"schemaVersion\":2," CONFIG ",\"layers\":[]}"));
	EXPECT_EQ(-EBADMSG, manifest("{\"schemaVersion\":2," CONFIG "}"));
	EXPECT_EQ(-EBADMSG, manifest("{\"schemaVersion\":2,\"layers\":[" LAYER(
				    "v1.tar") "]}"));
	EXPECT_EQ(-EBADMSG,
		  manifest("{\"schemaVersion\":2," CONFIG
			   ",\"layers\":[{\"mediaType\":\"x\",\"size\":-1,"
			   "\"digest\":\"" DIGEST "\"}]}"));
	EXPECT_EQ(-EBADMSG,
		  manifest("{\"schemaVersion\":2," CONFIG ",\"layers\":[7]}"));
}

static int config(const char *inner, struct image_reply *reply)
{
	AUTO_FREE struct config *c = calloc(1, sizeof(*c));
	struct err e = ERR_NONE;
	AUTO_FREE char *text = malloc(strlen(inner) + 256);

	memset(reply, 0, sizeof(*reply));
	sprintf(text,
		"{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{"
		"\"type\":\"layers\",\"diff_ids\":[\"" DIGEST "\"]}%s}",
		inner);
	return config_parse(text, strlen(text), c, reply, &e);
}

TEST(configurations_are_refused_by_what_is_wrong)
{
	static const struct {
		const char *inner;
		int result;
	} rows[] = {
		{ "", 0 },
		{ ",\"config\":null", 0 },
		{ ",\"config\":{\"Cmd\":null,\"User\":null}", 0 },
		{ ",\"config\":{\"Cmd\":[\"a\"],\"New\":{}}", 0 },
		{ ",\"config\":[]", -EBADMSG },
		{ ",\"config\":{\"Cmd\":\"sh -c x\"}", -EBADMSG },
		{ ",\"config\":{\"Cmd\":[1]}", -EBADMSG },
		{ ",\"config\":{\"Env\":[\"NOVALUE\"]}", -EBADMSG },
		{ ",\"config\":{\"Env\":[\"=x\"]}", -EBADMSG },
		{ ",\"config\":{\"WorkingDir\":\"srv\"}", -EBADMSG },
		{ ",\"config\":{\"StopSignal\":\"SIGNOT\"}", -EBADMSG },
		{ ",\"config\":{\"StopSignal\":15}", -EBADMSG },
		{ ",\"config\":{\"User\":0}", -EBADMSG },
		{ ",\"os\":\"linux\"", -EBADMSG },
	};
	AUTO_FREE struct image_reply *reply = malloc(sizeof(*reply));

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(rows[i].result, config(rows[i].inner, reply))
		{
			TH_LOG("%s", rows[i].inner);
		}
	}
}

/* `count` strings of `len` bytes each, as Cmd. */
static int many(size_t count, size_t len, struct image_reply *reply)
{
	AUTO_FREE char *text = malloc(count * (len + 3) + 64);
	char *at = text + sprintf(text, ",\"config\":{\"Cmd\":[");

	for (size_t i = 0; i < count; i++) {
		*at++ = '"';
		memset(at, 'x', len);
		at += len;
		*at++ = '"';
		*at++ = ',';
	}
	strcpy(at - 1, "]}");
	return config(text, reply);
}

TEST(a_configuration_fills_the_answer_to_the_brim_and_no_further)
{
	AUTO_FREE struct image_reply *reply = malloc(sizeof(*reply));

	EXPECT_EQ(0, many(IMAGE_STRINGS_MAX, 1, reply));
	EXPECT_EQ(-E2BIG, many(IMAGE_STRINGS_MAX + 1, 1, reply));
	/* The working directory "/" takes two bytes of the text. */
	EXPECT_EQ(0, many(1, IMAGE_TEXT_MAX - 3, reply));
	EXPECT_EQ(IMAGE_TEXT_MAX, reply->text_len);
	EXPECT_EQ(-E2BIG, many(1, IMAGE_TEXT_MAX - 2, reply));
	EXPECT_EQ(-E2BIG, many(1, IMAGE_TEXT_MAX, reply));
}

/* -------------------------------------------------------------------- users */

#define LAYERS 3

FIXTURE(users)
{
	struct place place;
	struct image_reply *reply;
	struct err e;
	int dirs[LAYERS];
};

FIXTURE_SETUP(users)
{
	self->e = ERR_NONE;
	self->reply = calloc(1, sizeof(*self->reply));
	ASSERT_NE(NULL, self->reply);
	if (geteuid() != 0)
		SKIP(return, "needs root for a tmpfs");
	ASSERT_EQ(0, place_make(&self->place, "size=8m"));
	self->reply->layer_count = LAYERS;
	for (int i = 0; i < LAYERS; i++) {
		char name[IMAGE_DIGEST_MAX];

		snprintf(self->reply->layers[i], IMAGE_DIGEST_MAX,
			 "sha256:%064d", i);
		image_layer_name(self->reply->layers[i], name);
		ASSERT_EQ(0, mkdirat(self->place.target, name, 0755));
		self->dirs[i] = openat(self->place.target, name, O_RDONLY);
		ASSERT_LE(0, self->dirs[i]);
	}
}

FIXTURE_TEARDOWN(users)
{
	free(self->reply);
}

static int write_file(int dir, const char *name, const char *text)
{
	AUTO_CLOSE int fd = -1;

	if (mkdirat(dir, "etc", 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	return fd < 0 ? -errno : fd_write_all(fd, text, strlen(text));
}

static int resolve(struct place *p, const char *spec, struct image_reply *reply,
		   struct err *e)
{
	reply->text_len = 0;
	reply->group_count = 0;
	return users_resolve(p->target, spec, reply, e);
}

TEST_F(users, each_form_of_user_is_resolved)
{
	static const struct {
		const char *spec;
		int result;
		unsigned int uid;
		unsigned int gid;
		unsigned int groups;
		const char *home;
	} rows[] = {
		{ "", 0, 0, 0, 0, "/root" },
		{ "web", 0, 33, 34, 2, "/var/www" },
		{ "33", 0, 33, 34, 2, "/var/www" },
		{ "web:logs", 0, 33, 4, 0, "/var/www" },
		{ "web:9", 0, 33, 9, 0, "/var/www" },
		{ "77", 0, 77, 0, 0, "/" },
		{ "77:logs", 0, 77, 4, 0, "/" },
		{ ":logs", 0, 0, 4, 0, "/root" },
		{ "web:", 0, 33, 34, 2, "/var/www" },
		{ "65535:65535", 0, 65535, 65535, 0, "/" },
		{ "65536", -ERANGE, 0, 0, 0, NULL },
		{ "0:65536", -ERANGE, 0, 0, 0, NULL },
		{ "4294967296", -ERANGE, 0, 0, 0, NULL },
		{ "big", -ERANGE, 0, 0, 0, NULL },
		{ "99999999999999999999", -ENOENT, 0, 0, 0, NULL },
		{ "nobody", -ENOENT, 0, 0, 0, NULL },
		{ "web:nogroup", -ENOENT, 0, 0, 0, NULL },
		{ "short", -ENOENT, 0, 0, 0, NULL },
		{ "-1", -ENOENT, 0, 0, 0, NULL },
		{ "relative", 0, 5, 5, 0, "/" },
	};
	struct image_reply *r = self->reply;

	ASSERT_EQ(0, write_file(self->dirs[0], "etc/passwd",
				"root:x:0:0:r:/root:/bin/sh\n"
				"short:x:1\nbroken\n\n:x:77:1::/x:\n"
				"big:x:70000:1::/:\n"
				"relative:x:5:5::home:\n"
				"web:x:33:34:a b:/var/www:/bin/sh"));
	ASSERT_EQ(0, write_file(self->dirs[0], "etc/group",
				"logs:x:4:syslog,web\nbad\nadm:x:8:webber\n"
				"more:x:12:web\n"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ASSERT_EQ(rows[i].result,
			  resolve(&self->place, rows[i].spec, r, &self->e))
		{
			TH_LOG("%s", rows[i].spec);
		}
		if (rows[i].result < 0)
			continue;
		EXPECT_EQ(rows[i].uid, r->uid);
		EXPECT_EQ(rows[i].gid, r->gid);
		EXPECT_EQ(rows[i].groups, r->group_count);
		EXPECT_STREQ(rows[i].home, r->text + r->home);
	}
}

TEST_F(users, the_topmost_file_counts_and_a_removed_one_counts_as_none)
{
	struct image_reply *r = self->reply;
	int etc;

	ASSERT_EQ(0, write_file(self->dirs[0], "etc/passwd", "u:x:1:1::/:\n"));
	ASSERT_EQ(0, resolve(&self->place, "u", r, &self->e));
	EXPECT_EQ(1, r->uid);
	ASSERT_EQ(0, write_file(self->dirs[1], "etc/passwd", "u:x:2:2::/:\n"));
	ASSERT_EQ(0, resolve(&self->place, "u", r, &self->e));
	EXPECT_EQ(2, r->uid);
	ASSERT_EQ(0, mkdirat(self->dirs[2], "etc", 0755));
	ASSERT_EQ(0, resolve(&self->place, "u", r, &self->e));
	etc = openat(self->dirs[2], "etc", O_RDONLY);
	ASSERT_EQ(0, fsetxattr(etc, TREE_OPAQUE, "y", 1, 0));
	EXPECT_EQ(-ENOENT, resolve(&self->place, "u", r, &self->e));
	ASSERT_EQ(0, fremovexattr(etc, TREE_OPAQUE));
	ASSERT_EQ(0, mknodat(etc, "passwd", S_IFCHR, 0));
	EXPECT_EQ(-ENOENT, resolve(&self->place, "u", r, &self->e));
	ASSERT_EQ(0, unlinkat(etc, "passwd", 0));
	ASSERT_EQ(0, fsetxattr(self->dirs[2], TREE_OPAQUE, "y", 1, 0));
	EXPECT_EQ(-ENOENT, resolve(&self->place, "u", r, &self->e));
	close(etc);
}

TEST_F(users, links_are_not_followed_to_the_files)
{
	ASSERT_EQ(0, write_file(self->dirs[0], "etc/passwd", "u:x:1:1::/:\n"));
	ASSERT_EQ(0, mkdirat(self->dirs[1], "etc", 0755));
	ASSERT_EQ(0, symlinkat("/etc/passwd", self->dirs[1], "etc/passwd"));
	EXPECT_EQ(-ENOENT,
		  resolve(&self->place, "root", self->reply, &self->e));
	ASSERT_EQ(0, symlinkat("/etc", self->dirs[2], "etc"));
	EXPECT_EQ(-ENOENT,
		  resolve(&self->place, "root", self->reply, &self->e));
	/* A number needs no file. */
	EXPECT_EQ(0, resolve(&self->place, "5", self->reply, &self->e));
}

TEST_F(users, a_file_over_the_limit_is_refused)
{
	AUTO_FREE char *text = malloc(USERS_FILE_MAX + 2);

	memset(text, 'x', USERS_FILE_MAX + 1);
	text[USERS_FILE_MAX] = '\0';
	ASSERT_EQ(0, write_file(self->dirs[0], "etc/group", text));
	EXPECT_EQ(0, resolve(&self->place, "5", self->reply, &self->e));
	text[USERS_FILE_MAX] = 'x';
	text[USERS_FILE_MAX + 1] = '\0';
	ASSERT_EQ(0, write_file(self->dirs[0], "etc/group", text));
	EXPECT_EQ(-EFBIG, resolve(&self->place, "5", self->reply, &self->e));
}

TEST_F(users, more_groups_than_fit_are_refused)
{
	char text[(IMAGE_GROUPS_MAX + 1) * 16] = "";
	size_t at = 0;

	ASSERT_EQ(0, write_file(self->dirs[0], "etc/passwd", "u:x:1:1::/:\n"));
	for (int i = 0; i < IMAGE_GROUPS_MAX; i++)
		at += (size_t)sprintf(text + at, "g:x:%d:u\n", i);
	ASSERT_EQ(0, write_file(self->dirs[0], "etc/group", text));
	EXPECT_EQ(0, resolve(&self->place, "u", self->reply, &self->e));
	EXPECT_EQ(IMAGE_GROUPS_MAX, self->reply->group_count);
	sprintf(text + at, "g:x:1:u\n");
	ASSERT_EQ(0, write_file(self->dirs[0], "etc/group", text));
	EXPECT_EQ(-E2BIG, resolve(&self->place, "u", self->reply, &self->e));
}

/* ------------------------------------------------------------------ answers */

static struct image_reply *good_reply(void)
{
	struct image_reply *r = calloc(1, sizeof(*r));
	uint32_t ignored;

	strcpy(r->manifest_digest, DIGEST);
	strcpy(r->layers[0], DIGEST);
	r->layer_count = 1;
	image_reply_text(r, "/", &r->home, NULL);
	r->working_directory = r->home;
	r->env.offset = r->text_len;
	r->env.count = 2;
	image_reply_text(r, "A=1", &ignored, NULL);
	image_reply_text(r, "B=2", &ignored, NULL);
	r->entry_point.offset = r->command.offset = r->text_len;
	return r;
}

static int check(const struct image_reply *r)
{
	AUTO_FREE struct image_reply *copy = malloc(sizeof(*copy));
	struct err e = ERR_NONE;

	memcpy(copy, r, sizeof(*copy));
	return image_reply_check(copy, &e);
}

#define REFUSED(change)                                         \
	do {                                                    \
		AUTO_FREE struct image_reply *r = good_reply(); \
		change;                                         \
		EXPECT_EQ(-EBADMSG, check(r));                  \
	} while (0)

TEST(an_answer_is_checked_field_by_field)
{
	AUTO_FREE struct image_reply *good = good_reply();

	EXPECT_EQ(0, check(good));
	EXPECT_STREQ("B=2", image_string(good, &good->env, 1));
	REFUSED(r->text_len = IMAGE_TEXT_MAX + 1);
	REFUSED(r->layer_count = 0);
	REFUSED(r->layer_count = IMAGE_LAYERS_MAX + 1);
	REFUSED(r->layer_count = 2);
	REFUSED(r->manifest_digest[0] = 'x');
	REFUSED(memset(r->manifest_digest, 'a', IMAGE_DIGEST_MAX));
	REFUSED(r->layers[0][20] = '/');
	REFUSED(r->env.count = 3);
	REFUSED(r->env.count = UINT32_MAX);
	REFUSED(r->env.offset = r->text_len);
	REFUSED(r->env.offset = UINT32_MAX);
	REFUSED(r->entry_point.count = 1);
	REFUSED(r->command.offset = r->text_len + 1);
	REFUSED(r->text[r->text_len - 1] = 'x');
	REFUSED(r->working_directory = 2); /* "A=1" */
	REFUSED(r->working_directory = UINT32_MAX);
	REFUSED(r->home = r->text_len);
	REFUSED(r->stop_signal = -1);
	REFUSED(r->stop_signal = 65);
	REFUSED(r->uid = 65536);
	REFUSED(r->gid = UINT32_MAX);
	REFUSED(r->group_count = IMAGE_GROUPS_MAX + 1);
	REFUSED((r->group_count = 1, r->groups[0] = 65536));
}

TEST(an_answer_of_all_ones_or_noise_is_refused)
{
	REFUSED(memset(r, 0xff, sizeof(*r)));
	REFUSED(memset(r, 'A', sizeof(*r)));
}

TEST(a_refusal_is_a_word_or_it_is_bad_itself)
{
	const struct err why = { .code = ENOENT, .message = "a\nb\x1b[1m" };
	AUTO_FREE struct image_reply *r = calloc(1, sizeof(*r));

	image_reply_refuse(r, &why);
	EXPECT_EQ(ENOENT, r->error);
	EXPECT_STREQ("a?b?[1m", r->reason);
	EXPECT_EQ(0, check(r));
	r->reason[0] = '\n';
	EXPECT_EQ(-EBADMSG, check(r));
	memset(r->reason, 'a', sizeof(r->reason));
	EXPECT_EQ(-EBADMSG, check(r));
	r->reason[0] = '\0';
	r->error = -5;
	EXPECT_EQ(-EBADMSG, check(r));
}

TEST_HARNESS_MAIN
