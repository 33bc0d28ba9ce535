// SPDX-License-Identifier: MIT
/* Layers that are honest and layers that are not, into one directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/image/layer.h"
#include "runtime/image/limits.h"
#include "runtime/image/stream.h"
#include "tests/unit/image/place.h"
#include "tests/unit/image/tar.h"

#include "kselftest_harness.h"

#define BYTES_MAX (1u << 20)
#define STREAM_MAX (4u << 20)

FIXTURE(layer)
{
	struct place place;
	struct layer_counts counts;
	struct err e;
};

FIXTURE_SETUP(layer)
{
	self->e = ERR_NONE;
	if (geteuid() != 0)
		SKIP(return, "needs root for owners and a tmpfs");
	ASSERT_EQ(0, place_make(&self->place, "size=2m"));
}

FIXTURE_TEARDOWN(layer)
{
	if (geteuid() == 0)
		EXPECT_TRUE(place_is_untouched(&self->place));
}

/* 0 or the errno value of the refusal. */
static int unpack_bytes(struct place *p, const struct bytes *b,
			enum stream_kind kind, struct layer_counts *counts,
			struct err *e)
{
	AUTO_FREE struct stream *s = malloc(sizeof(*s));
	AUTO_CLOSE int fd = bytes_fd(b);
	const struct layer_options o = { .root = p->target,
					 .base = p->base,
					 .bytes_max = BYTES_MAX };
	int r = stream_open(s, fd, 0, b->len, kind, STREAM_MAX);

	if (r == 0)
		r = layer_unpack(s, &o, counts, e);
	stream_close(s);
	return -r;
}

static int unpack(struct place *p, const struct tar_entry *entries,
		  size_t count, struct layer_counts *counts, struct err *e)
{
	struct bytes b = tar_make(entries, count);
	int r = unpack_bytes(p, &b, STREAM_PLAIN, counts, e);

	free(b.data);
	return r;
}

#define UNPACK(entries)                                                   \
	unpack(&self->place, entries, ARRAY_SIZE(entries), &self->counts, \
	       &self->e)

static mode_t mode_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mode :
								   0;
}

static bool is_whiteout(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static bool is_opaque(int top, const char *name)
{
	AUTO_CLOSE int dir = openat(top, name, O_RDONLY | O_DIRECTORY);
	char value;

	return fgetxattr(dir, "user.overlay.opaque", &value, 1) == 1 &&
	       value == 'y';
}

static bool has_xattr(int top, const char *name, const char *xattr)
{
	AUTO_CLOSE int fd = openat(top, name, O_RDONLY);

	return fgetxattr(fd, xattr, NULL, 0) >= 0;
}

/* ------------------------------------------------------------------ honest */

TEST_F(layer, files_get_content_owner_mode_and_time)
{
	const struct tar_entry entries[] = {
		{ .name = "./", .type = '5', .mode = 0751, .uid = 5 },
		{ .name = "./etc/", .type = '5', .mtime = 1000 },
		{ .name = "./etc/motd",
		  .data = "hello",
		  .uid = 65535,
		  .gid = 7,
		  .mode = 0600,
		  .mtime = 1234 },
	};
	struct stat st;

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "etc/motd", "hello"));
	ASSERT_EQ(0, fstatat(self->place.target, "etc/motd", &st, 0));
	EXPECT_EQ(65535, st.st_uid);
	EXPECT_EQ(7, st.st_gid);
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(1234, st.st_mtime);
	ASSERT_EQ(0, fstatat(self->place.target, "etc", &st, 0));
	EXPECT_EQ(1000, st.st_mtime);
	ASSERT_EQ(0, fstat(self->place.target, &st));
	EXPECT_EQ(0751, st.st_mode & 07777);
	EXPECT_EQ(5, st.st_uid);
	EXPECT_EQ(3, self->counts.entries);
	EXPECT_EQ(5, self->counts.bytes);
}

