// SPDX-License-Identifier: MIT
/* Files that the engine writes into an image's /etc. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/base/err.h"
#include "runtime/image/etc.h"
#include "tests/unit/image/place.h"

#include "kselftest_harness.h"

FIXTURE(etc)
{
	struct place p;
	struct err e;
};

FIXTURE_SETUP(etc)
{
	self->e = ERR_NONE;
	ASSERT_EQ(0, place_make(&self->p, ""));
	umask(0077);
}

FIXTURE_TEARDOWN(etc)
{
	EXPECT_TRUE(place_is_untouched(&self->p));
}

#define WRITE(text) etc_write(self->p.target, "hosts", text, &self->e)

static int put(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -errno : 0;
}

TEST_F(etc, a_file_is_made_for_everyone_to_read_with_its_directory)
{
	struct stat st;

	ASSERT_EQ(0, WRITE("one\n"));
	EXPECT_TRUE(place_has_text(self->p.target, "etc/hosts", "one\n"));
	ASSERT_EQ(0, fstatat(self->p.target, "etc/hosts", &st, 0));
	EXPECT_EQ(S_IFREG | 0644, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(1, place_count(self->p.target));
}

TEST_F(etc, a_file_of_the_image_is_replaced_and_shorter)
{
	ASSERT_EQ(0, mkdirat(self->p.target, "etc", 0755));
	ASSERT_EQ(0, put(self->p.target, "etc/hosts", "a longer text"));
	ASSERT_EQ(0, WRITE("x"));
	EXPECT_TRUE(place_has_text(self->p.target, "etc/hosts", "x"));
}

TEST_F(etc, other_names_of_a_file_of_the_image_keep_its_text)
{
	ASSERT_EQ(0, mkdirat(self->p.target, "etc", 0755));
	ASSERT_EQ(0, put(self->p.target, "kept", "kept"));
	ASSERT_EQ(0, linkat(self->p.target, "kept", self->p.target, "etc/hosts",
			    0));
	ASSERT_EQ(0, WRITE("new"));
	EXPECT_TRUE(place_has_text(self->p.target, "kept", "kept"));
	EXPECT_TRUE(place_has_text(self->p.target, "etc/hosts", "new"));
}

/* The targets stay as they are: see the teardown. */
TEST_F(etc, a_link_in_the_files_place_is_replaced_and_not_followed)
{
	static const char *const targets[] = { "../../outside/secret",
					       "/etc/hostname", "/nowhere",
					       "/proc/self/mem" };

	ASSERT_EQ(0, mkdirat(self->p.target, "etc", 0755));
	for (size_t i = 0; i < 4; i++) {
		unlinkat(self->p.target, "etc/hosts", 0);
		ASSERT_EQ(0,
			  symlinkat(targets[i], self->p.target, "etc/hosts"));
		ASSERT_EQ(0, WRITE("new"));
		EXPECT_TRUE(place_has_text(self->p.target, "etc/hosts", "new"));
	}
}

TEST_F(etc, a_link_in_place_of_etc_is_followed_inside_the_root_alone)
{
	ASSERT_EQ(0, mkdirat(self->p.target, "outside", 0755));
	ASSERT_EQ(0, symlinkat("../../../outside", self->p.target, "etc"));
	ASSERT_EQ(0, WRITE("in"));
	EXPECT_TRUE(place_has_text(self->p.target, "outside/hosts", "in"));
}

TEST_F(etc, an_absolute_link_in_place_of_etc_is_taken_from_the_root)
{
	ASSERT_EQ(0, mkdirat(self->p.target, "usr", 0755));
	ASSERT_EQ(0, symlinkat("/usr", self->p.target, "etc"));
	ASSERT_EQ(0, WRITE("in"));
	EXPECT_TRUE(place_has_text(self->p.target, "usr/hosts", "in"));
}

TEST_F(etc, what_cannot_be_replaced_is_refused_by_its_errno)
{
	ASSERT_EQ(0, mkdirat(self->p.target, "etc", 0755));
	ASSERT_EQ(0, mkdirat(self->p.target, "etc/hosts", 0755));
	EXPECT_EQ(-EISDIR, WRITE("x"));
	EXPECT_STREQ("write(/etc/hosts)", self->e.message);
}

TEST_F(etc, an_etc_that_is_a_file_is_enotdir)
{
	ASSERT_EQ(0, put(self->p.target, "etc", ""));
	EXPECT_EQ(-ENOTDIR, WRITE("x"));
	EXPECT_STREQ("open(/etc of the image)", self->e.message);
}

TEST_F(etc, an_etc_that_leads_nowhere_is_eexist)
{
	ASSERT_EQ(0, symlinkat("/nowhere", self->p.target, "etc"));
	EXPECT_EQ(-EEXIST, WRITE("x"));
	EXPECT_EQ(1, place_count(self->p.target));
}

TEST_F(etc, a_full_root_is_enospc)
{
	struct place small;

	ASSERT_EQ(0, place_make(&small, "nr_inodes=16"));
	for (char name[] = "a"; name[0] <= 'z'; name[0]++)
		if (put(small.base, name, "") < 0)
			break;
	EXPECT_EQ(-ENOSPC, etc_write(small.target, "hosts", "x", &self->e));
}

TEST_HARNESS_MAIN