TEST_F(layer, setuid_and_setgid_of_foreign_owners_are_kept)
{
	const struct tar_entry entries[] = {
		{ .name = "su", .mode = 06755, .uid = 3, .gid = 4 },
		{ .name = "tmp", .type = '5', .mode = 01777 },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_EQ(06755, mode_of(self->place.target, "su") & 07777);
	EXPECT_EQ(01777, mode_of(self->place.target, "tmp") & 07777);
}

TEST_F(layer, gzip_zstd_and_members_in_a_row_unpack_alike)
{
	const struct tar_entry first = { .name = "a", .data = "1" };
	const struct tar_entry second = { .name = "b", .data = "2" };
	struct bytes one = { 0 };
	struct bytes two = { 0 };
	struct bytes packed;
	struct bytes more;

	tar_add(&one, &first);
	tar_add(&two, &second);
	tar_end(&two);
	packed = bytes_gzip(&one);
	more = bytes_gzip(&two);
	bytes_add(&packed, more.data, more.len);
	EXPECT_EQ(0, unpack_bytes(&self->place, &packed, STREAM_GZIP,
				  &self->counts, &self->e));
	EXPECT_TRUE(place_has_text(self->place.target, "b", "2"));
	free(packed.data);
	free(more.data);
	packed = bytes_zstd(&one);
	more = bytes_zstd(&two);
	bytes_add(&packed, more.data, more.len);
	EXPECT_EQ(0, unpack_bytes(&self->place, &packed, STREAM_ZSTD,
				  &self->counts, &self->e));
	EXPECT_EQ(2, self->counts.entries);
	free(packed.data);
	free(more.data);
	free(one.data);
	free(two.data);
}

TEST_F(layer, missing_parents_are_made)
{
	const struct tar_entry entries[] = {
		{ .name = "a/b/c/file", .data = "x" },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "a/b/c/file", "x"));
	EXPECT_EQ(0755, mode_of(self->place.target, "a/b") & 07777);
}

TEST_F(layer, later_entries_replace_earlier_ones_of_any_type)
{
	const struct tar_entry entries[] = {
		{ .name = "x", .data = "file" },
		{ .name = "x", .type = '5' },
		{ .name = "x/deep/er/file", .data = "gone" },
		{ .name = "x", .type = '2', .link = "/outside" },
		{ .name = "x", .type = '6' },
		{ .name = "x", .data = "last" },
		{ .name = "d", .type = '5', .mode = 0700 },
		{ .name = "d/kept", .data = "kept" },
		{ .name = "d", .type = '5', .mode = 0711 },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "x", "last"));
	EXPECT_TRUE(place_has_text(self->place.target, "d/kept", "kept"));
	EXPECT_EQ(0711, mode_of(self->place.target, "d") & 07777);
	EXPECT_EQ(2, place_count(self->place.target));
}

TEST_F(layer, hard_links_share_the_file)
{
	const struct tar_entry entries[] = {
		{ .name = "dir/a", .data = "x" },
		{ .name = "b", .type = '1', .link = "./dir/a" },
		{ .name = "b", .type = '1', .link = "/dir/a" },
	};
	struct stat st;

	ASSERT_EQ(0, UNPACK(entries));
	ASSERT_EQ(0, fstatat(self->place.target, "b", &st, 0));
	EXPECT_EQ(2, st.st_nlink);
}

TEST_F(layer, fifos_are_made_and_devices_left_out)
{
	const struct tar_entry entries[] = {
		{ .name = "fifo", .type = '6', .mode = 0622 },
		{ .name = "null", .type = '3' },
		{ .name = "disk", .type = '4' },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_EQ(S_IFIFO | 0622, mode_of(self->place.target, "fifo"));
	EXPECT_EQ(1, place_count(self->place.target));
	EXPECT_EQ(2, self->counts.devices);
}

TEST_F(layer, names_are_bytes)
{
	const struct tar_entry entries[] = {
		{ .name = "new\nline", .data = "1" },
		{ .name = "\xff\xfe", .data = "2" },
		{ .name = "na\xc3\xafve", .data = "3" },
	};
	char text[200] = "";
	const struct tar_entry pax = { .name = text, .data = "4" };

	memset(text, 'p', 120);
	/* Decomposed, which a normaliser would change; and no UTF-8 at all. */
	memcpy(text + 100, "e\xcc\x81", 3);
	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "new\nline", "1"));
	EXPECT_TRUE(place_has_text(self->place.target, "\xff\xfe", "2"));
	EXPECT_TRUE(place_has_text(self->place.target, "na\xc3\xafve", "3"));
	ASSERT_EQ(0, unpack(&self->place, &pax, 1, &self->counts, &self->e));
	EXPECT_TRUE(place_has_text(self->place.target, text, "4"));
	memcpy(text + 100, "\xff\xfe", 2);
	ASSERT_EQ(0, unpack(&self->place, &pax, 1, &self->counts, &self->e));
	EXPECT_TRUE(place_has_text(self->place.target, text, "4"));
}

TEST_F(layer, an_empty_layer_is_a_layer)
{
	struct bytes b = { 0 };

	EXPECT_EQ(0, unpack_bytes(&self->place, &b, STREAM_PLAIN, &self->counts,
				  &self->e));
	tar_end(&b);
	EXPECT_EQ(0, unpack_bytes(&self->place, &b, STREAM_PLAIN, &self->counts,
				  &self->e));
	EXPECT_EQ(0, place_count(self->place.target));
	free(b.data);
}

/* ----------------------------------------------------------------- climbing */

TEST_F(layer, a_name_that_climbs_is_refused)
{
	static const char *const names[] = {
		"../outside/secret",
		"a/../../outside/secret",
		"..",
		"/../outside/secret",
		"a/..",
		"./..//x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct tar_entry entries[] = {
			{ .name = names[i], .data = "overwritten" },
		};

		EXPECT_EQ(EPERM, UNPACK(entries))
		{
			TH_LOG("%s", names[i]);
		}
	}
}

TEST_F(layer, an_absolute_name_starts_at_the_layers_root)
{
	const struct tar_entry entries[] = {
		{ .name = "/mnt/outside/secret", .data = "inside" },
		{ .name = "//twice", .data = "2" },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "mnt/outside/secret",
				   "inside"));
	EXPECT_TRUE(place_has_text(self->place.target, "twice", "2"));
}

TEST_F(layer, a_link_as_parent_leads_to_the_layers_root)
{
	const struct tar_entry entries[] = {
		{ .name = "mnt/outside/", .type = '5' },
		{ .name = "abs", .type = '2', .link = "/mnt/outside" },
		{ .name = "abs/secret", .data = "inside" },
		{ .name = "up", .type = '2', .link = "../../../mnt/outside" },
		{ .name = "up/other", .data = "inside too" },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "mnt/outside/secret",
				   "inside"));
	EXPECT_TRUE(place_has_text(self->place.target, "mnt/outside/other",
				   "inside too"));
}

TEST_F(layer, a_parent_that_links_nowhere_in_the_layer_is_refused)
{
	static const char *const links[] = {
		"/proc/self/root/mnt/outside",
		"/mnt/outside",
		"loop",
		"a-file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		const struct tar_entry entries[] = {
			{ .name = "a-file", .data = "x" },
			{ .name = "loop", .type = '2', .link = links[i] },
			{ .name = "loop/secret", .data = "overwritten" },
		};

		EXPECT_EQ(EBADMSG, UNPACK(entries))
		{
			TH_LOG("%s", links[i]);
		}
	}
}

TEST_F(layer, a_file_through_a_link_in_its_place_replaces_the_link)
{
	const struct tar_entry entries[] = {
		{ .name = "s", .type = '2', .link = "/mnt/outside/secret" },
		{ .name = "s", .data = "mine" },
		{ .name = "t", .type = '2', .link = "../outside/secret" },
		{ .name = "t", .type = '5' },
		{ .name = "u", .type = '2', .link = "../outside" },
	};
	char link[64] = "";

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "s", "mine"));
	EXPECT_TRUE(S_ISDIR(mode_of(self->place.target, "t")));
	/* Kept as written: it resolves in a container's root only. */
	EXPECT_EQ(10, readlinkat(self->place.target, "u", link, sizeof(link)));
}

TEST_F(layer, an_entry_below_a_file_is_refused)
{
	const struct tar_entry entries[] = {
		{ .name = "f", .data = "x" },
		{ .name = "f/g", .data = "y" },
	};

	EXPECT_EQ(EBADMSG, UNPACK(entries));
}

TEST_F(layer, a_hard_link_out_of_the_layer_is_refused)
{
	static const char *const targets[] = {
		"/mnt/outside/secret",
		"outside/secret",
		"nothing",
		".",
		"/",
		"dir",
		"link/secret",
		"gone",
	};

	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		const struct tar_entry entries[] = {
			{ .name = "dir/", .type = '5' },
			{ .name = "link", .type = '2', .link = "/mnt/outside" },
			{ .name = ".wh.gone" },
			{ .name = "got", .type = '1', .link = targets[i] },
		};

		EXPECT_EQ(EBADMSG, UNPACK(entries))
		{
			TH_LOG("%s", targets[i]);
		}
	}
}

TEST_F(layer, a_hard_link_that_climbs_is_refused)
{
	const struct tar_entry entries[] = {
		{ .name = "got", .type = '1', .link = "../outside/secret" },
	};

	EXPECT_EQ(EPERM, UNPACK(entries));
}

TEST_F(layer, a_hard_link_to_a_link_is_the_link_and_not_its_target)
{
	const struct tar_entry entries[] = {
		{ .name = "s", .type = '2', .link = "/mnt/outside/secret" },
		{ .name = "h", .type = '1', .link = "s" },
	};
	const struct tar_entry file = { .name = "h", .data = "replaced" };

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(S_ISLNK(mode_of(self->place.target, "h")));
	EXPECT_TRUE(place_is_untouched(&self->place));
	ASSERT_EQ(0, unpack(&self->place, &file, 1, &self->counts, &self->e));
	EXPECT_TRUE(S_ISLNK(mode_of(self->place.target, "s")));
	EXPECT_TRUE(place_has_text(self->place.target, "h", "replaced"));
}

TEST_F(layer, a_hard_link_into_what_it_replaces_is_refused)
{
	const struct tar_entry entries[] = {
		{ .name = "d/file", .data = "x" },
		{ .name = "d", .type = '1', .link = "d/file" },
	};

	EXPECT_EQ(EBADMSG, UNPACK(entries));
}

TEST_F(layer, the_root_can_only_be_a_directory)
{
	static const char types[] = { '0', '1', '2', '3', '6' };

	for (size_t i = 0; i < sizeof(types); i++) {
		const struct tar_entry entries[] = {
			{ .name = "./.", .type = types[i], .link = "x" },
		};

		EXPECT_EQ(EBADMSG, UNPACK(entries))
		{
			TH_LOG("%c", types[i]);
		}
	}
}

/* ---------------------------------------------------------------- whiteouts */

TEST_F(layer, whiteouts_become_devices_and_marks)
{
	const struct tar_entry entries[] = {
		{ .name = "etc/.wh.shadow" },
		{ .name = "var/.wh..wh..opq" },
		{ .name = "old/.wh..wh.plnk" },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(is_whiteout(self->place.target, "etc/shadow"));
	EXPECT_TRUE(is_opaque(self->place.target, "var"));
	EXPECT_FALSE(is_opaque(self->place.target, "etc"));
	EXPECT_EQ(0, place_count(openat(self->place.target, "old", O_RDONLY)));
}

TEST_F(layer, a_whiteout_spares_what_its_own_layer_brings)
{
	const struct tar_entry entries[] = {
		{ .name = ".wh.before" },
		{ .name = "before/", .type = '5' },
		{ .name = "before/new", .data = "1" },
		{ .name = "after/new", .data = "2" },
		{ .name = ".wh.after" },
		{ .name = "file", .data = "3" },
		{ .name = ".wh.file" },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(place_has_text(self->place.target, "before/new", "1"));
	EXPECT_TRUE(is_opaque(self->place.target, "before"));
	EXPECT_TRUE(place_has_text(self->place.target, "after/new", "2"));
	EXPECT_TRUE(is_opaque(self->place.target, "after"));
	EXPECT_TRUE(place_has_text(self->place.target, "file", "3"));
}

TEST_F(layer, a_whiteout_of_no_name_or_with_content_is_refused)
{
	static const struct tar_entry bad[] = {
		{ .name = ".wh." },
		{ .name = ".wh.." },
		{ .name = ".wh..." },
		{ .name = ".wh.dir", .type = '5' },
		{ .name = ".wh.link", .type = '2', .link = "/" },
		{ .name = ".wh.dir/file", .data = "x" },
		{ .name = "a/.wh..wh..opq/file", .data = "x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(EBADMSG, unpack(&self->place, &bad[i], 1,
					  &self->counts, &self->e))
		{
			TH_LOG("%s", bad[i].name);
		}
	}
}

TEST_F(layer, a_whiteout_that_climbs_is_refused)
{
	const struct tar_entry entries[] = {
		{ .name = "a/../../outside/.wh.secret" },
	};

	EXPECT_EQ(EPERM, UNPACK(entries));
}

/* ------------------------------------------------------------------- xattrs */

TEST_F(layer, users_xattrs_and_capabilities_are_kept)
{
	/* cap_net_raw+ep, revision 2 */
	static const char cap[20] = { 1, 0, 0, 2, 0, 0x20 };
	const struct tar_entry entries[] = {
		{ .name = "f", .xattr = "user.note", .value = "x" },
		{ .name = "c",
		  .xattr = "security.capability",
		  .value = cap,
		  .value_len = sizeof(cap) },
	};

	ASSERT_EQ(0, UNPACK(entries));
	EXPECT_TRUE(has_xattr(self->place.target, "f", "user.note"));
	EXPECT_TRUE(has_xattr(self->place.target, "c", "security.capability"));
}

TEST_F(layer, labels_and_overlay_marks_are_left_out)
{
	static const char *const names[] = {
		"security.selinux",	    "trusted.overlay.opaque",
		"trusted.overlay.redirect", "user.overlay.opaque",
		"user.overlay.redirect",    "security.ima",
		"system.posix_acl_access",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct tar_entry entries[] = {
			{ .name = "d",
			  .type = '5',
			  .xattr = names[i],
			  .value = "y" },
		};

		ASSERT_EQ(0, UNPACK(entries));
		EXPECT_FALSE(has_xattr(self->place.target, "d", names[i]))
		{
			TH_LOG("%s", names[i]);
		}
	}
}

TEST_F(layer, a_capability_that_is_none_is_refused)
{
	const struct tar_entry entries[] = {
		{ .name = "c", .xattr = "security.capability", .value = "x" },
	};

	EXPECT_EQ(EBADMSG, UNPACK(entries));
}

/* ------------------------------------------------------------------- limits */

TEST_F(layer, owners_that_no_container_can_show_are_refused)
{
	const struct tar_entry user[] = { { .name = "f", .uid = 65536 } };
	const struct tar_entry group[] = { { .name = "f", .gid = 1000000 } };

	EXPECT_EQ(EOVERFLOW, UNPACK(user));
	EXPECT_EQ(EOVERFLOW, UNPACK(group));
}

TEST_F(layer, names_up_to_the_limit_are_made_and_longer_ones_refused)
{
	char path[5000];
	const struct tar_entry entries[] = { { .name = path, .data = "x" } };

	memset(path, 'n', sizeof(path));
	path[255] = '\0';
	EXPECT_EQ(0, UNPACK(entries));
	path[255] = 'n';
	path[256] = '\0';
	EXPECT_EQ(ENAMETOOLONG, UNPACK(entries));
	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 200 == 199 ? '/' : 'm';
	path[4095] = '\0';
	EXPECT_EQ(0, UNPACK(entries));
	path[4095] = 'm';
	path[4096] = '\0';
	EXPECT_EQ(ENAMETOOLONG, UNPACK(entries));
}

TEST_F(layer, depth_up_to_the_limit_is_made_and_more_refused)
{
	char path[2 * LAYER_DEPTH_MAX + 3] = "";
	const struct tar_entry entries[] = { { .name = path, .type = '5' } };

	for (size_t i = 0; i < LAYER_DEPTH_MAX; i++)
		memcpy(path + 2 * i, "d/", 3);
	EXPECT_EQ(0, UNPACK(entries));
	memcpy(path + 2 * LAYER_DEPTH_MAX, "d/", 3);
	EXPECT_EQ(ENAMETOOLONG, UNPACK(entries));
}

/* Links make trees deeper than any path: removal must not mind. */
TEST_F(layer, a_tree_deeper_than_any_path_can_be_replaced)
{
	char deep[2 * 200 + 3] = "l";
	struct bytes b = { 0 };

	for (size_t i = 0; i < 200; i++)
		memcpy(deep + 1 + 2 * i, "/d", 3);
	tar_add(&b, &(struct tar_entry){ .name = "root/", .type = '5' });
	tar_add(&b, &(struct tar_entry){ .name = "l",
					 .type = '2',
					 .link = "root" });
	for (int hop = 0; hop < 4; hop++) {
		char next[4096] = "root";

		tar_add(&b, &(struct tar_entry){ .name = deep, .type = '5' });
		/* The link moves down by as much as was just made. */
		for (int i = 0; i < (hop + 1) * 200; i++)
			strcat(next, "/d");
		tar_add(&b, &(struct tar_entry){ .name = "l",
						 .type = '2',
						 .link = next });
	}
	tar_add(&b, &(struct tar_entry){ .name = "root", .data = "flat" });
	tar_end(&b);
	EXPECT_EQ(0, unpack_bytes(&self->place, &b, STREAM_PLAIN, &self->counts,
				  &self->e));
	EXPECT_TRUE(place_has_text(self->place.target, "root", "flat"));
	free(b.data);
}

TEST_F(layer, a_full_file_system_is_enospc)
{
	/* Below bytes_max each, above the tmpfs together with the second. */
	char *data = calloc(1, BYTES_MAX / 2);
	struct bytes b = { 0 };
	int r = 0;

	tar_add(&b, &(struct tar_entry){ .name = "a",
					 .data = data,
					 .len = BYTES_MAX / 2 });
	tar_end(&b);
	for (int i = 0; r == 0 && i < 8; i++) {
		char name[16];

		snprintf(name, sizeof(name), "part%d", i);
		ASSERT_EQ(0, mkdirat(self->place.target, name, 0755));
		struct place part = self->place;

		part.target = openat(self->place.target, name, O_RDONLY);
		r = unpack_bytes(&part, &b, STREAM_PLAIN, &self->counts,
				 &self->e);
		close(part.target);
	}
	EXPECT_EQ(ENOSPC, r);
	free(data);
	free(b.data);
}

TEST_F(layer, more_bytes_than_allowed_are_refused_before_they_are_written)
{
	const struct tar_entry entries[] = {
		{ .name = "a", .data = "x", .claimed = BYTES_MAX },
		{ .name = "b", .data = "x", .claimed = BYTES_MAX + 1 },
	};
	struct bytes b = { 0 };

	tar_add(&b, &entries[1]);
	EXPECT_EQ(EFBIG, unpack_bytes(&self->place, &b, STREAM_PLAIN,
				      &self->counts, &self->e));
	EXPECT_EQ(0, place_count(self->place.target));
	b.len = 0;
	tar_add(&b, &entries[0]);
	/* As much as is allowed, but it is not there. */
	EXPECT_EQ(EBADMSG, unpack_bytes(&self->place, &b, STREAM_PLAIN,
					&self->counts, &self->e));
	free(b.data);
}

TEST_F(layer, bombs_stop_at_the_limit)
{
	struct bytes b = { .len = STREAM_MAX + 1, .cap = STREAM_MAX + 1 };
	struct bytes packed;

	b.data = calloc(1, b.len);
	memset(b.data, 'x', b.len);
	/* The header asks for little, the stream gives much behind the end. */
	memset(b.data, 0, 10240);
	packed = bytes_zstd(&b);
	EXPECT_LT(packed.len, 4096);
	{
		AUTO_FREE struct stream *s = malloc(sizeof(*s));
		AUTO_CLOSE int fd = bytes_fd(&packed);
		const struct digest none = { { 0 } };

		ASSERT_EQ(0, stream_open(s, fd, 0, packed.len, STREAM_ZSTD,
					 STREAM_MAX));
		EXPECT_EQ(-EFBIG, stream_finish(s, &none, &none, &self->e));
		stream_close(s);
	}
	free(b.data);
	free(packed.data);
}

/* ------------------------------------------------------------------ damage */

TEST_F(layer, every_cut_of_a_compressed_layer_is_refused)
{
	const struct tar_entry entries[] = { { .name = "f", .data = "x" } };
	struct bytes plain = tar_make(entries, 1);
	struct bytes packed[2] = { bytes_gzip(&plain), bytes_zstd(&plain) };
	const enum stream_kind kinds[2] = { STREAM_GZIP, STREAM_ZSTD };

	for (size_t k = 0; k < 2; k++) {
		AUTO_FREE struct stream *s = malloc(sizeof(*s));
		AUTO_CLOSE int fd = bytes_fd(&packed[k]);
		const struct digest none = { { 0 } };

		for (size_t len = 1; len < packed[k].len; len++) {
			ASSERT_EQ(0, stream_open(s, fd, 0, len, kinds[k],
						 STREAM_MAX));
			EXPECT_EQ(-EBADMSG,
				  stream_finish(s, &none, &none, &self->e));
			stream_close(s);
		}
		/* All of it is only the wrong one. */
		ASSERT_EQ(0, stream_open(s, fd, 0, packed[k].len, kinds[k],
					 STREAM_MAX));
		EXPECT_EQ(-EILSEQ, stream_finish(s, &none, &none, &self->e));
		stream_close(s);
		bytes_add(&packed[k], "garbage", 7);
		{
			AUTO_CLOSE int more = bytes_fd(&packed[k]);

			ASSERT_EQ(0, stream_open(s, more, 0, packed[k].len,
						 kinds[k], STREAM_MAX));
			EXPECT_EQ(-EBADMSG,
				  stream_finish(s, &none, &none, &self->e));
			stream_close(s);
		}
		free(packed[k].data);
	}
	free(plain.data);
}

TEST_F(layer, a_tar_cut_inside_an_entry_is_refused)
{
	char data[2000];
	const struct tar_entry entries[] = {
		{ .name = "f", .data = data, .len = sizeof(data) },
	};
	struct bytes b = tar_make(entries, 1);

	memset(data, 'x', sizeof(data));
	for (size_t len = 1; len < 512 + sizeof(data); len += 97) {
		b.len = len;
		EXPECT_EQ(EBADMSG, unpack_bytes(&self->place, &b, STREAM_PLAIN,
						&self->counts, &self->e))
		{
			TH_LOG("%zu", len);
		}
	}
	free(b.data);
}

TEST_F(layer, what_is_no_tar_is_refused)
{
	char noise[4096];
	struct bytes b = { 0 };

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 37 + 11);
	bytes_add(&b, noise, sizeof(noise));
	EXPECT_EQ(EBADMSG, unpack_bytes(&self->place, &b, STREAM_PLAIN,
					&self->counts, &self->e));
	EXPECT_EQ(EBADMSG, unpack_bytes(&self->place, &b, STREAM_GZIP,
					&self->counts, &self->e));
	EXPECT_EQ(EBADMSG, unpack_bytes(&self->place, &b, STREAM_ZSTD,
					&self->counts, &self->e));
	free(b.data);
}

TEST_F(layer, a_damaged_header_is_refused)
{
	const struct tar_entry entries[] = {
		{ .name = "a", .data = "x" },
		{ .name = "b", .data = "y" },
	};
	struct bytes b = tar_make(entries, 2);

	b.data[1024 + 10] ^= 1;
	EXPECT_EQ(EBADMSG, unpack_bytes(&self->place, &b, STREAM_PLAIN,
					&self->counts, &self->e));
	free(b.data);
}

TEST_HARNESS_MAIN
